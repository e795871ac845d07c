"""How often a vehicle reports, and from there how long a silence makes a gap.

A tracker that reports every 10 s and is silent for two minutes was out of sight; one that reports
every two minutes was not. So the silence that makes a gap follows the reports around it. Only the
steps between reports count, whatever their positions are worth: frozen fixes and outliers are
reports too.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel

Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEIGHBOURS = 7
"""Steps before and after a silence that tell how often the vehicle reported then: enough that three
strays (a lost report, an extra one) change nothing, few enough to follow a tracker that reports
less when parked. An odd number: the median is a step that happened."""
LEAST_NEIGHBOURS = 3
"""A side with fewer steps, at the ends of what is known, tells nothing."""
MISSED_REPORTS = 2.5
"""A gap lasts longer than this many reporting intervals: two reports in a row are missing,
whatever their jitter."""
LONGEST_S = 300.0
"""Seconds of silence that are a gap however rarely a vehicle reports: where a truck was for longer
nobody knows. A plan with a longer ``gap_s`` means it."""


@kernel
def find_cuts(time_ms: Instants, kept: NDArray[np.int64], gap_s: float) -> Flags:
    """Tell for each fix kept whether a part begins with it.

    The limit is ``gap_s`` or, if that is more, `MISSED_REPORTS` reporting intervals, but not above
    `LONGEST_S`. The interval is the median of the steps before the silence or of those after it,
    whichever is less: who reports often on one side is expected to.

    Parameters
    ----------
    time_ms
        Instants of all reports, ascending.
    kept
        Indices of the fixes kept among them, ascending.
    """
    gap_ms = gap_s * 1000.0
    cut = np.ones(len(kept), dtype=np.bool_)
    for k in range(1, len(kept)):
        silence_ms = time_ms[kept[k]] - time_ms[kept[k - 1]]
        cut[k] = silence_ms > gap_ms and silence_ms > _limit_ms(
            time_ms, kept[k - 1], kept[k], gap_ms
        )
    return cut


@kernel
def _limit_ms(time_ms: Instants, last: int, following: int, gap_ms: float) -> float:
    """Give the silence between two reports that is no gap yet."""
    before_ms = _median_step_ms(time_ms, max(0, last - NEIGHBOURS), last)
    final = min(len(time_ms) - 1, following + NEIGHBOURS)
    after_ms = _median_step_ms(time_ms, following, final)
    interval_ms = min(before_ms, after_ms)
    if np.isinf(interval_ms):
        return gap_ms
    return max(gap_ms, min(MISSED_REPORTS * interval_ms, LONGEST_S * 1000.0))


@kernel
def _median_step_ms(time_ms: Instants, first: int, last: int) -> float:
    """Median of the steps between the reports `first` to `last`, the lower of two."""
    if last - first < LEAST_NEIGHBOURS:
        return np.inf
    steps = np.sort(np.diff(time_ms[first : last + 1]))
    return float(steps[(len(steps) - 1) // 2])
