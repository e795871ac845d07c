"""Misfits: where no street explains the fixes, although one is near.

Every fix within reach of a street has a place on it, and of all places one is the best. That it is
good is another question. Two things show that it is not. A *lasting offset*: fixes that lie on one
side of their street, farther than a receiver's error lasts, tell of a road that nobody drew, or of
a street drawn in the wrong place. A *leap*: a step far longer than the speeds reported make it
shows that the receiver was wrong before or after it, as where it goes on straight in a tunnel.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.states import States
from geofence.matching.transition import Steps, straight_between

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

OFFSET_SIGMAS = 4.0
"""A mean offset is no receiver's beyond this many of its standard deviations,"""
OFFSET_M = 8.0
"""and these metres: half a wide street, and what a map is off."""
RUN_MS = 120_000
"""Offsets are meant over as long as this, along one direction."""
LEAST_FIXES = 3
"""Fewer fixes last for no time."""
BEND = 0.85
"""Cosine of the angle by which the street may bend meanwhile."""
LEAP_SIGMAS = 6.0
"""A step is a leap if it is longer than a truck could have gone that had both speeds it reports,
by this many standard deviations of a fix"""
LEAP_M = 30.0
"""and these metres,"""
ACCELERATION_MPS2 = 1.2
"""where the truck may have sped up and braked by this much in between."""
LEAP_BACK_MS = 300_000
"""How long before or after a leap the fixes that it belies are looked for."""
BOTH_SIDES = 2.0
"""Fixes are in doubt on both sides if those on one last at most this many times as long as on the
other."""


@kernel
def find_offsets(
    steps: Steps, states: States, chosen: Places, before: Places, correlation_ms: float
) -> Flags:
    """For each fix, whether its chosen state lies beside it for longer than a receiver errs.

    Parameters
    ----------
    chosen
        For each fix its state on the path, -1 where it has none.

    Notes
    -----
    The mean of an error over a run of ``s`` correlation times has ``2 (1 - h) / s`` of its
    variance, with ``h = (1 - exp(-s)) / s`` (Papoulis 1965).
    """
    count = len(chosen)
    beside = np.zeros(count, dtype=np.bool_)
    for end in range(count):
        if chosen[end] < 0 or abs(states.across_m[chosen[end]]) <= OFFSET_M:
            continue
        nx = states.normal_x[chosen[end]]
        ny = states.normal_y[chosen[end]]
        total_m = 0.0
        sigma_m = 0.0
        used = 0
        first = end
        at = end
        while steps.time_ms[end] - steps.time_ms[at] <= RUN_MS:
            state = chosen[at]
            along = nx * states.normal_x[state] + ny * states.normal_y[state]
            if abs(along) < BEND:
                break
            first = at
            if not steps.held[at]:
                total_m += math.copysign(1.0, along) * states.across_m[state]
                sigma_m += 0.5 * steps.slack_m[at]
                used += 1
            at = before[at]
            if at < 0:
                break
        if used < LEAST_FIXES:
            continue
        span = (steps.time_ms[end] - steps.time_ms[first]) / correlation_ms
        share = 2.0 * (1.0 + math.expm1(-span) / span) / span
        if abs(total_m) > OFFSET_SIGMAS * sigma_m * math.sqrt(share) + used * OFFSET_M:
            beside[first : end + 1] = True
    return beside


@kernel
def find_leaps(steps: Steps, placed: Flags, cut: Flags) -> tuple[Places, Flags]:
    """Find the stretches that leaps belie, and the leaps.

    Returns for each fix that ends such a stretch the fix that begins it, else -1, and for each fix
    whether the step to it is a leap: no way leads over it.

    A leap belies those fixes before it from which the truck could not have come to the fix after
    it, by the speeds reported, or those after it to which it could not have come.
    """
    count = len(placed)
    begins = np.full(count, -1, dtype=np.int64)
    leaps = np.zeros(count, dtype=np.bool_)
    x, y = steps.x, steps.y
    last = -1
    for i in range(count):
        if cut[i]:
            last = -1
        if not placed[i]:
            continue
        # most steps are too short to leap, and handing on `steps` takes longer than to see that
        is_long = last >= 0 and (x[i] - x[last]) ** 2 + (y[i] - y[last]) ** 2 > LEAP_M**2
        if is_long and _leaps(steps, placed, cut, last, i):
            low = _origin(steps, placed, cut, last, i)
            high = _goal(steps, placed, cut, last, i)
            back_ms = steps.time_ms[last] - steps.time_ms[low] if low >= 0 else LEAP_BACK_MS
            on_ms = steps.time_ms[high] - steps.time_ms[i] if high >= 0 else LEAP_BACK_MS
            if low < 0 and high < 0:
                low, high = last, i
            elif high < 0 or (low >= 0 and on_ms > BOTH_SIDES * back_ms):
                high = i
            elif low < 0 or back_ms > BOTH_SIDES * on_ms:
                low = last
            begins[high] = low if begins[high] < 0 else min(low, begins[high])
            leaps[i] = True
        last = i
    return begins, leaps


