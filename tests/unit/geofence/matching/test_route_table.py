import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geofence.matching.route_table import build_route_table, find_route
from tests.fixtures.lattice import lattice


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), bound_m=st.sampled_from([0.0, 150.0, 450.0, 2000.0]))
def test_the_table_holds_exactly_the_shortest_routes_within_the_bound(seed, bound_m):
    network = lattice(seed)
    length = np.repeat(network.edge_length_m, 2)[network.arc_open]
    shape = (network.node_count, network.node_count)
    ends = (network.arc_from[network.arc_open], network.arc_to[network.arc_open])
    expected = dijkstra(coo_array((length, ends), shape=shape).tocsr())
    table = build_route_table(network, np.full(network.node_count, bound_m))
    actual = np.full(shape, np.inf)
    for source in range(network.node_count):
        row = slice(table.first[source], table.first[source + 1])
        assert (np.diff(table.target[row]) > 0).all()
        actual[source, table.target[row]] = table.distance_m[row]
    assert actual == pytest.approx(np.where(expected <= bound_m, expected, np.inf))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_last_arcs_lead_back_to_the_source_over_the_distance_stated(seed):
    network = lattice(seed)
    table = build_route_table(network, np.full(network.node_count, 2000.0))
    length = np.repeat(network.edge_length_m, 2)
    for source in range(network.node_count):
        for row in range(table.first[source], table.first[source + 1]):
            node, walked, arc = table.target[row], 0.0, -1
            while node != source:
                arc = table.last_arc[find_route(table.first, table.target, source, node)]
                assert network.arc_open[arc]
                walked += length[arc]
                node = network.arc_from[arc]
            assert walked == pytest.approx(table.distance_m[row])
            assert table.first_arc[row] == arc


def test_a_node_without_a_bound_has_no_routes():
    network = lattice(0)
    table = build_route_table(network, np.full(network.node_count, -1.0))
    assert len(table.target) == 0
    assert find_route(table.first, table.target, 0, 1) == -1
