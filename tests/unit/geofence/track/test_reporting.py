import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.reporting import LONGEST_S, NEIGHBOURS, find_cuts

GAP_S = 120.0


def silences(times_s, kept=None, gap_s=GAP_S) -> list[tuple[float, float]]:
    """Fixes between which the track is cut, as pairs of seconds."""
    times_s = np.asarray(times_s, dtype=float)
    kept = np.arange(len(times_s)) if kept is None else np.asarray(kept)
    cut = np.flatnonzero(find_cuts((times_s * 1000).astype(np.int64), kept, gap_s))
    return [(float(times_s[kept[k - 1]]), float(times_s[kept[k]])) for k in cut if k > 0]


def every(interval_s: float, count: int, start_s: float = 0.0) -> np.ndarray:
    return start_s + interval_s * np.arange(count)


@pytest.mark.parametrize(
    ("interval_s", "bridged", "gap"),
    [(10.0, 11, 13), (30.0, 3, 4), (60.0, 1, 2), (120.0, 1, 2)],
)
def test_the_reports_that_may_be_missing_follow_the_interval(interval_s, bridged, gap):
    times = every(interval_s, 60)
    assert silences(np.delete(times, slice(20, 20 + bridged))) == []
    lost = np.delete(times, slice(20, 20 + gap))
    assert silences(lost) == [(times[19], times[20 + gap])]


def test_a_tracker_whose_reports_jitter_about_two_minutes_is_not_all_gaps():
    jitter = np.random.default_rng(1).uniform(-5.0, 5.0, 200)
    assert silences(every(120.0, 200) + jitter) == []


def test_a_hole_in_a_track_of_10_s_is_a_gap_from_the_plan_s_limit_on():
    times = every(10.0, 60)
    assert silences(np.concatenate([times, 710.001 + times])) == [(590.0, 710.001)]
    assert silences(np.concatenate([times, 710.0 + times])) == []


def test_a_tracker_that_rests_when_parked_is_believed_once_it_has_rested_for_a_while():
    moving = every(10.0, 30)
    parked = every(290.0, 20, start_s=300.0)
    again = every(10.0, 30, start_s=parked[-1] + 10.0)
    steps = list(itertools.pairwise(parked.tolist()))
    doubtful = steps[: NEIGHBOURS // 2 + 1] + steps[-(NEIGHBOURS // 2 + 1) :]
    assert silences(np.concatenate([moving, parked, again])) == doubtful


def test_who_reports_often_on_one_side_of_a_silence_is_expected_to():
    seldom, often = every(120.0, 20), every(10.0, 20)
    after = seldom[-1] + 200.0
    assert silences(np.concatenate([seldom, after + often])) == [(seldom[-1], after)]


def test_a_lone_pair_of_fixes_is_cut_at_the_plan_s_limit():
    assert silences([0.0, 120.0]) == []
    assert silences([0.0, 120.001]) == [(0.0, 120.001)]


def test_few_reports_before_a_silence_leave_it_to_those_after():
    times = every(120.0, 12)
    assert silences(np.delete(times, 2)) == []


def test_reports_without_a_position_worth_keeping_are_reports():
    times = every(10.0, 100)
    kept = np.concatenate([np.arange(40), np.arange(60, 100)])
    assert silences(times, kept) == [(390.0, 600.0)]


def test_extra_reports_change_nothing():
    times = every(120.0, 40)
    extra = np.sort(np.concatenate([times, times[[10, 20, 30]] + 1.0]))
    assert silences(np.delete(extra, np.searchsorted(extra, times[15]))) == []


def test_a_plan_s_limit_holds_even_above_the_longest():
    assert silences(every(350.0, 20), gap_s=400.0) == []
    assert len(silences(every(350.0, 20))) == 19


@settings(deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=80))
def test_below_the_plan_s_limit_nothing_is_a_gap_and_above_the_longest_everything(steps_s):
    times = np.concatenate([[0], np.cumsum(steps_s)])
    found = silences(times)
    assert all(b - a > GAP_S for a, b in found)
    assert {step for step in itertools.pairwise(times) if step[1] - step[0] > LONGEST_S} <= set(
        found
    )


@settings(deadline=None)
@given(st.lists(st.integers(1, 400), min_size=30, max_size=60), st.integers(10, 20))
def test_reports_farther_away_than_the_neighbours_bear_on_nothing(steps_s, place):
    times = np.concatenate([[0], np.cumsum(steps_s)])
    whole = silences(times)
    near = slice(place - NEIGHBOURS - 1, place + NEIGHBOURS + 1)
    step = (float(times[place - 1]), float(times[place]))
    assert (step in whole) is (step in silences(times[near]))
