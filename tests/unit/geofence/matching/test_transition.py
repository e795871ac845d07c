from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geofence.matching.transition import (
    ALONG,
    BACK,
    best_way,
    detour_cost,
    route_arcs,
    step_between,
    step_cost,
)
from tests.fixtures.lattice import lattice
from tests.fixtures.street_map import StreetMap
from tests.fixtures.weighing import BACK_COST, U_TURN_COST, roads_of, steps_of

# a long street with a side street to the north, which ends dead like both its ends
TOWN = StreetMap(
    """
          d
          |
          |
a---------b---------c
"""
)
ROADS = roads_of(TOWN.network)
LENGTH = TOWN.network.edge_length_m


def arc(way: str) -> int:
    """The arc from one node to another, such as ab or ba."""
    names = list(TOWN.network.section_ids)
    return 2 * names.index(way) if way in names else 2 * names.index(way[::-1]) + 1


def cost_of(begin, end, *, straight_m, seconds=10.0, **limits):
    """Cost, length and way of the step between two states, given as (way, measure)."""
    steps = steps_of([0.0, seconds], [0.0, straight_m], **limits)
    return step_cost(ROADS, steps, 0, 1, arc(begin[0]), begin[1], arc(end[0]), end[1])


def ways(begin, end, way):
    names = {arc(a + b): a + b for a, b in ["ab", "ba", "bc", "cb", "db", "bd"]}
    return [names[int(each)] for each in route_arcs(ROADS, arc(begin[0]), arc(end[0]), way)]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_route_between_two_edges_is_the_shortest_and_its_arcs_lie_end_to_end(seed, shares):
    network = lattice(seed)
    roads = roads_of(network)
    length = np.repeat(network.edge_length_m, 2)
    ends = (network.arc_from[network.arc_open], network.arc_to[network.arc_open])
    metres = dijkstra(
        coo_array((length[network.arc_open], ends), shape=(network.node_count,) * 2).tocsr()
    )
    rng = np.random.default_rng(seed)
    for p, q in rng.integers(0, len(length), (12, 2)).tolist():
        if p >> 1 == q >> 1:
            continue
        offset_p, offset_q = shares[0] * length[p], shares[1] * length[q]
        steps = steps_of([0, 10], [0, 100], reach_m=1e6)
        cost, route_m, way = step_cost(roads, steps, 0, 1, p, offset_p, q, offset_q)
        between_m = metres[network.arc_to[p], network.arc_from[q]]
        assert route_m == pytest.approx(length[p] - offset_p + between_m + offset_q)
        if np.isinf(cost):
            assert np.isinf(route_m)
            continue
        arcs = route_arcs(roads, p, q, way).tolist()
        assert (arcs[0], arcs[-1]) == (p, q)
        assert all(network.arc_to[a] == network.arc_from[b] for a, b in pairwise(arcs))
        assert length[arcs[1:-1]].sum() == pytest.approx(between_m)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    reach_m=st.sampled_from([50.0, 300.0, 1e6]),
)
def test_the_best_way_is_that_of_the_least_cost(seed, shares, reach_m):
    network = lattice(seed)
    roads = roads_of(network)
    length = np.repeat(network.edge_length_m, 2)
    steps = steps_of([0, 10], [0, 100], reach_m=reach_m)
    for p in np.random.default_rng(seed).integers(0, len(length), 6).tolist():
        for q in (p, p ^ 1, (p + 2) % len(length), (p + 7) % len(length)):
            places = p, shares[0] * length[p], q, shares[1] * length[q]
            assert (
                best_way(roads, steps, 0, 1, *places) == step_cost(roads, steps, 0, 1, *places)[1:]
            )


def test_a_step_as_long_as_its_route_costs_nothing():
    cost, route_m, way = cost_of(("ab", 80.0), ("bc", 20.0), straight_m=40.0)
    assert (cost, route_m) == pytest.approx((0.0, LENGTH[0] - 60.0), abs=0.1)
    assert ways(("ab",), ("bc",), way) == ["ab", "bc"]


def test_a_detour_costs_less_the_longer_the_step_took():
    ten, hundred = (
        cost_of(("ab", 90.0), ("bd", 10.0), straight_m=14.0, seconds=seconds)[0]
        for seconds in (10.0, 100.0)
    )
    # 20 m of route, 6 m of difference; 6 m and 0.9 m a second are the scale
    assert ten == pytest.approx(6.0 / 15.0, abs=0.01)
    assert hundred == pytest.approx(6.0 / 96.0, abs=0.01)


