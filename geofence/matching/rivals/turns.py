"""Turns: how far a truck went before it turned round between two fixes.

Fixes before and behind a turn show the truck on its way there and on its way back. Where in between
it turned they do not show: where the last fix lies, some metres on, or at the end of the street. If
the end is not much dearer, nobody may say that it was not driven; if turning before is as likely,
nobody may say that it was.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.paths import Pieces
from geofence.matching.rivals.detours import SHORT_STEP_MS
from geofence.matching.states import States
from geofence.matching.transition import Roads, Step, Steps, length_cost, step_between

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]

TRIALS = 32
"""Places of a street's end at which a turn is tried."""


def find_turns(
    pieces: Pieces, begins: Places, ends: Places, before: Places, states: States, roads: Roads,
    steps: Steps, margins: tuple[float, float],
) -> Pieces:  # fmt: skip
    """Give the stretches beyond turns that a truck may have driven, as uncertain pieces.

    What a path goes over before it turns at a street's end is cut short in place, if it may have
    turned before.

    Parameters
    ----------
    begins, ends
        For each fix the states of the path before and after the step to it, -1 where none is.
    margins
        What turning elsewhere must cost more for a stretch to be certain, and to be undisputed.
    """
    fix, arc, spans = _find(pieces, begins, ends, before, states, roads, steps, *margins)
    return Pieces(
        fix, arc, spans[:, 0].copy(), spans[:, 1].copy(), spans[:, 2].copy(), spans[:, 3].copy(),
        np.zeros(len(fix), dtype=np.bool_),
    )  # fmt: skip


@kernel
def _find(
    pieces: Pieces, begins: Places, ends: Places, before: Places, states: States, roads: Roads,
    steps: Steps, credit_margin: float, denial_margin: float,
) -> tuple[Places, Indices, Floats]:  # fmt: skip
    fix = np.empty(len(pieces.fix), dtype=np.int64)
    arc = np.empty(len(pieces.fix), dtype=np.int32)
    spans = np.empty((len(pieces.fix), 4))
    used = 0
    for at in range(len(pieces.fix)):
        i = pieces.fix[at]
        if at > 0 and pieces.fix[at - 1] == i:
            continue
        arc_p = states.arc[begins[i]]
        if states.arc[ends[i]] != arc_p ^ 1:
            continue
        goes_to_end = at + 1 < len(pieces.fix) and pieces.fix[at + 1] == i
        length_m = roads.edge_length_m[arc_p >> 1]
        out_m = states.offset_m[begins[i]]
        back_m = length_m - states.offset_m[ends[i]]
        near_m = max(out_m, back_m)
        if near_m >= length_m:
            continue
        step = step_between(steps, before[i], i)
        turn_cost = 0.0 if roads.dead_end[roads.arc_to[arc_p]] else roads.u_turn_cost
        least_m = abs(back_m - out_m)
        whole_m = length_m - near_m
        end_cost = length_cost(least_m + 2.0 * whole_m, step, step.turned_error_m) + turn_cost
        if goes_to_end:
            turn_before = roads.back_cost
            is_long = steps.time_ms[i] - steps.time_ms[before[i]] > SHORT_STEP_MS
            if is_long and end_cost - _least_cost(step, least_m, whole_m) > denial_margin:
                turn_before = 0.0  # noise feigns a turn, but not one where it is so much likelier
            sure_m = near_m + _nearest_turn(
                step, least_m, whole_m, end_cost + credit_margin - turn_before
            )
            if sure_m >= length_m:
                continue
            total_m = least_m + 2.0 * whole_m
            share = (sure_m - out_m) / total_m
            back_share = 1.0 - (sure_m - back_m) / total_m
            pieces.to_m[at] = sure_m
            pieces.to_share[at] = share
            pieces.from_m[at + 1] = length_m - sure_m
            pieces.from_share[at + 1] = back_share
            spans[used] = np.array([sure_m, length_m, share, back_share])
        else:
            own_cost = length_cost(least_m, step, step.turned_error_m) + roads.back_cost
            limit = min(own_cost, end_cost) + denial_margin
            far_m = _farthest_turn(step, least_m, whole_m, limit - roads.back_cost)
            if end_cost <= limit:
                far_m = whole_m
            if far_m <= 0.0:
                continue
            spans[used] = np.array([near_m, near_m + far_m, 0.0, 1.0])
        fix[used] = i
        arc[used] = arc_p
        used += 1
    return fix[:used], arc[:used], spans[:used]


@kernel
def _least_cost(step: Step, least_m: float, whole_m: float) -> float:
    """Cost by its length of the likeliest way that turns somewhere beyond the fixes."""
    least = np.inf
    for k in range(TRIALS + 1):
        beyond_m = whole_m * k / TRIALS
        least = min(least, length_cost(least_m + 2.0 * beyond_m, step, step.turned_error_m))
    return least


@kernel
def _nearest_turn(step: Step, least_m: float, whole_m: float, limit: float) -> float:
    """How far beyond the fixes a turn must lie at least to cost no more than `limit`."""
    for k in range(TRIALS):
        beyond_m = whole_m * k / TRIALS
        if length_cost(least_m + 2.0 * beyond_m, step, step.turned_error_m) <= limit:
            return beyond_m
    return whole_m


@kernel
def _farthest_turn(step: Step, least_m: float, whole_m: float, limit: float) -> float:
    """How far beyond the fixes a turn may lie at most to cost no more than `limit`."""
    for k in range(TRIALS, 0, -1):
        beyond_m = whole_m * k / TRIALS
        if length_cost(least_m + 2.0 * beyond_m, step, step.turned_error_m) <= limit:
            return beyond_m
    return 0.0
