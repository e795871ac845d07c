"""One step of the Viterbi search: from the states of one fix to those of the next.

Most pairs of states are hopeless, and what makes a pair dear is cheap to bound: the chain up to the
first state, what the second state costs itself, the surprise, and how much longer than the straight
line the way is at least. So the states before are taken in order of their chains' cost, the
cheapest is tried first with every state, and a pair whose bound is beyond what matters is not
worked out. What matters: states whose chain is within `beam` of the cheapest, and pairs within
`margin` of the cheapest to the same state, for what is dearer cannot come within `margin` of the
best explanation of the track. Nothing that is reported depends on pairs left out.

What several pairs share is worked out once: the surprise of both directions of an edge, and routes
between nodes, which are remembered from step to step.

The surprise is bounded by ``log(u) >= 4 (sqrt(u) - 1) / (sqrt(u) + 1)`` for ``u >= 1``, which is
``log(v) >= 2 (v - 1) / (v + 1)`` for ``v = sqrt(u)``.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.emission import innovation_cost
from geofence.matching.route_table import find_route
from geofence.matching.states import States
from geofence.matching.transition import Roads, Step, length_cost, turned, way_cost

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]

ROUNDING = 1e-6
"""Room for rounding in bounds, which are not worked out in the order of what they bound."""
MEMORY = 4096
"""How many routes are remembered; a power of two."""


class Worktop(NamedTuple):
    """Arrays of one step, used again at the next.

    Those of the states before are in `order`, but for `best` and the second axis of `cost`.
    """

    order: Places
    """The states before, the cheapest chain first; the lower one where two cost the same."""
    forward: Floats
    arc: Places
    """Of the states before,"""
    node: Places
    """the node it leads to,"""
    turned: Places
    """the arc that turns round there at a price,"""
    offset_m: Floats
    """where on the arc the state is,"""
    length_m: Floats
    """and how long the arc is."""
    edge: Places
    """The edge for which the next four hold, -1 if for none."""
    variance_m2: Floats
    surprise_m: Floats
    least: Floats
    """A bound of what the surprise costs,"""
    innovation: Floats
    """and what it costs; NaN if that has not been worked out."""
    ends: Places
    """Two nodes for which a route is remembered, as one number; -1 where there are none."""
    row: Places
    """Index of that route in the table, -1 if there is none,"""
    between_m: Floats
    """and its length, infinite if there is none."""
    cost: Floats
    """Cost of each pair, by state after and state before; infinite where it does not matter. Of a
    state after that no chain leads to there are none."""
    total: Floats
    """For each state after the cost of the cheapest chain,"""
    best: Places
    """and the state before that it comes from."""


class Surprise(NamedTuple):
    """What a step needs to know of the receiver's error."""

    power_m2: float
    noise_m2: float
    tail: float
    added_m2: float
    """Variance that every state's error has gained since the last fix, at least."""


@kernel
def lay_worktop(most: int) -> Worktop:
    """Make room for steps with up to `most` states a fix."""
    return Worktop(
        np.empty(most, dtype=np.int64), np.empty(most), np.empty(most, dtype=np.int64),
        np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64), np.empty(most),
        np.empty(most), np.empty(most, dtype=np.int64), np.empty(most), np.empty(most),
        np.empty(most), np.empty(most), np.full(MEMORY, -1, dtype=np.int64),
        np.empty(MEMORY, dtype=np.int64), np.empty(MEMORY), np.empty((most, most)),
        np.empty(most), np.empty(most, dtype=np.int64),
    )  # fmt: skip


@kernel
def compare(
    states: States, roads: Roads, step: Step, surprise: Surprise,
    active: Places, forward: Floats, active_from: int, active_to: int, begin: int, end: int,
    known: Floats, top: Worktop, beam: float, margin: float,
) -> bool:  # fmt: skip
    """Find for the states ``begin:end`` the cheapest way from the active states of the fix before.

    Fills `cost`, `total` and `best` of the worktop and tells whether any way was found.
    """
    height = active_to - active_from
    _sort(forward, active_from, active_to, top)
    _lay_before(states, roads, active, active_from, height, top)
    power, noise, tail, added = surprise
    floor = 0.5 * math.log((added + noise) / power) - ROUNDING
    longest_m = step.straight_m if np.isnan(step.told_m) else max(step.straight_m, step.told_m)
    least = np.inf
    for sweep in range(2):
        start = sweep
        stop = 1 if sweep == 0 else height
        for j in range(end - begin):
            q = begin + j
            arc_q = states.arc[q]
            edge_q = arc_q >> 1
            offset_q = states.offset_m[q]
            from_q = roads.arc_from[arc_q]
            turned_q = turned(roads.arc_from, roads.dead_end, arc_q)
            own = states.cost[q]
            sum_j = np.inf if sweep == 0 else top.total[j]
            best_j = 0 if sweep == 0 else top.best[j]
            for s in range(start, stop):
                bound = min(sum_j, least + beam) + margin
                lower = top.forward[s] + own
                if lower + floor > bound:
                    break
                if top.edge[s] != edge_q:
                    _surprise(states, q, known, surprise, floor, s, top)
                if lower + top.least[s] > bound:
                    continue
                if np.isnan(top.innovation[s]):
                    top.innovation[s] = innovation_cost(
                        top.surprise_m[s], top.variance_m2[s], power, tail
                    )
                lower += top.innovation[s] - ROUNDING
                if lower > bound:
                    continue
                arc_p = top.arc[s]
                if arc_p >> 1 == edge_q:
                    row, between_m = _route(roads, top.node[s], from_q, top)
                    turn_cost = _turn_cost(roads, row, top.turned[s], turned_q, arc_p, arc_q)
                    cost = way_cost(
                        step, arc_p, top.offset_m[s], top.length_m[s], arc_q, offset_q,
                        row, between_m, turn_cost, roads.back_cost,
                    )[0]  # fmt: skip
                else:
                    rest_m = top.length_m[s] - top.offset_m[s]
                    if lower + (rest_m + offset_q - longest_m) / step.beta_m > bound:
                        continue
                    row, between_m = _route(roads, top.node[s], from_q, top)
                    route_m = rest_m + between_m + offset_q
                    if route_m > step.reach_m:
                        continue
                    detour_m = max(step.straight_m - route_m, route_m - longest_m)
                    if lower + detour_m / step.beta_m > bound:
                        continue
                    turn_cost = _turn_cost(roads, row, top.turned[s], turned_q, arc_p, arc_q)
                    error_m = step.turned_error_m if turn_cost > 0.0 else step.told_error_m
                    cost = length_cost(route_m, step, error_m) + turn_cost
                if cost == np.inf or lower + cost > bound:
                    continue
                k = top.order[s]
                cost += own + top.innovation[s]
                if sum_j == np.inf:
                    top.cost[j, :height] = np.inf
                top.cost[j, k] = cost
                total = cost + top.forward[s]
                if total < sum_j or (total == sum_j and k < best_j):
                    sum_j = total
                    best_j = k
                    least = min(least, total)
            top.total[j] = sum_j
            top.best[j] = best_j
    return least < np.inf


