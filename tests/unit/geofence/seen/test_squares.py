import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.seen.squares import SQUARE_M, centres, choose, squares_at, visited
from geofence.track.track import Fixes


def fixes(x, y, speed_mps, time_ms=None) -> Fixes:
    count = len(x)
    nothing = np.full(count, np.nan)
    return Fixes(
        time_ms=np.arange(count) * 10_000 if time_ms is None else np.asarray(time_ms),
        x=np.asarray(x, float),
        y=np.asarray(y, float),
        speed_mps=np.asarray(speed_mps, float),
        heading_deg=nothing,
        accuracy_m=nothing,
        working=np.full(count, -1, np.int8),
        tasks=np.full(count, -1, np.int32),
        satellites=np.full(count, -1, np.int16),
    )


def places(squares) -> list[tuple[float, float]]:
    return sorted(zip(*(axis.tolist() for axis in centres(squares)), strict=True))


def test_fixes_at_the_pace_of_work_leave_squares_and_others_none():
    seen = visited(fixes([5, 25, -15, 45], [5, 5, -35, 5], [2.0, 0.2, 5.0, 15.0])).at_work
    assert places(seen) == [(-15.0, -35.0), (5.0, 5.0)]


def test_where_no_speed_is_reported_the_step_from_the_fix_before_tells_it():
    seen = visited(fixes([5, 25, 25, 525], [5, 5, 5, 5], [np.nan] * 4)).at_work
    assert places(seen) == [(25.0, 5.0)]


def test_no_fix_leaves_no_square():
    assert len(visited(fixes([], [], [])).everywhere()) == 0
    assert len(choose(np.empty(0, np.int64), 10, 5, 5)) == 0


metres = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(metres, metres), max_size=60), st.randoms())
def test_squares_are_a_set_whose_middles_lie_in_them(at, random):
    x, y = np.array(at).reshape(-1, 2).T
    squares = squares_at(x, y)
    again = [*at, *at]
    random.shuffle(again)
    assert np.array_equal(squares, squares_at(*np.array(again).reshape(-1, 2).T))
    assert np.array_equal(squares, squares_at(*centres(squares)))
    if at:
        near = np.abs(np.stack(centres(squares))[:, None] - np.stack([x, y])[..., None])
        assert (near.max(axis=0).min(axis=1) <= SQUARE_M / 2 + 1e-6).all()


@pytest.mark.parametrize(("most_cells", "most_of_cell"), [(3, 4), (50, 1)])
def test_so_many_cells_and_squares_of_each_are_chosen(most_cells, most_of_cell):
    x, y = np.meshgrid(np.arange(5.0, 1000, 10), np.arange(5.0, 200, 10))
    chosen = choose(squares_at(x.ravel(), y.ravel()), 10, most_cells, most_of_cell)
    cells = np.stack([axis // 100 for axis in centres(chosen)])
    _, counts = np.unique(cells, axis=1, return_counts=True)
    assert len(counts) == min(most_cells, 20)
    assert (counts == most_of_cell).all()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_what_is_chosen_of_a_choice_is_what_is_chosen_of_all(seed):
    x, y = np.random.default_rng(seed).uniform(-3000, 3000, (2, 400))
    squares = squares_at(x, y)
    wide = choose(squares, 10, 200, 4)
    assert np.array_equal(choose(wide, 10, 60, 4), choose(squares, 10, 60, 4))


def test_where_a_vehicle_drives_faster_than_work_is_kept_apart():
    seen = visited(fixes([5, 25, 45, 65], [5, 5, 5, 5], [2.0, 0.2, 15.0, 9.0]))
    assert np.array_equal(seen.at_work, squares_at(np.array([5.0]), np.array([5.0])))
    assert np.array_equal(seen.faster, squares_at(np.array([45.0, 65.0]), np.array([5.0, 5.0])))
    assert np.array_equal(seen.everywhere(), np.sort(np.concatenate([seen.at_work, seen.faster])))
