import numpy as np
import pytest

from geofence.streetmap.noding.flat_lines import distinct, flat_lines, metres, on_sphere

EAST_M = 111_195.0 * np.cos(np.radians(34.0))


def lines_of(*lines_m):
    spots = np.concatenate([np.array(line, dtype=float) for line in lines_m])
    owner = np.repeat(np.arange(len(lines_m)), [len(line) for line in lines_m])
    spots = spots / (EAST_M, 111_195.0) + np.array([113.8, 34.0])
    return flat_lines(spots, owner, np.arange(len(lines_m)), np.ones(len(lines_m), np.bool_))


def test_a_degree_of_longitude_is_shorter_away_from_the_equator():
    east, north = metres(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, 60.0])).T
    assert east == pytest.approx([111_195.0, 111_195.0 / 2])
    assert north == pytest.approx([111_195.0, 111_195.0])


def test_places_on_both_sides_of_the_antimeridian_are_near():
    one, other = on_sphere(np.array([[180.0, -17.0], [-179.9999999, -17.0]]))
    assert np.hypot.reduce(one - other) == pytest.approx(0.0106, abs=1e-3)


def test_equal_places_bear_one_number():
    first, number = distinct(np.array([[2.0, 1.0], [1.0, 1.0], [2.0, 1.0]]))
    assert number[0] == number[2] != number[1]
    assert sorted(first.tolist()) == [0, 1]


def test_vertices_within_a_centimetre_of_the_one_before_are_dropped_but_not_the_last():
    lines = lines_of([(0, 0), (0.004, 0), (0.008, 0), (50, 0), (50.005, 0)])
    assert len(lines.spots) == 2
    assert metres(lines.spots[1:] - lines.spots[:1], np.array([34.0]))[0, 0] == pytest.approx(
        50.005, abs=1e-3
    )


def test_a_line_drawn_in_steps_of_a_few_millimetres_stays_a_line():
    lines = lines_of([(x * 0.004, 0) for x in range(1000)])
    assert lines.count == 1
    assert lines.measures()[-1] == pytest.approx(3.996, abs=1e-3)


def test_a_line_of_one_place_is_dropped_and_the_others_keep_what_they_came_from():
    lines = lines_of([(5, 5), (5, 5)], [(0, 0), (9, 0), (9, 9)])
    assert lines.parent.tolist() == [1]
    assert lines.owner.tolist() == [0, 0, 0]
    assert lines.tips.tolist() == [[0, 2]]
    assert lines.segments.tolist() == [0, 1]
    assert lines.measures() == pytest.approx([0, 9, 18], abs=1e-2)


def test_tips_at_one_place_are_counted():
    lines = lines_of([(0, 0), (9, 0)], [(9, 0), (9, 9)], [(9, 0), (20, 0)])
    number, count = lines.junctions()
    assert count[number].tolist() == [[1, 3], [3, 1], [3, 1]]


def test_some_lines_are_kept():
    lines = lines_of([(0, 0), (9, 0)], [(9, 0), (9, 9)], [(9, 0), (20, 0), (30, 0)])
    kept = lines.kept(np.array([False, True, True]))
    assert kept.parent.tolist() == [1, 2]
    assert kept.owner.tolist() == [0, 0, 1, 1, 1]
