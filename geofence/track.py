"""A vehicle's fixes in order of time, freed of outliers and frozen fixes, cut at gaps."""

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geofence.plan import ServiceRules

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

FROZEN_FIXES = 3
"""A receiver that repeats one position to the last bit this often may be frozen."""
FROZEN_WAY_M = 50.0
"""It is frozen if by the speed it reports the truck went at least this far meanwhile."""
FROZEN_S = 300.0
"""Or if after this long it leaps to where no truck could be that just stood there,"""
THAW_MPS2 = 2.5
"""with this acceleration from standstill"""
THAW_SPEED_MPS = 25.0
"""and this speed at most,"""
THAW_ERROR_M = 30.0
"""give or take the error of both fixes."""
STAND_SPEED_MPS = 0.5
"""A receiver that reports less than this, by the Doppler shift, stands."""
STAND_S = 30.0
"""Where it reports no speed, it stands if it keeps to one place for this long."""
STAND_SPEED_SIGMAS = 6.0
STAND_PLACE_SIGMAS = 3.0
"""How far fixes of one stand may lie apart, in standard deviations, with and without speeds."""
CORRELATION_S = 60.0
"""Errors of a receiver change slowly: by ``exp(-t / 60 s)`` they are still the same. A larger step
between two standing fixes shows that the truck moved up and stopped again."""
STAND_RADIUS_M = 20.0
"""But never farther than this, whatever accuracy is reported: no moving truck must look parked."""
SIGMA_M = 4.0
"""Standard deviation where no accuracy is reported, and the least that is believed."""
NOT_REPORTED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Fixes of one vehicle, ascending by time, in local metres; NaN where not reported."""

    time_ms: Instants
    x: Floats
    y: Floats
    speed_mps: Floats
    heading_deg: Floats
    accuracy_m: Floats
    working: NDArray[np.int8]
    """1 or 0 as reported, else `NOT_REPORTED`."""

    def __getitem__(self, chosen: Flags | slice) -> "Fixes":
        return Fixes(
            self.time_ms[chosen],
            self.x[chosen],
            self.y[chosen],
            self.speed_mps[chosen],
            self.heading_deg[chosen],
            self.accuracy_m[chosen],
            self.working[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The fixes kept and where they are cut."""

    fixes: Fixes
    cut: Flags
    """True where a part begins: the vehicle was not observed between this fix and the last."""
    frozen_started_ms: Instants
    frozen_finished_ms: Instants
    outlier_ms: Instants
    """Event times of the fixes dropped as outliers."""


def build_track(fixes: Fixes, rules: ServiceRules) -> Track:
    """Apply the outlier rule, take out frozen fixes, hold standing ones, cut the rest at gaps.

    A fix is an outlier if it takes more than ``outlier_speed_mps`` to reach it from the last fix
    kept *and* to leave it for the next. Of a frozen stretch the first fix stays: until the next
    position nobody knows where the vehicle was. While a vehicle stands, all its fixes take the
    place of the first, or the wander of their errors would look like driving.
    """
    frozen_from, frozen_to = _frozen_runs(fixes.time_ms, fixes.x, fixes.y, fixes.speed_mps)
    repeated = np.zeros(len(fixes.time_ms), dtype=np.bool_)
    thawed = np.zeros(len(fixes.time_ms) + 1, dtype=np.bool_)
    for first, last in zip(frozen_from, frozen_to, strict=True):
        repeated[first + 1 : last + 1] = True
        thawed[last + 1] = True
    outlier = _outliers(fixes.time_ms, fixes.x, fixes.y, repeated, rules.outlier_speed_mps)
    kept = fixes[~(repeated | outlier)]
    after_frozen = np.flatnonzero(thawed[:-1])
    cut = np.ones(len(kept.time_ms), dtype=np.bool_)
    cut[1:] = np.diff(kept.time_ms) > rules.gap_s * 1000.0
    # the fix that ends a frozen stretch may itself be an outlier: cut at the next one kept
    resumed = np.searchsorted(kept.time_ms, fixes.time_ms[after_frozen])
    cut[resumed[resumed < len(cut)]] = True
    return Track(
        _held(kept, cut),
        cut,
        fixes.time_ms[frozen_from],
        fixes.time_ms[frozen_to],
        fixes.time_ms[outlier],
    )


