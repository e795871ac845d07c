import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulators.trucks.driving import DrivingSettings, collecting_profile, transit_profile
from simulators.trucks.roads import Stretch

SETTINGS = DrivingSettings()
WAYS = st.lists(st.floats(2.0, 400.0), min_size=1, max_size=8)
SEEDS = st.integers(0, 10_000)


def way_of(lengths):
    return [Stretch(2 * number, 0.0, length_m) for number, length_m in enumerate(lengths)]


def speeds_kmh(profile):
    seconds = np.diff(profile.seconds)
    return 3.6 * np.diff(profile.along_m)[seconds > 0] / seconds[seconds > 0]


@given(lengths=WAYS, seed=SEEDS)
def test_collecting_never_leaves_its_speeds_and_covers_the_way(lengths, seed):
    profile = collecting_profile(way_of(lengths), SETTINGS, np.random.default_rng(seed))
    assert np.isclose(profile.along_m[-1], sum(lengths))
    assert (np.diff(profile.along_m) >= 0).all()
    assert (np.diff(profile.seconds) >= 0).all()
    moving = speeds_kmh(profile)
    moving = moving[moving > 0]
    assert (moving > 5.99).all()
    assert (moving < 14.01).all()


@given(lengths=WAYS, seed=SEEDS)
def test_transit_never_exceeds_its_speeds_and_covers_the_way(lengths, seed):
    profile = transit_profile(way_of(lengths), SETTINGS, np.random.default_rng(seed))
    assert np.isclose(profile.along_m[-1], sum(lengths))
    assert (np.diff(profile.along_m) >= 0).all()
    assert (np.diff(profile.seconds) >= 0).all()
    assert (speeds_kmh(profile) < 50.01).all()


def test_transit_is_clear_of_the_speed_of_service_but_where_it_begins_and_ends():
    way = way_of([200.0] * 10)
    profile = transit_profile(way, SETTINGS, np.random.default_rng(1))
    middle = (profile.along_m[:-1] > 60) & (profile.along_m[1:] < 1940)
    assert (3.6 * np.diff(profile.along_m)[middle] / np.diff(profile.seconds)[middle] > 33).all()


def test_collecting_stops_again_and_again_for_seconds():
    profile = collecting_profile(way_of([300.0] * 10), SETTINGS, np.random.default_rng(1))
    stops = np.diff(profile.seconds)[(np.diff(profile.along_m) == 0)]
    stops = stops[stops > 0]
    assert len(stops) > 15
    assert stops.min() >= 5
    assert stops.max() <= 40


def test_turning_round_takes_its_time():
    there_and_back = [Stretch(4, 0.0, 15.0), Stretch(5, 0.0, 15.0)]
    profile = collecting_profile(there_and_back, SETTINGS, np.random.default_rng(1))
    at_the_end = profile.seconds[profile.along_m == 15.0]
    assert np.ptp(at_the_end) >= SETTINGS.turn_round_s[0]
