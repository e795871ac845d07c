import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.stale import HABIT_MOVES, HABIT_STALE, find_stale, first_open
from tests.fixtures.line_of_fixes import fixes

NAN = np.nan


def stale(times_s, x, speed_mps=None, gap_s=120.0) -> list[int]:
    seen = fixes(times_s, x, None, speed_mps)
    found, _ = find_stale(seen.time_ms, seen.x, seen.y, seen.speed_mps, gap_s)
    return np.flatnonzero(found).tolist()


def test_what_a_poller_repeats_before_a_move_is_stale():
    assert stale([0, 10, 20, 30, 40, 50], [0, 0, 0, 90, 90, 180]) == [1, 2, 4]


def test_a_truck_that_stays_where_it_is_repeats_nothing_stale():
    assert stale([0, 10, 20, 30], [0, 0, 0, 0]) == []
    assert stale([0, 10, 20, 30], [0, 0, 0, 30]) == []


def test_a_truck_that_reports_that_it_stands_may_drive_off():
    assert stale([0, 10, 20, 30], [0, 0, 0, 90], [0, 0, 0, 6]) == []


def test_a_truck_that_reports_no_speed_may_have_stood_for_longer_than_makes_a_gap():
    times = [0, 60, 120, 130]
    assert stale(times, [0, 0, 0, 90]) == []
    assert stale(times, [0, 0, 0, 90], gap_s=130.0) == [1, 2]


def test_speeds_that_say_it_moved_make_a_repeated_place_stale_however_long_it_is_repeated():
    assert stale([0, 100, 200, 300], [0, 0, 0, 90], [NAN, 3, NAN, 3]) == [1, 2]
    assert stale([0, 100, 200, 300], [0, 0, 0, 90], [NAN, 0.7, NAN, 3]) == []


def test_no_truck_leaps_from_a_stand():
    times = [0, 100, 200, 210]
    assert stale(times, [0, 0, 0, 106], [0, 0, 0, 3]) == [1, 2]
    assert stale(times, [0, 0, 0, 104], [0, 0, 0, 3]) == []


def test_an_outlier_is_no_leap_of_a_truck_that_stands():
    assert stale([0, 100, 200, 210, 220], [0, 0, 0, 400, 1], [0] * 5) == []


def test_a_place_repeated_to_the_end_is_told_by_what_comes():
    assert stale([0, 10, 20], [0, 0, 0], [3] * 3) == []


@pytest.mark.parametrize("sure", [HABIT_STALE, HABIT_STALE - 1])
def test_a_vehicle_that_has_the_habit_is_not_believed_to_stand_for_a_moment_either(sure):
    moves = HABIT_MOVES + 1
    x = np.repeat(np.arange(moves + 1) * 90.0, 3)
    speed = np.repeat(np.where(np.arange(moves + 1) < HABIT_MOVES - sure, 0.0, 3.0), 3)
    speed[3 * HABIT_MOVES : 3 * moves] = 0.0  # sighted as it stood
    found = stale(np.arange(len(x)) * 10.0, x, speed)
    assert (3 * HABIT_MOVES + 1 in found) is (sure == HABIT_STALE)


def test_no_fixes_are_not_stale():
    assert stale([], []) == []
    assert first_open(np.empty(0), np.empty(0)) == 0


SEEN = st.lists(
    st.tuples(
        st.integers(1, 150), st.sampled_from([0.0, 0.0, 40.0, 300.0]), st.sampled_from([NAN, 0, 3])
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(SEEN, st.integers(-4096, 4096))
def test_stale_fixes_lie_where_the_one_before_lies_wherever_that_is(seen, east):
    steps = np.array(seen, dtype=float).reshape(-1, 3)
    times, x = np.cumsum(steps[:, 0]), steps[:, 1]
    found = stale(times, x, steps[:, 2])
    assert all(x[at] == x[at - 1] for at in found)
    assert stale(times, x + east, steps[:, 2]) == found


@settings(max_examples=60, deadline=None)
@given(SEEN)
def test_before_the_first_open_one_later_fixes_change_nothing(seen):
    steps = np.array(seen, dtype=float).reshape(-1, 3)
    times, x, speed = np.cumsum(steps[:, 0]), steps[:, 1], steps[:, 2]
    whole = stale(times, x, speed)
    for size in range(1, len(seen)):
        until = first_open(x[:size], np.zeros(size))
        found = stale(times[:size], x[:size], speed[:size])
        assert [at for at in found if at < until] == [at for at in whole if at < until]
