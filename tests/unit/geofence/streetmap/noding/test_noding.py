from collections import Counter

import numpy as np
import osmium
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.streetmap.noding.noding import Sections, node

EAST, NORTH = 113.8, 34.0
DEGREE_M = 111_195.0
SCALE = np.array([DEGREE_M * np.cos(np.radians(NORTH)), DEGREE_M])


def of(*lines_m: list[tuple[float, float]], bridges: tuple[int, ...] = ()) -> Sections:
    """Node lines in metres around a place."""
    spots = np.concatenate([np.array(line, dtype=float) for line in lines_m]) / SCALE
    owner = np.repeat(np.arange(len(lines_m)), [len(line) for line in lines_m])
    is_ground = ~np.isin(np.arange(len(lines_m)), bridges)
    return node(spots + np.array([EAST, NORTH]), owner, is_ground)


def shapes_m(sections: Sections) -> list[shapely.LineString]:
    """Give the sections back in metres, rounded to a millimetre."""
    spots = (sections.spots - np.array([EAST, NORTH])) * SCALE
    return [
        shapely.LineString(spots[first:last])
        for first, last in zip(sections.first[:-1], sections.first[1:], strict=True)
    ]


def drawn(sections: Sections) -> list[list[tuple[int, int]]]:
    return [[(round(x), round(y)) for x, y in shape.coords] for shape in shapes_m(sections)]


def test_lines_that_cross_without_a_vertex_are_cut_there():
    sections = of([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    assert drawn(sections) == [
        [(0, 0), (50, 0)],
        [(50, 0), (100, 0)],
        [(50, -50), (50, 0)],
        [(50, 0), (50, 50)],
    ]
    assert sections.line.tolist() == [0, 0, 1, 1]
    middle = sections.ends[0, 1]
    assert sections.ends[1, 0] == sections.ends[2, 1] == sections.ends[3, 0] == middle
    assert sections.cuts == 2


def test_a_bridge_is_not_cut_where_it_crosses_a_street():
    sections = of([(0, 0), (100, 0)], [(50, -50), (50, 50)], bridges=(1,))
    assert len(sections.line) == 2
    assert len(np.unique(sections.ends)) == 4


def test_a_bridge_meets_the_street_it_ends_on():
    sections = of([(0, 0), (100, 0)], [(50, 0), (50, 50)], bridges=(1,))
    assert drawn(sections)[:2] == [[(0, 0), (50, 0)], [(50, 0), (100, 0)]]


def test_a_street_that_ends_under_a_bridge_does_not_meet_it():
    sections = of([(0, 0), (100, 0)], [(50, 0.3), (50, 50)], bridges=(0,))
    assert len(sections.line) == 2


@pytest.mark.parametrize("short_m", [0.0, 0.004, 0.3, 0.49, -0.3, -0.004])
def test_an_end_that_touches_a_line_or_nearly_makes_a_junction(short_m):
    sections = of([(0, 0), (100, 0)], [(50, short_m), (50, 50)])
    assert len(sections.line) == 3
    assert len(np.unique(sections.ends)) == 4
    assert sections.ends[0, 1] == sections.ends[1, 0] == sections.ends[2, 0]


def test_an_end_farther_off_is_a_dead_end():
    sections = of([(0, 0), (100, 0)], [(50, 0.6), (50, 50)])
    assert len(sections.line) == 2
    assert sections.gaps == 0


def test_ends_a_centimetre_apart_are_one_junction():
    sections = of([(0, 0), (50, 0)], [(50.008, 0), (100, 0)])
    assert sections.ends[0, 1] == sections.ends[1, 0]
    assert (sections.spots[1] == sections.spots[2]).all()


def test_loose_ends_that_stop_short_of_each_other_are_led_together_once():
    sections = of([(0, 0), (50, 0)], [(50.3, 0), (100, 0)])
    assert sections.ends[0, 1] == sections.ends[1, 0]
    assert sections.gaps == 1


def test_what_goes_on_behind_a_line_by_less_than_half_a_metre_is_dropped():
    sections = of([(0, 0), (100, 0)], [(50, 50), (50, -0.4)])
    assert sections.overshoots == 1
    assert [round(shape.length) for shape in shapes_m(sections)] == [50, 50, 50]


def test_a_line_that_crosses_itself_is_cut_at_the_crossing():
    sections = of([(0, 0), (100, 0), (100, 50), (50, 50), (50, -50)])
    assert sections.line.tolist() == [0, 0, 0]
    assert sections.ends[0, 1] == sections.ends[1, 1] == sections.ends[2, 0]


def test_a_ring_is_one_section_that_ends_where_it_begins():
    sections = of([(0, 0), (100, 0), (100, 50), (0, 0)])
    assert sections.line.tolist() == [0]
    assert sections.ends[0, 0] == sections.ends[0, 1]


def test_the_same_line_drawn_twice_stays_two_whole_sections():
    line = [(0.0, 0.0), (50.0, 10.0), (100.0, 0.0)]
    sections = of(line, line)
    assert sections.line.tolist() == [0, 1]
    assert sections.cuts == 0


def test_a_line_that_runs_along_another_cuts_it_only_where_it_ends():
    sections = of([(0, 0), (100, 0)], [(20, 0), (40, 0), (80, 0)])
    assert drawn(sections) == [
        [(0, 0), (20, 0)],
        [(20, 0), (80, 0)],
        [(80, 0), (100, 0)],
        [(20, 0), (40, 0), (80, 0)],
    ]


def test_streets_that_share_an_inner_vertex_meet_there():
    sections = of([(0, 0), (50, 0), (100, 0)], [(50, 50), (50, 0), (50, -50)])
    assert len(sections.line) == 4


def test_two_hundred_lines_through_one_place_meet_at_one_junction():
    turns = np.linspace(0, np.pi, 200, endpoint=False)
    ends = 100 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    sections = of(*([tuple(-end), tuple(end)] for end in ends))
    assert len(sections.line) == 400
    assert len(np.unique(sections.ends)) == 401


def test_vertices_that_repeat_are_dropped_and_a_line_of_one_place_is_counted():
    sections = of([(0, 0), (0, 0), (0, 0), (50, 0), (50.004, 0)], [(9, 9), (9, 9)])
    assert drawn(sections) == [[(0, 0), (50, 0)]]
    assert sections.degenerate == 1


def test_lines_that_meet_in_a_vertex_and_slowly_part_are_cut_there():
    sections = of([(0, 0), (10, 30), (50, 60)], [(42, 55), (10, 30), (0.003, -0.3)])
    assert (10, 30) in {end for line in drawn(sections) for end in (line[0], line[-1])}
    assert not any((10, 30) in line[1:-1] for line in drawn(sections))


def test_no_line_gives_no_section():
    sections = node(np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, np.bool_))
    assert len(sections.line) == 0


places = st.one_of(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda p: (p[0] * 10.0, p[1] * 10.0)),
    st.tuples(st.floats(0, 120), st.floats(0, 120)),
    st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
        lambda p: (p[0] * 10.0 + 0.003, p[1] * 10.0 - 0.3)
    ),
)
drawings = st.lists(st.lists(places, min_size=2, max_size=6), min_size=1, max_size=8)


