import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clock.fault import WEEK_ROLLOVER_S, Clocks, read_clocks
from ingest.clock.reading import ClockCode, ClockState

MORNING_MS = 1_648_422_000_000
EAST_8_S = [28_800.0]
HOUR_S = 3600


def live(
    vehicle: str, hours: float = 4, interval_s: float = 10, delay_s: float = 1
) -> pd.DataFrame:
    """Reports of a sound tracker with a little jitter."""
    event_s = np.arange(0, hours * HOUR_S, interval_s)
    jitter_s = np.random.default_rng(len(vehicle)).uniform(0, 1, len(event_s))
    return reports(vehicle, event_s, event_s + delay_s + jitter_s)


def reports(vehicle: str, event_s: np.ndarray, received_s: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "vehicle_id": vehicle,
            "event_ms": MORNING_MS + np.round(event_s * 1000).astype(np.int64),
            "received_ms": MORNING_MS + np.round(received_s * 1000).astype(np.int64),
        }
    )


def fleet(*others: pd.DataFrame) -> pd.DataFrame:
    sound = [live(f"晋B{number}") for number in range(4)]
    return pd.concat([*sound, *others], ignore_index=True)


def skewed(frame: pd.DataFrame, skew_s: float) -> pd.DataFrame:
    return frame.assign(event_ms=frame["event_ms"] + round(1000 * skew_s))


def reading(frame: pd.DataFrame, vehicle: str = "晋BQ0384", offsets_s=EAST_8_S):
    return {each.vehicle_id: each for each in read_clocks(frame, offsets_s)}[vehicle]


def codes(frame: pd.DataFrame, vehicle: str = "晋BQ0384", offsets_s=EAST_8_S) -> list[ClockCode]:
    return [episode.code for episode in reading(frame, vehicle, offsets_s).episodes]


def test_a_sound_fleet_has_sound_clocks():
    assert {each.state for each in read_clocks(fleet(), EAST_8_S)} == {ClockState.SOUND}


@pytest.mark.parametrize(
    ("skew_s", "code"),
    [
        (75, ClockCode.CLOCK_AHEAD),
        (3000, ClockCode.CLOCK_AHEAD),
        (-150, ClockCode.CLOCK_BEHIND),
        (-7200, ClockCode.CLOCK_BEHIND),
        (28_800, ClockCode.LOCAL_AS_UTC),
        (-28_800, ClockCode.UTC_AS_LOCAL),
        (-WEEK_ROLLOVER_S, ClockCode.WEEK_ROLLOVER),
        (-2 * WEEK_ROLLOVER_S, ClockCode.WEEK_ROLLOVER),
    ],
)
def test_a_constant_skew_is_named_and_measured_within_its_uncertainty(skew_s, code):
    (episode,) = reading(fleet(skewed(live("晋BQ0384"), skew_s))).episodes
    assert episode.code == code
    assert abs(episode.skew_s - skew_s) <= episode.uncertainty_s < 5


@pytest.mark.parametrize("skew_s", [-90, -60, 30, 50])
def test_a_skew_within_the_thresholds_is_no_fault(skew_s):
    assert reading(fleet(skewed(live("晋BQ0384"), skew_s))).state is ClockState.SOUND


@pytest.mark.parametrize(
    ("factor", "code"),
    [(0.001, ClockCode.SECONDS_AS_MILLISECONDS), (1000, ClockCode.MILLISECONDS_AS_SECONDS)],
)
def test_a_wrong_unit_is_named_though_nothing_else_is_heard_of_the_vehicle(factor, code):
    own = live("晋BQ0384", hours=0.25)
    scaled = own.assign(event_ms=np.floor(own["event_ms"] * factor).astype(np.int64))
    assert codes(scaled) == [code]


def test_a_clock_that_counts_from_1970_was_never_set():
    own = live("晋BQ0384")
    assert codes(own.assign(event_ms=own["event_ms"] - MORNING_MS)) == [ClockCode.CLOCK_UNSET]


@pytest.mark.parametrize(
    ("offset_s", "skew_s"),
    [(-18_000.0, -18_000), (19_800.0, 19_800)],
)
def test_local_time_as_utc_is_known_in_other_zones(offset_s, skew_s):
    own = skewed(live("晋BQ0384"), skew_s)
    assert codes(fleet(own), offsets_s=[offset_s]) == [ClockCode.LOCAL_AS_UTC]


def test_in_the_zone_of_utc_a_sound_clock_is_no_zone_fault():
    assert codes(fleet(live("晋BQ0384")), offsets_s=[0.0]) == []


def test_a_clock_that_goes_wrong_during_the_day_is_wrong_from_then_on():
    own = live("晋BQ0384")
    late = own["received_ms"] >= MORNING_MS + 2 * HOUR_S * 1000
    frame = pd.concat([own[~late], skewed(own[late], 600)])
    (episode,) = reading(fleet(frame)).episodes
    assert abs(episode.since_ms - MORNING_MS - 2 * HOUR_S * 1000) < 20_000
    assert episode.until_ms == own["received_ms"].max()


