"""Speeds: which of those a receiver reports are believed.

By the Doppler shift a receiver knows its speed to a fraction of a metre a second. But some report
kilometres an hour, or half of them, or always nought. Then what they make in minutes is not what
their fixes make. At a single step the two may differ: a truck that turns round goes farther than
its fixes show, and a fix leaps now and then.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

WINDOW_S = 300.0
"""Steps up to this long before and after a fix are looked at."""
MOST_RATIO = 2.0
LEAST_RATIO = 0.6
"""The speeds make at most and at least so many times what the lines from fix to fix make,"""
ROOM_M = 60.0
"""give or take this much."""


def step_speeds(time_ms: Instants, x: Floats, y: Floats, cut: Flags) -> tuple[Floats, Floats]:
    """Give the speed of the step to each fix and from it, by the fixes; NaN across a cut."""
    step_ms = np.where(cut[1:] | (np.diff(time_ms) == 0), np.nan, np.diff(time_ms))
    speed_mps = 1000.0 * np.hypot(np.diff(x), np.diff(y)) / step_ms
    return np.append(np.nan, speed_mps)[: len(cut)], np.append(speed_mps, np.nan)[: len(cut)]


def believed_speeds(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, cut: Flags
) -> Floats:
    """Give the speeds reported at the fixes, NaN where they are not believed.

    What lies beyond a cut says nothing.
    """
    begins = np.append(np.flatnonzero(cut), len(cut))
    if len(begins) > 2:
        parts = [slice(begin, end) for begin, end in pairwise([0, *begins[begins > 0].tolist()])]
        return np.concatenate([_believed(time_ms[i], x[i], y[i], speed_mps[i]) for i in parts])
    return _believed(time_ms, x, y, speed_mps)


def _believed(time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats) -> Floats:
    """Give those of one part."""
    if len(time_ms) < 2:
        return speed_mps
    step_s = np.diff(time_ms) / 1000.0
    told_m = 0.5 * (speed_mps[1:] + speed_mps[:-1]) * step_s
    line_m = np.hypot(np.diff(x), np.diff(y))
    tells = np.isfinite(told_m)
    told_m, line_m = np.where(tells, told_m, 0.0), np.where(tells, line_m, 0.0)
    window_ms = int(WINDOW_S * 1000.0)
    low = np.searchsorted(time_ms, time_ms - window_ms)
    high = np.searchsorted(time_ms, time_ms + window_ms, side="right") - 1
    told_m, line_m = (np.append(0.0, np.cumsum(each)) for each in (told_m, line_m))
    around_m, gone_m = told_m[high] - told_m[low], line_m[high] - line_m[low]
    is_believed = (around_m <= MOST_RATIO * gone_m + ROOM_M) & (
        around_m >= LEAST_RATIO * gone_m - ROOM_M
    )
    return np.where(is_believed, speed_mps, np.nan)
