import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.matcher import Match, Matcher
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Observation
from geofence.seen.observe import observe, read_fixes
from geofence.seen.parts import match_parts
from geofence.seen.passes import build_gaps, build_passes
from geofence.seen.stream import VehicleStream
from geofence.track.track import build_track
from ingest.ping import resolve
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import START_MS, StreetMap

# streets 15 m apart: mostly it stays in doubt for a while which one it was
TOWN = StreetMap(
    """
a---------b---------c----h
|         |         |    |
|         |         |    |
i---------j---------k----l
|         |         |    |
|         |         |    |
d---------e---------f----g
""",
    row_m=5.0,
)
MATCHER = Matcher(TOWN.network)
RULES = ServiceRules(gap_s=40.0)
VEHICLE = "晋BQ0384"


class CountingMatcher(Matcher):
    """Notes how many fixes each call matches."""

    def match(self, track):
        self.matched = [*getattr(self, "matched", []), len(track.cut)]
        return super().match(track)


@st.composite
def days(draw) -> pd.DataFrame:
    """Pings of a truck that drives, stands, turns back, falls silent, freezes and leaps."""
    interval_s = draw(st.sampled_from([1.0, 3.0, 5.0, 10.0, 30.0]))
    legs, start_ms = [], START_MS
    for _ in range(draw(st.integers(2, 5))):
        receiver = Receiver(
            interval_s=interval_s * draw(st.sampled_from([1, 1, 3])),
            sigma_m=draw(st.sampled_from([2.0, 5.0, 15.0])),
            white_m=draw(st.sampled_from([0.0, 0.0, 3.0])),
            seed=draw(st.integers(0, 10_000)),
            reports_motion=draw(st.booleans()),
        )
        if draw(st.integers(0, 3)) == 0:
            place = TOWN.nodes[draw(st.sampled_from("abcjk"))]
            leg = receiver.stand(TOWN, place, draw(st.sampled_from([20.0, 90.0, 500.0])))
            shift_ms = start_ms - START_MS
            leg["event_time"] += pd.Timedelta(shift_ms, unit="ms")
        else:
            route = draw(
                st.sampled_from(["abcba", "abjkchl", "dejbakj", "ijklg", "abedijk", "kfefk"])
            )
            speed_mps = draw(st.sampled_from([1.5, 4.0, 11.0]))
            leg = receiver.drive(TOWN, route, speed_mps=speed_mps, start_ms=start_ms)
        legs.append(leg)
        pause_s = draw(st.sampled_from([1, 8, 45, 200]))
        start_ms = int(leg.event_time.max().timestamp() * 1000) + 1000 * pause_s
    pings = pd.concat(legs, ignore_index=True)
    if draw(st.booleans()):
        pings["working"] = pd.array(draw(st.sampled_from([True, False])) & (pings.index % 40 < 30))
        pings["working"] = pings["working"].astype("boolean")
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(pings) - 1))
        if draw(st.booleans()):  # frozen for some fixes
            pings.loc[at : at + 6, ["longitude", "latitude"]] = pings.loc[
                at, ["longitude", "latitude"]
            ].to_numpy()
        else:
            pings.loc[at, "longitude"] += 0.05
    return pings


def observed(pings: pd.DataFrame, rules: ServiceRules = RULES) -> Observation:
    (observation,) = observe(resolve(pings).pings, TOWN.network, rules)
    return observation


def streamed(*pieces: pd.DataFrame) -> VehicleStream:
    stream = VehicleStream(VEHICLE, MATCHER, RULES)
    for piece in pieces:
        stream.add(piece)
        stream.observation()
    return stream


def table(values: object) -> pd.DataFrame:
    return pd.DataFrame({name: getattr(values, name) for name in values.__slots__})


def assert_same(one: Observation, other: Observation) -> None:
    for name in Observation.__slots__:
        a, b = getattr(one, name), getattr(other, name)
        if name in ("passes", "gaps"):
            pd.testing.assert_frame_equal(table(a), table(b), check_exact=True)
        else:
            assert np.array_equal(a, b), name


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns)).reset_index(drop=True)


def before(values: object, instant_ms: int) -> pd.DataFrame:
    frame = table(values)
    return in_order(frame[frame.started_ms < instant_ms])


@settings(deadline=None, max_examples=60)
@given(pings=days())
def test_parts_matched_one_by_one_give_the_passes_and_gaps_of_the_whole_track(pings):
    track = build_track(read_fixes(resolve(pings).pings, TOWN.network)[0], RULES)
    whole, (joined, _) = MATCHER.match(track), match_parts(track, MATCHER, {})

    def passes(match: Match) -> pd.DataFrame:
        return in_order(table(build_passes(TOWN.network, track, match, RULES)))

    pd.testing.assert_frame_equal(passes(joined), passes(whole), check_exact=True)
    pd.testing.assert_frame_equal(
        table(build_gaps(track, joined)), table(build_gaps(track, whole)), check_exact=True
    )
    assert np.array_equal(joined.anchor, whole.anchor)


