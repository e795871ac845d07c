"""Rests: vehicles that stood for long while their receiver told of drives now and then.

A speed that is reported ends a stay, for a truck that tells of a drive may have made one. But some
receivers report speeds out of nothing while the vehicle is parked, and between two such reports its
wander looks like collecting. Over a long time this can be told: who drives comes to other places.
Where the fixes around each drive that is told lie no farther apart than fixes between which nothing
is told, again and again, nothing was driven. The way made before and after is no part of a rest.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.track.receiver import CORRELATION_S
from geofence.track.staying import find_stay
from geofence.track.white_noise import SLOT_MS

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

REST_S = 3600.0
"""A rest lasts at least this long,"""
LEAST_DRIVES = 10
"""in which so many drives at least were told that can be compared with what went before,"""
STANDING_SHARE = 0.67
"""and at least this share of the fixes told that the vehicle stood."""
MADE_SHARE = 0.4
"""Of the way told, drives out and back take it half as far, others all of it. In a rest it came
less far than this, in the root of the mean square,"""
SURE_SIGMAS = 2.0
"""and surely so: by this many standard deviations of the sums compared. The square of a normal
error on two axes varies as much as it is large."""
DRIVE_S = 10.0
"""A speed at one fix is not told to have lasted longer than this before or after it."""
REAL_DRIVE = 2.5
"""A drive that takes it farther than so many times what its fixes wander otherwise is real: they do
so once in 500 times, by a normal error on two axes. No rest holds one,"""
REAL_FIXES = 3
"""nor one of so many fixes that made the share above: out of nothing so many seldom come in a row.
"""
SPREADS = 1.3
"""Fixes of a rest spread, in any direction, no more than so many times what they would by the error
that their wander shows: those of a truck that goes to and fro do."""


@kernel
def find_rests(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, cut: Flags,
    driving_mps: float,
) -> tuple[Indices, Indices]:  # fmt: skip
    """For each fix the first of its rest, -1 outside of any, and the last fix that this asks.

    The latter never falls, and is the number of fixes if it depends on fixes that may yet come.

    Parameters
    ----------
    driving_mps
        Who reports this speed tells of a drive.
    """
    count = len(time_ms)
    rest = np.full(count, -1)
    asked = np.zeros(count, dtype=np.int64)
    latest = 0
    first = 0
    while first < count:
        following = first + 1
        if _may_begin(time_ms, speed_mps, cut, first, driving_mps):
            begin, end, looked = find_stay(
                time_ms, x, y, speed_mps, cut, first, np.inf, np.inf
            )  # whatever speeds are told
            latest = max(latest, looked)
            if end > begin:
                begin, end = _without_drives(time_ms, x, y, speed_mps, begin, end, driving_mps)
                if _rests(time_ms, x, y, speed_mps, begin, end, driving_mps):
                    rest[begin : end + 1] = begin
                following = end + 1
        asked[first:following] = latest
        first = following
    return rest, asked


@kernel
def _may_begin(
    time_ms: Instants, speed_mps: Floats, cut: Flags, first: int, driving_mps: float
) -> bool:
    """Whether a rest is looked for from a fix on: once in a slot, or where the truck halts."""
    if not speed_mps[first] < driving_mps:
        return False
    if first == 0 or cut[first] or speed_mps[first - 1] >= driving_mps:
        return True
    return bool(time_ms[first] // SLOT_MS != time_ms[first - 1] // SLOT_MS)


@kernel
def _without_drives(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, begin: int, end: int,
    driving_mps: float,
) -> tuple[int, int]:  # fmt: skip
    """Give the first stretch of a stay that is long enough and holds no real drive.

    It begins and ends with fixes that tell of no drive.
    """
    while begin < end and speed_mps[begin] >= driving_mps:
        begin += 1
    while end > begin and speed_mps[end] >= driving_mps:
        end -= 1
    told = _told(time_ms, x, y, speed_mps, begin, end, driving_mps)
    usual_m = np.sqrt(told.usual_m2 / max(told.drives, 1))
    last = begin
    while last < end:
        following = _halt(speed_mps, last, end, driving_mps)
        made_m = _farthest(x, y, last, last + 1, following) if following > last + 1 else 0.0
        is_real = made_m > REAL_DRIVE * usual_m or (
            following - last > REAL_FIXES
            and made_m > usual_m
            and made_m > MADE_SHARE * _way(time_ms, speed_mps, last, following)
        )
        if is_real:
            if time_ms[last] - time_ms[begin] >= REST_S * 1000.0:
                return begin, last
            begin = following
        last = following
    return begin, end


@kernel
def _rests(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, begin: int, end: int,
    driving_mps: float,
) -> bool:  # fmt: skip
    if time_ms[end] - time_ms[begin] < REST_S * 1000.0:
        return False
    standing = 0
    for i in range(begin, end + 1):
        if speed_mps[i] < driving_mps:
            standing += 1
    if standing < STANDING_SHARE * (end + 1 - begin):
        return False
    told = _told(time_ms, x, y, speed_mps, begin, end, driving_mps)
    if told.drives < LEAST_DRIVES:
        return False
    if _widest_m2(x[begin : end + 1], y[begin : end + 1]) > SPREADS**2 * told.error_m2:
        return False
    doubt_m2 = SURE_SIGMAS * np.sqrt(2.0 / told.drives) * told.usual_m2
    return bool(told.made_m2 - told.usual_m2 + doubt_m2 < MADE_SHARE**2 * told.way_m2)


@kernel
def _widest_m2(x: Floats, y: Floats) -> float:
    """Give the variance of places in the direction in which it is largest."""
    east = x - x.mean()
    north = y - y.mean()
    half = 0.5 * ((east**2).mean() - (north**2).mean())
    middle = 0.5 * ((east**2).mean() + (north**2).mean())
    return float(middle + np.hypot(half, (east * north).mean()))


class Told(NamedTuple):
    """The drives that are told, beside the wander right before each."""

    drives: int
    """How many can be compared: as many fixes before each tell of none."""
    made_m2: float
    """How far from the fix before it a drive leads, squared and summed,"""
    usual_m2: float
    """how far as many fixes lie from it that come before,"""
    way_m2: float
    """and the way told."""
    error_m2: float
    """Variance of the error, per axis, by which fixes lie that far apart."""


@kernel
def _told(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, begin: int, end: int,
    driving_mps: float,
) -> Told:  # fmt: skip
    made_m2 = 0.0
    usual_m2 = 0.0
    way_m2 = 0.0
    changed = 0.0
    drives = 0
    stood = begin  # from here up to `last` nothing was told
    last = begin
    while last < end:
        following = _halt(speed_mps, last, end, driving_mps)
        if following > last + 1:
            before = last - (following - last)
            if before >= stood:
                made_m2 += _farthest(x, y, last, last + 1, following) ** 2
                usual_m2 += _farthest(x, y, last, before, last - 1) ** 2
                way_m2 += _way(time_ms, speed_mps, last, following) ** 2
                apart_s = (time_ms[last] - time_ms[before]) / 1000.0
                changed += 4.0 * (1.0 - np.exp(-apart_s / CORRELATION_S))
                drives += 1
            stood = following
        last = following
    return Told(drives, made_m2, usual_m2, way_m2, usual_m2 / max(changed, 1e-9))


@kernel
def _way(time_ms: Instants, speed_mps: Floats, first: int, last: int) -> float:
    """Give the way told from fix to fix, in metres."""
    way_m = 0.0
    for i in range(first + 1, last + 1):
        both = np.nan_to_num(speed_mps[i - 1]) + np.nan_to_num(speed_mps[i])
        way_m += 0.5 * both * min((time_ms[i] - time_ms[i - 1]) / 1000.0, DRIVE_S)
    return way_m


@kernel
def _halt(speed_mps: Floats, last: int, end: int, driving_mps: float) -> int:
    """Give the next fix after `last` that tells of no drive."""
    following = last + 1
    while following < end and speed_mps[following] >= driving_mps:
        following += 1
    return following


@kernel
def _farthest(x: Floats, y: Floats, at: int, first: int, last: int) -> float:
    """Give how far the fixes `first` to `last` lie from fix `at`, the farthest of them."""
    farthest_m = 0.0
    for i in range(first, last + 1):
        farthest_m = max(farthest_m, np.hypot(x[i] - x[at], y[i] - y[at]))
    return farthest_m
