from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.convergence import converged_until
from geofence.matching.matcher import Match, Matcher
from geofence.plan.plan import ServiceRules
from geofence.seen.observe import read_fixes
from geofence.track.standing import Stands
from geofence.track.track import Track, build_track
from tests.fixtures.receiver import Receiver
from tests.fixtures.street_map import StreetMap

# two streets that no receiver tells apart, with cross streets far from each other
PAIR = StreetMap(
    """
a------------------------------b------------------------------c
|                              |                              |
d------------------------------e------------------------------f
""",
    row_m=8.0,
)
MATCHER = Matcher(PAIR.network)
COLUMNS = ["fix", "arc", "from_m", "to_m", "from_share", "to_share"]


def track_of(route: str, sigma_m: float, speed_mps: float, seed: int) -> Track:
    pings = Receiver(sigma_m=sigma_m, seed=seed).drive(PAIR, route, speed_mps=speed_mps)
    return build_track(read_fixes(pings, PAIR.network)[0], ServiceRules())


def beginning(track: Track, size: int) -> Track:
    return replace(
        track,
        fixes=track.fixes[:size],
        cut=track.cut[:size],
        stands=Stands._make(column[:size] for column in track.stands),
    )


def converged(match: Match) -> int:
    margins = MATCHER.settings.credit_margin, MATCHER.settings.denial_margin
    return converged_until(match.lattice, len(match.before) - 1, *margins)


def pieces_until(match: Match, fix: int) -> pd.DataFrame:
    pieces = pd.DataFrame(match.pieces._asdict())[COLUMNS]
    return pieces[pieces.fix <= fix].reset_index(drop=True)


@settings(deadline=None, max_examples=60)
@given(
    route=st.sampled_from(["abc", "defc", "abedeb", "abcfed"]),
    sigma_m=st.sampled_from([3.0, 8.0, 15.0]),
    speed_mps=st.sampled_from([3.0, 8.0]),
    seed=st.integers(0, 10_000),
    share=st.floats(0.05, 1.0),
)
def test_what_has_converged_keeps_its_path_and_its_rivals(route, sigma_m, speed_mps, seed, share):
    track = track_of(route, sigma_m, speed_mps, seed)
    so_far = MATCHER.match(beginning(track, 1 + int(share * (len(track.cut) - 1))))
    until = converged(so_far)
    pd.testing.assert_frame_equal(
        pieces_until(so_far, until), pieces_until(MATCHER.match(track), until), check_exact=True
    )


def test_between_two_streets_that_look_the_same_nothing_has_converged():
    half_way = MATCHER.match(track_of("ab", 3.0, 4.0, seed=1))
    assert converged(half_way) == 0


def test_a_path_converges_behind_the_last_doubt():
    track = track_of("abcfed" * 4, 3.0, 4.0, seed=1)
    assert converged(MATCHER.match(track)) > len(track.cut) // 2
    assert np.count_nonzero(track.cut) == 1
