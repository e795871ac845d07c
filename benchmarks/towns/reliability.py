"""The matcher's margins held against the motion.

A path that beats its best rival by c on some street claims to be there with a probability of
1 / (1 + exp(-c)); SUMO's motion knows where the truck was. The claims are those of the pieces that
the matcher calls certain; a stay on one street shares the margin of its surest step.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.coverage.windows import local_instant
from analytics.verdicts.evaluation import bearing_on
from benchmarks.towns.methods import Case
from benchmarks.towns.motion import Motion
from benchmarks.towns.roads import Roads
from benchmarks.towns.town import SERVICE_DATE
from geofence.matching.matcher import Matcher
from geofence.matching.settings import MatchSettings
from geofence.seen.observe import read_fixes
from geofence.track.track import build_track
from ingest.ping import resolve

LADDER = (0.05, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
"""Margins that are tried; a claim belongs to the highest at which the matcher still makes it."""
LEAST_M = 10.0
"""Shorter pieces, such as corners of a junction, are left out."""
SLACK_S = 15.0
"""How far off in time a truck may have been on the street: errors along it shift its instants."""
STOOD_M = 2.0
"""A truck that moved less between two fixes stood."""
_DAY_S = 200_000


class Line(NamedTuple):
    """The claims of one margin."""

    stood: bool
    margin: float
    said: float
    """The least probability that the margin stands for."""
    true: float
    """The share of the claims that were true."""
    claims: int


@dataclass(slots=True)
class Reliability:
    """Claims by margin, and how many were true."""

    claims: Counter[tuple[bool, float]] = field(default_factory=Counter)
    true: Counter[tuple[bool, float]] = field(default_factory=Counter)
    """By whether the truck really stood from fix to fix, and by margin."""

    def add(self, case: Case, motions: Mapping[str, Motion], roads: Roads) -> None:
        """Match a case with each margin and look each claim up in the motion."""
        chosen = bearing_on(resolve(case.pings).pings, case.plan, SERVICE_DATE)
        fixes, _ = read_fixes(chosen, case.network)
        vehicle = chosen["vehicle_id"].astype(str).to_numpy()
        midnight_ms = local_instant(SERVICE_DATE, 0, ZoneInfo(case.plan.timezone))
        matchers = [
            Matcher(case.network, MatchSettings(credit_margin=margin, denial_margin=LADDER[-1]))
            for margin in LADDER
        ]
        drawn = np.array([int(name[1:]) for name in case.network.section_ids])
        for name in sorted(set(vehicle)):
            track = build_track(fixes[vehicle == name], case.plan.rules)
            level: dict[tuple[int, int], float] = {}
            for margin, matcher in zip(LADDER, matchers, strict=True):
                match = matcher.match(track)
                pieces = match.pieces
                long = np.abs(pieces.to_m - pieces.from_m) >= LEAST_M
                for at in np.flatnonzero(pieces.certain & long).tolist():
                    level[int(pieces.fix[at]), int(pieces.arc[at])] = margin
            fix, arc = np.array(list(level), dtype=np.int64).reshape(-1, 2).T
            before = match.before[fix]
            road = drawn[case.network.edge_section[arc >> 1]]
            second = (track.fixes.time_ms - midnight_ms) / 1000.0
            was_there = driven(motions[name], roads, road, second[before], second[fix])
            stood = driven_m(motions[name], second[before], second[fix]) < STOOD_M
            claims = list(zip(stood.tolist(), level.values(), strict=True))
            self.claims.update(claims)
            self.true.update(
                claim for claim, is_true in zip(claims, was_there.tolist(), strict=True) if is_true
            )

    def rows(self) -> list[Line]:
        """Give a line a margin, those of driving trucks first."""
        return [
            Line(stood, margin, 1.0 / (1.0 + math.exp(-margin)), self.true[stood, margin] / count,
                 count)
            for (stood, margin), count in sorted(self.claims.items())
        ]  # fmt: skip


def driven_m(
    motion: Motion, from_s: NDArray[np.float64], to_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give how far a truck really drove between two instants."""
    gone_m = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(motion.x), np.diff(motion.y)))])
    begun_m, ended_m = (np.interp(at, motion.second, gone_m) for at in (from_s, to_s))
    return np.asarray(ended_m - begun_m)


def driven(
    motion: Motion, roads: Roads, road: NDArray[np.int64], from_s: NDArray[np.float64],
    to_s: NDArray[np.float64],
) -> NDArray[np.bool_]:  # fmt: skip
    """Tell whether a truck was on each drawn road between two instants, give or take `SLACK_S`."""
    on = motion.road >= 0
    key = np.sort(roads.drawn[motion.road[on]] * _DAY_S + motion.second[on])
    if not len(key):
        return np.zeros(len(road), dtype=np.bool_)
    first = np.searchsorted(key, road * _DAY_S + from_s - SLACK_S)
    found = key[np.minimum(first, len(key) - 1)]
    return np.asarray((first < len(key)) & (found <= road * _DAY_S + to_s + SLACK_S))
