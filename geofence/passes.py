"""Paths into passes with instants, and into the times a vehicle was not placed on a street."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geofence.matcher import Match
from geofence.network import Network
from geofence.observation import Gaps, Passes
from geofence.plan import ServiceRules
from geofence.track import NOT_REPORTED, Track

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SPEED_WINDOW_S = 10.0
"""Mean speeds are taken over at least this long, so that the noise of 1 s fixes cancels out."""


def build_passes(network: Network, track: Track, match: Match, rules: ServiceRules) -> Passes:
    """Turn the pieces of a path into passes over sections.

    Between two fixes the truck is taken to move uniformly along its route. A stretch between two
    fixes serves its metres if the device reports work at one end and denies it at none, or, where
    it reports nothing, if the mean speed around it is at most ``service_speed_kmh``; at most half
    of that if it ends or begins faster, for then the truck brakes or accelerates between places.
    """
    time_ms = track.fixes.time_ms
    moved = match.piece_from_m != match.piece_to_m
    fix = match.piece_fix[moved]
    arc = match.piece_arc[moved]
    begin_m, end_m = match.piece_from_m[moved], match.piece_to_m[moved]
    route_m = np.zeros(len(time_ms))
    np.add.at(route_m, fix, np.abs(end_m - begin_m))
    collecting = _collecting(track, match, route_m, rules)

    edge = arc >> 1
    against = (arc & 1).astype(np.bool_)
    length_m = network.edge_length_m[edge]
    base_m = network.edge_start_m[edge]
    departed_ms = time_ms[match.before[fix]].astype(np.float64)
    pace = (time_ms[fix] - departed_ms) / route_m[fix]
    started_ms = departed_ms + match.piece_along_m[moved] * pace
    return Passes(
        section=network.edge_section[edge],
        from_m=base_m + np.where(against, length_m - begin_m, begin_m),
        to_m=base_m + np.where(against, length_m - end_m, end_m),
        started_ms=started_ms,
        finished_ms=started_ms + np.abs(end_m - begin_m) * pace,
        collecting=collecting[fix],
    )


def build_gaps(track: Track, match: Match) -> Gaps:
    """Find the steps from fix to fix that no route explains."""
    fixes = track.fixes
    explained = _explained(match.before)
    after = np.flatnonzero(~explained)
    after = after[after > 0]
    return Gaps(
        started_ms=fixes.time_ms[after - 1],
        finished_ms=fixes.time_ms[after],
        from_x=fixes.x[after - 1],
        from_y=fixes.y[after - 1],
        to_x=fixes.x[after],
        to_y=fixes.y[after],
        silent=track.cut[after],
    )


def _collecting(track: Track, match: Match, route_m: Floats, rules: ServiceRules) -> Flags:
    """For each fix, whether the truck collected on its way there."""
    working = track.fixes.working
    before = np.maximum(match.before, 0)
    told = np.maximum(working, working[before])
    refused = (working == 0) | (working[before] == 0)
    speed_mps = _mean_speeds(track.fixes.time_ms, match.before, route_m, SPEED_WINDOW_S * 1000.0)
    limit_mps = rules.service_speed_kmh / 3.6
    reported_mps = np.fmax(track.fixes.speed_mps, track.fixes.speed_mps[before])
    slow = speed_mps <= np.where(reported_mps > limit_mps, limit_mps / 2.0, limit_mps)
    return np.asarray(np.where(told == NOT_REPORTED, slow, ~refused), dtype=np.bool_)


@njit(cache=True)
def _mean_speeds(
    time_ms: NDArray[np.int64], before: NDArray[np.int64], route_m: Floats, window_ms: float
) -> Floats:
    """Mean speed on the way to each fix, over its step and, if that is short, its neighbours.

    The window grows by one step at either end in turn, on the same chain, until it is long enough.
    """
    count = len(time_ms)
    after = np.full(count, -1, dtype=np.int64)
    for i in range(count):
        if before[i] >= 0:
            after[before[i]] = i
    speed = np.full(count, np.inf)
    for i in range(count):
        if before[i] < 0:
            continue
        first = before[i]
        last = i
        length = route_m[i]
        while time_ms[last] - time_ms[first] < window_ms:
            grew = False
            if after[last] >= 0:
                last = after[last]
                length += route_m[last]
                grew = True
            if before[first] >= 0:
                length += route_m[first]
                first = before[first]
                grew = True
            if not grew:
                break
        speed[i] = length * 1000.0 / (time_ms[last] - time_ms[first])
    return speed


@njit(cache=True)
def _explained(before: NDArray[np.int64]) -> Flags:
    """For each fix, whether the step that ends with it lies on a route."""
    explained = np.zeros(len(before), dtype=np.bool_)
    for i in range(len(before)):
        if before[i] >= 0:
            for k in range(before[i] + 1, i + 1):
                explained[k] = True
    return explained