@given(drawings)
@settings(max_examples=30)
def test_after_noding_nothing_crosses_and_no_length_is_lost(lines):
    sections = of(*lines)
    shapes = shapes_m(sections)
    for i, one in enumerate(shapes):
        shared = shapely.get_parts(shapely.intersection(one, shapes[i + 1 :]))
        points = shared[shapely.get_type_id(shared) == shapely.GeometryType.POINT]
        ends = shapely.MultiPoint([*(one.coords[k] for k in (0, -1))])
        assert (shapely.distance(points, ends) < 0.1).all()
    before_m = sum(shapely.LineString(line).length for line in lines)
    after_m = sum(shape.length for shape in shapes)
    assert abs(after_m - before_m) <= 0.6 * (len(shapes) + sum(map(len, lines)))


@given(drawings)
@settings(max_examples=60)
def test_noding_what_is_noded_changes_nothing(lines):
    once = of(*lines)
    owner = np.repeat(np.arange(len(once.line)), np.diff(once.first))
    again = node(once.spots, owner, np.ones(len(once.line), np.bool_))
    assert np.array_equal(again.spots, once.spots)
    assert np.array_equal(again.ends, once.ends)


def test_the_lines_of_a_real_town_are_cut_where_its_map_says_they_meet(shared_data):
    source = shared_data / "osm" / "campo-grande.osm.gz"
    only_ways = osmium.filter.EntityFilter(osmium.osm.WAY)
    ways = [
        (
            [(each.ref, each.lon, each.lat) for each in way.nodes if each.location.valid()],
            way.tags.get("bridge", "no") == "no",
        )
        for way in osmium.FileProcessor(source).with_locations().with_filter(only_ways)
        if "highway" in way.tags
    ]
    ways = [(nodes, is_ground) for nodes, is_ground in ways if len(nodes) > 1]
    drawn = [[ref for ref, *_ in nodes] for nodes, _ in ways]
    used = Counter(ref for refs in drawn for ref in [*refs, refs[0], refs[-1]])
    pieces = sum(1 + sum(used[ref] > 1 for ref in refs[1:-1]) for refs in drawn)
    junctions = {ref for refs in drawn for ref in refs if used[ref] > 1}
    spots = np.array([place for nodes, _ in ways for _, *place in nodes])
    owner = np.repeat(np.arange(len(ways)), [len(refs) for refs in drawn])
    sections = node(spots, owner, np.array([is_ground for _, is_ground in ways]))
    assert len(sections.line) == pieces
    assert len(np.unique(sections.ends)) == len(junctions)
