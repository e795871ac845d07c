from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.carriers import carrying_lines, whole_lines, with_vertices
from geofence.network.network import build_network
from geofence.network.twins import Stretch
from tests.fixtures.lattice import section


def reached(network, section_id):
    """Sections that traffic reaches from a section over nodes."""
    nodes, edges = set(), network.edge_section
    ends = np.stack([network.arc_from[::2], network.arc_to[::2]], axis=1)
    nodes |= set(ends[edges == network.section_ids.index(section_id)].ravel().tolist())
    while True:
        touching = {n for pair in ends.tolist() for n in pair if set(pair) & nodes}
        if touching <= nodes:
            break
        nodes |= touching
    found = {int(edges[row]) for row, pair in enumerate(ends.tolist()) if set(pair) & nodes}
    return {network.section_ids[number] for number in found}


def test_a_twin_has_no_edge_and_keeps_its_length():
    network = build_network([section("a", (0, 0), (90, 0)), section("b", (90, 0), (0, 0))])
    assert network.edge_section.tolist() == [0]
    assert network.section_length_m == pytest.approx([90, 90], abs=0.01)
    assert network.twins.section.tolist() == [1]


def test_a_section_goes_on_from_where_it_leaves_its_carrier():
    network = build_network(
        [section("a", (0, 0), (300, 0)), section("b", (0, 0), (150, 0), (150, 90))]
    )
    assert network.edge_section.tolist() == [0, 0, 1]
    assert network.edge_start_m == pytest.approx([0, 150, 150], abs=0.01)
    assert network.node_count == 4
    assert network.arc_from[4] == network.arc_to[0]


@pytest.mark.parametrize("off_m", [0.0, 1.5])
def test_a_street_that_met_only_the_twin_meets_the_carrier(off_m):
    network = build_network(
        [
            section("a", (-300, 0), (300, 0)),
            section("b", (-200, off_m), (0, off_m), (200, off_m)),
            section("side", (0, off_m), (0, 200)),
            section("across", (100, -90), (100, off_m), (100, 90)),
            section("c", (200, off_m), (200, 1 + off_m), (100, off_m), (200, -70)),
        ]
    )
    assert {"a", "side", "across"} <= reached(network, "a")


def test_copies_side_by_side_leave_one_street_without_nodes_between_its_junctions():
    bend = [(0, 0), (60, 5), (120, 0), (180, 5), (240, 0)]
    network = build_network([section("a", *bend), section("b", *bend[::-1])])
    assert len(network.edge_length_m) == 1


def test_a_junction_of_streets_exported_twice_is_one_node():
    arms = {"n": (0, 200), "e": (200, 0), "s": (0, -200), "w": (-200, 0)}
    sections = [section(f"{name}_f", (0, 0), end) for name, end in arms.items()]
    sections += [section(f"{name}_r", end, (0, 0)) for name, end in arms.items()]
    network = build_network(sections)
    assert network.node_count == 5
    assert len(network.edge_length_m) == 4


def test_both_directions_exported_one_way_make_a_street_for_both():
    network = build_network(
        [
            section("a", (0, 0), (90, 0), oneway=True),
            section("b", (90, 0), (0, 0), oneway=True),
        ]
    )
    assert network.arc_open.tolist() == [True, True]


def test_a_close_drawn_out_and_back_is_a_dead_end():
    network = build_network(
        [section("main", (-90, 0), (0, 0), (90, 0)), section("close", (0, 0), (0, 150), (0, 0))]
    )
    assert network.node_count == 4
    assert network.edge_length_m[-1] == pytest.approx(150, abs=0.01)


def test_a_vertex_that_only_a_twin_met_is_no_node():
    x, y = np.array([0.0, 50.0, 100.0, 0.0, 50.0]), np.zeros(5)
    owner, forced = np.array([0, 0, 0, 1, 1]), np.array([False, True, False, False, False])
    lines = carrying_lines(
        whole_lines(x, y, owner, forced, 2), [Stretch(1, 0.0, 50.0, 0, 0.0, 50.0)]
    )
    assert lines.x.tolist() == [0, 50, 100]
    assert not lines.forced.any()
    assert lines.section.tolist() == [0]


def test_pairs_keep_their_vertices_when_others_come_before_them():
    x, y = np.array([0.0, 100.0, 100.0, 200.0]), np.zeros(4)
    lines = whole_lines(x, y, np.array([0, 0, 1, 1]), np.zeros(4, dtype=bool), 2)
    lines = replace(lines, joined=(np.array([1]), np.array([2])))
    more = with_vertices(lines, np.array([1]), np.array([0]), np.array([40.0]), np.array([0.0]))
    assert more.x.tolist() == [0, 40, 100, 100, 200]
    assert (more.joined[0].tolist(), more.joined[1].tolist()) == ([2], [3])


@settings(max_examples=30)
@given(st.permutations(range(6)))
def test_the_order_of_sections_changes_no_edge(order):
    sections = [
        section("a", (-300, 0), (300, 0)),
        section("b", (200, 1.5), (0, 1.5), (-200, 1.5)),
        section("side", (0, 1.5), (0, 200)),
        section("close", (0, 200), (0, 300), (0, 200)),
        section("copy", (0, 200), (0, 1.5)),
        section("across", (100, -90), (100, 90)),
    ]

    def edges(drawn):
        network = build_network(drawn, crossings_lead=False)
        return sorted(
            (network.section_ids[number], round(start, 6), round(length, 6))
            for number, start, length in zip(
                network.edge_section.tolist(),
                network.edge_start_m.tolist(),
                network.edge_length_m.tolist(),
                strict=True,
            )
        )

    assert edges([sections[number] for number in order]) == edges(sections)