@kernel
def _leaps(steps: Steps, placed: Flags, cut: Flags, last: int, following: int) -> bool:
    """Whether a step is longer than any truck makes it that has the speeds at both its ends.

    One that speeds up by ``a`` for half of ``T`` seconds and brakes as much for the other half
    goes ``a T² / 4`` metres farther than at its mean speed. Where no speeds are reported, those of
    the steps before and after stand in.
    """
    pause_s = (steps.time_ms[following] - steps.time_ms[last]) / 1000.0
    before_mps = steps.speed_mps[last]
    if np.isnan(before_mps) and last > 0 and placed[last - 1] and not cut[last]:
        before_mps = _straight_mps(steps, last - 1, last)
    after_mps = steps.speed_mps[following]
    after = following + 1
    if np.isnan(after_mps) and after < len(placed) and placed[after] and not cut[after]:
        after_mps = _straight_mps(steps, following, after)
    room_m = LEAP_M + LEAP_SIGMAS * 0.5 * steps.slack_m[following]
    room_m += ACCELERATION_MPS2 * pause_s * pause_s / 4.0
    way_m = 0.5 * (before_mps + after_mps) * pause_s
    away_m = _straight_mps(steps, last, following) * pause_s
    return bool(away_m > way_m + room_m)  # never, if that is NaN


@kernel
def _straight_mps(steps: Steps, last: int, following: int) -> float:
    """Speed of a step by its fixes."""
    pause_s = (steps.time_ms[following] - steps.time_ms[last]) / 1000.0
    return float(straight_between(steps, last, following) / max(pause_s, 1e-3))


@kernel
def _told_m(steps: Steps, last: int, following: int) -> float:
    """Length of a step by the speeds reported at both its ends, else by its fixes."""
    pause_s = (steps.time_ms[following] - steps.time_ms[last]) / 1000.0
    told_mps = 0.5 * (steps.speed_mps[last] + steps.speed_mps[following])
    if np.isnan(told_mps):
        told_mps = _straight_mps(steps, last, following)
    return float(told_mps * pause_s)


@kernel
def _over_leap_m(steps: Steps, last: int, following: int) -> float:
    """Length of the way that a truck made while its fixes leapt; none, if no speeds tell."""
    told_mps = 0.5 * (steps.speed_mps[last] + steps.speed_mps[following])
    if np.isnan(told_mps):
        return 0.0
    return float(told_mps * (steps.time_ms[following] - steps.time_ms[last]) / 1000.0)


@kernel
def _origin(steps: Steps, placed: Flags, cut: Flags, last: int, following: int) -> int:
    """Give the last fix before a leap from which the fix after it could be reached, or -1."""
    told_m = _over_leap_m(steps, last, following)
    at = last
    while at > 0 and not cut[at] and placed[at - 1]:
        told_m += _told_m(steps, at - 1, at)
        at -= 1
        if steps.time_ms[last] - steps.time_ms[at] > LEAP_BACK_MS:
            return -1
        away_m = math.hypot(steps.x[following] - steps.x[at], steps.y[following] - steps.y[at])
        if away_m <= told_m + steps.slack_m[at]:
            return at
    return -1


@kernel
def _goal(steps: Steps, placed: Flags, cut: Flags, last: int, following: int) -> int:
    """Give the first fix after a leap that could be reached from the fix before it, or -1."""
    told_m = _over_leap_m(steps, last, following)
    at = following
    while at + 1 < len(placed) and not cut[at + 1] and placed[at + 1]:
        told_m += _told_m(steps, at, at + 1)
        at += 1
        if steps.time_ms[at] - steps.time_ms[following] > LEAP_BACK_MS:
            return -1
        away_m = math.hypot(steps.x[at] - steps.x[last], steps.y[at] - steps.y[last])
        if away_m <= told_m + steps.slack_m[at]:
            return at
    return -1
