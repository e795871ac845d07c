from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.frozen import frozen_runs
from tests.fixtures.line_of_fixes import fixes


def runs(times_s, x, y=None, speed_mps=None) -> list[tuple[int, int]]:
    """First and last fix of each frozen stretch."""
    seen = fixes(times_s, x, y, speed_mps)
    begins, ends = frozen_runs(seen.time_ms, seen.x, seen.y, seen.speed_mps)
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


# By the way it reports


def test_a_receiver_that_repeats_a_position_while_it_reports_speed_is_frozen():
    assert runs([0, 10, 20, 30], [5, 5, 5, 90], speed_mps=[4] * 4) == [(0, 2)]


@pytest.mark.parametrize(("speed_mps", "frozen"), [(2.5, True), (2.49, False)])
def test_it_is_frozen_if_it_reports_a_way_of_50_m_meanwhile(speed_mps, frozen):
    assert (runs([3600, 3610, 3620], [5] * 3, speed_mps=[speed_mps] * 3) == [(0, 2)]) is frozen


def test_speeds_are_those_of_the_repeated_fixes_alone():
    parked = [9, 0, 0, 0, 9]
    assert runs([0, 10, 20, 30, 40], [0, 5, 5, 5, 90], speed_mps=parked) == []


def test_one_speed_of_many_stands_for_its_share_of_the_time():
    burst = [15, 0, 0]  # 5 m/s on the mean
    assert runs([0, 10, 20], [5, 5, 5], speed_mps=burst) == [(0, 2)]
    assert runs([0, 4, 8], [5, 5, 5], speed_mps=burst) == []


def test_a_speed_that_is_not_reported_counts_as_none_at_all():
    assert runs([0, 10, 20], [5, 5, 5], speed_mps=[4, np.nan, 4]) == [(0, 2)]
    assert runs([0, 10, 20], [5, 5, 5], speed_mps=[4, np.nan, np.nan]) == []


def test_a_receiver_may_be_frozen_to_the_end():
    assert runs([0, 10, 20], [5, 5, 5], speed_mps=[4] * 3) == [(0, 2)]


# By the leap with which it thaws


def test_a_receiver_that_leaps_away_from_a_repeated_position_was_frozen():
    times = np.arange(0, 400, 10)
    assert runs(times, np.where(times <= 320, 5.0, 300.0 + times)) == [(0, 32)]


def test_a_parked_truck_that_drives_off_was_not_frozen():
    times = np.arange(0, 400, 10)
    x = np.where(times <= 320, 5.0, 5.0 + (times - 320) * 5.0)
    assert runs(times, x, speed_mps=np.where(times <= 320, 0.0, 5.0)) == []


@pytest.mark.parametrize(("still_s", "frozen"), [(300, True), (299, False)])
def test_a_leap_tells_only_after_five_minutes_in_one_place(still_s, frozen):
    times = 3600 + np.array([0, 100, still_s, still_s + 10])
    assert (runs(times, [5, 5, 5, 900]) == [(0, 2)]) is frozen


@pytest.mark.parametrize(
    ("pause_s", "reach_m"),
    [
        (4, 20 + 30),  # 2.5 m/s² from standstill, and the error of both fixes
        (20, 500 + 30),  # now both limits are one
        (40, 1000 + 30),  # no faster than 25 m/s
    ],
)
def test_a_leap_is_one_further_than_a_truck_could_have_driven_off(pause_s, reach_m):
    times = [0, 150, 300, 300 + pause_s]
    assert runs(times, [0, 0, 0, reach_m]) == []
    assert runs(times, [0, 0, 0, reach_m + 0.2]) == [(0, 2)]


def test_a_leap_may_go_any_way():
    times = [0, 150, 300, 304]
    for east, north in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
        for away_m, found in ((40, [(0, 2)]), (30, [])):
            x, y = [70, 70, 70, 70 + east * away_m], [90, 90, 90, 90 + north * away_m]
            assert runs(times, x, y) == found


def test_a_receiver_that_never_reports_again_did_not_leap():
    assert runs([0, 300, 600], [5, 5, 5]) == []


# What is no stretch


def test_two_fixes_in_one_place_are_none():
    assert runs([0, 100], [5, 5], speed_mps=[9, 9]) == []
    assert runs([0, 300, 310], [5, 5, 900]) == []


@pytest.mark.parametrize(
    ("x", "y"), [([5, 5, 5.000001], [0, 0, 0]), ([5, 5, 5], [0, 1e-9, 0]), ([5, 6, 5], [0, 0, 0])]
)
def test_a_position_is_repeated_only_to_the_last_bit(x, y):
    assert runs([0, 10, 20], x, y, speed_mps=[9] * 3) == []


def test_no_fixes_are_no_stretch():
    assert runs([], []) == []


def test_what_lies_behind_the_last_fix_in_memory_is_not_looked_at():
    more = fixes([0, 10, 20, 30], [5, 5, 5, 5], speed_mps=[4] * 4)
    begins, ends = frozen_runs(more.time_ms[:3], more.x[:3], more.y[:3], more.speed_mps[:3])
    assert (begins.tolist(), ends.tolist()) == ([0], [2])


def test_each_place_it_froze_in_is_a_stretch_of_its_own():
    x = [0, 5, 5, 5, 7, 7, 7, 7, 8, 9]
    assert runs(range(0, 200, 20), x, speed_mps=[2] * 10) == [(1, 3), (4, 7)]


# Laws

SEEN = st.lists(
    st.tuples(
        st.integers(1, 200),
        st.sampled_from([0.0, 0.0, 0.0, 0.25, 600.0]),
        st.sampled_from([np.nan, 0.0, 3.0]),
    ),
    max_size=30,
)


def frozen(seen, shift=(0.0, 0.0), later_s=0):
    steps = np.array(seen, dtype=float).reshape(-1, 3)
    times = np.cumsum(steps[:, 0]) + later_s
    return runs(times, steps[:, 1] + shift[0], np.full(len(seen), shift[1]), steps[:, 2])


@settings(max_examples=60, deadline=None)
@given(SEEN)
def test_stretches_are_in_order_of_three_fixes_or_more_in_one_place_and_as_long_as_can_be(seen):
    places = [place for _, place, _ in seen]
    found = frozen(seen)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    for first, last in found:
        assert last - first >= 2
        assert len(set(places[first : last + 1])) == 1
        assert first == 0 or places[first - 1] != places[first]
        assert last + 1 == len(places) or places[last + 1] != places[last]


@settings(max_examples=40, deadline=None)
@given(SEEN, st.integers(-4096, 4096), st.integers(-4096, 4096), st.integers(0, 10**6))
def test_where_and_when_it_happens_has_no_part_in_it(seen, east, north, later_s):
    assert frozen(seen, (east, north), later_s) == frozen(seen)


@settings(max_examples=40, deadline=None)
@given(SEEN)
def test_a_truck_that_reports_less_speed_is_frozen_no_more_often(seen):
    slower = [(pause, place, speed / 2) for pause, place, speed in seen]
    assert set(frozen(slower)) <= set(frozen(seen))
