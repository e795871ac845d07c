from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geofence.network.loose_ends import LooseEnd, Spot, SpotKind
from tests.fixtures.drawn_lines import drawn, ends_of

ANGLES = st.floats(0, 2 * np.pi)
PLACES = st.tuples(st.integers(-50, 50), st.integers(-50, 50))


def pointing(angle: float, x: float = 0.0, y: float = 0.0) -> LooseEnd:
    """An end at a place that points in a direction, counted from east to north."""
    return LooseEnd(
        SpotKind.END, 0, 0, 0.0, x, y, float(np.cos(angle)), float(np.sin(angle)), 1, 90.0
    )


def spot(x: float, y: float) -> Spot:
    return Spot(SpotKind.LINE, 1, 0, 0.0, x, y)


# Which ends are loose


def test_both_ends_of_a_line_alone_are_loose():
    assert set(ends_of(drawn(a=[(0, 0), (50, 0), (90, 0)]))) == {("a", "start"), ("a", "end")}


def test_ends_that_share_a_node_are_not_loose():
    lines = drawn(a=[(0, 0), (90, 0)], b=[(90, 0), (90, 90)])
    assert set(ends_of(lines)) == {("a", "start"), ("b", "end")}


def test_an_end_at_a_vertex_inside_another_line_is_not_loose():
    lines = drawn(a=[(0, 0), (50, 0), (90, 0)], b=[(50, 0), (50, 90)])
    assert set(ends_of(lines)) == {("a", "start"), ("a", "end"), ("b", "end")}


def test_a_ring_has_no_loose_end():
    assert ends_of(drawn(ring=[(0, 0), (90, 0), (90, 90), (0, 0)])) == {}


def test_an_end_that_meets_the_inside_of_its_own_line_is_not_loose():
    loop = drawn(six=[(0, 90), (0, 0), (50, 0), (50, 50), (0, 0)])
    assert set(ends_of(loop)) == {("six", "start")}


# What a loose end is


def test_an_end_points_away_from_its_line():
    ends = ends_of(drawn(a=[(0, 0), (30, 40)]))
    start, goal = ends["a", "start"], ends["a", "end"]
    assert (start.x, start.y, start.measure_m) == (0, 0, 0)
    assert (start.east, start.north) == pytest.approx((-0.6, -0.8))
    assert (goal.x, goal.y, goal.measure_m) == (30, 40, 50)
    assert (goal.east, goal.north) == pytest.approx((0.6, 0.8))


def test_the_direction_is_that_of_the_last_metres_and_not_of_the_last_piece():
    bent = [(0, 0), (90, 0), (96, 0), (96, 4)]  # of 10 m: 6 m east, then 4 m north
    end = ends_of(drawn(a=bent))["a", "end"]
    assert (end.east, end.north) == pytest.approx(np.array([6, 4]) / np.hypot(6, 4))


def test_the_direction_of_a_line_shorter_than_that_is_that_of_the_whole():
    end = ends_of(drawn(a=[(0, 0), (3, 0), (3, 4)]))["a", "end"]
    assert (end.east, end.north) == pytest.approx((0.6, 0.8))


def test_an_end_whose_last_metres_lead_back_to_its_place_points_nowhere():
    turned = ends_of(drawn(a=[(-90, 0), (5, 0), (0, 0)]))["a", "end"]
    assert (turned.east, turned.north) == (0, 0)


def test_the_last_edge_reaches_back_to_the_node_before_it_over_vertices_that_are_none():
    lines = drawn(a=[(0, 0), (20, 0), (50, 0), (90, 0)], b=[(20, 0), (20, 90)])
    ends = ends_of(lines)
    assert ends["a", "start"].edge_m == 20
    assert ends["a", "end"].edge_m == 70
    junction = int(lines.node[1])
    assert ends["a", "start"].before == ends["a", "end"].before == junction
    assert ends["b", "end"].before == junction


def test_a_vertex_of_an_end_is_counted_over_all_lines():
    ends = ends_of(drawn(a=[(0, 0), (90, 0)], b=[(0, 50), (40, 50), (90, 50)]))
    assert [(end.section, end.vertex) for end in ends.values()] == [(0, 0), (1, 2), (0, 1), (1, 4)]


@settings(max_examples=40)
@given(st.lists(PLACES, min_size=2, max_size=6, unique=True))
def test_drawn_the_other_way_a_line_has_the_same_ends(points):
    def seen(line):
        return sorted(
            (end.x, end.y, round(end.east, 6), round(end.north, 6), round(end.edge_m, 6))
            for end in ends_of(drawn(a=line)).values()
        )

    assert np.allclose(seen(points), seen(points[::-1]), atol=1e-5)


# Measures around an end


@settings(max_examples=60)
@given(ANGLES, PLACES, PLACES)
def test_ahead_and_aside_are_the_legs_of_the_way_to_a_place(angle, here, there):
    end, other = pointing(angle, *here), spot(*there)
    assert np.hypot(end.ahead_m(other), end.aside_m(other)) == pytest.approx(end.away_m(other))
    assert end.aside_m(other) >= 0


