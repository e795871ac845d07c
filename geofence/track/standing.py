"""Standing trucks: their fixes wander with the receiver's error, which must not look like driving.

All fixes of a stand take one place: their mean, which is the better the longer the stand, for after
an hour the error of a receiver has been everywhere around the truck. Stands of minutes are stays,
see `geofence.track.staying`; the others are stops. Stays of an hour may hold speeds that nobody
drove, see `geofence.track.resting`. Where a stop ends neither with a speed nor after
minutes, but by fixes that go away, a slow truck with a broken speed sensor is as likely: there the
stop ends sooner, and its first fix is its place.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.track.receiver import CORRELATION_S
from geofence.track.resting import find_rests
from geofence.track.staying import find_stay
from geofence.track.white_noise import SLOT_MS

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

STAND_SPEED_MPS = 0.5
"""A receiver that reports less than this, by the Doppler shift, stands."""
STAND_ON_MPS = 0.8
"""And goes on standing up to here: the error of a speed does not end a stand."""
STAND_S = 30.0
"""Where it reports no speed, it stands if it keeps to one place for this long."""
STAND_SPEED_SIGMAS = 6.0
STAND_PLACE_SIGMAS = 3.0
"""How far fixes of one stand may lie apart, in standard deviations, with and without speeds."""
MOVE_UP_S = 4.0
"""In less time no truck moves up and stops again by more than the noise of a step, whatever that
step and the speeds reported meanwhile."""
STAND_RADIUS_M = 20.0
"""But never farther than this: no moving truck must look parked,"""
SURE_RADIUS_SIGMAS = 3.0
"""unless it surely stands: then as far as a wandering error takes them, in standard deviations."""
SURE_RADIUS_M = 60.0
"""and this far at most, for a reported accuracy may be wrong. Without speeds nothing is sure."""
SURE_S = 300.0
"""A truck surely stands if it reports a speed when it leaves, or stays as long as this."""
SIGMA_M = 4.0
"""Standard deviation where no accuracy is reported, and the least that is believed."""


@kernel
def find_holds(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, accuracy_m: Floats, cut: Flags
) -> tuple[Indices, Flags, Indices]:
    """For each fix the first of its stand, or itself, and whether the truck surely stood there.

    The third is the last fix on which that depends for it or any fix before it; their number if it
    depends on fixes that may yet come.
    """
    count = len(time_ms)
    hold = np.arange(count)
    sure = np.zeros(count, dtype=np.bool_)
    asked = np.zeros(count, dtype=np.int64)
    latest = 0
    begin = -1  # of the stay found last
    end = -2
    first = 0
    while first < count:
        if begin < first and _may_begin(time_ms, speed_mps, cut, first):
            begin, end, looked = find_stay(
                time_ms, x, y, speed_mps, cut, first, STAND_ON_MPS, MOVE_UP_S
            )
            latest = max(latest, looked)
        if begin == first and end > first:
            last = end
            surely = True
            stands = True
        else:
            last, surely, stands, looked = _stop(time_ms, x, y, speed_mps, accuracy_m, cut, first)
            latest = max(latest, looked)
            if not stands:
                last = first
            elif begin > first:
                last = min(last, begin - 1)
        if stands:
            hold[first : last + 1] = first
            sure[first : last + 1] = surely and last > first
        asked[first : last + 1] = latest
        first = last + 1
    rest, rest_asked = find_rests(time_ms, x, y, speed_mps, cut, STAND_ON_MPS)
    return _with_rests(hold, rest), sure | (rest >= 0), np.maximum(asked, rest_asked)


@kernel
def _with_rests(hold: Indices, rest: Indices) -> Indices:
    """Make each rest one stand; what is left of a stand after it is one of its own."""
    joined = hold.copy()
    for i in range(len(hold)):
        if rest[i] >= 0:
            joined[i] = rest[i]
        elif i > 0 and hold[i] == hold[i - 1]:
            joined[i] = i if rest[i - 1] >= 0 else joined[i - 1]
    return joined


@kernel
def _may_begin(time_ms: Instants, speed_mps: Floats, cut: Flags, first: int) -> bool:
    """Whether a stay is looked for from a fix on: once in a slot, or where the truck halts."""
    if speed_mps[first] >= STAND_SPEED_MPS:
        return False
    if first == 0 or cut[first] or speed_mps[first - 1] >= STAND_ON_MPS:
        return True
    return bool(time_ms[first] // SLOT_MS != time_ms[first - 1] // SLOT_MS)


@kernel
def _stop(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, accuracy_m: Floats, cut: Flags,
    first: int,
) -> tuple[int, bool, bool, int]:  # fmt: skip
    """Give the end of a stop, whether it is sure, whether it is one at all, the last fix asked."""
    count = len(time_ms)
    sigma_m = np.fmax(accuracy_m[first], SIGMA_M)
    radius_m = STAND_RADIUS_M
    if not np.isnan(speed_mps[first]):
        radius_m = max(radius_m, min(SURE_RADIUS_SIGMAS * sigma_m, SURE_RADIUS_M))
    last, asked = _stand_end(time_ms, x, y, speed_mps, sigma_m, cut, first, radius_m)
    following = last + 1
    drives_off = following < count and not cut[following] and speed_mps[following] >= STAND_ON_MPS
    surely = last > first and (drives_off or time_ms[last] - time_ms[first] >= SURE_S * 1000.0)
    if not surely and last > first:
        last, _ = _stand_end(time_ms, x, y, speed_mps, sigma_m, cut, first, STAND_RADIUS_M)
    stands = speed_mps[first] < STAND_SPEED_MPS or (
        np.isnan(speed_mps[first]) and time_ms[last] - time_ms[first] >= STAND_S * 1000.0
    )
    return last, surely, bool(stands), asked


@kernel
def _stand_end(
    time_ms: Instants, x: Floats, y: Floats, speed_mps: Floats, sigma_m: float, cut: Flags,
    first: int, radius_m: float,
) -> tuple[int, int]:  # fmt: skip
    """Last fix up to which the truck may have stood where it was at `first`, last fix asked."""
    told = speed_mps[first] < STAND_SPEED_MPS
    if not told and not np.isnan(speed_mps[first]):
        return first, first
    sigmas = STAND_SPEED_SIGMAS if told else STAND_PLACE_SIGMAS
    farthest_m = min(sigmas * sigma_m, radius_m)
    last = first
    while last + 1 < len(time_ms):
        following, asked = _next_standing(time_ms, speed_mps, cut, last, told)
        if following < 0:
            return last, asked
        if np.hypot(x[following] - x[first], y[following] - y[first]) > farthest_m:
            return last, asked
        pause_s = (time_ms[following] - time_ms[last]) / 1000.0
        if pause_s >= MOVE_UP_S:
            step_m = np.hypot(x[following] - x[last], y[following] - y[last])
            changed = np.sqrt(1.0 - np.exp(-pause_s / CORRELATION_S))
            # errors change slowly: after a larger step the truck has moved up and stopped again
            if step_m > sigmas * changed * sigma_m:
                return last, asked
        last = following
    return last, len(time_ms)


@kernel
def _next_standing(
    time_ms: Instants, speed_mps: Floats, cut: Flags, last: int, told: bool
) -> tuple[int, int]:
    """Next fix that may still stand by the speed it reports, -1 if too late, and the last asked."""
    for i in range(last + 1, len(time_ms)):
        if cut[i] or (i > last + 1 and time_ms[i] - time_ms[last] >= MOVE_UP_S * 1000.0):
            return -1, i
        if speed_mps[i] < STAND_ON_MPS if told else np.isnan(speed_mps[i]):
            return i, i
    return -1, len(time_ms)


class Stands(NamedTuple):
    """What the matcher needs to know of the stands, one element a key fix."""

    held: Flags
    """True where the key fix belongs to the same stand as the one before it."""
    memory: Floats
    """Share of the error at the first key fix of a stand that its mean error still has; else 1."""
    spread: Floats
    """Variance of the mean error that comes in addition, as a share of the error's; else 0."""
    shift_x: Floats
    shift_y: Floats
    """How far the error at the last key fix of a stand is from its mean error, in metres; else 0:
    the truck did not move, so the fixes show it."""
    wander_m: Floats
    """Standard deviation of the errors in the stands before, NaN if these tell too little; see
    `geofence.track.wander`."""


