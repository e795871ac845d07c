"""How surely a truck was slow enough: by its own step, the speeds it reports, the steps around."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.seen.pace import MOST_ODDS, PACE_WINDOW_S, pace_odds
from tests.fixtures.matched import chain

LIMIT_MPS = 8.0


def odds(steps_m, *, step_s=10.0, error_m=4.0, speeds=None, before=None, limit_mps=LIMIT_MPS):
    """Log odds of the step to each fix; `speeds` as reported at each fix, the first included."""
    count = len(steps_m) + 1
    return pace_odds(
        (1000.0 * step_s * np.arange(count)).astype(np.int64),
        np.array(chain(count) if before is None else before, dtype=np.int64),
        np.concatenate([[0.0], steps_m]),
        np.full(count, error_m),
        np.full(count, np.nan) if speeds is None else np.asarray(speeds, dtype=float),
        limit_mps,
    )


def one(metres, **told):
    return odds([metres], **told)[1]


speeds_mps = st.floats(0.0, 25.0)


@settings(deadline=None, max_examples=60)
@given(pair=st.tuples(speeds_mps, speeds_mps).map(sorted), error_m=st.floats(0.0, 40.0))
def test_the_farther_a_step_leads_the_less_likely_was_it_slow(pair, error_m):
    slower, faster = (one(10.0 * mps, error_m=error_m) for mps in pair)
    assert faster <= slower


@settings(deadline=None, max_examples=60)
@given(mps=speeds_mps, limits=st.tuples(st.floats(1.0, 20.0), st.floats(1.0, 20.0)).map(sorted))
def test_what_is_slow_by_one_limit_is_so_by_a_higher_one(mps, limits):
    assert one(10.0 * mps, limit_mps=limits[0]) <= one(10.0 * mps, limit_mps=limits[1])


@settings(deadline=None, max_examples=60)
@given(
    metres=st.lists(st.floats(0.0, 300.0), min_size=1, max_size=12), error_m=st.floats(0.0, 40.0)
)
def test_odds_are_the_same_in_whichever_order_of_time_the_steps_come(metres, error_m):
    there = odds(metres, error_m=error_m)[1:]
    back = odds(metres[::-1], error_m=error_m)[1:]
    assert there == pytest.approx(back[::-1], abs=1e-9)


def test_at_the_very_limit_the_odds_are_even():
    assert one(10.0 * LIMIT_MPS) == pytest.approx(0.0, abs=1e-9)


def test_the_larger_the_error_of_a_step_the_less_it_tells():
    told = [one(60.0, error_m=error_m) for error_m in (2.0, 10.0, 40.0)]
    assert told == sorted(told, reverse=True)
    assert told[-1] > 0


def test_no_step_by_itself_tells_more_than_so_much():
    assert one(0.0, error_m=0.0) == MOST_ODDS
    assert one(1e6, error_m=0.0) == -MOST_ODDS


def test_of_a_fix_to_which_no_way_leads_nothing_is_told():
    told = odds([20.0, 20.0, 20.0], before=[-1, 0, -1, 2])
    assert np.isnan(told).tolist() == [True, False, True, False]


def test_a_way_that_leads_backwards_is_as_slow_as_none():
    assert one(-50.0) == one(0.0)


def test_a_speed_reported_by_the_receiver_tells_it_better_than_fixes_that_err():
    assert one(80.0, error_m=20.0, speeds=[6.0, 6.0]) > one(80.0, error_m=20.0)
    assert one(80.0, error_m=20.0, speeds=[10.0, 10.0]) < one(80.0, error_m=20.0)


def test_speeds_that_the_ways_of_the_fixes_belie_are_not_believed():
    broken = odds([150.0] * 6, speeds=[0.0] * 7)
    assert broken == pytest.approx(odds([150.0] * 6), nan_ok=True)


def test_a_leap_of_one_fix_there_and_back_does_not_make_the_speeds_around_it_wrong():
    speeds = [3.0] * 9
    steady = odds([30.0] * 8, speeds=speeds)
    off = odds([30.0, 30.0, 30.0, 45.0, 15.0, 30.0, 30.0, 30.0], speeds=speeds)
    assert (off[1:] > 0).all()
    assert (steady[1:] > 0).all()


def test_a_step_near_the_limit_is_taken_for_what_the_steps_around_it_are():
    near_m = 10.0 * LIMIT_MPS
    assert odds([20.0, near_m, 20.0])[2] > 1.0
    assert odds([150.0, near_m, 150.0])[2] < -1.0


def test_the_longer_ago_the_less_a_step_bears_on_another():
    near_m = 10.0 * LIMIT_MPS
    told = [
        pace_odds(
            np.array([0, 1000 * ago_s, 1000 * (ago_s + 10)]), np.array([-1, 0, 1]),
            np.array([0.0, 1.0 * ago_s, near_m]), np.full(3, 4.0), np.full(3, np.nan), LIMIT_MPS,
        )[2]
        for ago_s in (10, 50)
    ]  # fmt: skip
    assert told[0] >= told[1] > 0


@settings(deadline=None, max_examples=60)
@given(
    metres=st.lists(st.floats(0.0, 300.0), min_size=1, max_size=30),
    changed=st.lists(st.floats(0.0, 300.0), min_size=1, max_size=10),
    at=st.integers(0, 29),
    reports=st.booleans(),
)
def test_a_step_far_off_changes_nothing(metres, changed, at, reports):
    at = min(at, len(metres) - 1)
    other = [*metres[:at], *changed]
    speeds = [np.arange(len(steps) + 1) % 9.0 if reports else None for steps in (metres, other)]
    one_, two = (odds(s, speeds=v) for s, v in zip((metres, other), speeds, strict=True))
    # steps up to a window off bear on it, and what is believed of those, steps a window off them
    settled = 1 + at - int(2 * PACE_WINDOW_S / 10.0)
    assert np.array_equal(one_[:settled], two[:settled], equal_nan=True) or settled <= 0
