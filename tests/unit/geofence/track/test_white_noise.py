import numpy as np
import pytest

from geofence.track.white_noise import JUMPS_M, without_jumps


def freed(times_s, x, y=None):
    x = np.asarray(x, dtype=float)
    y = np.zeros(len(x)) if y is None else y
    cut = np.zeros(len(x), dtype=bool)
    cut[0] = True
    return without_jumps((np.asarray(times_s, dtype=float) * 1000).astype(np.int64), x, y, cut)


def test_a_track_without_jumps_stays_as_it_is_to_the_last_bit():
    rng = np.random.default_rng(1)
    x = 3.0 * np.arange(300) + np.cumsum(rng.normal(0, 0.7, 300))
    assert (freed(np.arange(300), x)[0] == x).all()


def test_a_truck_that_turns_back_in_a_dead_end_is_no_jump():
    away = np.concatenate([np.arange(0, 13), np.arange(12, -1, -1)]).astype(float)
    x, _, jumps_m = freed(np.arange(26), away)
    assert x.max() == 12
    assert jumps_m.max() < JUMPS_M


def test_jumps_are_measured_and_averaged():
    rng = np.random.default_rng(2)
    true_x = 3.0 * np.arange(2000)
    noise = rng.normal(0, 5.0, (2, 2000))
    x, y, jumps_m = freed(np.arange(2000), true_x + noise[0], noise[1])
    assert np.std(x - true_x) < 0.6 * 5.0
    assert np.std(y) < 0.6 * 5.0
    # a fix is 1 / 5 of its own mean: the distance is short of the noise by that share
    assert np.median(jumps_m) == pytest.approx(5.0 * np.sqrt(2 * 0.8), rel=0.1)


def test_fixes_more_than_2_s_apart_have_no_mean():
    rng = np.random.default_rng(3)
    x = rng.normal(0, 20.0, 100)
    moved, _, jumps_m = freed(np.arange(100) * 2.5, x)
    assert (moved == x).all()
    assert (jumps_m == 0).all()


def test_noise_in_one_minute_leaves_the_rest_of_the_track_alone():
    rng = np.random.default_rng(4)
    times = np.arange(600)
    x = 3.0 * times + np.where((times >= 300) & (times < 360), rng.normal(0, 8.0, 600), 0.0)
    moved, _, _ = freed(times, x)
    far = (times < 290) | (times >= 370)
    assert (moved[far] == x[far]).all()
    assert (moved[300:360] != x[300:360]).all()
