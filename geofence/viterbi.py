"""Viterbi search: the cheapest chains of states through the fixes of a vehicle, and their rivals.

A *state* is an arc and a place on it: a candidate with a direction of travel. Each state that
survives carries the error of the receiver as its cheapest chain has seen it, a mean east and north
with its covariance (per-survivor processing, Raheli, Polydoros & Tzou 1995; `geofence.emission`
tells why).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geofence.emission import innovation_cost
from geofence.growth import grown
from geofence.standing import Stands
from geofence.states import States
from geofence.transition import Roads, Steps, step_cost

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


class ErrorModel(NamedTuple):
    """How the error of a receiver behaves; see `geofence.match_settings`."""

    sigma_m: Floats
    """One a fix."""
    correlation_ms: float
    white_m: float
    tail: float


class Lattice(NamedTuple):
    """The states that survive, with the costs of the chains through them.

    The active states of fix ``i`` are ``active[first[i]:first[i + 1]]``. The pairs of the step that
    ends with fix ``i`` begin at ``pair_first[i]``: for each state before it, all its own.
    """

    first: Places
    active: Places
    forward: Floats
    """Cost of the cheapest chain to each active state since the last anchor."""
    back: Places
    """The active state before it, -1 where a chain begins."""
    before: Places
    """For each fix the one before it on its chain, -1 where a chain begins."""
    anchor: Flags
    """True where only one state survives: nothing before it depends on anything after it."""
    pair_first: Places
    pair: Floats
    """Cost of each pair of active states, with that of the latter."""


@njit(cache=True, nogil=True)
def search(
    cut: Flags, steps: Steps, stands: Stands, states: States, roads: Roads, error: ErrorModel,
    bridge_ms: float, beam: float,
) -> Lattice:  # fmt: skip
    """Find the cheapest chains forward. Ties go to the state with the least arc id."""
    count = len(cut)
    most = max(1, np.max(np.diff(states.first))) if count else 1
    first = np.zeros(count + 1, dtype=np.int64)
    pair_first = np.zeros(count + 1, dtype=np.int64)
    before = np.full(count, -1, dtype=np.int64)
    anchor = np.zeros(count, dtype=np.bool_)
    active = np.empty(3 * count + most, dtype=np.int64)
    forward = np.empty(len(active))
    back = np.empty(len(active), dtype=np.int64)
    pair = np.empty(8 * count + most * most)
    total = np.empty(most)
    best = np.empty(most, dtype=np.int64)
    block = np.empty((most, most))
    # of each active state: error east and north, its variances and covariance
    known = np.empty((most, 5))
    fresh = np.empty((most, 5))
    used = 0
    pairs = 0
    last = -1
    for i in range(count):
        first[i] = used
        pair_first[i] = pairs
        if cut[i]:
            last = -1
        size = states.first[i + 1] - states.first[i]
        if size == 0:
            continue
        if i - last > 1 and last >= 0 and steps.time_ms[i] - steps.time_ms[last] > bridge_ms:
            last = -1
        linked = False
        if last >= 0:
            _predict(known, first[last + 1] - first[last], last, i, steps, stands, error)
            linked = _compare(
                states, roads, steps, stands, error, last, i,
                active[first[last] : first[last + 1]], forward[first[last] : first[last + 1]],
                known, block, total, best,
            )  # fmt: skip
        if linked:
            before[i] = last
        else:
            _begin(states, stands, error, i, known, total, best)
        if used + size > len(active):
            active = grown(active, 2 * len(active) + size)
            forward = grown(forward, len(active))
            back = grown(back, len(active))
        height = first[last + 1] - first[last] if linked else 0
        if pairs + height * size > len(pair):
            pair = grown(pair, 2 * len(pair) + height * size)
        limit = np.min(total[:size]) + beam
        kept = 0
        for j in range(size):
            if total[j] > limit:
                continue
            active[used + kept] = states.first[i] + j
            forward[used + kept] = total[j]
            back[used + kept] = first[last] + best[j] if linked else -1
            _learn(states, stands, error, i, j, known[best[j]], fresh[kept])
            block[:height, kept] = block[:height, j]
            kept += 1
        for k in range(height):
            pair[pairs : pairs + kept] = block[k, :kept]
            pairs += kept
        if kept == 1:
            anchor[i] = True
            forward[used] = 0.0
        used += kept
        known, fresh = fresh, known
        last = i
        first[i + 1] = used
    first[count] = used
    pair_first[count] = pairs
    return Lattice(
        first, active[:used], forward[:used], back[:used], before, anchor, pair_first, pair[:pairs]
    )


@njit(cache=True, nogil=True)
def _predict(
    known: Floats, height: int, last: int, i: int, steps: Steps, stands: Stands, error: ErrorModel
) -> None:
    """Carry the errors of the states of fix `last` on to fix `i`, or to the mean of its stand."""
    if stands.held[i]:
        return
    keep = np.exp((steps.time_ms[last] - steps.time_ms[i]) / error.correlation_ms)
    memory = stands.memory[i]
    added = ((1.0 - keep * keep) * memory * memory + stands.spread[i]) * error.sigma_m[i] ** 2
    keep *= memory
    for k in range(height):
        known[k, 0] *= keep
        known[k, 1] *= keep
        known[k, 2] = known[k, 2] * keep * keep + added
        known[k, 3] *= keep * keep
        known[k, 4] = known[k, 4] * keep * keep + added


@njit(cache=True, nogil=True)
def _begin(
    states: States, stands: Stands, error: ErrorModel, i: int,
    known: Floats, total: Floats, best: Places,
) -> None:  # fmt: skip
    """Begin new chains with fix `i`: of the error nothing is known but its variance."""
    power = error.sigma_m[i] ** 2
    whole = power * (stands.memory[i] ** 2 + stands.spread[i])
    known[0] = np.array([0.0, 0.0, whole, 0.0, whole])
    for j in range(states.first[i + 1] - states.first[i]):
        q = states.first[i] + j
        best[j] = 0
        total[j] = states.cost[q] + innovation_cost(
            states.across_m[q], whole + error.white_m**2, power, error.tail
        )


@njit(cache=True, nogil=True)
def _compare(
    states: States, roads: Roads, steps: Steps, stands: Stands, error: ErrorModel,
    last: int, i: int, active: Places, forward: Floats, known: Floats,
    block: Floats, total: Floats, best: Places,
) -> bool:  # fmt: skip
    """Find for each state of fix `i` the cheapest way from the states of fix `last`.

    Writes the costs of all pairs into `block`, the least cost of a chain into `total` and the state
    it comes from into `best`. Tells whether any way was found.
    """
    power = error.sigma_m[i] ** 2
    noise = error.white_m**2
    linked = False
    for j in range(states.first[i + 1] - states.first[i]):
        q = states.first[i] + j
        nx = states.normal_x[q]
        ny = states.normal_y[q]
        total[j] = np.inf
        best[j] = 0
        for k in range(len(active)):
            p = active[k]
            cost = step_cost(
                roads, steps, last, i,
                states.arc[p], states.offset_m[p], states.arc[q], states.offset_m[q],
            )[0]  # fmt: skip
            if cost < np.inf and not stands.held[i]:
                variance = (
                    nx * nx * known[k, 2]
                    + 2.0 * nx * ny * known[k, 3]
                    + ny * ny * known[k, 4]
                    + noise
                )
                surprise_m = states.across_m[q] - nx * known[k, 0] - ny * known[k, 1]
                cost += states.cost[q] + innovation_cost(surprise_m, variance, power, error.tail)
            block[k, j] = cost
            if cost + forward[k] < total[j]:
                total[j] = cost + forward[k]
                best[j] = k
                linked = True
    return linked


@njit(cache=True, nogil=True)
def _learn(
    states: States, stands: Stands, error: ErrorModel, i: int, j: int,
    predicted: Floats, learnt: Floats,
) -> None:  # fmt: skip
    """Correct a predicted error by what state `j` of fix `i` says of it (Kalman 1960)."""
    learnt[:] = predicted
    if not stands.held[i]:
        q = states.first[i] + j
        nx = states.normal_x[q]
        ny = states.normal_y[q]
        gain_x = nx * predicted[2] + ny * predicted[3]
        gain_y = nx * predicted[3] + ny * predicted[4]
        variance = nx * gain_x + ny * gain_y + error.white_m**2
        surprise_m = states.across_m[q] - nx * predicted[0] - ny * predicted[1]
        learnt[0] += gain_x * surprise_m / variance
        learnt[1] += gain_y * surprise_m / variance
        learnt[2] -= gain_x * gain_x / variance
        learnt[3] -= gain_x * gain_y / variance
        learnt[4] -= gain_y * gain_y / variance
    learnt[0] += stands.shift_x[i]
    learnt[1] += stands.shift_y[i]


@njit(cache=True, nogil=True)
def decide(lattice: Lattice) -> tuple[Places, Floats]:
    """Choose the cheapest chains, backward.

    Returns for each fix the active state chosen, -1 if it is not placed, and for each active state
    the cost of the cheapest chain from it to the next anchor or to the end.
    """
    count = len(lattice.before)
    chosen = np.full(count, -1, dtype=np.int64)
    after = np.full(count, -1, dtype=np.int64)
    onward = np.zeros(len(lattice.active))
    for i in range(count - 1, -1, -1):
        begin = lattice.first[i]
        end = lattice.first[i + 1]
        if begin == end:
            continue
        if lattice.before[i] >= 0:
            after[lattice.before[i]] = i
        j = after[i]
        if j < 0:  # no later fix reached back here: the chain ends with this fix
            chosen[i] = begin + np.argmin(lattice.forward[begin:end])
            continue
        chosen[i] = lattice.back[chosen[j]]
        if lattice.anchor[i]:
            continue
        width = lattice.first[j + 1] - lattice.first[j]
        for k in range(end - begin):
            at = lattice.pair_first[j] + k * width
            onward[begin + k] = np.min(
                lattice.pair[at : at + width] + onward[lattice.first[j] : lattice.first[j + 1]]
            )
    return chosen, onward
