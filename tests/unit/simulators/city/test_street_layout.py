from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import Grid
from simulators.city.roster import synthetic_roster
from simulators.city.street_layout import CONNECTING_NAME, lay_out, runs_east_west

cities = st.tuples(st.integers(1, 24), st.integers(0, 1000))


def grid(name, *streets):
    return Grid(name, "sweep-1", (), (), streets=streets)


def laid_out(*grids, seed=1):
    return lay_out(grids, np.random.default_rng(seed))


def board_of(city):
    count, seed = city
    return lay_out(synthetic_roster(count, seed).grids, np.random.default_rng(seed))


def bounds(board, cell):
    """West, east, south and north side of a rectangle."""
    return (
        *board.easting[cell.column : cell.column + 2],
        *board.northing[cell.row : cell.row + 2],
    )


def own_lines(board, cell):
    return [line for line in board.lines() if cell.grid.id in line.grids]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("云中街", True),
        ("新华街市场", True),
        ("同泉里", True),
        ("校场巷", True),
        ("三台", True),
        ("花园里北街南段", True),
        ("魏都大道", False),
        ("御河西路北延伸", False),
        ("北岳路支路", False),
        ("魏都新城延昌路", False),
    ],
)
def test_the_last_telling_character_of_a_name_decides(name, expected):
    assert runs_east_west(name) is expected


@settings(deadline=None, max_examples=20)
@given(city=cities)
def test_every_street_of_a_grid_is_drawn_within_its_rectangle_the_way_its_name_says(city):
    board = board_of(city)
    for cell in board.cells:
        west, east, south, north = bounds(board, cell)
        lines = own_lines(board, cell)
        assert {line.name for line in lines} == set(cell.grid.streets)
        for line in lines:
            assert line.east_west == runs_east_west(line.name)
            along, across = (
                ((west, east), (south, north)) if line.east_west else ((south, north), (west, east))
            )
            assert along[0] <= line.start < line.end <= along[1]
            assert across[0] <= line.at <= across[1]


@settings(deadline=None, max_examples=20)
@given(city=cities)
def test_grids_that_follow_each_other_in_the_list_are_neighbours_and_none_share_a_place(city):
    cells = board_of(city).cells
    assert len({(cell.column, cell.row) for cell in cells}) == len(cells)
    steps = [abs(a.column - b.column) + abs(a.row - b.row) for a, b in pairwise(cells)]
    assert set(steps) <= {1}


@settings(deadline=None, max_examples=20)
@given(city=cities)
def test_every_rectangle_is_bounded_by_roads_on_four_sides_each_drawn_once(city):
    board = board_of(city)
    sides = [(line.east_west, line.at, line.start, line.end) for line in board.borders]
    assert len(set(sides)) == len(sides)
    for cell in board.cells:
        west, east, south, north = bounds(board, cell)
        around = {(True, y, west, east) for y in (south, north)}
        around |= {(False, x, south, north) for x in (west, east)}
        assert around <= set(sides)


@settings(deadline=None, max_examples=20)
@given(city=cities)
def test_lines_of_one_direction_in_a_rectangle_keep_clear_of_each_other_but_for_one_pair(city):
    board = board_of(city)
    for cell in board.cells:
        west, east, south, north = bounds(board, cell)
        for east_west, low, high in ((True, south, north), (False, west, east)):
            lines = board.inner[cell.column, cell.row]
            places = {line.at for line in lines if line.east_west == east_west}
            gaps = np.diff([low, *sorted(places), high])
            close = gaps < 70.0
            assert close.sum() <= 1
            assert ((gaps[close] >= 28.0) & (gaps[close] <= 36.0)).all()
            assert gaps.max() <= 300.0


@settings(deadline=None, max_examples=20)
@given(city=cities)
def test_only_alleys_end_dead_and_clear_of_the_next_crossing(city):
    board = board_of(city)
    for cell in board.cells:
        west, east, south, north = bounds(board, cell)
        lines = board.inner[cell.column, cell.row]
        for line in lines:
            low, high = (west, east) if line.east_west else (south, north)
            crossing = [other.at for other in lines if other.east_west != line.east_west]
            for end in {line.start, line.end} - {low, high, *crossing}:
                assert line.name[-1] in "里巷园村"
                assert not line.oneway
                assert min(abs(end - at) for at in crossing) >= 45.0


# of two grids the second lies north of the first: their border runs east-west, as a 街 does


def test_a_street_that_two_neighbours_share_is_the_border_between_them():
    board = laid_out(grid("甲", "云中街", "御河西路"), grid("乙", "永义路", "云中街"))
    shared = [line for line in board.lines() if line.name == "云中街"]
    assert [(line.grids, line.east_west) for line in shared] == [(("甲", "乙"), True)]
    assert shared[0].at == board.northing[1]


