"""Frozen receivers: one position, repeated to the last bit while the truck moves."""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Indices = NDArray[np.int64]

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


@kernel
def frozen_runs(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats
) -> tuple[Indices, Indices]:
    """First and last index of each frozen stretch."""
    begins = np.empty(len(time_ms) // FROZEN_FIXES, dtype=np.int64)
    ends = np.empty(len(begins), dtype=np.int64)
    found = 0
    first = 0
    while first < len(time_ms):
        last = first
        while last + 1 < len(time_ms) and x[last + 1] == x[first] and y[last + 1] == y[first]:
            last += 1
        if last - first + 1 >= FROZEN_FIXES and _is_frozen(time_ms, x, y, speed_mps, first, last):
            begins[found] = first
            ends[found] = last
            found += 1
        first = last + 1
    return begins[:found], ends[:found]


@kernel
def _is_frozen(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, first: int, last: int
) -> bool:
    still_s = (time_ms[last] - time_ms[first]) / 1000.0
    reported_mps = 0.0
    for i in range(first, last + 1):
        if not np.isnan(speed_mps[i]):
            reported_mps += speed_mps[i]
    if reported_mps / (last - first + 1) * still_s >= FROZEN_WAY_M:
        return True
    if still_s < FROZEN_S or last + 1 == len(time_ms):
        return False
    pause_s = (time_ms[last + 1] - time_ms[last]) / 1000.0
    reach_m = min(THAW_SPEED_MPS * pause_s, THAW_MPS2 / 2.0 * pause_s**2) + THAW_ERROR_M
    return bool(np.hypot(x[last + 1] - x[last], y[last + 1] - y[last]) > reach_m)
