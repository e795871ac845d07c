"""Wander: how large a receiver's errors are, learnt from the stands of its own vehicle.

What a receiver reports of its accuracy may be off by several times, and many report nothing. While
a truck stands, its fixes show the error itself. So each fix is told what the stands before it have
shown. What comes later says nothing of it: a path that is decided stays decided.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.track.receiver import CORRELATION_S

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

STAND_S = 120.0
"""A shorter stand shows too little of them."""
ENOUGH_S = 300.0
"""Nor do stands that last less than this together."""
NORMAL = 1.4826
"""The standard deviation of a normal variable over its median distance from its median."""


@kernel
def learn_wander(time_ms: Instants, x: Floats, y: Floats, hold: Indices, sure: Flags) -> Floats:
    """Give for each fix the standard deviation, per axis, of the errors in the stands before it.

    It is NaN where these tell too little.

    Parameters
    ----------
    x, y
        Where the receiver was said to be, in metres.
    hold
        For each fix the first of its stand.
    sure
        Whether the truck surely stood there.

    Notes
    -----
    The errors of a stand of ``s`` correlation times spread about their own mean by
    ``1 - 2 (1 - h) / s`` of their variance, with ``h = (1 - exp(-s)) / s`` (Papoulis 1965). Medians
    are taken, for the first and last fixes of a stand may be of a truck on its way.
    """
    count = len(time_ms)
    wander = np.full(count, np.nan)
    seconds = 0.0
    power = 0.0
    first = 0
    while first < count:
        end = first + 1
        while end < count and hold[end] == first:
            end += 1
        if seconds >= ENOUGH_S:
            wander[first:end] = np.sqrt(power / seconds)
        lasts_s = (time_ms[end - 1] - time_ms[first]) / 1000.0
        if sure[first] and lasts_s >= STAND_S:
            span = lasts_s / CORRELATION_S
            shown = 1.0 - 2.0 * (1.0 - (1.0 - np.exp(-span)) / span) / span
            variance = 0.5 * (_spread(x[first:end]) ** 2 + _spread(y[first:end]) ** 2) / shown
            power += lasts_s * variance
            seconds += lasts_s
        first = end
    return wander


@kernel
def _spread(values: Floats) -> float:
    """Give the standard deviation of normal values by their median distance from their median."""
    return float(NORMAL * np.median(np.abs(values - np.median(values))))
