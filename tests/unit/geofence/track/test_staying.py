"""Stays, against drawn errors of receivers of every kind, and against trucks at work."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.standing import MOVE_UP_S, STAND_ON_MPS
from geofence.track.staying import RADIUS_M, find_stay

HOURS_S = 7200


def errors(sigma_m: float, correlation_s: float, interval_s: float, count: int, seed: int):
    rng = np.random.default_rng(seed)
    keep = np.exp(-interval_s / correlation_s) if correlation_s else 0.0
    drawn = rng.normal(0.0, sigma_m, (2, count))
    for i in range(1, count):
        drawn[:, i] = keep * drawn[:, i - 1] + np.sqrt(1 - keep**2) * drawn[:, i]
    return drawn


def stay(times_s, x, y, speed_mps=np.nan, first=0):
    times = np.asarray(times_s, dtype=float)
    cut = np.arange(len(times)) == 0
    speed = np.broadcast_to(np.asarray(speed_mps, dtype=float), len(times)).copy()
    time_ms = np.round(times * 1000).astype(np.int64)
    x, y = np.array(x, dtype=float), np.array(y, dtype=float)
    return find_stay(time_ms, x, y, speed, cut, first, STAND_ON_MPS, MOVE_UP_S)


@pytest.mark.parametrize("speed_mps", [np.nan, 0.0])
@pytest.mark.parametrize("interval_s", [10.0, 30.0, 60.0])
@pytest.mark.parametrize("correlation_s", [0.0, 60.0])
@pytest.mark.parametrize("sigma_m", [2.0, 5.0, 10.0, 20.0])
def test_two_hours_in_one_place_are_one_stay(sigma_m, correlation_s, interval_s, speed_mps):
    times = np.arange(0.0, HOURS_S, interval_s)
    for seed in range(5):
        x, y = errors(sigma_m, correlation_s, interval_s, len(times), seed)
        begin, end, _ = stay(times, x, y, speed_mps)
        assert (begin, end) == (0, len(times) - 1)


@pytest.mark.parametrize("interval_s", [1.0, 10.0, 60.0])
@pytest.mark.parametrize(
    ("speed_mps", "pace_mps"),
    [(np.nan, 0.5), (np.nan, 1.0), (np.nan, 2.0), (np.nan, 5.0), (0.0, 1.0), (0.0, 2.5)],
)
def test_a_truck_that_goes_on_and_on_does_not_stay_whatever_its_sensor_says(
    speed_mps, pace_mps, interval_s
):
    times = np.arange(0.0, 1800.0, interval_s)
    x, y = errors(4.0, 60.0, interval_s, len(times), seed=1)
    for first in range(0, len(times), 7):
        begin, end, _ = stay(times, x + pace_mps * times, y, speed_mps, first)
        assert end < begin


@pytest.mark.parametrize("move_up_m", [15.0, 25.0, 40.0])
@pytest.mark.parametrize("interval_s", [1.0, 10.0, 60.0])
def test_a_truck_that_moves_up_from_shop_to_shop_does_not_stay(interval_s, move_up_m):
    times = np.arange(0.0, 1800.0, interval_s)
    stopped_s = 40.0
    moved_s = move_up_m / 1.5
    round_s = stopped_s + moved_s
    along = move_up_m * (
        times // round_s + np.clip((times % round_s - stopped_s) / moved_s, 0.0, 1.0)
    )
    x, y = errors(4.0, 60.0, interval_s, len(times), seed=2)
    for first in range(0, len(times), 7):
        begin, end, _ = stay(times, along + x, y, first=first)
        assert end < begin


def arriving_and_leaving(speed_mps: float, interval_s: float = 10.0):
    """A truck that comes, stands from 300 s to 1500 s, and goes on."""
    times = np.arange(0.0, 1800.0, interval_s)
    along = speed_mps * (np.minimum(times - 300.0, 0.0) + np.maximum(times - 1500.0, 0.0))
    return times, along


@pytest.mark.parametrize("speed_mps", [1.0, 3.0, 6.0])
def test_the_way_there_and_away_is_no_part_of_a_stay(speed_mps):
    times, along = arriving_and_leaving(speed_mps)
    x, y = errors(4.0, 60.0, 10.0, len(times), seed=3)
    found = [stay(times, along + x, y, first=first) for first in range(31)]
    stays = [(begin, end) for begin, end, _ in found if end > begin]
    assert stays
    for begin, end in stays:
        assert np.abs(along[begin : end + 1]).max() <= 20.0
        assert times[end] - times[begin] >= 1100.0


def test_a_stay_ends_before_a_trip_round_the_block():
    times = np.arange(0.0, 3600.0, 10.0)
    away = np.interp(times, [1800.0, 1830.0, 1860.0], [0.0, 90.0, 0.0])
    x, y = errors(4.0, 60.0, 10.0, len(times), seed=4)
    begin, end, _ = stay(times, away + x, y)
    assert (begin, times[end]) == (0, pytest.approx(1800.0, abs=10.0))


def test_a_leap_of_one_fix_does_not_end_a_stay():
    times = np.arange(0.0, 3600.0, 10.0)
    x, y = errors(4.0, 60.0, 10.0, len(times), seed=4)
    x[180] += 1.9 * RADIUS_M
    assert stay(times, x, y)[:2] == (0, len(times) - 1)


def test_a_reported_drive_ends_a_stay():
    times = np.arange(0.0, 1200.0, 10.0)
    x, y = errors(4.0, 60.0, 10.0, len(times), seed=5)
    speed = np.where(times == 800.0, 3.0, 0.0)
    _, end, asked = stay(times, x, y, speed)
    assert times[end] == 790.0
    assert times[asked] == 810.0


def test_a_fast_truck_that_waits_at_a_light_does_not_stay():
    times, along = np.arange(0.0, 300.0, 10.0), np.zeros(30)
    along[:12], along[17:] = 60.0 * np.arange(-12, 0), 60.0 * np.arange(1, 14)
    for first in range(30):
        begin, end, _ = stay(times, along, np.zeros(30), first=first)
        assert end < begin


@settings(deadline=None, max_examples=60)
@given(
    sigma_m=st.sampled_from([3.0, 20.0]),
    speed_mps=st.sampled_from([0.3, 2.0]),
    more=st.integers(1, 150),
    seed=st.integers(0, 10_000),
)
def test_fixes_after_the_last_looked_at_change_nothing(sigma_m, speed_mps, more, seed):
    times, along = arriving_and_leaving(speed_mps)
    x, y = errors(sigma_m, 60.0, 10.0, len(times), seed)
    for first in range(0, 60, 5):
        found = stay(times, along + x, y, first=first)
        so_far = min(len(times), found[2] + more)
        assert found[2] == len(times) or found == stay(
            times[:so_far], (along + x)[:so_far], y[:so_far], first=first
        )
