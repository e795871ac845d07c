"""Collecting: on which steps from fix to fix a truck served the street, and where that began."""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.matcher import Match
from geofence.plan.plan import ServiceRules
from geofence.track.track import NOT_REPORTED, Track

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

SPEED_WINDOW_S = 10.0
"""Mean speeds are taken over at least this long, so that the noise of 1 s fixes cancels out."""
BRAKING_S = 15.0
"""Within a step this short a truck that is fast at one end and halts at the other only brakes."""
HALT_MPS = 1.5
"""A truck that reports less all but stands."""
BOUNDARY_SIGMAS = 2.0
"""Where collecting begins and ends, the error along the street leaves open to so many standard
deviations."""


def find_collecting(track: Track, match: Match, rules: ServiceRules) -> tuple[Flags, Flags]:
    """For each fix, whether the truck collected on its way there, and whether its device denies it.

    A step serves its metres if the device reports work at one end and denies it at none. It does
    not if the device denies it and affirms it at neither end. Where the device contradicts itself
    or reports nothing, the mean speed around the step decides: at most ``service_speed_kmh``, and
    not a mere braking or starting between a fast drive and a halt.
    """
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
    return affirmed | (slow & ~denied), denied


def find_boundaries(match: Match, collecting: Flags, denied: Flags) -> tuple[Floats, Floats]:
    """For each fix, how many metres of the way there may have been collected in addition.

    A truck that comes fast and goes on slowly began to collect somewhere near the fix between, as
    far off as the error of that fix may be along the street. Returns the metres at the beginning of
    each step and at its end; zero where the neighbouring step was not collected either, or the
    device denies it.
    """
    fix = np.flatnonzero(match.before >= 0)
    before = match.before[fix]
    open_m = BOUNDARY_SIGMAS * match.sigma_m
    at_start, at_end = np.zeros(len(collecting)), np.zeros(len(collecting))
    after_collecting = collecting[before] & (match.before[before] >= 0)
    at_start[fix] = np.where(after_collecting, open_m[before], 0.0)
    at_end[before] = np.where(collecting[fix], open_m[before], 0.0)
    closed = collecting | denied | (match.before < 0)
    return np.where(closed, 0.0, at_start), np.where(closed, 0.0, at_end)


@kernel
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