@settings(deadline=None, max_examples=40)
@given(pings=days(), seed=st.integers(0, 1000), count=st.integers(1, 8), data=st.data())
def test_pieces_in_any_order_and_with_any_repetition_give_the_observation_of_the_whole(
    pings, seed, count, data
):
    rng = np.random.default_rng(seed)
    rows = np.arange(len(pings))
    if data.draw(st.booleans()):
        rows = np.concatenate([rng.permutation(rows), rng.integers(0, len(pings), 20)])
    cuts = np.sort(rng.integers(0, len(rows), count))
    pieces = [pings.iloc[piece].reset_index(drop=True) for piece in np.split(rows, cuts)]
    assert_same(streamed(*pieces).observation(), observed(pings))


@settings(deadline=None, max_examples=50)
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


def test_of_a_truck_on_its_way_all_but_the_last_minutes_is_decided():
    pings = Receiver(sigma_m=5.0, seed=1).drive(TOWN, "abjkchlgfkjed" * 3, speed_mps=4.0)
    decided_ms = streamed(pings).decided_until_ms()
    last_ms = pings.event_time.max().timestamp() * 1000
    assert 0 < last_ms - decided_ms < 180_000


def test_of_a_parked_truck_the_stand_is_provisional():
    drive = Receiver(sigma_m=5.0, seed=1).drive(TOWN, "abjkchl", speed_mps=4.0)
    stand = Receiver(sigma_m=5.0, seed=2).stand(TOWN, TOWN.nodes["l"], 3600.0)
    arrived = drive.event_time.max()
    stand["event_time"] += arrived + pd.Timedelta(seconds=10) - stand.event_time.min()
    decided_ms = streamed(pd.concat([drive, stand])).decided_until_ms()
    assert arrived.timestamp() * 1000 - 180_000 < decided_ms <= arrived.timestamp() * 1000 + 10_000


def test_a_silence_is_provisional_until_the_reports_after_it_tell_whether_it_is_a_gap():
    drive = Receiver(interval_s=1.0, sigma_m=2.0).drive(TOWN, "abchlgfed" * 12, speed_mps=3.0)
    seconds = [*range(0, 301, 30), *range(370, 461, 30), *range(465, 800, 5)]
    pings = drive.iloc[seconds].reset_index(drop=True)
    whole = observed(pings)
    assert START_MS + 300_000 in whole.gaps.started_ms[whole.gaps.silent]
    until_460_s = streamed(pings[pings.event_time <= drive.event_time[460]])
    assert (
        START_MS + 300_000
        not in until_460_s.observation().gaps.started_ms[until_460_s.observation().gaps.silent]
    )
    assert START_MS < until_460_s.decided_until_ms() <= START_MS + 300_000


def three_parts() -> list[pd.DataFrame]:
    """Drives of different length, ten minutes apart."""
    starts = [START_MS, START_MS + 900_000, START_MS + 1_800_000]
    return [
        Receiver(seed=part).drive(TOWN, route, start_ms=start)
        for part, (route, start) in enumerate(zip(["abc", "abjk", "ijklg"], starts, strict=True))
    ]


def fixes_matched_again(piece: pd.DataFrame) -> list[int]:
    """How many fixes are matched when a piece comes after three drives."""
    matcher = CountingMatcher(TOWN.network)
    stream = VehicleStream(VEHICLE, matcher, RULES)
    stream.add(pd.concat(three_parts()))
    stream.observation()
    matcher.matched = []
    stream.add(piece)
    stream.observation()
    return matcher.matched


def test_a_new_ping_matches_only_its_own_part_again():
    last = three_parts()[2]
    new = last[-1:].copy()
    new["event_time"] += pd.Timedelta(seconds=10)
    assert fixes_matched_again(new) == [len(last) + 1]


def test_a_late_ping_matches_only_the_part_it_falls_into_again():
    middle = three_parts()[1]
    late = middle[3:4].copy()
    late["event_time"] += pd.Timedelta(seconds=5)
    assert fixes_matched_again(late) == [len(middle) + 1]


def test_a_ping_that_comes_twice_matches_nothing_again():
    assert fixes_matched_again(three_parts()[1][3:4]) == []


def test_a_stream_without_pings_has_seen_nothing():
    stream = VehicleStream(VEHICLE, MATCHER, RULES)
    assert stream.decided_until_ms() is None
    assert stream.observation().vehicle_id == VEHICLE
    assert len(stream.observation().passes.section) == 0
