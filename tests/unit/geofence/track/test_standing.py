"""What a stand tells of the receiver's error, against drawn errors."""

import numpy as np
import pytest

from geofence.track.receiver import CORRELATION_S
from geofence.track.standing import find_holds, find_stands, place_stands


def drawn_errors(stands: int, seconds: int, seed: int = 1) -> np.ndarray:
    """Errors of variance 1 that decay over a minute, one row a stand, one column a second."""
    rng = np.random.default_rng(seed)
    keep = np.exp(-1.0 / CORRELATION_S)
    errors = np.empty((stands, seconds + 1))
    errors[:, 0] = rng.normal(size=stands)
    for second in range(1, seconds + 1):
        fresh = rng.normal(scale=np.sqrt(1 - keep**2), size=stands)
        errors[:, second] = keep * errors[:, second - 1] + fresh
    return errors


def stand_of(seconds: int):
    time_ms = 1000 * np.arange(seconds + 2)
    x, y = np.zeros(seconds + 2), np.zeros(seconds + 2)
    speed = np.append(np.zeros(seconds + 1), 5.0)
    x[-1] = 5.0
    cut = np.zeros(len(x), dtype=bool)
    hold, sure, _ = find_holds(time_ms, x, y, speed, np.full(len(x), 5.0), cut)
    key = np.array([0, seconds, seconds + 1])
    return find_stands(time_ms, x, y, x, y, hold, sure, key)


@pytest.mark.parametrize("seconds", [20, 60, 600])
def test_the_mean_error_of_a_stand_keeps_of_its_beginning_what_drawn_errors_keep(seconds):
    errors = drawn_errors(4000, seconds)
    mean = errors.mean(axis=1)
    stands = stand_of(seconds)
    kept = (errors[:, 0] * mean).mean() / (errors[:, 0] ** 2).mean()
    assert stands.memory[0] == pytest.approx(kept, abs=0.05)
    rest = (mean - kept * errors[:, 0]).var()
    assert stands.spread[0] == pytest.approx(rest, abs=0.05)
    assert stands.held.tolist() == [False, True, False]


def test_a_fix_that_stands_alone_tells_its_own_error():
    stands = stand_of(60)
    assert stands.memory[2] == 1.0
    assert stands.spread[2] == 0.0


def test_the_longer_a_stand_the_better_its_place():
    errors = 20.0 * drawn_errors(2, 3600, seed=3)
    time_ms = 1000 * np.arange(3601)
    hold, sure, _ = find_holds(
        time_ms, *errors, np.zeros(3601), np.full(3601, 25.0), np.zeros(3601, dtype=bool)
    )
    x, y = place_stands(*errors, hold, sure)
    assert np.hypot(x, y).mean() < 0.6 * np.hypot(*errors).mean()


def test_a_slow_truck_whose_speed_sensor_says_zero_stands_no_longer_than_twenty_metres():
    time_ms = 1000 * np.arange(120)
    x = np.arange(120) * 1.0
    hold, sure, _ = find_holds(
        time_ms, x, np.zeros(120), np.zeros(120), np.full(120, 50.0), np.zeros(120, dtype=bool)
    )
    assert not sure.any()
    assert np.abs(x - x[hold]).max() <= 20.0
