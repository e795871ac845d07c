"""Viterbi search: the cheapest chains of states through the fixes of a vehicle, and their rivals.

A *state* is an arc and a place on it: a candidate with a direction of travel. Each state that
survives carries the error of the receiver as its cheapest chain has seen it, a mean east and north
with its covariance (per-survivor processing, Raheli, Polydoros & Tzou 1995;
`geofence.matching.emission` tells why).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.emission import innovation_cost
from geofence.matching.states import States
from geofence.matching.transition import Roads, Steps, step_between
from geofence.matching.viterbi_step import Surprise, Worktop, compare, lay_worktop
from geofence.track.growth import grown
from geofence.track.standing import Stands

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


class ErrorModel(NamedTuple):
    """How the error of a receiver behaves; see `geofence.matching.settings`."""

    sigma_m: Floats
    """One a fix."""
    correlation_ms: float
    white_m: float
    tail: float


class Lattice(NamedTuple):
    """The states that survive, with the costs of the chains through them.

    The active states of fix ``i`` are ``active[first[i]:first[i + 1]]``. The pairs of the step that
    ends with fix ``i`` begin at ``pair_first[i]``: for each state before it, all its own. A step
    within a stand has none: each state comes from the one in `back`, at no cost.
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


@kernel
def search(
    cut: Flags, steps: Steps, stands: Stands, states: States, roads: Roads, error: ErrorModel,
    bridge_ms: float, beam: float, margin: float,
) -> Lattice:  # fmt: skip
    """Find the cheapest chains forward. Ties go to the state with the least arc id.

    Fixes held within a stand have no states of their own: they say nothing new. Pairs that cannot
    be part of an explanation within `margin` of the best may cost infinitely much.
    """
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
    top = lay_worktop(most)
    survives = np.empty(most, dtype=np.int64)
    # of each active state: error east and north, its variances and covariance
    known = np.empty((most, 5))
    fresh = np.empty((most, 5))
    noise = error.white_m**2
    used = 0
    pairs = 0
    last = -1
    place = -1
    for i in range(count):
        first[i] = used
        pair_first[i] = pairs
        if stands.held[i]:
            if last < i - 1:
                continue  # the first fix of the stand has no place
            width = used - first[last]
            if used + width > len(active):
                active, forward, back = _wider(active, forward, back, width)
            for k in range(width):
                active[used + k] = active[first[last] + k]
                forward[used + k] = forward[first[last] + k]
                back[used + k] = first[last] + k
                known[k, 0] += stands.shift_x[i]
                known[k, 1] += stands.shift_y[i]
            before[i] = last
            anchor[i] = width == 1
            used += width
            last = i
            continue
        place += 1
        if cut[i]:
            last = -1
        begin = states.first[place]
        end = states.first[place + 1]
        if begin == end:
            continue
        if i - last > 1 and last >= 0 and steps.time_ms[i] - steps.time_ms[last] > bridge_ms:
            last = -1
        power = error.sigma_m[i] ** 2
        linked = False
        if last >= 0:
            keep = np.exp((steps.time_ms[last] - steps.time_ms[i]) / error.correlation_ms)
            memory = stands.memory[i]
            added = ((1.0 - keep * keep) * memory * memory + stands.spread[i]) * power
            _predict(known, first[last + 1] - first[last], keep * memory, added)
            linked = compare(
                states, roads, step_between(steps, last, i),
                Surprise(power, noise, error.tail, added),
                active, forward, first[last], first[last + 1], begin, end,
                known, top, beam, margin,
            )  # fmt: skip
        if linked:
            before[i] = last
        else:
            whole = power * (stands.memory[i] ** 2 + stands.spread[i])
            _begin(states, begin, end, whole, noise, power, error.tail, known, top)
        if used + end - begin > len(active):
            active, forward, back = _wider(active, forward, back, end - begin)
        limit = np.min(top.total[: end - begin]) + beam
        kept = 0
        for j in range(end - begin):
            if top.total[j] > limit:
                continue
            survives[kept] = j
            active[used + kept] = begin + j
            forward[used + kept] = top.total[j]
            back[used + kept] = first[last] + top.best[j] if linked else -1
            _correct(
                known, top.best[j], fresh, kept, states.across_m[begin + j],
                states.normal_x[begin + j], states.normal_y[begin + j], noise,
                stands.shift_x[i], stands.shift_y[i],
            )  # fmt: skip
            kept += 1
        height = first[last + 1] - first[last] if linked else 0
        if pairs + height * kept > len(pair):
            pair = grown(pair, 2 * len(pair) + height * kept)
        for k in range(height):
            for m in range(kept):
                pair[pairs + k * kept + m] = top.cost[survives[m], k]
        pairs += height * kept
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


