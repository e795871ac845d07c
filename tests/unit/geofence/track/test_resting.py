"""Rests, against drawn errors of parked vehicles and of trucks at work on short streets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.receiver import CORRELATION_S
from geofence.track.resting import REST_S, find_rests
from geofence.track.standing import STAND_ON_MPS, find_holds
from tests.unit.geofence.track.test_staying import errors


def reported(times_s, along_m, speed_mps, sigma_m, seed):
    count = len(times_s)
    x, y = errors(sigma_m, CORRELATION_S, times_s[1] - times_s[0], count, seed)
    time_ms = np.round(np.asarray(times_s) * 1000).astype(np.int64)
    return time_ms, along_m + x, y, speed_mps, np.arange(count) == 0


def rests(fixes):
    return find_rests(*fixes, STAND_ON_MPS)


def made_up_speeds(count, seed, share=0.1):
    """Nought, and now and then a speed that nobody drove."""
    rng = np.random.default_rng(seed)
    drawn = rng.uniform(STAND_ON_MPS, 5.0, count)
    return np.where(rng.random(count) < share, drawn, 0.0)


def at_work(street_m, seconds, seed):
    """Along a street to and fro, with a stop every few metres: places and speeds, each second."""
    rng = np.random.default_rng(seed)
    places = [0.0]
    ahead = 1.0
    while len(places) < seconds:
        to_m = places[-1] + ahead * rng.uniform(8.0, 20.0)
        if not 0.0 <= to_m <= street_m:
            ahead, to_m = -ahead, min(max(to_m, 0.0), street_m)
        places.extend(np.linspace(places[-1], to_m, 2 + round(abs(to_m - places[-1]) / 1.5))[1:])
        places.extend([to_m] * int(rng.uniform(20.0, 120.0)))
    along = np.array(places[:seconds])
    return along, np.abs(np.gradient(along))


@pytest.mark.parametrize("sigma_m", [4.0, 7.0, 14.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_parked_vehicle_whose_receiver_makes_up_speeds_rests(sigma_m, seed):
    times = np.arange(0.0, 3 * 3600.0, 10.0)
    rest, _ = rests(
        reported(times, np.zeros(len(times)), made_up_speeds(len(times), seed), sigma_m, seed)
    )
    assert (rest >= 0).mean() > 0.6


def test_a_rest_is_one_stand_and_what_comes_before_and_after_is_not_part_of_it():
    times = np.arange(0.0, 3 * 3600.0, 10.0)
    along = 4.0 * (np.minimum(times - 600.0, 0.0) + np.maximum(times - 10_000.0, 0.0))
    speed = np.where((times > 600.0) & (times < 10_000.0), made_up_speeds(len(times), seed=6), 4.0)
    time_ms, x, y, speed, cut = reported(times, along, speed, 6.0, seed=6)
    hold, sure, _ = find_holds(time_ms, x, y, speed, np.full(len(x), np.nan), cut)
    parked = hold == np.bincount(hold).argmax()
    assert sure[parked].all()
    assert np.ptp(times[parked]) > REST_S
    assert np.abs(along[parked]).max() <= 40.0
    assert (hold <= np.arange(len(hold))).all()
    assert (hold[hold] == hold).all()


@pytest.mark.parametrize("interval_s", [1, 10, 30])
@pytest.mark.parametrize("sigma_m", [5.0, 10.0, 20.0])
@pytest.mark.parametrize("street_m", [70.0, 110.0])
def test_a_truck_that_collects_on_a_short_street_for_hours_does_not_rest(
    street_m, sigma_m, interval_s
):
    for seed in range(3):
        along, speed = at_work(street_m, 2 * 3600, seed)
        at = np.arange(0, len(along), interval_s)
        rest, _ = rests(reported(at, along[at], speed[at], sigma_m, seed))
        assert (rest < 0).all()


def test_a_real_drive_ends_a_rest():
    times = np.arange(0.0, 3 * 3600.0, 10.0)
    speed = made_up_speeds(len(times), seed=2)
    away = np.interp(times, [5400.0, 5420.0, 5430.0, 5450.0], [0.0, 50.0, 50.0, 0.0])
    speed[541], speed[542], speed[544] = 2.5, 2.5, 2.5
    rest, _ = rests(reported(times, away, speed, 6.0, seed=2))
    assert rest[539] >= 0
    assert rest[546] != rest[539]


def test_without_speeds_nothing_is_told_and_nothing_rests():
    times = np.arange(0.0, 3 * 3600.0, 10.0)
    nothing = np.full(len(times), np.nan)
    assert (rests(reported(times, np.zeros(len(times)), nothing, 6.0, 3))[0] < 0).all()


@settings(deadline=None, max_examples=40)
@given(
    sigma_m=st.sampled_from([4.0, 15.0]),
    leaves_s=st.integers(2000, 7000),
    more=st.integers(0, 300),
    seed=st.integers(0, 1000),
)
def test_fixes_after_the_last_asked_change_no_rest(sigma_m, leaves_s, more, seed):
    times = np.arange(0.0, 7200.0, 10.0)
    along = 2.0 * np.maximum(times - leaves_s, 0.0)
    speed = np.where(times < leaves_s, made_up_speeds(len(times), seed), 2.0)
    fixes = reported(times, along, speed, sigma_m, seed)
    rest, asked = rests(fixes)
    assert (np.diff(asked) >= 0).all()
    so_far = min(len(times), leaves_s // 10 + more)
    known = asked[:so_far] < so_far
    assert (
        rests(tuple(column[:so_far] for column in fixes))[0][known] == rest[:so_far][known]
    ).all()
