"""Stays: stands that are told by their fixes alone, for these keep to one place for minutes.

Whatever the error of a receiver is, and however slowly it changes, the fixes of a truck that stands
come back to where it stands; those of a truck that collects, however slowly, go away. So a stay is
found without asking how large the error is said to be: fixes are taken together as long as they lie
around their running mean, what leads there and away is clipped off, and what is left is a stay if
it lasted so long that a truck on its way would have left it behind.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

RADIUS_M = 60.0
"""How far from their running mean the fixes of a stay may lie: three standard deviations of a bad
receiver among high houses. A truck at work keeps to so little for no more than minutes."""
FAR = 2.0
"""A fix farther than this many times as much shows that the truck left."""
RETURN_S = 120.0
"""Fixes outside the radius belong to a stay if one within follows after no more than this: errors
are now and then larger than they mostly are."""
CORE_SPREADS = 2.0
"""A stay begins and ends with fixes no farther from its mean than this many standard deviations of
its fixes, per axis. Of a steady drive nothing is left then: its ends lie 2.4 from its middle."""
EDGE_SPREADS = 3.5
EDGE_M = 12.0
"""But fixes right before and after belong to it that lie within so many, or within so much."""
TRIP_SPREADS = 6.0
TRIP_M = 24.0
TRIP_S = 10.0
"""Where two fixes in a row or more lie outside that, and one farther than this, the truck made a
trip, if it took this long: sooner no truck is back. The stay ends before the trip,"""
TRIP_AFTER_S = 300.0
"""or, if it had not lasted for this long, begins after it."""
STAY_S = 60.0
"""A stay lasts at least this long,"""
WIDTH_SPREADS = 6.0
PACE_MPS = 0.2
"""and so long that a truck at this pace would have come through the width of all its fixes, which
is this many standard deviations. At work, stops included, trucks are faster."""
TOLD_PACE_MPS = 0.4
"""The same where the receiver reports that it stands."""


class Place(NamedTuple):
    """Where some fixes lie, in metres."""

    x: float
    y: float
    spread_m: float
    """Their standard deviation, per axis."""


@kernel
def find_stay(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, cut: Flags, first: int,
    driving_mps: float, bridge_s: float,
) -> tuple[int, int, int]:  # fmt: skip
    """Give first and last fix of the stay that fixes from `first` on make, and the last looked at.

    The last is before the first if there is no stay. The last looked at is one past the last of all
    if a later fix would have been looked at.

    Parameters
    ----------
    driving_mps
        Who reports this speed drives,
    bridge_s
        if for longer than this, in seconds.
    """
    last, asked = _gathered(time_ms, x, y, speed_mps, cut, first, driving_mps, bridge_s)
    begin = first
    end = last
    place = _place(x, y, begin, end)
    while time_ms[end] - time_ms[begin] >= STAY_S * 1000.0:
        core_m = CORE_SPREADS * place.spread_m
        from_fix = _inward(x, y, begin, end, place, core_m)
        to_fix = _inward(x, y, end, begin, place, core_m)
        if from_fix == begin and to_fix == end:
            leaves, returns = _first_trip(time_ms, x, y, begin, end, place)
            if returns > end:
                break
            if time_ms[leaves] - time_ms[begin] >= TRIP_AFTER_S * 1000.0:
                to_fix = leaves
            else:
                from_fix = returns
        begin = from_fix
        end = to_fix
        place = _place(x, y, begin, end)
    begin = _outward(x, y, speed_mps, begin, first, place, cut[first], driving_mps)
    closed = last + 1 == len(x) or cut[last + 1]
    end = _outward(x, y, speed_mps, end, last, place, closed, driving_mps)
    stay_s = (time_ms[end] - time_ms[begin]) / 1000.0
    pace_mps = TOLD_PACE_MPS if speed_mps[first] < driving_mps else PACE_MPS
    if stay_s < STAY_S or stay_s * pace_mps < WIDTH_SPREADS * place.spread_m:
        return first, first - 1, asked
    return begin, end, asked


@kernel
def _gathered(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, cut: Flags, first: int,
    driving_mps: float, bridge_s: float,
) -> tuple[int, int]:  # fmt: skip
    """Give the last fix that lies around the mean of those before it, and the last looked at.

    At the end of a part those that might yet have come back are taken with it.
    """
    sum_x = x[first]
    sum_y = y[first]
    count = 1
    last = first
    still = first
    away = -1
    for i in range(first + 1, len(time_ms)):
        if cut[i]:
            return still, i
        if i > still + 1 and time_ms[i] - time_ms[still] >= bridge_s * 1000.0:
            return last, i
        if speed_mps[i] >= driving_mps:
            continue
        still = i
        away_m = np.hypot(x[i] - sum_x / count, y[i] - sum_y / count)
        if away_m <= RADIUS_M:
            sum_x += x[i]
            sum_y += y[i]
            count += 1
            last = i
            away = -1
            continue
        if away < 0:
            away = i
        if away_m > FAR * RADIUS_M or time_ms[i] - time_ms[away] > RETURN_S * 1000.0:
            return last, i
    return still, len(time_ms)


@kernel
def _place(x: Floats, y: Floats, begin: int, end: int) -> Place:
    mean_x = x[begin : end + 1].mean()
    mean_y = y[begin : end + 1].mean()
    square_m2 = 0.0
    for i in range(begin, end + 1):
        square_m2 += (x[i] - mean_x) ** 2 + (y[i] - mean_y) ** 2
    return Place(mean_x, mean_y, np.sqrt(square_m2 / (2.0 * (end + 1 - begin))))


@kernel
def _inward(x: Floats, y: Floats, begin: int, end: int, place: Place, within_m: float) -> int:
    """Give the first fix from `begin` towards `end` that lies near a place."""
    step = 1 if end >= begin else -1
    i = begin
    while i != end and np.hypot(x[i] - place.x, y[i] - place.y) > within_m:
        i += step
    return i


@kernel
def _outward(
    x: Floats, y: Floats, speed_mps: Floats, begin: int, end: int, place: Place,
    closed: bool, driving_mps: float,
) -> int:  # fmt: skip
    """Give the last fix from `begin` towards `end` that belongs to a stay, too.

    All up to it lie near enough and report that the truck does not drive. Where nothing is reported
    it may be on its way. But if the part ends there, for which `closed` stands, nothing tells of a
    way, and all up to a trip's length belong to the stay.
    """
    edge_m = max(EDGE_SPREADS * place.spread_m, EDGE_M)
    trip_m = max(TRIP_SPREADS * place.spread_m, TRIP_M)
    step = 1 if end >= begin else -1
    last = begin
    if closed:
        while last != end and np.hypot(x[last + step] - place.x, y[last + step] - place.y) < trip_m:
            last += step
        if last == end:
            return end
    last = begin
    while (
        last != end
        and speed_mps[last + step] < driving_mps
        and np.hypot(x[last + step] - place.x, y[last + step] - place.y) <= edge_m
    ):
        last += step
    return last


@kernel
def _first_trip(
    time_ms: Instants, x: Floats, y: Floats, begin: int, end: int, place: Place
) -> tuple[int, int]:
    """Give the fixes from and to which a truck made a trip; past the end if it made none."""
    edge_m = max(EDGE_SPREADS * place.spread_m, EDGE_M)
    trip_m = max(TRIP_SPREADS * place.spread_m, TRIP_M)
    near = begin
    farthest_m = 0.0
    for i in range(begin + 1, end + 1):
        away_m = np.hypot(x[i] - place.x, y[i] - place.y)
        if away_m > edge_m:
            farthest_m = max(farthest_m, away_m)
            continue
        away_s = (time_ms[i] - time_ms[near]) / 1000.0
        if i > near + 2 and farthest_m > trip_m and away_s >= TRIP_S:
            return near, i
        near = i
        farthest_m = 0.0
    return end, end + 1
