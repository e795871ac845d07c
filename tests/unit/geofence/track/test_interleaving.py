"""Trucks on a straight road and round corners, and what takes turns with them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.interleaving import SAME_S, Interleaved, find_interleaved
from geofence.track.track import Fixes
from tests.fixtures.line_of_fixes import fixes


def drive(step_s=10.0, minutes=20, speed_mps=4.0, sigma_m=0.0, white_m=0.0, seed=0) -> Fixes:
    """A truck that goes to and fro through streets of 200 m, 100 m apart."""
    times_s = np.arange(0.0, 60.0 * minutes, step_s)
    row = np.arange(200)
    corner_x, corner_y = np.where((row + 1) // 2 % 2, 200.0, 0.0), row // 2 * 100.0
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(corner_x), np.diff(corner_y)))])
    x, y = (np.interp(times_s * speed_mps, along, axis) for axis in (corner_x, corner_y))
    rng = np.random.default_rng(seed)
    error = rng.normal(0.0, sigma_m, (2, len(times_s)))
    keep = np.exp(-step_s / 60)
    for i in range(1, len(times_s)):
        error[:, i] = keep * error[:, i - 1] + np.sqrt(1 - keep**2) * error[:, i]
    error += rng.normal(0.0, white_m, error.shape)
    return fixes(3600 + times_s, x + error[0], y + error[1])


def shifted(seen: Fixes, later_s=0.0, east_m=0.0) -> Fixes:
    return replace(seen, time_ms=seen.time_ms + round(1000 * later_s), x=seen.x + east_m)


def joined(*parts: Fixes) -> Fixes:
    both = Fixes(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in Fixes.__slots__}
    )
    return both[np.argsort(both.time_ms, kind="stable")]


def found(seen: Fixes, skip=None, open_from=None) -> Interleaved:
    count = len(seen.time_ms)
    return find_interleaved(
        seen.time_ms,
        seen.x,
        seen.y,
        seen.accuracy_m,
        np.zeros(count, dtype=np.bool_) if skip is None else skip,
        count if open_from is None else open_from,
    )


def share(seen: Fixes) -> float:
    return float(found(seen).doubted.mean())


@pytest.mark.parametrize("sigma_m", [0.0, 5.0, 10.0, 20.0])
@pytest.mark.parametrize("step_s", [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0])
def test_a_single_receiver_is_never_in_doubt(step_s, sigma_m):
    for speed_mps in (0.0, 1.0, 4.0, 12.0):
        seen = found(drive(step_s, 60, speed_mps, sigma_m, seed=int(step_s)))
        assert not seen.doubted.any()
        assert not seen.resent.any()


@pytest.mark.parametrize("white_m", [2.0, 4.0])
def test_nor_is_one_that_jumps_by_some_metres(white_m):
    assert share(drive(1.0, 30, 3.0, 5.0, white_m)) == 0.0


@pytest.mark.parametrize(("step_s", "other_s"), [(10, 10), (10, 30), (30, 10), (1, 5), (60, 60)])
def test_a_second_receiver_elsewhere_leaves_nothing_to_believe(step_s, other_s):
    shelf = shifted(drive(other_s, speed_mps=0.0, sigma_m=3.0, seed=1), 0.4 * step_s, 2500.0)
    seen = joined(drive(step_s), shelf)
    assert share(seen) > 0.9


@pytest.mark.parametrize("off_s", [-25, -12, 14, 45, 150])
@pytest.mark.parametrize("speed_mps", [2.5, 4.0, 8.0])
def test_a_second_receiver_in_the_same_cab_with_a_clock_of_its_own(off_s, speed_mps):
    truck = drive(10, 20, speed_mps, 2.0)
    assert share(joined(truck, shifted(drive(10, 20, speed_mps, 2.0, seed=1), off_s + 0.7))) > 0.6


@pytest.mark.parametrize("ahead_s", [35, 80, 210])
def test_where_a_clock_was_set_back_the_time_that_came_twice_is_in_doubt(ahead_s):
    truck = drive(10, 20)
    turns = found(seen := joined(shifted(truck[:60], ahead_s + 0.5), truck[60:]))
    (first,), (last,) = turns.first, turns.last
    assert abs(seen.time_ms[first] - truck.time_ms[60]) <= 20_000
    assert abs(seen.time_ms[last] - truck.time_ms[60] - 1000 * ahead_s) <= 20_000
    assert turns.doubted[first : last + 1].all()
    assert turns.doubted.sum() == last + 1 - first


def test_a_stale_place_between_true_ones_is_taken_out_and_those_stay():
    truck = drive(10, 20)
    old = shifted(truck[3:4][np.zeros(100, dtype=int)])
    old = replace(old, time_ms=truck.time_ms[15:115] + 3000)
    turns = found(seen := joined(truck, old))
    again = (seen.x == truck.x[3]) & (seen.y == truck.y[3]) & (seen.time_ms > truck.time_ms[3])
    assert not turns.doubted.any()
    assert turns.resent[again].mean() > 0.9
    assert not turns.resent[~again].any()


@pytest.mark.parametrize("away_m", [80.0, 900.0])
def test_a_single_outlier_is_none_of_two_receivers(away_m):
    seen = drive(10, 20)
    for at in (20, 45, 80):
        seen.x[at] += away_m
    assert share(seen) == 0.0


def test_wild_fixes_make_no_second_receiver():
    seen = drive(10, 60)
    wild = np.arange(10, 350, 6)
    rng = np.random.default_rng(1)
    seen.x[wild] += rng.uniform(-40_000, 40_000, len(wild))
    seen.y[wild] += rng.uniform(-40_000, 40_000, len(wild))
    assert share(seen) == 0.0


def test_where_two_fall_silent_and_take_turns_again_what_lies_between_is_in_doubt_too():
    truck = drive(10, 40)
    shelf = shifted(drive(10, 40, speed_mps=0.0, sigma_m=3.0), 4.0, 3000.0)
    seen = joined(truck, shelf[:60], shelf[120:])  # ten minutes without the other one
    assert share(seen) > 0.9
    assert SAME_S > 600


def test_fixes_that_are_skipped_take_no_part():
    seen = drive(10, 20)
    other = shifted(drive(10, 20, speed_mps=0.0), 4.0, 3000.0)
    both = joined(seen, other)
    turns = found(both, skip=both.x >= 2000.0)
    assert not turns.doubted.any()


def test_a_reported_accuracy_that_explains_how_far_apart_they_are_is_believed():
    seen = drive(10, 20, 1.0, 2.0)
    both = joined(seen, shifted(drive(10, 20, 1.0, 2.0, seed=1), 4.0, 60.0))
    assert share(both) > 0.5
    assert share(replace(both, accuracy_m=np.full(len(both.x), 80.0))) == 0.0


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_fixes_tell_nothing(count):
    seen = found(fixes(range(count), [5000.0 * (k % 2) for k in range(count)]))
    assert not seen.doubted.any()
    assert seen.open_from == 0


EVENT = st.tuples(
    st.sampled_from([1.0, 5.0, 10.0, 60.0, 150.0]),
    st.sampled_from([0.0, 10.0, 40.0, 60.0, 3000.0, 3030.0, -2000.0]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENT, max_size=60), st.integers(0, 10**6))
def test_before_the_first_open_one_later_fixes_change_nothing(events, later_s):
    times = later_s + np.cumsum([step for step, _ in events]) if events else []
    seen = fixes(times, [place for _, place in events])
    whole = found(seen)
    for size in range(1, len(events)):
        part = found(seen[:size])
        until = part.open_from
        for name in ("resent", "doubted"):
            assert np.array_equal(getattr(part, name)[:until], getattr(whole, name)[:until])
        assert (part.last[part.last < until] == whole.last[whole.last < until]).all()
