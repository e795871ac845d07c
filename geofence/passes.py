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
BRAKING_S = 15.0
"""Within a step this short a truck that is fast at one end and halts at the other only brakes."""
HALT_MPS = 1.5
"""A truck that reports less all but stands."""


def build_passes(network: Network, track: Track, match: Match, rules: ServiceRules) -> Passes:
    """Turn the pieces of a path into passes over sections.

    Between two fixes the truck is taken to move uniformly along its route. A stretch between two
    fixes serves its metres if the device reports work at one end and denies it at none. It does not
    if the device denies it and affirms it at neither end. Where the device contradicts itself or
    reports nothing, the mean speed around the stretch decides: at most ``service_speed_kmh``, and
    not a mere braking or starting between a fast drive and a halt.
    """
    time_ms = track.fixes.time_ms
    pieces = match.pieces
    moved = pieces.from_m != pieces.to_m
    fix, arc = pieces.fix[moved], pieces.arc[moved]
    begin_m, end_m = pieces.from_m[moved], pieces.to_m[moved]
    edge = arc >> 1
    against = (arc & 1).astype(np.bool_)
    length_m = network.edge_length_m[edge]
    base_m = network.edge_start_m[edge]
    departed_ms = time_ms[match.before[fix]].astype(np.float64)
    step_ms = time_ms[fix] - departed_ms
    return Passes(
        section=network.edge_section[edge],
        from_m=base_m + np.where(against, length_m - begin_m, begin_m),
        to_m=base_m + np.where(against, length_m - end_m, end_m),
        started_ms=departed_ms + pieces.from_share[moved] * step_ms,
        finished_ms=departed_ms + pieces.to_share[moved] * step_ms,
        collecting=_collecting(track, match, rules)[fix],
        certain=pieces.certain[moved],
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


def _collecting(track: Track, match: Match, rules: ServiceRules) -> Flags:
    """For each fix, whether the truck collected on its way there."""
    fixes, before = track.fixes, np.maximum(match.before, 0)
    step_s = (fixes.time_ms - fixes.time_ms[before]) / 1000.0
    speed_mps = _mean_speeds(fixes.time_ms, match.before, match.progress_m, SPEED_WINDOW_S * 1000.0)
    limit_mps = rules.service_speed_kmh / 3.6
    faster = np.fmax(fixes.speed_mps, fixes.speed_mps[before])
    slower = np.fmin(fixes.speed_mps, fixes.speed_mps[before])
    braking = (
        (step_s <= BRAKING_S)
        & (faster > limit_mps)
        & (slower < HALT_MPS)
        & (speed_mps > limit_mps / 2.0)
    )
    slow = (speed_mps <= limit_mps) & ~braking
    most = np.maximum(fixes.working, fixes.working[before])
    least = np.minimum(fixes.working, fixes.working[before])
    denied = (least == 0) & (most < 1) | (least == NOT_REPORTED) & (most == 0)
    affirmed = (most == 1) & (least != 0)
    return np.asarray(affirmed | (slow & ~denied), dtype=np.bool_)


@njit(cache=True)
def _mean_speeds(
    time_ms: NDArray[np.int64], before: NDArray[np.int64], progress_m: Floats, window_ms: float
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
        length = progress_m[i]
        while time_ms[last] - time_ms[first] < window_ms:
            grew = False
            if after[last] >= 0:
                last = after[last]
                length += progress_m[last]
                grew = True
            if before[first] >= 0:
                length += progress_m[first]
                first = before[first]
                grew = True
            if not grew:
                break
        speed[i] = max(length, 0.0) * 1000.0 / (time_ms[last] - time_ms[first])
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
