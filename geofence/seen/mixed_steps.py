"""Mixed steps: long ones in which a truck collected on a part of its way and raced over the rest.

Half a minute is enough to end one street at walking pace and drive past the whole next one, and the
mean speed of both may still be that of a truck that collects. What tells is the speed at the ends:
a truck that is fast at one of them has begun or ended driving in between. How far it had collected
until then follows from its pace on the steps before, or after: in ``T`` seconds over ``L`` metres,
at pace ``u`` and then at speed ``v``, it collected ``(T - L / v) / (1 / u - 1 / v)`` metres. And a
truck whose mean speed is above all that it reports nearby while it collects has raced in between,
though it is slow at both ends.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.matcher import Match
from geofence.plan.plan import ServiceRules
from geofence.track.track import Fixes

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

LONG_STEP_S = 20.0
"""In a longer step the mean speed does not tell how fast each of its streets was driven. In a
shorter one what a truck can have raced over is no more than the error of its fixes."""
NEAR_S = 180.0
"""The pace of a truck is that of the steps up to this long before or after."""
MOVE_M = 1.0
"""On a step no longer than this a truck stood: stands are no part of its pace."""
TOP_SPEEDS = 1.2
"""No truck that collects keeps up more than this many times the highest speed it reports nearby,"""
TOP_STEPS = 2.0
"""or than this many times the mean speed of the fastest slow step nearby,"""
LEAST_RACED = 0.25
"""and a mean speed below this share of the limit shows no race."""


class Mixed(NamedTuple):
    """Which steps to each fix are mixed, and what of them was collected all the same."""

    mixed: Flags
    head_m: Floats
    """Metres from the beginning of a mixed step on which the truck collected; else 0."""
    tail_m: Floats
    """Metres up to its end on which it did; else 0."""


def find_mixed(fixes: Fixes, match: Match, slow: Flags, rules: ServiceRules) -> Mixed:
    """Find the mixed ones among the steps that are slow by their mean speed.

    An end is fast where the speed reported there is above ``service_speed_kmh``, or, if none is
    reported that is believed, where the step beyond it is not slow. Of a step that is fast at both
    ends nothing is known to be collected, nor of one that was raced between two slow ends.
    """
    limit_mps = rules.service_speed_kmh / 3.6
    before, way_m = np.maximum(match.before, 0), match.progress_m
    step_s = np.maximum((fixes.time_ms - fixes.time_ms[before]) / 1000.0, 1e-3)
    moves = (match.before >= 0) & (way_m > MOVE_M)
    fast_to = moves & ~slow  # the step to a fix, and the one from it
    fast_from = np.zeros(len(slow), dtype=np.bool_)
    fast_from[match.before[fast_to]] = True
    speed_mps = match.speed_mps
    untold = np.isnan(speed_mps)
    with np.errstate(invalid="ignore"):
        is_fast = speed_mps > limit_mps
    fast_begin = (is_fast | (untold & fast_to))[before]
    fast_end = is_fast | (untold & fast_from)
    is_long = step_s > LONG_STEP_S
    beside = _beside(
        fixes.time_ms, match.before, way_m, moves, slow,
        np.where(is_fast, np.nan, speed_mps), NEAR_S * 1000.0,
    )  # fmt: skip
    to, on = beside[0][before], beside[1]
    pace_mps = np.where(fast_begin, on[:, 0], to[:, 0])
    most_mps = np.fmax(
        TOP_STEPS * np.fmax(to[:, 1], on[:, 1]), TOP_SPEEDS * np.fmax(to[:, 2], on[:, 2])
    )
    with np.errstate(invalid="ignore"):
        raced = way_m / step_s > np.maximum(most_mps, LEAST_RACED * limit_mps)
    raced &= ~(fast_begin | fast_end) & (to[:, 3] + on[:, 3] >= step_s)
    top_mps = np.fmax(speed_mps, speed_mps[before])
    top_mps = np.where(np.isnan(top_mps), rules.prism_travel_mps, top_mps)
    top_mps = np.maximum(top_mps, limit_mps)
    collected_m = _collected_m(step_s, way_m, pace_mps, top_mps)
    collected_m = np.where(raced | (fast_begin & fast_end), 0.0, collected_m)
    mixed = raced | ((fast_begin | fast_end) & (collected_m < way_m))
    mixed &= slow & moves & is_long
    return Mixed(
        mixed,
        np.where(mixed & ~fast_begin, collected_m, 0.0),
        np.where(mixed & ~fast_end, collected_m, 0.0),
    )


def _collected_m(step_s: Floats, way_m: Floats, pace_mps: Floats, top_mps: Floats) -> Floats:
    """Metres collected at a pace before the rest was driven at top speed; none at no known pace."""
    pace_mps = np.nan_to_num(pace_mps)
    slower = (pace_mps > 0.0) & (pace_mps < top_mps)
    per_m = 1.0 / np.where(slower, pace_mps, 1.0) - 1.0 / np.where(slower, top_mps, 2.0)
    collected_m = np.clip((step_s - way_m / top_mps) / per_m, 0.0, np.maximum(way_m, 0.0))
    return np.where(slower, collected_m, np.where(pace_mps > 0.0, way_m, 0.0))


@kernel
def _beside(
    time_ms: Instants, before: Places, way_m: Floats, moves: Flags, slow: Flags, told_mps: Floats,
    near_ms: float,
) -> Floats:  # fmt: skip
    """Tell the speeds of a truck on the slow steps right before each fix, and right after it.

    Those that turn out to be mixed count as well: without them trucks that begin and end driving
    every minute would have no pace.

    Shape (2, fixes, 4): their mean speed, that of the fastest of them, the highest of the speeds
    `told_mps` at their fixes, NaN without any; and how many seconds they last.
    """
    count = len(time_ms)
    after = np.full(count, -1, dtype=np.int64)
    for i in range(count):
        if before[i] >= 0:
            after[before[i]] = i
    found = np.full((2, count, 4), np.nan)
    for side in range(2):
        for i in range(count):
            total_m = 0.0
            total_ms = 0
            fastest = np.nan
            highest = told_mps[i]
            at = i
            while True:
                following = before[at] if side == 0 else after[at]
                if following < 0 or abs(time_ms[following] - time_ms[i]) > near_ms:
                    break
                step = at if side == 0 else following  # by the fix it leads to
                if moves[step]:
                    if not slow[step]:
                        break
                    lasts_ms = time_ms[step] - time_ms[before[step]]
                    total_m += way_m[step]
                    total_ms += lasts_ms
                    fastest = np.fmax(fastest, 1000.0 * way_m[step] / lasts_ms)
                highest = np.fmax(highest, told_mps[following])
                at = following
            if total_ms > 0:
                found[side, i, 0] = 1000.0 * total_m / total_ms
            found[side, i, 1] = fastest
            found[side, i, 2] = highest
            found[side, i, 3] = total_ms / 1000.0
    return found
