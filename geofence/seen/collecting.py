"""Collecting: on which steps from fix to fix a truck served the street, and where that began."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.matching.matcher import Match
from geofence.plan.plan import ServiceRules
from geofence.plan.work import ANY_TASK, NO_WORK, Work
from geofence.seen.mixed_steps import find_mixed
from geofence.seen.pace import pace_odds
from geofence.track.track import NOT_REPORTED, Fixes, Track

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CREDIT_ODDS = 0.5
"""A truck collected if it was slow enough with at least these log odds (1.6 to 1),"""
DENIAL_ODDS = 3.0
"""and did not if it was too fast with at least these (20 to 1). Between the two nobody knows."""
BRAKING_S = 15.0
"""Within a step this short a truck that is fast at one end and halts at the other only brakes."""
HALT_MPS = 1.5
"""A truck that reports less all but stands."""
BOUNDARY_SIGMAS = 2.0
"""Where collecting begins and ends, the error along the street leaves open to so many standard
deviations."""


class Collecting(NamedTuple):
    """Whether a truck collected on its way to each fix."""

    sure: Flags
    """It did."""
    possible: Flags
    """It may have: not sure, and not excluded."""
    denied: Flags
    """Its device says that it did not."""
    head_m: Floats
    """Of steps that are possible, how many metres from the beginning are sure nevertheless,"""
    tail_m: Floats
    """and how many up to the end."""


def find_collecting(
    track: Track, match: Match, rules: ServiceRules, work: Work = NO_WORK, need: int = ANY_TASK
) -> Collecting:
    """For each fix, whether the truck collected on its way there.

    A step serves its metres if the device reports work at one end and denies it at none. It does
    not if the device denies it and affirms it at neither end. Where the device contradicts itself
    or reports nothing, the speed decides: at most ``service_speed_kmh``, by the odds of
    `geofence.seen.pace`, and not a mere braking or starting between a fast drive and a halt. Of a
    long step that is fast at one end only a part is sure, see `geofence.seen.mixed_steps`.

    A device that tells its tasks reports work if one of those needed is among them. Where one of
    these has a speed of its own, work does not suffice: that speed decides, of several the highest.
    """
    fixes, before = track.fixes, np.maximum(match.before, 0)
    working, speed_kmh = _told(fixes, work, need)
    most = np.maximum(working, working[before])
    least = np.minimum(working, working[before])
    denied = (least == 0) & (most < 1) | (least == NOT_REPORTED) & (most == 0)
    affirmed = (most == 1) & (least != 0)
    slow, open_, head_m, tail_m = _by_speed(track, match, rules)
    step_kmh = np.fmax(speed_kmh, speed_kmh[before])
    for limit_kmh in np.unique(step_kmh[~np.isnan(step_kmh)]).tolist():
        at = step_kmh == limit_kmh
        found = _by_speed(track, match, replace(rules, service_speed_kmh=limit_kmh))
        slow, open_, head_m, tail_m = (
            np.where(at, own, usual)
            for own, usual in zip(found, (slow, open_, head_m, tail_m), strict=True)
        )
    sure = (affirmed & np.isnan(step_kmh)) | (slow & ~denied)
    possible = open_ & ~sure & ~denied
    return Collecting(
        sure, possible, denied, np.where(possible, head_m, 0.0), np.where(possible, tail_m, 0.0)
    )


def _told(fixes: Fixes, work: Work, need: int) -> tuple[NDArray[np.int8], Floats]:
    """Give whether the device reports the work needed, and up to which speed that is done.

    The speed is NaN where no task that is told has one.
    """
    speed_kmh = np.full(len(fixes.working), np.nan)
    is_told = fixes.tasks != NOT_REPORTED
    if not is_told.any():
        return fixes.working, speed_kmh
    doing = np.where(is_told, fixes.tasks, 0)
    working = fixes.working
    if need != ANY_TASK:
        doing &= need
        working = np.where(is_told, doing != 0, working).astype(np.int8)
    for bit, kmh in work.speeds_kmh:
        speed_kmh = np.fmax(speed_kmh, np.where(doing & bit, kmh, np.nan))
    return working, speed_kmh


class _Pace(NamedTuple):
    """What the speed alone tells of the step to each fix."""

    slow: Flags
    open: Flags
    """It may have been slow enough."""
    head_m: Floats
    tail_m: Floats


def _by_speed(track: Track, match: Match, rules: ServiceRules) -> _Pace:
    fixes, before = track.fixes, np.maximum(match.before, 0)
    step_s = (fixes.time_ms - fixes.time_ms[before]) / 1000.0
    limit_mps = rules.service_speed_kmh / 3.6
    odds = pace_odds(
        fixes.time_ms, match.before, match.progress_m, match.progress_error_m,
        fixes.speed_mps, limit_mps,
    )  # fmt: skip
    faster = np.fmax(fixes.speed_mps, fixes.speed_mps[before])
    slower = np.fmin(fixes.speed_mps, fixes.speed_mps[before])
    speed_mps = np.maximum(match.progress_m, 0.0) / np.maximum(step_s, 1e-3)
    braking = (
        (step_s <= BRAKING_S)
        & (faster > limit_mps)
        & (slower < HALT_MPS)
        & (speed_mps > limit_mps / 2.0)
    )
    with np.errstate(invalid="ignore"):
        slow = (odds >= CREDIT_ODDS) & ~braking
        open_ = (odds > -DENIAL_ODDS) & ~braking
    mixed, head_m, tail_m = find_mixed(fixes, match, slow, rules)
    return _Pace(slow & ~mixed, open_, head_m, tail_m)


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
