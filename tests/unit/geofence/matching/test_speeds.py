import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.speeds import WINDOW_S, believed_speeds, step_speeds


def drive(speeds, interval_s=10):
    """A drive to the east with a fix at every interval: event times, places, true speeds."""
    speeds = np.asarray(speeds, dtype=float)
    steps_m = 0.5 * (speeds[1:] + speeds[:-1]) * interval_s
    x = np.append(0.0, np.cumsum(steps_m))
    return 1000 * interval_s * np.arange(len(speeds)), x, np.zeros(len(x)), speeds


STEADY = drive(np.full(120, 6.0))


def given_speeds(times, x, y, speeds, cuts=(0,)):
    cut = np.isin(np.arange(len(times)), cuts)
    return believed_speeds(times, x, y, np.asarray(speeds, dtype=float), cut)


def believed(times, x, y, speeds, cuts=(0,)):
    return np.isfinite(given_speeds(times, x, y, speeds, cuts))


@settings(deadline=None, max_examples=30)
@given(speeds=st.lists(st.floats(0.0, 12.0), min_size=2, max_size=80))
def test_speeds_that_make_the_way_of_the_fixes_are_believed_to_the_last_bit(speeds):
    times, x, y, true = drive(speeds)
    assert np.array_equal(given_speeds(times, x, y, true), true)


@pytest.mark.parametrize("factor", [3.6, 0.28, 0.0])
def test_speeds_in_another_unit_or_always_nought_are_not_believed(factor):
    times, x, y, speeds = STEADY
    assert not believed(times, x, y, speeds * factor).any()


def test_a_truck_that_turns_round_makes_more_than_its_fixes_show_and_is_believed():
    times, x, y, speeds = STEADY
    turned = np.where(np.arange(120) < 60, x, 2 * x[60] - x)
    assert believed(times, turned, y, speeds).all()


def test_a_leap_of_the_fixes_does_not_discredit_the_speeds_around_it():
    times, x, y, speeds = STEADY
    leapt = x + np.where(np.arange(120) >= 60, 150.0, 0.0)
    assert believed(times, leapt, y, speeds).all()


def test_a_sensor_that_breaks_is_believed_until_minutes_before():
    times, x, y, speeds = drive(np.full(240, 6.0))
    broken = np.where(np.arange(240) < 120, speeds, 0.0)
    kept = believed(times, x, y, broken)
    assert kept[: 120 - int(WINDOW_S / 10)].all()
    assert not kept[120 + int(WINDOW_S / 10) :].any()


def test_what_comes_later_than_the_window_changes_nothing():
    times, x, y, speeds = drive(np.full(240, 6.0))
    first = given_speeds(times[:150], x[:150], y[:150], speeds[:150])
    whole = given_speeds(times, x, y, np.where(np.arange(240) < 150, speeds, 99.0))
    settled = 150 - int(WINDOW_S / 10) - 1
    assert np.array_equal(first[:settled], whole[:settled])


@pytest.mark.parametrize("count", [0, 1])
def test_of_one_fix_or_none_there_is_nothing_to_say(count):
    none = np.zeros(count)
    assert len(given_speeds(none.astype(np.int64), none, none, none)) == count


def test_where_no_speed_is_reported_none_is_believed():
    times, x, y, speeds = STEADY
    assert not believed(times, x, y, np.full_like(speeds, np.nan)).any()


def test_what_lies_beyond_a_cut_says_nothing():
    times, x, y, speeds = drive(np.full(240, 6.0))
    broken = np.where(np.arange(240) < 120, speeds, 0.0)
    assert believed(times, x, y, broken, cuts=(0, 120)).tolist() == [True] * 120 + [False] * 120


def test_the_speed_of_a_step_is_that_of_its_fixes_and_none_is_across_a_cut():
    times, x, y, _ = drive([3.0, 3.0, 5.0, 5.0])
    came, left = step_speeds(times, x, y, np.array([True, False, False, True]))
    assert came.tolist() == pytest.approx([np.nan, 3.0, 4.0, np.nan], nan_ok=True)
    assert left.tolist() == pytest.approx([3.0, 4.0, np.nan, np.nan], nan_ok=True)
