from dataclasses import replace

import numpy as np
import pytest

from geofence.network.network import CROSSING_M, build_network
from tests.fixtures.lattice import section
from tests.fixtures.street_map import StreetMap


def test_lengths_are_metres_on_the_ground():
    network = build_network([section("a", (0, 0), (300, 400), (300, 500))])
    assert network.section_length_m == pytest.approx([600.0], abs=0.01)


def test_sections_that_share_an_end_share_a_node():
    network = StreetMap("a---b---c").network
    assert network.node_count == 3
    assert len(network.edge_section) == 2


def test_an_end_that_touches_a_line_cuts_it():
    network = build_network([section("main", (0, 0), (200, 0)), section("side", (80, 0), (80, 90))])
    assert network.edge_length_m == pytest.approx([80, 120, 90], abs=0.01)
    assert network.edge_start_m == pytest.approx([0, 80, 0], abs=0.01)
    assert network.node_count == 4


def test_a_shared_vertex_inside_two_lines_is_a_junction():
    network = build_network(
        [section("we", (0, 0), (50, 0), (100, 0)), section("sn", (50, -50), (50, 0), (50, 50))]
    )
    assert len(network.edge_section) == 4
    assert network.node_count == 5


def test_lines_that_cross_without_a_vertex_meet_at_a_price_only():
    lines = [section("we", (0, 0), (100, 0)), section("sn", (50, -50), (50, 50))]
    network = build_network(lines)
    assert network.edge_section.tolist() == [0, 0, 1, 1, -1]
    assert network.edge_length_m == pytest.approx([50, 50, 50, 50, CROSSING_M], abs=0.01)
    assert network.node_count == 6
    assert {*network.arc_from[-2:], *network.arc_to[-2:]} == {network.arc_to[0], network.arc_to[4]}
    assert -1 not in network.edge_section[network.segments.edge]
    bridge = build_network(lines, crossings_lead=False)
    assert bridge.edge_section.tolist() == [0, 1]
    assert bridge.crossings == network.crossings


def test_two_streets_meeting_the_same_place_of_a_third_make_one_node():
    network = build_network(
        [
            section("main", (0, 0), (200, 0)),
            section("north", (80, 0), (80, 90)),
            section("south", (80, 0), (80, -90)),
        ]
    )
    assert len(network.edge_section) == 4
    assert network.node_count == 5


def test_a_one_way_street_has_one_open_arc():
    network = build_network([section("a", (0, 0), (100, 0), oneway=True)])
    assert network.arc_open.tolist() == [True, False]
    assert network.node_arcs.tolist() == [0]


def test_a_ring_is_one_edge_from_a_node_to_itself():
    network = build_network([section("ring", (0, 0), (100, 0), (100, 100), (0, 100), (0, 0))])
    assert len(network.edge_section) == 1
    assert network.arc_from.tolist() == network.arc_to.tolist() == [0, 0]


def test_positions_along_a_section_follow_its_line():
    network = build_network([section("a", (0, 0), (100, 0), (100, 100))])
    x, y = network.position(0, np.array([0.0, 50.0, 150.0]))
    assert np.diff(x) == pytest.approx([50, 50], abs=0.01)
    assert np.diff(y) == pytest.approx([0, 50], abs=0.01)


def test_a_network_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one section"):
        build_network([])


def test_a_loop_leads_no_farther_than_its_farthest_point():
    network = build_network([section("ring", (0, 0), (30, 0), (30, 40), (0, 40), (0, 0))])
    assert network.edge_depth_m == pytest.approx([50.0], abs=0.01)
    assert build_network([section("a", (0, 0), (90, 0))]).edge_depth_m == pytest.approx([90.0])


def test_a_place_belongs_to_the_grids_of_all_that_lies_there():
    one, other = section("a", (0, 0), (90, 0)), section("b", (90, 0), (0, 0))
    apart = section("c", (90, 0), (180, 0))
    network = build_network(
        [
            replace(one, grids=("JY01",)),
            replace(other, grids=("JY02",)),
            replace(apart, grids=("X",)),
        ]
    )
    assert [sorted(grids) for grids in network.place_grids] == [["JY01", "JY02"]] * 2 + [["X"]]


def test_sections_and_edges_of_grids_are_those_that_a_walk_through_all_finds():
    lines = [
        replace(section("a", (0, 0), (100, 0)), grids=("JY01",)),
        replace(section("b", (50, 0), (50, 90)), grids=("JY01", "JY02")),
        section("c", (0, 30), (100, 30)),
    ]
    network = build_network(lines)
    assert network.sections_of_grid == {"JY01": (0, 1), "JY02": (1,)}
    assert -1 in network.edge_section
    for chosen in ([], [0], [2, 1], [0, 1, 2]):
        expected = [e for e, each in enumerate(network.edge_section.tolist()) if each in chosen]
        assert network.edges_of(chosen).tolist() == expected
