"""Interleaving: two places that take turns under one vehicle's name.

Two receivers were given one id, and one of them is perhaps on a shelf; or a clock was set back, so
that two stretches of the day have the same times; or a gateway sends an old place between true
ones. Each fix then stands apart from those before and after it, which agree with each other. Nobody
can tell which of the two is the truck, so while they take turns neither is believed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

APART_M = 25.0
"""A fix is apart if it is farther from where its neighbours put it: the error of both, or twice the
accuracy reported,"""
APART_MPS2 = 1.2
"""and what a truck may speed up or brake by meanwhile,"""
APART_MPS = 14.0
"""but no more than it drives there and back."""
APART_COS = -0.5
"""The way turns back at it, by an angle with at most this cosine,"""
APART_SHARE = 0.6
"""and each of both steps is longer than this share of that from neighbour to neighbour, so that
after an outlier the next fix is not apart."""
DENSE_S = 8.0
DENSE_M = 60.0
"""Of three fixes in less time it takes more metres: where fixes are many, noise alone puts some of
them as far apart as the first,"""
TURN_M = 15.0
TURN_MPS2 = 0.5
TURN_MPS = 5.0
"""Less far apart, by these in place of those above, are fixes that go forth and back,"""
TURNS = 5
"""so many times on end: no truck does that."""
TURN_S = 4.0
"""Three fixes in less time tell no turn from noise but by the first of all these metres."""
LEAST_APART = 4
"""So many fixes apart, each at most"""
NEAR_S = 120.0
"""after the one before, are no outliers,"""
CHAINED = 0.75
"""if so many of them can be reached from one of the three before, as those of a second receiver
can,"""
CHAIN_M = 60.0
"""at travelling speed, give or take the error of both."""
SAME_S = 900.0
"""Between two such stretches no longer apart than this nobody knows either which of the receivers
spoke."""


class Interleaved(NamedTuple):
    """What of a vehicle's fixes is an old place sent again, and what is one of two in turn."""

    resent: Flags
    """Apart from its neighbours, and to the last bit where the vehicle had been before."""
    doubted: Flags
    first: Indices
    last: Indices
    """First and last fix of each stretch of doubted ones."""
    open_from: int
    """The first fix of which later ones may yet change that; their number if there is none."""


def find_interleaved(
    time_ms: Instants, x: Floats, y: Floats, accuracy_m: Floats, skip: Flags, open_from: int
) -> Interleaved:
    """Find the fixes, among those not to be skipped, that are one of two places in turn.

    Parameters
    ----------
    open_from
        The first fix of which it may yet turn out whether it is to be skipped.
    """
    count = len(time_ms)
    seconds = time_ms / 1000.0
    among = np.flatnonzero(~skip)
    # the first fix in a place is never skipped, so that the one before it has a neighbour
    known = min(int(np.searchsorted(among, open_from)), len(among) - 1)
    apart, turning = _apart(seconds[among], x[among], y[among], accuracy_m[among])
    resent = np.zeros(count, dtype=np.bool_)
    if apart.any():
        old = among[apart]
        old = old[_first_there(x, y)[old] < old - 1]
        resent[old] = True
        open_from = int(among[known])
        among = among[~resent[among]]
        known = int(np.searchsorted(among, open_from))
        apart, turning = _apart(seconds[among], x[among], y[among], accuracy_m[among])
    open_at = max(known - 2, 0)  # the fix before an open one may yet have another neighbour
    while open_at > 0 and turning[open_at - 1] and turning[open_at]:
        open_at -= 1
    apart |= _turning_on(turning)
    first, last, open_at = _stretches(
        seconds[among], x[among], y[among], np.flatnonzero(apart), open_at
    )
    doubted = np.zeros(count, dtype=np.bool_)
    for begin, end in zip(among[first], among[last], strict=True):
        doubted[begin : end + 1] = True
    return Interleaved(
        resent,
        doubted & ~skip & ~resent,
        among[first],
        among[last],
        int(among[open_at]) if len(among) else 0,
    )


def _first_there(x: Floats, y: Floats) -> Indices:
    """Give for each fix the first one in its place, to the last bit."""
    order = np.lexsort((y, x))  # stable: those of one place stay in order
    begins = np.ones(len(x), dtype=np.bool_)
    begins[1:] = (np.diff(x[order]) != 0.0) | (np.diff(y[order]) != 0.0)
    firsts = np.empty(len(x), dtype=np.int64)
    firsts[order] = order[begins][np.cumsum(begins) - 1]
    return firsts