def test_a_route_too_short_is_as_unlikely_as_one_too_long():
    assert detour_cost(30.0, 50.0, 10.0) == detour_cost(70.0, 50.0, 10.0) == 2.0


def test_a_step_takes_its_limits_from_the_fix_it_leads_to():
    steps = steps_of([0, 10, 12], [0, 0, 3], [0, 50, 54])
    steps = steps._replace(slack_m=np.array([1.0, 2.0, 3.0]), reach_m=np.array([4.0, 5.0, 6.0]))
    step = step_between(steps, 1, 2)
    assert step[:4] == pytest.approx((5.0, 6.0 + 2 * 0.9, 3.0, 6.0))


def test_the_noise_of_a_fix_may_move_a_truck_back_on_its_arc_at_the_price_of_the_way_back():
    cost, route_m, way = cost_of(("ab", 60.0), ("ab", 50.0), straight_m=0.0, slack_m=10.0)
    assert (route_m, way) == (0.0, ALONG)
    assert cost == pytest.approx(2 * 10.0 / 15.0)


def test_what_lies_farther_back_than_noise_goes_is_reached_by_turning_round():
    cost, route_m, way = cost_of(("ab", 60.0), ("ab", 49.0), straight_m=11.0, slack_m=10.0)
    assert way != ALONG
    assert route_m == pytest.approx(40.0 + 100.0 + 49.0, abs=0.5)
    assert cost == pytest.approx((route_m - 11.0) / 15.0 + U_TURN_COST)
    assert ways(("ab",), ("ab",), way) == ["ab", "ba", "ab"]


def test_turning_round_between_two_junctions_is_dear_and_as_long_as_the_way_between():
    cost, route_m, way = cost_of(("ab", 30.0), ("ba", 60.0), straight_m=10.0)
    assert way == BACK
    assert route_m == pytest.approx(10.0, abs=0.2)
    assert cost == pytest.approx(BACK_COST, abs=0.02)
    assert ways(("ab",), ("ba",), way) == ["ab"]


def test_turning_round_at_a_junction_has_its_price_and_at_a_dead_end_it_has_none():
    at_b, at_a = (
        cost_of((there, 90.0), (back, 10.0), straight_m=20.0)[0]
        for there, back in (("ab", "ba"), ("ba", "ab"))
    )
    assert at_b == pytest.approx(U_TURN_COST, abs=0.05)
    assert at_a == pytest.approx(0.0, abs=0.05)


def test_turning_round_where_a_street_merely_goes_on_has_its_price():
    street = StreetMap("a---------b---------c")
    steps = steps_of([0.0, 10.0], [0.0, 20.0])
    cost = step_cost(roads_of(street.network), steps, 0, 1, 0, 90.0, 1, 10.0)[0]
    assert cost == pytest.approx(U_TURN_COST, abs=0.05)


def test_a_route_that_enters_its_last_street_by_turning_round_there_pays_for_that():
    # out at the dead end d for nothing, and round again at the junction b
    length_m = LENGTH[arc("bd") >> 1]
    round_m = 2 * length_m - 20.0
    cost, route_m, way = cost_of(
        ("bd", length_m - 20.0), ("bd", length_m - 40.0), straight_m=round_m, slack_m=10.0
    )
    assert ways(("bd",), ("bd",), way) == ["bd", "db", "bd"]
    assert (cost, route_m) == pytest.approx((U_TURN_COST, round_m))


@pytest.mark.parametrize(
    ("begin", "end", "route_m"),
    [
        (("ab", 10.0), ("ab", 50.0), 40.0),
        (("ab", 10.0), ("ba", 10.0), 80.0),
        (("ab", 90.0), ("bd", 10.0), 20.0),
    ],
)
def test_what_no_truck_can_drive_in_the_time_is_no_route(begin, end, route_m):
    in_reach = cost_of(begin, end, straight_m=route_m, reach_m=route_m + 0.5)
    assert np.isfinite(in_reach[0])
    assert in_reach[1] == pytest.approx(route_m, abs=0.5)
    assert np.isinf(cost_of(begin, end, straight_m=route_m, reach_m=route_m - 0.5)[0])


def test_a_route_exactly_as_long_as_allowed_is_one():
    assert cost_of(("ab", 10.0), ("ab", 50.0), straight_m=40.0, reach_m=40.0)[0] == 0.0


def test_where_the_table_has_no_route_there_is_none():
    near = roads_of(TOWN.network, bound_m=50.0)
    steps = steps_of([0, 10], [0, 100])
    assert np.isinf(step_cost(near, steps, 0, 1, arc("ab"), 90.0, arc("cb"), 10.0)[0])
