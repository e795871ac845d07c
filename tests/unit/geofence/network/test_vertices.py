import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geofence.network.network import build_network
from geofence.network.vertices import (
    box_neighbours,
    groups_of,
    measures,
    meetings,
    nodes_of,
    with_touching_ends,
)
from tests.fixtures.lattice import section


def laid(*lines):
    points = np.array([point for line in lines for point in line], dtype=float)
    first = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    return points[:, 0], points[:, 1], first


def circle(radius_m: float, count: int, south: tuple[float, float]):
    angles = np.linspace(-np.pi / 2, 1.5 * np.pi, count + 1)
    x, y = south
    return [
        (x + radius_m * np.cos(angle), y + radius_m + radius_m * np.sin(angle)) for angle in angles
    ]


def pairs(*lines):
    return set(zip(*(side.tolist() for side in meetings(*laid(*lines))), strict=True))


def test_measures_begin_anew_with_each_line():
    x, y, first = laid([(0, 0), (3, 4), (3, 10)], [(50, 0), (50, 7)])
    assert measures(x, y, first).tolist() == [0, 5, 11, 0, 7]


def test_vertices_of_two_lines_within_half_a_metre_meet():
    assert pairs([(0, 0), (100, 0)], [(100.4, 0), (200, 0)]) == {(1, 2), (2, 1)}
    assert pairs([(0, 0), (100, 0)], [(100.6, 0), (200, 0)]) == set()


def test_a_line_drawn_with_a_vertex_every_few_centimetres_is_not_one_place():
    x, y, first = laid([(step * 0.14, 0.0) for step in range(300)])
    assert not len(meetings(x, y, first)[0])
    node, _, _ = nodes_of(x, y, first, np.zeros(300, dtype=bool), (first[:0], first[:0]))
    assert np.flatnonzero(node >= 0).tolist() == [0, 299]


def test_a_turning_circle_of_hundreds_of_vertices_is_one_loop_that_keeps_its_length():
    ring = circle(8.0, 360, (0.0, 60.0))
    network = build_network([section("stem", (0, 0), (0, 60)), section("ring", *ring)])
    assert network.edge_section.tolist() == [0, 1]
    assert network.edge_length_m == pytest.approx([60.0, 50.26], abs=0.05)
    assert network.node_count == 2


def test_a_line_meets_itself_where_it_comes_back():
    ring = circle(20.0, 60, (0.0, 60.0))
    network = build_network([section("close", (0, 0), *ring)])
    assert network.node_count == 2
    assert network.edge_length_m.sum() == pytest.approx(60 + 2 * np.pi * 20, abs=0.2)
    assert network.arc_to[2:].tolist().count(network.arc_to[0]) == 2


def test_a_line_that_ends_on_its_own_inside_meets_it_there():
    network = build_network(
        [section("p", (0, 0), (0, 200), (60, 200), (60, 100), (0, 100))],
    )
    assert network.node_count == 2
    assert network.edge_start_m.tolist() == pytest.approx([0, 100], abs=0.01)


def test_a_line_meets_another_by_its_nearest_vertex():
    x, y, first = laid([(0, 0), (99.7, 0), (100, 0), (200, 0)], [(100.1, 0), (100, 90)])
    left, right = meetings(x, y, first)
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == {(2, 4), (4, 2)}


def test_two_dense_lines_that_part_slowly_do_not_become_one_node():
    straight = [(step * 0.2, 0.0) for step in range(200)]
    network = build_network(
        [
            section("a", *straight),
            section("b", (0, 0), *((0.2 * s, 0.02 * s) for s in range(1, 200))),
        ]
    )
    assert network.edge_length_m.max() > 30


def test_an_end_that_touches_a_line_puts_a_vertex_there():
    x, y, first = laid([(0, 0), (200, 0)], [(80, 0.2), (80, 90)])
    owner = np.repeat([0, 1], 2)
    x, y, owner, forced = with_touching_ends(x, y, owner, np.diff(first))
    assert x.tolist() == [0, 80, 200, 80, 80]
    assert owner.tolist() == [0, 0, 0, 1, 1]
    assert forced.tolist() == [False, True, False, False, False]


def test_groups_are_named_by_their_least_member():
    left, right = np.array([1, 4, 2]), np.array([4, 2, 4])
    both = np.concatenate([left, right]), np.concatenate([right, left])
    assert groups_of(6, *both).tolist() == [0, 1, 1, 3, 1, 5]


ends = st.tuples(*[st.integers(-20, 20).map(float)] * 4)


@given(st.lists(ends, min_size=1, max_size=8), st.sampled_from([0.0, 0.01, 5.0]))
def test_all_shapes_within_a_distance_are_neighbours_by_their_boxes(drawn, within_m):
    shapes = np.array([shapely.LineString([each[:2], each[2:]]) for each in drawn])
    one, other = box_neighbours(shapes, within_m)
    found = set(zip(one.tolist(), other.tolist(), strict=True))
    assert len(found) == len(one)
    numbers = range(len(shapes))
    assert found >= {
        (a, b) for a in numbers for b in numbers if shapes[a].distance(shapes[b]) <= within_m
    }


@pytest.mark.parametrize("spacing_m", [0.14, 0.17, 0.2])
def test_a_roundabout_of_dense_vertices_in_four_sections_has_a_node_where_each_road_meets_it(
    spacing_m,
):
    radius_m = 12.0
    count = round(2 * np.pi * radius_m / spacing_m / 4)
    turns = [np.linspace(k, k + 1, count + 1) * np.pi / 2 for k in range(4)]
    arcs = [radius_m * np.stack([np.cos(turn), np.sin(turn)], axis=1) for turn in turns]
    roads = [np.array([arc[0], 20.0 * arc[0]]) for arc in arcs]
    sections = [
        section(f"s{n}", *map(tuple, line.tolist())) for n, line in enumerate([*arcs, *roads])
    ]
    network = build_network(sections)
    assert network.node_count == 8
    assert len(network.edge_length_m) == 8
    quarter_m = float(np.hypot(*np.diff(arcs[0], axis=0).T).sum())
    assert sorted(network.edge_length_m)[:4] == pytest.approx([quarter_m] * 4, rel=1e-4)
