"""Pace: how surely a truck went slowly enough to collect, from its steps and the speeds it reports.

Two fixes ten seconds apart tell a speed to about one metre a second, a receiver that reports its
speed by the Doppler shift tells it better. So each step gives an estimate with an error of its
own, and the odds of "no faster than the limit" against "faster" follow from both. Trucks do not
change between collecting and driving at every fix, so the steps around a step bear on it too: a
hidden Markov model of two states (Rabiner 1989), of which only some seconds on either side are
looked at, so that a later fix changes nothing long before it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.track.receiver import mean_speed_variance

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Places = NDArray[np.int64]

PACE_WINDOW_S = 60.0
"""Steps up to this long before and after a step bear on it."""
CHANGE_S = 60.0
"""Time after which it is as likely as not that a truck has begun or ended collecting."""
DIFFERS_M = 30.0
DIFFERS_SHARE = 0.25
"""Reported speeds are believed if, with the steps around, they make the way the fixes make, give or
take this many metres or this share of it. A leap of fixes does not last, a broken sensor does."""
TAIL = 4.0
"""Degrees of freedom of the errors by which fixes and reported speeds differ."""
LEAST_ERROR_MPS = 0.3
"""No estimate is better than this."""
MOST_ODDS = 8.0
"""No step tells more than this, in log odds."""


@kernel
def pace_odds(
    time_ms: Instants, before: Places, progress_m: Floats, error_m: Floats, speed_mps: Floats,
    limit_mps: float,
) -> Floats:  # fmt: skip
    """For the step to each fix the log odds that it was no faster than the limit.

    Parameters
    ----------
    before
        For each fix the one before it on its chain, -1 where there is none: the odds are NaN.
    progress_m
        Length of the way to each fix.
    error_m
        Standard deviation of the length of the way to each fix.
    speed_mps
        As reported at each fix, NaN where it is not.
    """
    count = len(time_ms)
    after = np.full(count, -1, dtype=np.int64)
    told_m = np.full(count, np.nan)
    for i in range(count):
        if before[i] >= 0:
            after[before[i]] = i
            step_s = max(time_ms[i] - time_ms[before[i]], 1) / 1000.0
            told_m[i] = 0.5 * (speed_mps[before[i]] + speed_mps[i]) * step_s
    own = np.full(count, np.nan)
    for i in range(count):
        if before[i] < 0:
            continue
        step_s = max(time_ms[i] - time_ms[before[i]], 1) / 1000.0
        reported_mps = told_m[i] / step_s
        if not _believed(time_ms, before, after, progress_m, told_m, i):
            reported_mps = np.nan
        mean_mps, error_mps = _estimate(step_s, progress_m[i], error_m[i], reported_mps)
        own[i] = _odds((limit_mps - mean_mps) / error_mps)
    ratio = np.exp(own)
    stays = np.full(count, np.nan)
    for i in range(count):
        if before[i] >= 0:
            apart_s = (time_ms[i] - time_ms[before[i]]) / 1000.0
            stays[i] = 0.5 * (1.0 + math.exp(-apart_s / CHANGE_S))
    odds = own.copy()
    for i in range(count):
        if before[i] >= 0:
            earlier = _message(time_ms, before, after, ratio, stays, i)
            later = _message(time_ms, after, before, ratio, stays, i)
            odds[i] += math.log(earlier * later)
    return odds


@kernel
def _believed(
    time_ms: Instants, before: Places, after: Places, progress_m: Floats, told_m: Floats, step: int
) -> bool:
    """Whether the speeds reported around a step make about the way that the fixes make."""
    if np.isnan(told_m[step]):
        return False
    way_m = progress_m[step]
    told = told_m[step]
    for side in range(2):
        neighbour = before if side == 0 else after
        at = neighbour[step]
        while at >= 0 and abs(time_ms[at] - time_ms[step]) <= PACE_WINDOW_S * 1000.0:
            if not np.isnan(told_m[at]):
                way_m += progress_m[at]
                told += told_m[at]
            at = neighbour[at]
    return bool(abs(way_m - told) <= max(DIFFERS_M, DIFFERS_SHARE * max(way_m, told)))


@kernel
def _estimate(
    step_s: float, length_m: float, error_m: float, reported_mps: float
) -> tuple[float, float]:
    """Mean speed of a step and its standard deviation."""
    mean = max(length_m, 0.0) / step_s
    variance = max(error_m / step_s, LEAST_ERROR_MPS) ** 2
    if not np.isnan(reported_mps):
        spread = mean_speed_variance(step_s, 1.0)
        apart = (reported_mps - mean) ** 2 / (variance + spread)
        variance *= max(1.0, (TAIL + apart) / (TAIL + 1.0))
        mean = (mean * spread + reported_mps * variance) / (variance + spread)
        variance = max(variance * spread / (variance + spread), LEAST_ERROR_MPS**2)
    return mean, math.sqrt(variance)


@kernel
def _odds(z: float) -> float:
    """Log odds that a standard normal variable lies below `z`."""
    z = min(4.0, max(-4.0, z))
    below = 0.5 * math.erfc(-z / math.sqrt(2.0))
    return min(MOST_ODDS, max(-MOST_ODDS, math.log(below / (1.0 - below))))


@kernel
def _message(
    time_ms: Instants, neighbour: Places, back: Places, ratio: Floats, stays: Floats, step: int
) -> float:
    """Tell what the steps on one side say of a step, as a ratio of odds.

    `neighbour` of the fix a step leads to gives the next step on that side and `back` the one it
    came from: a step is known by that fix. `ratio` is what each step says alone, `stays` how likely
    the truck goes on as in the step before.
    """
    far = step
    while True:
        following = neighbour[far]
        if following < 0 or np.isnan(ratio[following]):
            break
        if abs(time_ms[following] - time_ms[step]) > PACE_WINDOW_S * 1000.0:
            break
        far = following
    told = 1.0
    while far != step:
        nearer = back[far]
        told *= ratio[far]
        kept = stays[max(far, nearer)]
        told = (kept * told + 1.0 - kept) / ((1.0 - kept) * told + kept)
        far = nearer
    return told