def _held(fixes: Fixes, cut: Flags) -> Fixes:
    sigma_m = np.maximum(np.where(np.isfinite(fixes.accuracy_m), fixes.accuracy_m, 0.0), SIGMA_M)
    hold = _holds(fixes.time_ms, fixes.x, fixes.y, fixes.speed_mps, sigma_m, cut)
    return replace(fixes, x=fixes.x[hold], y=fixes.y[hold])


@njit(cache=True)
def _holds(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, sigma_m: Floats, cut: Flags
) -> NDArray[np.int64]:
    """For each fix the one whose place it takes: itself, or the first of its stand."""
    count = len(time_ms)
    hold = np.arange(count)
    first = 0
    while first < count:
        told = speed_mps[first] < STAND_SPEED_MPS
        sigmas = STAND_SPEED_SIGMAS if told else STAND_PLACE_SIGMAS
        last = first
        while last + 1 < count and not cut[last + 1]:
            following = last + 1
            if told != (speed_mps[following] < STAND_SPEED_MPS):
                break
            if not told and not np.isnan(speed_mps[following]):
                break
            away_m = np.hypot(x[following] - x[first], y[following] - y[first])
            step_m = np.hypot(x[following] - x[last], y[following] - y[last])
            pause_s = (time_ms[following] - time_ms[last]) / 1000.0
            changed = np.sqrt(1.0 - np.exp(-pause_s / CORRELATION_S))
            farthest_m = min(sigmas * sigma_m[first], STAND_RADIUS_M)
            if away_m > farthest_m or step_m > sigmas * changed * sigma_m[first]:
                break
            last = following
        stands = told or (
            np.isnan(speed_mps[first]) and time_ms[last] - time_ms[first] >= STAND_S * 1000.0
        )
        if stands:
            hold[first : last + 1] = first
            first = last + 1
        else:
            first += 1
    return hold


@njit(cache=True)
def _outliers(time_ms: Instants, x: Floats, y: Floats, skip: Flags, limit_mps: float) -> Flags:
    count = len(time_ms)
    outlier = np.zeros(count, dtype=np.bool_)
    kept = -1
    for i in range(count):
        if skip[i]:
            continue
        following = i + 1
        while following < count and skip[following]:
            following += 1
        if kept >= 0 and following < count:
            reach = np.hypot(x[i] - x[kept], y[i] - y[kept])
            leave = np.hypot(x[following] - x[i], y[following] - y[i])
            if reach * 1000.0 > limit_mps * (
                time_ms[i] - time_ms[kept]
            ) and leave * 1000.0 > limit_mps * (time_ms[following] - time_ms[i]):
                outlier[i] = True
                continue
        kept = i
    return outlier


def _frozen_runs(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last index of each frozen stretch."""
    if len(time_ms) < FROZEN_FIXES:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    moved = (np.diff(x) != 0) | (np.diff(y) != 0)
    first = np.concatenate([[0], np.flatnonzero(moved) + 1])
    last = np.concatenate([first[1:] - 1, [len(time_ms) - 1]])
    often = last - first + 1 >= FROZEN_FIXES
    first, last = first[often], last[often]
    following = np.minimum(last + 1, len(time_ms) - 1)
    pause_s = (time_ms[following] - time_ms[last]) / 1000.0
    reach_m = np.minimum(THAW_SPEED_MPS * pause_s, THAW_MPS2 / 2.0 * pause_s**2) + THAW_ERROR_M
    leap = np.hypot(x[following] - x[last], y[following] - y[last]) > reach_m
    still_s = (time_ms[last] - time_ms[first]) / 1000.0
    reported = np.concatenate([[0.0], np.cumsum(np.nan_to_num(speed_mps))])
    mean_mps = (reported[last + 1] - reported[first]) / (last - first + 1)
    frozen = (leap & (still_s >= FROZEN_S)) | (mean_mps * still_s >= FROZEN_WAY_M)
    return first[frozen], last[frozen]
