"""Stale fixes: an old place under a new time, from a poller, a gateway or a lost receiver.

A feed that is polled every 10 s, and changes its positions every minute, shows a truck that stands
and then leaps. Where it was is known at the first sighting of each position. So a position repeated
to the last bit is no observation if the truck moved meanwhile; of a truck that stood it is one.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.track.frozen import THAW_ERROR_M, THAW_SPEED_MPS
from geofence.track.standing import STAND_ON_MPS

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

START_MPS2 = 1.5
"""A truck drives off from a stand with less. Where one has more, a fix or two are lost by this."""
HABIT_MOVES = 10
"""So many moves before tell whether a vehicle's positions are stale as a habit:"""
HABIT_STALE = 5
"""so many of them after a repeated position that surely was."""


@kernel
def find_stale(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, gap_s: float
) -> tuple[Flags, Flags]:
    """Tell which fixes repeat a position that was no longer true, and where that is a habit.

    A move is a step beyond the error of two fixes. What is repeated before one is stale if the
    speeds reported with it say that the truck moved; if no truck could have driven off so fast; and
    up to the silence that makes a gap, if no speed is reported, or if the vehicle has the habit: it
    may have stood, but then it loses nothing.
    """
    count = len(time_ms)
    stale = np.zeros(count, dtype=np.bool_)
    habit = np.zeros(count, dtype=np.bool_)
    recent = np.zeros(HABIT_MOVES, dtype=np.bool_)
    moves = 0
    sure_moves = 0  # of the recent ones
    first = 0
    while first < count:
        last = first
        while last + 1 < count and x[last + 1] == x[first] and y[last + 1] == y[first]:
            last += 1
        is_habit = sure_moves >= HABIT_STALE
        habit[first : last + 1] = is_habit
        moved_m = 0.0
        if last + 1 < count:
            moved_m = np.hypot(x[last + 1] - x[last], y[last + 1] - y[last])
        if moved_m > THAW_ERROR_M:
            surely = False
            if last > first:
                told_mps = _told_mps(speed_mps, first + 1, last + 1)
                surely = told_mps >= STAND_ON_MPS or _thaws(time_ms, x, y, last, moved_m)
                whole_s = (time_ms[last + 1] - time_ms[first]) / 1000.0
                if surely or (whole_s <= gap_s and (np.isnan(told_mps) or is_habit)):
                    stale[first + 1 : last + 1] = True
            sure_moves += int(surely) - int(recent[moves % HABIT_MOVES])
            recent[moves % HABIT_MOVES] = surely
            moves += 1
        first = last + 1
    return stale, habit


@kernel
def _told_mps(speed_mps: Floats, begin: int, end: int) -> float:
    """Mean of the speeds reported, NaN if there are none."""
    total = 0.0
    told = 0
    for i in range(begin, end):
        if not np.isnan(speed_mps[i]):
            total += speed_mps[i]
            told += 1
    return total / told if told else np.nan


@kernel
def _thaws(time_ms: Instants, x: Floats, y: Floats, last: int, moved_m: float) -> bool:
    """Whether the step after fix `last` is a leap from standstill, and the next does not go back.

    Where it does, the fix between is an outlier, and says nothing against those before it.
    """
    pause_s = (time_ms[last + 1] - time_ms[last]) / 1000.0
    reach_m = min(THAW_SPEED_MPS * pause_s, START_MPS2 / 2.0 * pause_s**2) + THAW_ERROR_M
    if moved_m <= reach_m:
        return False
    if last + 2 >= len(time_ms):
        return True
    return bool(np.hypot(x[last + 2] - x[last], y[last + 2] - y[last]) >= 0.5 * moved_m)


def first_open(x: Floats, y: Floats) -> int:
    """Give the first fix of which later ones may tell whether its place was true, 0 without any.

    What repeats a place is told by the two fixes after it.
    """
    first = _first_in_place(x, y, len(x) - 1)
    return _first_in_place(x, y, first - 1) if first == len(x) - 1 else first


def _first_in_place(x: Floats, y: Floats, at: int) -> int:
    """Give the first of the fixes right before one that are in its place."""
    if at <= 0:
        return 0
    moved = np.flatnonzero((x[:at] != x[at]) | (y[:at] != y[at]))
    return int(moved[-1]) + 1 if len(moved) else 0