def test_a_street_that_runs_across_the_border_is_drawn_in_both_grids():
    board = laid_out(grid("甲", "云中街", "御河西路"), grid("乙", "永义街", "御河西路"))
    drawn = [line for line in board.lines() if line.name == "御河西路"]
    assert sorted(line.grids for line in drawn) == [("乙",), ("甲",)]
    assert {line.name for line in board.borders} == {CONNECTING_NAME}


def test_of_two_streets_that_neighbours_share_one_is_their_border_and_both_are_drawn():
    board = laid_out(grid("甲", "云中街", "永义街"), grid("乙", "永义街", "云中街"))
    assert [line.name for line in board.borders if line.grids] == ["云中街"]
    for name in "甲乙":
        assert {line.name for line in board.lines() if name in line.grids} == {"云中街", "永义街"}


def test_a_street_is_the_border_of_a_grid_on_one_side_only():
    # nine grids in three rows, each with the same two streets
    around = ("云中街", "永义路")
    board = laid_out(*(grid(name, *around) for name in "甲乙丙丁戊己庚辛壬"))
    borders = [(line.name, name) for line in board.borders for name in line.grids]
    assert len(borders) == len(set(borders))
    assert {name for name, _ in borders} == set(around)


@pytest.mark.parametrize("name", ["云中街", "魏都大道"])
def test_a_grid_of_one_street_has_it_as_two_carriageways_against_each_other(name):
    for seed in range(8):
        board = laid_out(grid("甲", name), seed=seed)
        ways = [line for line in board.lines() if line.name == name]
        assert [(line.oneway, line.against) for line in ways] == [(True, False), (True, True)]
        assert 28.0 <= ways[1].at - ways[0].at <= 36.0


def test_where_streets_are_many_two_share_a_line_and_meet_on_a_whole_one():
    names = [f"第{number}街" for number in range(6)]
    board = laid_out(grid("甲", *names, "御河西路"))
    lines = [line for line in board.inner[0, 0] if line.east_west and line.name]
    at = [line.at for line in lines]
    halves = [line for line in lines if at.count(line.at) == 2]
    assert {line.name for line in lines} == set(names)
    assert len(halves) == 4
    meeting = {line.end for line in halves} & {line.start for line in halves}
    whole = [line for line in board.inner[0, 0] if not line.east_west]
    assert meeting <= {line.at for line in whole}
    assert len(meeting) == 1


@settings(deadline=None, max_examples=20)
@given(city=cities)
def test_the_first_line_each_way_leads_right_through_and_both_ways(city):
    board = board_of(city)
    for cell in board.cells:
        west, east, south, north = bounds(board, cell)
        for east_west, ends in ((True, (west, east)), (False, (south, north))):
            first, *others = (
                line for line in board.inner[cell.column, cell.row] if line.east_west == east_west
            )
            assert (first.start, first.end) == ends
            assert not first.oneway or others[0].name == first.name


@settings(deadline=None, max_examples=20)
@given(city=cities)
def test_streets_that_meet_a_border_from_both_sides_meet_there_or_clear_of_each_other(city):
    board = board_of(city)
    for (column, row), lines in board.inner.items():
        for other, east_west, at in (
            ((column + 1, row), True, board.easting[column + 1]),
            ((column, row + 1), False, board.northing[row + 1]),
        ):
            near, far = (
                [each.at for each in side if each.east_west == east_west]
                for side in (
                    [line for line in lines if line.end == at],
                    [line for line in board.inner.get(other, []) if line.start == at],
                )
            )
            apart = np.abs(np.subtract.outer(near, far))
            assert ((apart == 0.0) | (apart >= 14.95)).all()


def test_some_streets_are_one_way_in_either_direction_and_never_half_ones():
    lines = [line for seed in range(6) for line in board_of((12, seed)).lines()]
    oneway = [line for line in lines if line.oneway]
    assert {line.against for line in oneway} == {True, False}
    assert 0.05 < len(oneway) / len(lines) < 0.35
    assert not any(line.against and not line.oneway for line in lines)


def test_the_corners_are_those_of_the_rectangles_each_once():
    board = laid_out(grid("甲", "云中街"), grid("乙", "永义路"))
    corners = board.corners()
    assert corners == sorted(set(corners))
    assert corners == [(x, y) for x in board.easting for y in board.northing]


def test_a_board_is_the_same_for_the_same_seed_and_another_for_another():
    grids = [grid("甲", "云中街", "御河西路"), grid("乙", "云中街", "永义路", "兴云里")]
    first, same, other = (list(laid_out(*grids, seed=seed).lines()) for seed in (1, 1, 2))
    assert first == same != other