@kernel
def _apart(seconds: Floats, x: Floats, y: Floats, accuracy_m: Floats) -> tuple[Flags, Flags]:
    """Tell which fixes are apart from their neighbours, and which are so if others beside are."""
    apart = np.zeros(len(seconds), dtype=np.bool_)
    turning = np.zeros(len(seconds), dtype=np.bool_)
    for i in range(1, len(seconds) - 1):
        to_x, to_y = x[i] - x[i - 1], y[i] - y[i - 1]
        on_x, on_y = x[i + 1] - x[i], y[i + 1] - y[i]
        back_m2 = to_x * on_x + to_y * on_y
        if back_m2 >= 0.0:
            continue
        to_m, on_m = np.hypot(to_x, to_y), np.hypot(on_x, on_y)
        step_x, step_y = x[i + 1] - x[i - 1], y[i + 1] - y[i - 1]
        if back_m2 >= APART_COS * to_m * on_m:
            continue
        if min(to_m, on_m) <= APART_SHARE * np.hypot(step_x, step_y):
            continue
        to_s, on_s = seconds[i] - seconds[i - 1], seconds[i + 1] - seconds[i]
        whole_s = to_s + on_s
        share = to_s / whole_s
        off_m = np.hypot(to_x - share * step_x, to_y - share * step_y)
        worst_m = np.fmax(np.fmax(accuracy_m[i - 1], accuracy_m[i]), accuracy_m[i + 1])
        shorter_s, product_s2 = min(to_s, on_s), to_s * on_s
        may_m = min(0.5 * APART_MPS2 * product_s2, APART_MPS * shorter_s)
        apart[i] = (
            off_m > np.fmax(APART_M if whole_s >= DENSE_S else DENSE_M, 2.0 * worst_m) + may_m
        )
        turning[i] = off_m > np.fmax(APART_M, 2.0 * worst_m) + may_m
        if whole_s >= TURN_S:
            may_m = min(0.5 * TURN_MPS2 * product_s2, TURN_MPS * shorter_s)
            turning[i] = off_m > np.fmax(TURN_M, worst_m) + may_m
    return apart, turning


def _turning_on(turning: Flags) -> Flags:
    """Tell which fixes are among enough on end that turn back."""
    on = np.zeros(len(turning), dtype=np.bool_)
    if turning.sum() <= TURNS:
        return on
    edges = np.flatnonzero(np.diff(np.concatenate([[False], turning, [False]])))
    lasting = edges.reshape(-1, 2)[np.diff(edges.reshape(-1, 2)).ravel() > TURNS]
    for begin, end in lasting:
        on[begin:end] = True
    return on


def _stretches(
    seconds: Floats, x: Floats, y: Floats, apart: Indices, open_at: int
) -> tuple[Indices, Indices, int]:
    """Give first and last fix of each stretch of two places in turn, and from where on it is open.

    Parameters
    ----------
    apart
        The fixes that are.
    open_at
        The first fix of which it may yet turn out whether it is apart.
    """
    none = np.empty(0, dtype=np.int64)
    if len(apart) == 0:
        return none, none, open_at
    breaks = np.flatnonzero(np.diff(seconds[apart]) > NEAR_S) + 1
    begins, ends = np.concatenate([[0], breaks]), np.concatenate([breaks, [len(apart)]])
    chained = _chained(seconds[apart], x[apart], y[apart])
    shares = np.add.reduceat(chained, begins) / (ends - begins)
    surely = (ends - begins >= LEAST_APART) & (shares >= CHAINED)
    first, last = apart[begins[surely]], apart[ends[surely] - 1]
    # what is yet to come may belong to the last of them, and what lies between two is doubted
    told = np.flatnonzero(apart < open_at)
    if len(told) and seconds[open_at] - seconds[apart[told[-1]]] <= NEAR_S:
        open_at = int(apart[begins[np.searchsorted(begins, told[-1], side="right") - 1]])
    before = last[last < open_at]
    if len(before) and seconds[open_at] - seconds[before[-1]] <= SAME_S:
        open_at = int(before[-1])
    if len(first) > 1:
        far = seconds[first[1:]] - seconds[last[:-1]] > SAME_S
        first, last = first[np.append(True, far)], last[np.append(far, True)]
    return first, last, open_at


def _chained(seconds: Floats, x: Floats, y: Floats) -> Flags:
    """Tell which fixes a truck can reach from one of the three before; of the first all may."""
    chained = np.arange(len(seconds)) < 3
    for back in (1, 2, 3):
        way_m = np.hypot(x[back:] - x[:-back], y[back:] - y[:-back])
        chained[back:] |= way_m <= CHAIN_M + APART_MPS * (seconds[back:] - seconds[:-back])
    return chained
