import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.track.wander import ENOUGH_S, STAND_S, learn_wander


def drifting(seed, count, sigma_m, interval_s=10, correlation_s=60.0):
    """Errors that keep ``exp(-t / tau)`` of what they were, of standard deviation `sigma_m`."""
    rng = np.random.default_rng(seed)
    kept = np.exp(-interval_s / correlation_s)
    errors = np.empty(count)
    errors[0] = rng.normal(0.0, sigma_m)
    for k in range(1, count):
        errors[k] = kept * errors[k - 1] + rng.normal(0.0, sigma_m * np.sqrt(1.0 - kept**2))
    return errors


def stand_then_drive(seed, sigma_m, stood_s=3_600, interval_s=10, *, sure=True):
    """A stand and ten fixes after it: what each fix is told."""
    stood = stood_s // interval_s + 1
    count = stood + 10
    hold = np.concatenate([np.zeros(stood, dtype=np.int64), np.arange(stood, count)])
    x = drifting(seed, count, sigma_m, interval_s)
    y = drifting(seed + 1, count, sigma_m, interval_s)
    x[stood:] += 50.0 * np.arange(1, 11)
    time_ms = 1000 * interval_s * np.arange(count)
    sures = np.concatenate([np.full(stood, sure), np.zeros(10, dtype=bool)])
    return learn_wander(time_ms, x, y, hold, sures), stood


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), sigma_m=st.floats(2.0, 30.0))
def test_an_hour_at_rest_tells_the_size_of_errors_to_a_half(seed, sigma_m):
    wander_m, _ = stand_then_drive(seed, sigma_m)
    assert 0.5 * sigma_m < wander_m[-1] < 1.8 * sigma_m


def test_over_many_stands_the_size_of_errors_is_met():
    found = [stand_then_drive(seed, 10.0)[0][-1] for seed in range(60)]
    assert 8.5 < np.sqrt(np.mean(np.square(found))) < 11.5


def test_a_stand_says_nothing_of_the_fixes_before_it_and_in_it():
    wander_m, stood = stand_then_drive(1, 10.0)
    assert np.isnan(wander_m[:stood]).all()
    assert np.isfinite(wander_m[stood:]).all()


def test_what_comes_after_enough_is_shown_changes_nothing_before():
    count = 1_200
    hold = np.repeat(np.arange(0, count, 100), 100)
    x, y, sure = drifting(1, count, 10.0), drifting(2, count, 10.0), np.ones(count, dtype=bool)
    time_ms = 10_000 * np.arange(count)
    whole = learn_wander(time_ms, x, y, hold, sure)
    for end in (200, 500, 900):
        part = learn_wander(time_ms[:end], x[:end], y[:end], hold[:end], sure[:end])
        assert np.array_equal(part, whole[:end], equal_nan=True)


def test_too_little_rest_tells_nothing():
    assert np.isnan(stand_then_drive(1, 10.0, stood_s=int(ENOUGH_S) - 10)[0]).all()
    assert np.isfinite(stand_then_drive(1, 10.0, stood_s=int(ENOUGH_S))[0][-1])


def test_short_stands_do_not_add_up_to_a_long_one():
    stops = 40
    each = int(STAND_S) // 10  # fixes 10 s apart: one step too few
    hold = np.repeat(np.arange(0, stops * each, each), each)
    time_ms = 10_000 * np.arange(len(hold))
    x = drifting(3, len(hold), 10.0)
    told = learn_wander(time_ms, x, x[::-1].copy(), hold, np.ones(len(hold), dtype=bool))
    assert np.isnan(told).all()


def test_a_stand_that_is_not_sure_tells_nothing():
    assert np.isnan(stand_then_drive(1, 10.0, sure=False)[0]).all()


def test_a_truck_on_its_way_at_the_ends_of_a_stand_does_not_enlarge_its_errors():
    count = 361
    x, y = drifting(5, count, 5.0), drifting(6, count, 5.0)
    calm = x.copy()
    x[:20] -= 10.0 * np.arange(20, 0, -1)
    hold = np.append(np.zeros(count, dtype=np.int64), count)
    time_ms = 10_000 * np.arange(count + 1)
    sure = np.append(np.ones(count, dtype=bool), False)
    told = [
        learn_wander(time_ms, np.append(each, 99.0), np.append(y, 0.0), hold, sure)[-1]
        for each in (calm, x)
    ]
    assert told[1] < 1.2 * told[0]
