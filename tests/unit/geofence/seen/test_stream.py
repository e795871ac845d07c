import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.matcher import Matcher
from geofence.seen.observation import Observation
from geofence.seen.stream import VehicleStream
from tests.fixtures.eventful_days import (
    MATCHER,
    RULES,
    TOWN,
    VEHICLE,
    days,
    observed,
    streamed,
    table,
)
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import START_MS


class CountingMatcher(Matcher):
    """Notes how many fixes each call matches."""

    def match(self, track):
        self.matched = [*getattr(self, "matched", []), len(track.cut)]
        return super().match(track)


def assert_same(one: Observation, other: Observation) -> None:
    for name in Observation.__slots__:
        a, b = getattr(one, name), getattr(other, name)
        if name in ("passes", "gaps"):
            pd.testing.assert_frame_equal(table(a), table(b), check_exact=True)
        elif name == "visits":
            assert np.array_equal(a.at_work, b.at_work)
            assert np.array_equal(a.faster, b.faster)
        else:
            assert np.array_equal(a, b), name


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
