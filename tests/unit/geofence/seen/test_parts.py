"""Parts matched one by one give what the whole track gives, and only what is new is matched."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from geofence.matching.matcher import Match, Matcher
from geofence.seen.observe import read_fixes
from geofence.seen.parts import match_parts
from geofence.seen.passes import build_gaps, build_passes
from geofence.track.standing import Stands
from geofence.track.track import Fixes, build_track
from ingest.ping import resolve
from tests.fixtures.eventful_days import MATCHER, RULES, TOWN, days, in_order, table
from tests.fixtures.matched import tracked
from tests.fixtures.street_map import StreetMap

STREET = StreetMap("a" + "-" * 59 + "b").network
"""600 m, from -300 m to 300 m in its own metres."""


class CountingMatcher(Matcher):
    """Notes when the parts begin that it matches."""

    def __init__(self, network):
        super().__init__(network)
        self.began_ms = []

    def match(self, track):
        self.began_ms += track.fixes.time_ms[:1].tolist()
        return super().match(track)


def two_parts(**told):
    """A truck seen for 20 s, and again after five minutes."""
    times_s = [0, 10, 20, 320, 330]
    return tracked(times_s, [-200.0, -170.0, -140.0, 100.0, 130.0], cut=(0, 3), **told)


def matched_again(track, known):
    """When the parts begin that have to be matched although some are known."""
    matcher = CountingMatcher(STREET)
    match_parts(track, matcher, known)
    return matcher.began_ms


def known_of(track):
    return match_parts(track, Matcher(STREET), {})[1]


@settings(deadline=None, max_examples=40)
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


def test_the_match_of_parts_names_the_fixes_of_the_track():
    match, parts = match_parts(two_parts(), Matcher(STREET), {})
    assert match.before.tolist() == [-1, 0, 1, -1, 3]
    assert match.pieces.fix[match.pieces.certain].tolist() == [1, 2, 4]
    assert match.progress_m == pytest.approx([0, 30, 30, 0, 30], abs=0.1)
    assert [len(part.before) for part in parts.values()] == [3, 2]
    assert match.lattice is None
    assert all(part.lattice is not None for part in parts.values())


def test_what_is_known_is_not_matched_again_and_stays_the_same():
    known = known_of(two_parts())
    matcher = CountingMatcher(STREET)
    _, parts = match_parts(two_parts(), matcher, known)
    assert matcher.began_ms == []
    assert list(parts) == list(known)
    assert all(part is known[digest] for digest, part in parts.items())


@pytest.mark.parametrize("column", [field.name for field in fields(Fixes)])
def test_a_part_in_which_anything_of_a_fix_changed_is_matched_again_and_no_other(column):
    track = two_parts()
    values = getattr(track.fixes, column).copy()
    values[1] = 1 if column != "time_ms" else values[1] + 1000
    changed = replace(track, fixes=replace(track.fixes, **{column: values}))
    assert matched_again(changed, known_of(track)) == [0]


@pytest.mark.parametrize("column", Stands._fields)
def test_a_part_of_which_a_stand_changed_is_matched_again(column):
    track = two_parts()
    values = getattr(track.stands, column).copy()
    values[4] = not values[4] if column == "held" else np.nan_to_num(values[4]) + 0.5
    changed = replace(track, stands=track.stands._replace(**{column: values}))
    assert matched_again(changed, known_of(track)) == [320_000]


def test_a_part_is_known_whatever_came_before_it():
    alone = tracked([320, 330], [100.0, 130.0])
    assert matched_again(two_parts(), known_of(alone)) == [0]


def test_fixes_that_were_thinned_out_do_not_tell_parts_apart():
    thinned = two_parts(kept_s=[0, 5, 10, 20, 320, 325, 330])
    assert matched_again(thinned, known_of(two_parts())) == []


def test_what_is_no_longer_part_of_the_track_is_forgotten():
    known = known_of(two_parts())
    later = tracked([320, 330], [100.0, 130.0])
    assert list(match_parts(later, Matcher(STREET), known)[1]) == list(known)[1:]


def test_a_track_without_a_fix_has_a_match_without_a_fix():
    match, parts = match_parts(tracked([], [], cut=()), Matcher(STREET), {})
    assert len(match.before) == len(match.pieces.fix) == 0
    assert len(parts) == 1