@kernel
def _predict(known: Floats, height: int, keep: float, added: float) -> None:
    """Carry the errors of the states of a fix on to the next fix, or to the mean of its stand."""
    for k in range(height):
        known[k, 0] *= keep
        known[k, 1] *= keep
        known[k, 2] = known[k, 2] * keep * keep + added
        known[k, 3] *= keep * keep
        known[k, 4] = known[k, 4] * keep * keep + added


@kernel
def _begin(
    states: States, begin: int, end: int, whole: float, noise: float, power: float, tail: float,
    known: Floats, top: Worktop,
) -> None:  # fmt: skip
    """Begin new chains with a fix: of the error nothing is known but its variance."""
    known[0, 0] = 0.0
    known[0, 1] = 0.0
    known[0, 2] = whole
    known[0, 3] = 0.0
    known[0, 4] = whole
    for q in range(begin, end):
        top.best[q - begin] = 0
        top.total[q - begin] = states.cost[q] + innovation_cost(
            states.across_m[q], whole + noise, power, tail
        )


@kernel
def _correct(
    known: Floats, k: int, fresh: Floats, kept: int,
    across_m: float, nx: float, ny: float, noise: float, shift_x: float, shift_y: float,
) -> None:  # fmt: skip
    """Correct error `k` by how far a fix lies off (Kalman 1960)."""
    x, y, xx, xy, yy = known[k, 0], known[k, 1], known[k, 2], known[k, 3], known[k, 4]
    gain_x = nx * xx + ny * xy
    gain_y = nx * xy + ny * yy
    variance = nx * gain_x + ny * gain_y + noise
    surprise_m = across_m - nx * x - ny * y
    fresh[kept, 0] = x + gain_x * surprise_m / variance + shift_x
    fresh[kept, 1] = y + gain_y * surprise_m / variance + shift_y
    fresh[kept, 2] = xx - gain_x * gain_x / variance
    fresh[kept, 3] = xy - gain_x * gain_y / variance
    fresh[kept, 4] = yy - gain_y * gain_y / variance


@kernel
def _wider(
    active: Places, forward: Floats, back: Places, more: int
) -> tuple[Places, Floats, Places]:
    """Make room for more active states."""
    room = 2 * len(active) + more
    return grown(active, room), grown(forward, room), grown(back, room)


@kernel
def is_within_stand(pair_first: Places, following: int) -> bool:
    """Whether the step to a fix has no pairs: each state comes from the one in `back`."""
    return bool(pair_first[following] == pair_first[following + 1])


@kernel
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
        if is_within_stand(lattice.pair_first, j):
            onward[begin:end] = np.inf
            for at in range(lattice.first[j], lattice.first[j + 1]):
                onward[lattice.back[at]] = onward[at]
            continue
        for k in range(end - begin):
            at = lattice.pair_first[j] + k * width
            least = np.inf
            for m in range(width):
                least = min(least, lattice.pair[at + m] + onward[lattice.first[j] + m])
            onward[begin + k] = least
    return chosen, onward