def test_a_backlog_sent_in_one_go_is_no_slow_clock():
    own = live("晋BQ0384")
    stored = own["event_ms"] < MORNING_MS + 3 * HOUR_S * 1000
    burst_ms = MORNING_MS + 3 * HOUR_S * 1000 + np.arange(stored.sum()) * 5
    own.loc[stored, "received_ms"] = burst_ms
    assert reading(fleet(own)).state is ClockState.SOUND


def test_a_backlog_drained_slowly_is_no_slow_clock():
    own = live("晋BQ0384", hours=6)
    event_s = (own["event_ms"].to_numpy() - MORNING_MS) / 1000
    received_s = np.maximum(event_s + 1, 2 * HOUR_S + event_s * 0.8)
    assert codes(fleet(reports("晋BQ0384", event_s, received_s))) == []


def test_a_day_sent_hours_later_in_one_go_tells_nothing_of_the_clock():
    event_s = np.arange(0, 4 * HOUR_S, 10.0)
    own = reports("晋BQ0384", event_s, 9 * HOUR_S + np.arange(len(event_s)) * 0.005)
    found = reading(fleet(own))
    assert (found.state, found.episodes) == (ClockState.UNKNOWN, ())


def test_bursts_every_ten_minutes_are_sound():
    event_s = np.arange(0, 4 * HOUR_S, 30.0)
    own = reports("晋BQ0384", event_s, np.ceil(event_s / 600) * 600 + 1)
    assert reading(fleet(own)).state is ClockState.SOUND


def test_a_fleet_that_is_late_as_a_whole_has_no_slow_clocks():
    late = pd.concat([live(f"晋B{number}", delay_s=4000) for number in range(5)])
    found = read_clocks(late, EAST_8_S)
    assert {each.state for each in found} == {ClockState.UNKNOWN}
    assert {each.reason for each in found} == {"the whole fleet is heard 4000 s late"}


def test_a_lone_vehicle_that_is_late_may_have_a_slow_network():
    found = reading(live("晋BQ0384", delay_s=600))
    assert found.state is ClockState.UNKNOWN
    assert found.reason == "fewer than 3 vehicles report live to compare with"


def test_a_lone_vehicle_whose_clock_is_ahead_is_found():
    assert codes(skewed(live("晋BQ0384"), 300)) == [ClockCode.CLOCK_AHEAD]


def test_a_late_hour_is_too_short_to_blame_the_clock():
    assert codes(fleet(skewed(live("晋BQ0384", hours=1), -600))) == []


def test_single_glitches_neither_make_nor_hide_a_fault():
    own = live("晋BQ0384")
    own.loc[::40, "event_ms"] += 10**10
    assert reading(fleet(own)).state is ClockState.SOUND
    behind = skewed(live("晋BQ0384"), -600)
    behind.loc[::40, "event_ms"] += 10**9
    assert codes(fleet(behind)) == [ClockCode.CLOCK_BEHIND]


def test_few_messages_are_no_verdict():
    found = reading(fleet(live("晋BQ0384", hours=0.005)))
    assert (found.state, found.reason) == (ClockState.UNKNOWN, "too few messages")


def test_no_report_no_reading():
    assert read_clocks(fleet()[:0], EAST_8_S) == []


@given(seed=st.integers(0, 2**32 - 1), repeated=st.floats(0, 1), skew_s=st.integers(-4000, 30_000))
@settings(max_examples=50)
def test_order_and_repetition_change_nothing(seed, repeated, skew_s):
    frame = fleet(skewed(live("晋BQ0384", interval_s=60), skew_s))
    expected = read_clocks(frame, EAST_8_S)
    again = frame.sample(frac=repeated, random_state=seed)
    again = again.assign(received_ms=again["received_ms"] + 90_000)
    shuffled = pd.concat([frame, again]).sample(frac=1, random_state=seed)
    assert repr(read_clocks(shuffled, EAST_8_S)) == repr(expected)


@given(
    skews_s=st.lists(st.integers(-30_000, 30_000) | st.integers(-200, 200), min_size=4, max_size=7),
    delay_s=st.integers(0, 150),
    at_once=st.integers(1, 4),
)
@settings(max_examples=20)
def test_vehicles_told_of_in_turn_read_as_all_at_once(skews_s, delay_s, at_once):
    each = [
        skewed(live(f"晋B{number}", interval_s=60, delay_s=delay_s), skew_s)
        for number, skew_s in enumerate(skews_s)
    ]
    clocks = Clocks()
    for first in range(0, len(each), at_once):
        clocks.add(pd.concat(each[first : first + at_once], ignore_index=True))
    whole = read_clocks(pd.concat(each, ignore_index=True), EAST_8_S)
    assert repr(clocks.readings(EAST_8_S)) == repr(whole)