@kernel
def _surprise(
    states: States, q: int, known: Floats, surprise: Surprise, floor: float, s: int, top: Worktop
) -> None:
    """Work out what a state says of the error that a state before it, number `s`, expects."""
    k = top.order[s]
    nx = states.normal_x[q]
    ny = states.normal_y[q]
    variance = (
        nx * nx * known[k, 2]
        + 2.0 * nx * ny * known[k, 3]
        + ny * ny * known[k, 4]
        + surprise.noise_m2
    )  # fmt: skip
    surprise_m = states.across_m[q] - nx * known[k, 0] - ny * known[k, 1]
    root = math.sqrt(1.0 + surprise_m * surprise_m / (variance * surprise.tail))
    top.edge[s] = states.arc[q] >> 1
    top.variance_m2[s] = variance
    top.surprise_m[s] = surprise_m
    top.least[s] = floor + (surprise.tail + 1.0) * 2.0 * (root - 1.0) / (root + 1.0)
    top.innovation[s] = np.nan


@kernel
def _route(roads: Roads, origin: int, goal: int, top: Worktop) -> tuple[int, float]:
    """Give the route from node to node, its index in the table and its length; remember it."""
    ends = origin * len(roads.dead_end) + goal
    at = ((ends * 0x9E3779B1) >> 15) & (MEMORY - 1)
    if top.ends[at] != ends:
        row = find_route(roads.first, roads.target, origin, goal)
        top.ends[at] = ends
        top.row[at] = row
        top.between_m[at] = roads.distance_m[row] if row >= 0 else np.inf
    return top.row[at], top.between_m[at]


@kernel
def _turn_cost(
    roads: Roads, row: int, turned_p: int, turned_q: int, arc_p: int, arc_q: int
) -> float:
    """Give the price of turning round at the ends of a route."""
    if row < 0:
        return 0.0
    first_arc = roads.first_arc[row] if roads.first_arc[row] >= 0 else arc_q
    last_arc = roads.last_arc[row] if roads.last_arc[row] >= 0 else arc_p
    return roads.u_turn_cost if first_arc == turned_p or last_arc == turned_q else 0.0


@kernel
def hold(
    states: States, active: Places, forward: Floats, active_from: int, active_to: int,
    begin: int, end: int, top: Worktop,
) -> bool:  # fmt: skip
    """Keep each state within a stand in its place; the fixes of a stand say nothing new.

    Both lists of states are in order of their arcs, each of which they hold once.
    """
    height = active_to - active_from
    linked = False
    k = 0
    for j in range(end - begin):
        top.total[j] = np.inf
        top.best[j] = 0
        arc = states.arc[begin + j]
        while k < height and states.arc[active[active_from + k]] < arc:
            k += 1
        if k < height and states.arc[active[active_from + k]] == arc:
            top.cost[j, :height] = np.inf
            top.cost[j, k] = 0.0
            top.total[j] = forward[active_from + k]
            top.best[j] = k
            linked = True
    return linked


@kernel
def _sort(forward: Floats, active_from: int, active_to: int, top: Worktop) -> None:
    """Put the states before in order of their chains' cost (insertion: they are few)."""
    for k in range(active_to - active_from):
        cost = forward[active_from + k]
        at = k
        while at > 0 and top.forward[at - 1] > cost:
            top.forward[at] = top.forward[at - 1]
            top.order[at] = top.order[at - 1]
            at -= 1
        top.forward[at] = cost
        top.order[at] = k


@kernel
def _lay_before(
    states: States, roads: Roads, active: Places, active_from: int, height: int, top: Worktop
) -> None:
    """Lay out what pairs need to know of the states before."""
    for s in range(height):
        p = active[active_from + top.order[s]]
        arc = states.arc[p]
        top.arc[s] = arc
        top.node[s] = roads.arc_to[arc]
        top.turned[s] = turned(roads.arc_to, roads.dead_end, arc)
        top.offset_m[s] = states.offset_m[p]
        top.length_m[s] = roads.edge_length_m[arc >> 1]
        top.edge[s] = -1
