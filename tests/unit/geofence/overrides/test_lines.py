import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geofence.overrides.lines import (
    LineError,
    cut_line,
    join_lines,
    length_m,
    middle_of,
    nearest_place,
    nearest_spot,
)

EAST = [[113.30, 40.08], [113.31, 40.08], [113.32, 40.08]]

degrees = st.floats(-0.02, 0.02).map(lambda number: round(number, 6))
lines = st.lists(st.tuples(degrees, degrees), min_size=2, max_size=8, unique=True).map(
    lambda places: [[113.3 + east, 40.08 + north] for east, north in places]
)


def test_both_pieces_hold_the_place_of_the_cut():
    assert cut_line(EAST, (113.304, 40.0801)) == (
        [[113.30, 40.08], [113.304, 40.08]],
        [[113.304, 40.08], [113.31, 40.08], [113.32, 40.08]],
    )


def test_a_cut_at_a_vertex_adds_none():
    at_the_vertex = ([[113.30, 40.08], [113.31, 40.08]], [[113.31, 40.08], [113.32, 40.08]])
    assert cut_line(EAST, (113.31, 40.0801)) == at_the_vertex
    assert cut_line(EAST, (113.31, 40.08)) == at_the_vertex


def test_heights_stay_with_their_vertices():
    first, second = cut_line([[113.30, 40.08, 1050], [113.32, 40.08, 1060]], (113.31, 40.08))
    assert first == [[113.30, 40.08, 1050], [113.31, 40.08]]
    assert second == [[113.31, 40.08], [113.32, 40.08, 1060]]


@pytest.mark.parametrize("at", [(113.30, 40.08), (113.32, 40.08), (113.299999, 40.08)])
def test_nothing_is_cut_off_at_an_end(at):
    with pytest.raises(LineError, match="less than 1 m of it"):
        cut_line(EAST, at)


def test_a_line_that_lies_elsewhere_now_is_not_cut():
    with pytest.raises(LineError, match="111 m from there now"):
        cut_line(EAST, (113.31, 40.081))


def test_a_line_across_the_meridian_of_180_degrees_is_cut_where_it_is():
    first, second = cut_line([[179.99, -17.0], [-179.99, -17.0]], (179.995, -17.0))
    assert first == [[179.99, -17.0], [179.995, -17.0]]
    assert second == [[179.995, -17.0], [-179.99, -17.0]]


@given(lines, st.floats(0.05, 0.95))
def test_the_pieces_are_as_long_as_the_whole_and_make_it_again(line, share):
    edge, along = divmod(share * (len(line) - 1), 1)
    start, stop = line[int(edge)], line[int(edge) + 1]
    at = [start[axis] + along * (stop[axis] - start[axis]) for axis in (0, 1)]
    spot = nearest_spot(line, at)
    assume(min(spot.along_m, length_m(line) - spot.along_m) > 2)
    first, second = cut_line(line, at)
    assert math.isclose(length_m(first) + length_m(second), length_m(line), rel_tol=1e-3)
    again = join_lines(first, second)
    assert [again[0], again[-1]] == [line[0], line[-1]]
    assert [place for place in again if place in line] == line


WEST, MIDDLE, FAR = [113.30, 40.08], [113.31, 40.08], [113.32, 40.08]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ([WEST, MIDDLE], [MIDDLE, FAR], [WEST, MIDDLE, FAR]),
        ([MIDDLE, FAR], [WEST, MIDDLE], [WEST, MIDDLE, FAR]),
        ([WEST, MIDDLE], [FAR, MIDDLE], [WEST, MIDDLE, FAR]),
        ([FAR, MIDDLE], [WEST, MIDDLE], [FAR, MIDDLE, WEST]),
        ([MIDDLE, FAR], [MIDDLE, WEST], [WEST, MIDDLE, FAR]),
    ],
)
def test_a_joined_line_runs_as_the_first_one_does(first, second, joined):
    assert join_lines(first, second) == joined


def test_ends_less_than_a_metre_apart_meet_and_both_stay():
    near = [113.310005, 40.08]
    assert join_lines([WEST, MIDDLE], [near, FAR]) == [WEST, MIDDLE, near, FAR]


def test_lines_that_do_not_meet_are_told_how_far_apart_they_are():
    with pytest.raises(LineError, match=r"85[0-9] m apart"):
        join_lines([WEST, [113.305, 40.08]], [[113.315, 40.08], FAR])


def test_one_way_streets_are_not_turned_round():
    assert join_lines([MIDDLE, FAR], [WEST, MIDDLE], directed=True) == [WEST, MIDDLE, FAR]
    with pytest.raises(LineError, match="one-way against each other"):
        join_lines([WEST, MIDDLE], [FAR, MIDDLE], directed=True)


def test_the_middle_of_a_line_is_half_way_along_it():
    assert middle_of([[113.30, 40.08], [113.302, 40.08], [113.31, 40.08]]) == (113.305, 40.08)
    assert middle_of([[113.30, 40.08], [113.30, 40.08]]) == (113.30, 40.08)


@given(lines)
def test_the_middle_of_a_line_lies_on_it_with_as_much_before_as_behind(line):
    spot = nearest_spot(line, middle_of(line))
    assert spot.away_m < 0.05
    first, second = (nearest_spot(each, middle_of(line)) for each in (line, line[::-1]))
    assert math.isclose(first.away_m, second.away_m, abs_tol=0.05)


def test_the_nearest_place_is_where_a_cut_would_be():
    first, _ = cut_line(EAST, (113.304, 40.0801))
    assert nearest_place(EAST, (113.304, 40.0801)) == first[-1]
