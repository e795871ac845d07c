import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import ServiceRules
from geofence.track.thinning import APART_MS, AWAY_M
from geofence.track.track import Fixes, Track, build_track
from geofence.track.white_noise import MEAN_MS, SLOT_MS
from tests.fixtures.line_of_fixes import fixes

MOVING_MPS = 3.0


def track_of(times_s, x, y=None, speed_mps=MOVING_MPS, **told) -> Track:
    given_fixes = fixes(times_s, x, y, np.broadcast_to(speed_mps, len(times_s)))
    columns = {name: getattr(given_fixes, name) for name in Fixes.__slots__}
    for name, values in told.items():
        columns[name] = np.asarray(values, dtype=columns[name].dtype)
    given_fixes = Fixes(**columns)
    return build_track(given_fixes, ServiceRules())


def key_s(track: Track) -> list[float]:
    return (track.fixes.time_ms / 1000).tolist()


def away_m(track: Track) -> np.ndarray:
    """Distance of each fix kept from the straight line between the key fixes around it."""
    key = np.searchsorted(track.kept_ms, track.fixes.time_ms)
    after = np.clip(np.searchsorted(key, np.arange(len(track.kept_ms))), 1, len(key) - 1)
    place = np.stack([track.kept_x, track.kept_y], axis=1)
    begin, end = place[key[after - 1]], place[key[after]]
    line = end - begin
    square = np.maximum((line**2).sum(axis=1), 1e-9)
    share = np.clip(((place - begin) * line).sum(axis=1) / square, 0.0, 1.0)
    return np.hypot(*(place - begin - share[:, None] * line).T)


@pytest.mark.parametrize("interval_s", [5.0, 10.0, 30.0])
def test_fixes_5_s_or_more_apart_are_all_kept_as_they_are(interval_s):
    rng = np.random.default_rng(1)
    times = interval_s * np.arange(200) + rng.uniform(-0.4, 0.4, 200)
    x, y = times * 3.0 + rng.normal(0, 4, 200), rng.normal(0, 4, 200)
    track = track_of(times, x, y)
    assert track.fixes.x.tolist() == x.tolist()
    assert track.fixes.y.tolist() == y.tolist()


def test_of_a_straight_drive_at_1_hz_one_fix_in_ten_is_kept():
    track = track_of(np.arange(95), 3.0 * np.arange(95))
    assert key_s(track) == [*range(0, 95, 10), 94]
    assert len(track.kept_ms) == 95


def test_both_ends_of_a_part_and_of_a_short_hole_are_kept():
    times = np.concatenate([np.arange(3, 25), np.arange(31, 48), np.arange(300, 318)])
    assert key_s(track_of(times, 3.0 * times)) == [3, 10, 20, 24, 31, 40, 47, 300, 310, 317]


def test_the_tip_of_a_dead_end_of_12_m_crawled_at_1_hz_is_kept():
    times = np.arange(43)
    x = np.where(times < 22, np.clip(times - 3, 0, 12), np.clip(12 - (times - 25), 0, 12))
    assert track_of(times, x, speed_mps=1.0).fixes.x.max() == 12


def test_the_corner_of_a_street_is_kept():
    times = np.arange(1, 60)
    track = track_of(times, np.minimum(3.0 * times, 75.0), np.maximum(3.0 * times - 75.0, 0.0))
    assert 25 in key_s(track)
    assert away_m(track).max() <= AWAY_M


def test_both_fixes_between_which_the_device_tells_of_work_are_kept():
    times = np.arange(40)
    track = track_of(times, 3.0 * times, working=(times >= 14) & (times < 33))
    assert key_s(track) == [0, 10, 13, 14, 20, 30, 32, 33, 39]


def test_so_are_those_between_which_it_tells_of_other_tasks():
    times = np.arange(40)
    tasks = np.select([times < 14, times < 33], [32, 40], -1)
    track = track_of(times, 3.0 * times, working=times >= 33, tasks=tasks)
    assert key_s(track) == [0, 10, 13, 14, 20, 30, 32, 33, 39]


def test_of_a_long_stand_the_ends_are_kept_and_a_fix_a_minute_between():
    times = np.arange(480)
    moving = (times < 24) | (times > 450)
    x = np.where(times < 24, 3.0 * times, 72.0) + 3.0 * np.maximum(times - 450, 0)
    track = track_of(times, x, speed_mps=np.where(moving, MOVING_MPS, 0.0))
    inside = [t for t in key_s(track) if 24 <= t <= 450]
    assert inside == [24, 30, 60, 120, 180, 240, 300, 360, 420, 440, 450]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 1, 1, 2, 3, 6, 150]), st.integers(-8, 8)), min_size=1),
    st.integers(0, 2**32),
)
def test_no_fix_left_out_lies_far_from_the_way_between_those_kept(steps, seed):
    times = np.cumsum([pause for pause, _ in steps])
    turns = np.random.default_rng(seed).uniform(-0.2, 0.2, len(steps)).cumsum()
    x, y = np.cumsum(3.0 * np.cos(turns)), np.cumsum(3.0 * np.sin(turns))
    track = track_of(times, x, y)
    assert away_m(track).max() <= AWAY_M
    assert {times[0], times[-1]} <= set(key_s(track))


@settings(deadline=None)
@given(st.integers(30, 150), st.integers(0, 2**32))
def test_what_comes_later_changes_only_the_last_key_fixes(length, seed):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.choice([0.5, 1, 1, 1, 2, 5], 200))
    x, y = rng.normal(0, 3, (2, 200)).cumsum(axis=1)
    whole, begun = (track_of(times[:n], x[:n], y[:n]) for n in (len(times), length))
    # as geofence.seen.settled looks back: two slots and a mean, then a slot and what keeps apart
    settled_s = times[length - 1] - (2 * SLOT_MS + MEAN_MS + SLOT_MS + APART_MS) / 1000.0
    assert [t for t in key_s(begun) if t < settled_s] == [t for t in key_s(whole) if t < settled_s]


@pytest.mark.parametrize("white_m", [0.5, 3.0, 8.0])
def test_white_noise_makes_no_zigzag_of_a_straight_drive(white_m):
    rng = np.random.default_rng(4)
    times = np.arange(600)
    x, y = 3.0 * times + rng.normal(0, white_m, 600), rng.normal(0, white_m, 600)
    track = track_of(times, x, y)
    way_m = np.hypot(np.diff(track.fixes.x), np.diff(track.fixes.y)).sum()
    assert way_m <= 1.15 * 3.0 * 599
    assert len(track.cut) <= 600 / 5
