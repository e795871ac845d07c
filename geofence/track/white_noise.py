"""White noise: errors that are new at every fix.

Most of a receiver's error drifts over a minute and no average takes it away. But a receiver that
reports every second may jump about its drift by some metres from fix to fix. Fixes within 2 s of
each other tell how much: no truck leaves their mean by far. Where the jumps are large each fix
takes the mean of those around it. Fixes more than 2 s apart have no such neighbours and stay as
they are, and so does a track without jumps, to the last bit.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

SLOT_MS = 10_000
"""Fixes are taken together by the clock, in tens of seconds since 1970: so a late fix bears on its
own slot and the two beside it, and on no other."""
MEAN_MS = 2000
"""Fixes up to this much before and after a fix, equally many of both, make its mean. A truck that
brakes and turns back, with 1 m/s2, goes 1 m beyond that mean; one that turns a corner 2 m."""
JUMPS_M = 2.0
"""Root mean square of the distances from their means from which on fixes are taken to jump."""


@kernel
def without_jumps(
    time_ms: Instants, x: Floats, y: Floats, cut: Flags
) -> tuple[Floats, Floats, Floats]:
    """Give places freed of white noise, and how much the fixes around each jump, in metres.

    That is the root mean square of the distances of fixes from their means, over the fix's slot
    and the slots right before and after it.
    """
    mean_x, mean_y, square_m2 = _means(time_ms, x, y, cut)
    jumps_m = np.empty(len(time_ms))
    before = 0
    first = 0
    end = _slot_end(time_ms, cut, 0)
    while first < len(time_ms):
        after = _slot_end(time_ms, cut, end)
        begin = before if _adjoin(time_ms, cut, before, first) else first
        finish = after if _adjoin(time_ms, cut, first, end) else end
        level_m = np.sqrt(square_m2[begin:finish].mean())
        jumps_m[first:end] = level_m
        if level_m < JUMPS_M:
            mean_x[first:end] = x[first:end]
            mean_y[first:end] = y[first:end]
        before, first, end = first, end, after
    return mean_x, mean_y, jumps_m


@kernel
def _means(time_ms: Instants, x: Floats, y: Floats, cut: Flags) -> tuple[Floats, Floats, Floats]:
    """Give the mean place around each fix and the squared distance of the fix from it."""
    count = len(time_ms)
    mean_x = x.copy()
    mean_y = y.copy()
    square_m2 = np.zeros(count)
    for i in range(count):
        low = i
        high = i
        east = x[i]
        north = y[i]
        while (
            low > 0
            and high + 1 < count
            and not cut[low]
            and not cut[high + 1]
            and time_ms[i] - time_ms[low - 1] <= MEAN_MS
            and time_ms[high + 1] - time_ms[i] <= MEAN_MS
        ):
            low -= 1
            high += 1
            east += x[low] + x[high]
            north += y[low] + y[high]
        if low < i:
            mean_x[i] = east / (high - low + 1)
            mean_y[i] = north / (high - low + 1)
            square_m2[i] = (x[i] - mean_x[i]) ** 2 + (y[i] - mean_y[i]) ** 2
    return mean_x, mean_y, square_m2


@kernel
def _slot_end(time_ms: Instants, cut: Flags, first: int) -> int:
    """Give the index after the last fix of the slot that begins with fix `first`."""
    end = min(first + 1, len(time_ms))
    while (
        end < len(time_ms) and not cut[end] and time_ms[end] // SLOT_MS == time_ms[first] // SLOT_MS
    ):
        end += 1
    return end


@kernel
def _adjoin(time_ms: Instants, cut: Flags, first: int, following: int) -> bool:
    """Whether the slot that begins with fix `following` is of one part with the one before."""
    if following == first or following >= len(time_ms) or cut[following]:
        return False
    return bool(time_ms[following] // SLOT_MS - time_ms[first] // SLOT_MS == 1)