@kernel
def place_stands(x: Floats, y: Floats, hold: Indices, sure: Flags) -> tuple[Floats, Floats]:
    """Put the fixes of each stand in one place: their mean, or that of the first if not sure."""
    held_x = x.copy()
    held_y = y.copy()
    first = 0
    while first < len(x):
        end = _stand_after(hold, first)
        if end > first + 1:
            held_x[first:end] = np.mean(x[first:end]) if sure[first] else x[first]
            held_y[first:end] = np.mean(y[first:end]) if sure[first] else y[first]
        first = end
    return held_x, held_y


def find_stands(
    time_ms: Instants, x: Floats, y: Floats, held_x: Floats, held_y: Floats, hold: Indices,
    sure: Flags, key: Indices,
) -> Stands:  # fmt: skip
    """Describe the stands by their key fixes.

    For an error that decays by ``exp(-t / tau)``, with ``s = T / tau`` for a stand of length ``T``:
    the mean over the stand keeps ``h = (1 - exp(-s)) / s`` of the error at its beginning, and its
    variance is ``2 / s * (1 - h)`` of the error's (Papoulis 1965, mean of a stationary process).
    """
    held = np.concatenate([[False], np.diff(hold[key]) == 0])[: len(key)]
    last_of = np.concatenate([~held[1:], [True]])[: len(key)]
    lengths_ms = np.where(sure, _stand_lengths_ms(time_ms, hold), 0.0)
    span = lengths_ms[key] / (1000.0 * CORRELATION_S)
    some = np.maximum(span, 1e-6)
    memory = np.where(held | (span == 0.0), 1.0, -np.expm1(-some) / some)
    spread = np.where(held | (span == 0.0), 0.0, 2.0 / some * (1.0 - memory) - memory**2)
    return Stands(
        held=held,
        memory=memory,
        spread=np.maximum(spread, 0.0),
        shift_x=np.where(last_of & sure[key], x[key] - held_x[key], 0.0),
        shift_y=np.where(last_of & sure[key], y[key] - held_y[key], 0.0),
        wander_m=np.full(len(key), np.nan),
    )


@kernel
def _stand_after(hold: Indices, first: int) -> int:
    """Give the fix after the stand that begins with `first`."""
    end = first + 1
    while end < len(hold) and hold[end] == first:
        end += 1
    return end


@kernel
def _stand_lengths_ms(time_ms: Instants, hold: Indices) -> Floats:
    """Give for each fix how long its stand lasts."""
    length_ms = np.zeros(len(hold))
    first = 0
    while first < len(hold):
        end = _stand_after(hold, first)
        length_ms[first:end] = time_ms[end - 1] - time_ms[first]
        first = end
    return length_ms
