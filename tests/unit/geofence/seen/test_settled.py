"""What is decided of a vehicle stays; what is not may yet turn out otherwise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.matcher import Matcher
from geofence.seen.observe import read_fixes
from geofence.seen.settled import _settled_until_ms
from geofence.seen.stream import VehicleStream
from geofence.track.track import Fixes, Track, build_track
from ingest.ping import resolve
from tests.fixtures.eventful_days import (
    RULES,
    TOWN,
    VEHICLE,
    days,
    in_order,
    observed,
    streamed,
    table,
)
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import START_MS, StreetMap

LAP = "abjkchlgfkjed" * 3


def keys(track: Track, until_ms: int) -> list[np.ndarray]:
    """What the matcher reads of the key fixes before an instant."""
    before = track.fixes.time_ms < until_ms
    fixes = [getattr(track.fixes, name)[before].astype(float) for name in Fixes.__slots__]
    return [*fixes, track.cut[before], *(column[before] for column in track.stands)]


def decided_s(pings: pd.DataFrame) -> float:
    """Seconds from the start of a drive in the town until which it is decided."""
    return (streamed(pings).decided_until_ms() - START_MS) / 1000


def seconds(pings: pd.DataFrame) -> pd.Series:
    return (pings.event_time - pings.event_time.min()).dt.total_seconds()


def before(values: object, instant_ms: int) -> pd.DataFrame:
    frame = table(values)
    return in_order(frame[frame.started_ms < instant_ms])


@settings(deadline=None, max_examples=25)
@given(pings=days(), seed=st.integers(0, 1000))
def test_what_is_decided_stays_whatever_comes_later(pings, seed):
    at_last = observed(pings)
    for size in np.random.default_rng(seed).integers(1, len(pings) + 1, 12):
        stream = streamed(pings[:size])
        decided_ms = stream.decided_until_ms()
        for part in ("passes", "gaps"):
            pd.testing.assert_frame_equal(
                before(getattr(stream.observation(), part), decided_ms),
                before(getattr(at_last, part), decided_ms),
                check_exact=True,
            )


@settings(deadline=None, max_examples=30)
@given(pings=days(), seed=st.integers(0, 1000))
def test_key_fixes_their_cuts_and_stands_stay_before_the_instant_they_are_settled(pings, seed):
    fixes = read_fixes(resolve(pings).pings, TOWN.network)[0]
    at_last = build_track(fixes, RULES)
    for size in np.random.default_rng(seed).integers(1, len(fixes.time_ms) + 1, 40):
        so_far = fixes[:size]
        track = build_track(so_far, RULES)
        until_ms = _settled_until_ms(so_far, track, RULES.gap_s)
        for now, then in zip(keys(track, until_ms), keys(at_last, until_ms), strict=True):
            assert np.array_equal(now, then, equal_nan=True)


@pytest.mark.parametrize("reports_motion", [False, True])
def test_of_a_truck_on_its_way_all_but_the_last_minutes_is_decided(reports_motion):
    # a leap may yet show that the receiver was wrong for five minutes, and the speeds of five more
    # minutes bear on what a step costs
    receiver = Receiver(sigma_m=5.0, seed=1, reports_motion=reports_motion)
    pings = receiver.drive(TOWN, "abjkchlgfkjed" * 12, speed_mps=4.0)
    decided_ms = streamed(pings).decided_until_ms()
    last_ms = pings.event_time.max().timestamp() * 1000
    assert 0 < last_ms - decided_ms < 900_000


def test_of_a_parked_truck_the_stand_is_provisional():
    drive = Receiver(sigma_m=5.0, seed=1).drive(TOWN, "abjkchl", speed_mps=4.0)
    stand = Receiver(sigma_m=5.0, seed=2).stand(TOWN, TOWN.nodes["l"], 3600.0)
    arrived = drive.event_time.max()
    stand["event_time"] += arrived + pd.Timedelta(seconds=10) - stand.event_time.min()
    decided_ms = streamed(pd.concat([drive, stand])).decided_until_ms()
    assert arrived.timestamp() * 1000 - 180_000 < decided_ms <= arrived.timestamp() * 1000 + 10_000


def test_a_silence_is_provisional_until_the_reports_after_it_tell_whether_it_is_a_gap():
    drive = Receiver(interval_s=1.0, sigma_m=2.0).drive(TOWN, "abchlgfed" * 18, speed_mps=3.0)
    seconds = [*range(0, 601, 30), *range(670, 761, 30), *range(765, 1100, 5)]
    pings = drive.iloc[seconds].reset_index(drop=True)
    whole = observed(pings)
    assert START_MS + 600_000 in whole.gaps.started_ms[whole.gaps.silent]
    until_760_s = streamed(pings[pings.event_time <= drive.event_time[760]])
    assert (
        START_MS + 600_000
        not in until_760_s.observation().gaps.started_ms[until_760_s.observation().gaps.silent]
    )
    assert START_MS <= until_760_s.decided_until_ms() <= START_MS + 600_000


@settings(deadline=None, max_examples=30)
@given(pings=days())
def test_the_instant_up_to_which_a_day_is_decided_is_that_of_one_of_its_fixes(pings):
    decided = pd.Timestamp(streamed(pings).decided_until_ms(), unit="ms", tz="UTC")
    assert (pings.event_time == decided).any()


def test_of_a_single_fix_nothing_is_decided():
    pings = Receiver(sigma_m=5.0).drive(TOWN, LAP)
    assert decided_s(pings[:1]) == 0


def test_what_a_receiver_may_be_frozen_in_is_provisional_from_its_first_repetition():
    pings = Receiver(sigma_m=5.0, seed=1).drive(TOWN, LAP * 9, speed_mps=4.0)
    moving = decided_s(pings)
    stuck = pings.copy()
    rows = seconds(pings) >= 1_200
    place = ["longitude", "latitude"]
    stuck.loc[rows, place] = pings.loc[rows, place].iloc[0].to_numpy()
    assert 0 < decided_s(stuck) <= 1_200 < moving


def test_within_a_stay_on_one_street_nothing_is_decided():
    street = StreetMap("a" + "-" * 400 + "b" + "-" * 400 + "c")
    stream = VehicleStream(VEHICLE, Matcher(street.network), RULES)
    pings = Receiver(sigma_m=3.0, seed=1).drive(street, "abc", speed_mps=5.0)
    stream.add(pings[seconds(pings) < 780])
    assert stream.decided_until_ms() == START_MS
    stream.add(pings)
    assert 700 < (stream.decided_until_ms() - START_MS) / 1000 <= 810


def test_of_a_truck_off_the_network_only_what_lies_before_its_last_silence_is_decided():
    away = Receiver(sigma_m=1.0).drive(TOWN, LAP * 3, speed_mps=4.0)
    away["latitude"] += 0.02
    rows = seconds(away)
    assert decided_s(away[rows < 900]) == 0
    assert decided_s(away[(rows < 300) | ((rows >= 500) & (rows < 960))]) == 500
