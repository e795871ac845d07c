"""Thinning: of fixes that follow each other closely, those that tell the matcher something new.

The error of a receiver changes over a minute, so ten fixes in ten seconds place a truck no better
than one. What they tell is the way between. Key fixes are

- the first of every slot of 10 s by the clock (of 60 s while the truck stands, but for 10 s after
  it came and before it leaves),
- the first and last of a part and of a long stand,
- both fixes between which the device's report of work changes,
- and, between two of these, whichever fix lies farthest from the straight line, if that is more
  than 3 m or than the fixes jump: the rule of Douglas & Peucker (1973), so that corners and turns
  in dead ends stay.

Fixes 4 s or more apart are all kept. Each choice depends on the fixes of one slot, those
beside it and the stand they belong to, never on how a track began.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.track.standing import STAND_S
from geofence.track.white_noise import SLOT_MS

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

APART_MS = 4000
"""A fix this much after the one before it or before the one after it is kept: trackers that report
every 5 s or less often, with any jitter, are not thinned."""
STAND_SLOT_MS = 60_000
"""While a truck stands nothing changes; but no step must look like a silence, and the mean speed
around the last step before a stand must not dissolve in it: hence the short slots at its ends."""
AWAY_M = 3.0
"""How far a fix left out may lie from the line between key fixes, in metres: less than half a
street."""
AWAY_JUMPS = 1.5
"""Or this many times as far as the fixes around it jump."""


@kernel
def find_keys(
    time_ms: Instants,
    x: Floats,
    y: Floats,
    jumps_m: Floats,
    hold: Indices,
    working: NDArray[np.int8],
    cut: Flags,
) -> Flags:
    """Tell for each fix of a track whether it is a key fix.

    Parameters
    ----------
    hold
        For each fix the first of its stand, or itself.
    """
    key = _fixed_keys(time_ms, hold, working, cut)
    begin = 0
    end = _next_key(key, begin)
    while end < len(key):
        tolerance_m = max(AWAY_M, AWAY_JUMPS * max(jumps_m[begin], jumps_m[end]))
        farthest = begin if cut[end] else _farthest(x, y, begin, end, tolerance_m)
        if farthest > begin:
            key[farthest] = True
            end = farthest
        else:
            begin = end
            end = _next_key(key, begin)
    return key


@kernel
def _fixed_keys(time_ms: Instants, hold: Indices, working: NDArray[np.int8], cut: Flags) -> Flags:
    """Tell which fixes are key fixes wherever they lie."""
    count = len(time_ms)
    key = np.zeros(count, dtype=np.bool_)
    stands, resting = _long_stands(time_ms, hold)
    for i in range(1, count):
        held = hold[i] == hold[i - 1] and stands[i]
        apart = cut[i] or time_ms[i] - time_ms[i - 1] >= APART_MS
        changed = apart or working[i] != working[i - 1]
        slot_ms = STAND_SLOT_MS if resting[i] else SLOT_MS
        new_slot = time_ms[i] // slot_ms != time_ms[i - 1] // slot_ms
        key[i] = changed or new_slot or (stands[i] and not held)
        key[i - 1] |= changed or (stands[i - 1] and not held)
    if count > 0:
        key[0] = True
        key[-1] = True
    return key


@kernel
def _long_stands(time_ms: Instants, hold: Indices) -> tuple[Flags, Flags]:
    """Tell which fixes belong to a stand of `STAND_S` or more, and which of them to its inside."""
    stands = np.zeros(len(hold), dtype=np.bool_)
    resting = np.zeros(len(hold), dtype=np.bool_)
    first = 0
    while first < len(hold):
        last = first
        while last + 1 < len(hold) and hold[last + 1] == first:
            last += 1
        if time_ms[last] - time_ms[first] >= STAND_S * 1000.0:
            for i in range(first, last + 1):
                stands[i] = True
                since_ms = min(time_ms[i] - time_ms[first], time_ms[last] - time_ms[i])
                resting[i] = since_ms > SLOT_MS
        first = last + 1
    return stands, resting


@kernel
def _next_key(key: Flags, begin: int) -> int:
    """Give the key fix after fix `begin`, or one past the last fix."""
    following = begin + 1
    while following < len(key) and not key[following]:
        following += 1
    return following


@kernel
def _farthest(x: Floats, y: Floats, begin: int, end: int, tolerance_m: float) -> int:
    """Give the fix farthest from the line between two, or `begin` if all are within tolerance.

    Of fixes equally far the first is taken.
    """
    east = x[end] - x[begin]
    north = y[end] - y[begin]
    length_m2 = east * east + north * north
    farthest = begin
    most_m2 = tolerance_m * tolerance_m
    for i in range(begin + 1, end):
        away_east = x[i] - x[begin]
        away_north = y[i] - y[begin]
        share = 0.0
        if length_m2 > 0.0:
            share = min(1.0, max(0.0, (away_east * east + away_north * north) / length_m2))
        distance_m2 = (away_east - share * east) ** 2 + (away_north - share * north) ** 2
        if distance_m2 > most_m2:
            most_m2 = distance_m2
            farthest = i
    return farthest