def test_what_lies_behind_is_less_than_nothing_ahead():
    north = pointing(np.pi / 2, 3, 4)
    assert north.ahead_m(spot(3, 10)) == pytest.approx(6)
    assert north.ahead_m(spot(3, 2)) == pytest.approx(-2)
    assert north.aside_m(spot(8, 100)) == north.aside_m(spot(-2, -100)) == pytest.approx(5)


@settings(max_examples=60)
@given(ANGLES, ANGLES)
def test_a_turn_is_the_same_from_either_end_and_that_about_face_is_its_supplement(one, other):
    turn = pointing(one).turn_deg(pointing(other))
    assert 0 <= turn <= 180
    assert pointing(other).turn_deg(pointing(one)) == turn
    assert pointing(one).turn_deg(pointing(other + np.pi)) == pytest.approx(180 - turn, abs=1e-5)


@pytest.mark.parametrize("degrees", [0, 30, 90, 135, 180])
def test_a_turn_is_the_angle_between_two_directions(degrees):
    turn = pointing(0.3).turn_deg(pointing(0.3 + np.radians(degrees)))
    assert turn == pytest.approx(degrees, abs=1e-5)


def test_an_end_does_not_turn_from_its_own_direction_and_a_right_about_is_180_degrees():
    for angle in np.linspace(0, 2 * np.pi, 500):
        here, back = pointing(angle), pointing(angle + np.pi)
        assert here.turn_deg(here) == pytest.approx(0, abs=1e-5)
        assert here.turn_deg(back) == pytest.approx(180, abs=1e-5)


# The lines


def test_a_vertex_belongs_to_the_line_it_was_drawn_for():
    lines = drawn(a=[(0, 0), (9, 0)], b=[(0, 5), (4, 5), (9, 5)])
    assert lines.owner.tolist() == [0, 0, 1, 1, 1]
    assert [shape.length for shape in lines.shapes] == [9, 9]


def test_the_rank_of_a_line_is_its_place_in_the_order_of_ids():
    line = [(0, 0), (9, 0)]
    assert drawn(s10=line, s2=line, a=line).rank == [1, 2, 0]


def test_a_place_at_a_node_is_beside_that_node_alone():
    lines = drawn(a=[(0, 0), (90, 0)])
    node = Spot(SpotKind.NODE, 0, 1, 90.0, 90, 0)
    assert lines.nodes_beside(node) == [(lines.node[1], 0.0)]


def test_a_place_inside_a_line_is_beside_the_nodes_before_and_after_it():
    lines = drawn(
        other=[(50, 0), (50, 90)],
        a=[(0, 0), (20, 0), (50, 0), (60, 0), (80, 0), (90, 0)],
    )
    inside = Spot(SpotKind.LINE, 1, 5, 70.0, 70, 0)
    assert lines.nodes_beside(inside) == [(lines.node[4], 20.0), (lines.node[7], 20.0)]
    late = Spot(SpotKind.LINE, 1, 6, 85.0, 85, 0)
    assert lines.nodes_beside(late) == [(lines.node[4], 35.0), (lines.node[7], 5.0)]
    early = Spot(SpotKind.LINE, 1, 2, 5.0, 5, 0)
    assert lines.nodes_beside(early) == [(lines.node[2], 5.0), (lines.node[4], 45.0)]


def test_nodes_are_reached_along_the_lines_either_way_up_to_less_than_the_limit():
    chain = drawn(a=[(0, 0), (20, 0)], b=[(50, 0), (20, 0)], c=[(50, 0), (50, 40)])
    start, *_, far = chain.node
    assert chain.reached(int(start), 50.0) == {0: 0.0, int(chain.node[1]): 20.0}
    assert chain.reached(int(start), 50.001)[int(chain.node[2])] == 50.0
    assert chain.reached(int(far), 90.001)[int(start)] == 90.0


def test_lines_that_only_cross_do_not_lead_to_each_other():
    cross = drawn(a=[(0, 0), (20, 0)], b=[(10, -10), (10, 10)])
    assert set(cross.reached(0, 1000.0)) == {int(cross.node[0]), int(cross.node[1])}


@settings(max_examples=40)
@given(st.lists(st.tuples(PLACES, PLACES), min_size=1, max_size=12), st.floats(1, 200))
def test_what_is_reached_is_what_the_shortest_way_reaches(pairs, within_m):
    near = {a: (a[0] % 4 * 10, a[1] % 4 * 10) for pair in pairs for a in pair}
    lines = [[near[a], near[b]] for a, b in pairs if near[a] != near[b]]
    if not lines:
        return
    town = drawn(**{f"s{number}": line for number, line in enumerate(lines)})
    size = int(town.node.max()) + 1
    direct = np.full((size, size), np.inf)
    for begin, end in pairwise(range(len(town.node))):
        if town.owner[begin] == town.owner[end]:
            one, other = town.node[begin], town.node[end]
            direct[one, other] = direct[other, one] = town.measure_m[end]
    graph = np.where(np.isinf(direct), 0.0, direct)
    way_m = dijkstra(coo_array(graph), directed=False, indices=0)
    expected = {node: way for node, way in enumerate(way_m.tolist()) if way < within_m}
    assert town.reached(0, within_m) == pytest.approx(expected)
