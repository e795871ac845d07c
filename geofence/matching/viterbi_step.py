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
SPREAD = 0x9E3779B1
"""Multiplied by this, numbers near each other lie apart (Knuth 1973)."""


class Worktop(NamedTuple):
    """Arrays of one step, used again at the next.

    Those of the states before are in `order`, but for `best` and the second axis of `cost`.
    """

    order: Places
    """The states before, the cheapest chain first; the lower one where two cost the same."""
    forward: Floats
    way: Places
    """Shape (states, 4): of the states before the arc, the node it leads to and the arc that turns
    round there at a price; and the edge for which what is in `told` holds, -1 if for none."""
    along_m: Floats
    """Shape (states, 2): where on its arc a state before is, and how long the arc is."""
    told: Floats
    """Shape (states, 4): of the surprise between a state before and an edge its variance, itself, a
    bound of what it costs, and what it costs, NaN if that has not been worked out."""
    routes: Places
    """Shape (routes, 4): two nodes for which a route is remembered, as one number, -1 where there
    are none; the index of that route in the table, -1 if there is none; and its first and its last
    arc, -1 if it has none,"""
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
        np.empty(most, dtype=np.int64), np.empty(most), np.empty((most, 4), dtype=np.int64),
        np.empty((most, 2)), np.empty((most, 4)), np.full((MEMORY, 4), -1, dtype=np.int64),
        np.empty(MEMORY), np.empty((most, most)),
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
    # taken out of their tuples once: each time counts references
    route_first_arc = roads.first_arc
    route_last_arc = roads.last_arc
    route_first = roads.first
    route_target = roads.target
    distance_m = roads.distance_m
    arc_from = roads.arc_from
    arc_to = roads.arc_to
    dead_end = roads.dead_end
    normal_x = states.normal_x
    normal_y = states.normal_y
    across_m = states.across_m
    arcs = states.arc
    offset_m = states.offset_m
    own_cost = states.cost
    routes = top.routes
    remembered_m = top.between_m
    pair_cost = top.cost
    totals = top.total
    bests = top.best
    order, ahead, way, along_m, told = top.order, top.forward, top.way, top.along_m, top.told
    _sort(forward, active_from, height, order, ahead)
    nodes = len(dead_end)
    for s in range(height):
        p = active[active_from + order[s]]
        way[s, 0] = arcs[p]
        way[s, 1] = arc_to[arcs[p]]
        way[s, 2] = turned(arc_to, dead_end, arcs[p])
        way[s, 3] = -1
        along_m[s, 0] = offset_m[p]
        along_m[s, 1] = roads.edge_length_m[arcs[p] >> 1]
    power, noise, tail, added = surprise
    floor = 0.5 * math.log((added + noise) / power) - ROUNDING
    longest_m = step.straight_m if np.isnan(step.told_m) else max(step.straight_m, step.told_m)
    per_m = 1.0 / step.beta_m
    least = np.inf
    for sweep in range(2):
        start = sweep
        stop = 1 if sweep == 0 else height
        for j in range(end - begin):
            q = begin + j
            nx = normal_x[q]
            ny = normal_y[q]
            arc_q = arcs[q]
            edge_q = arc_q >> 1
            offset_q = offset_m[q]
            goal = arc_from[arc_q]
            own = own_cost[q]
            sum_j = np.inf if sweep == 0 else totals[j]
            best_j = 0 if sweep == 0 else bests[j]
            for s in range(start, stop):
                bound = min(sum_j, least + beam) + margin
                lower = ahead[s] + own
                if lower + floor > bound:
                    break
                rest_m = along_m[s, 1] - along_m[s, 0]
                arc_p = way[s, 0]
                apart = arc_p >> 1 != edge_q
                longer = (rest_m + offset_q - longest_m) * per_m
                if apart and lower + floor + longer > bound:
                    continue
                if way[s, 3] != edge_q:
                    k = order[s]
                    variance = (
                        nx * nx * known[k, 2]
                        + 2.0 * nx * ny * known[k, 3]
                        + ny * ny * known[k, 4]
                        + noise
                    )
                    surprise_m = across_m[q] - nx * known[k, 0] - ny * known[k, 1]
                    root = math.sqrt(1.0 + surprise_m * surprise_m / (variance * tail))
                    way[s, 3] = edge_q
                    told[s, 0] = variance
                    told[s, 1] = surprise_m
                    told[s, 2] = floor + (tail + 1.0) * 2.0 * (root - 1.0) / (root + 1.0)
                    told[s, 3] = np.nan
                lower += told[s, 2]
                if lower > bound or (apart and lower + longer > bound):
                    continue
                origin = way[s, 1]
                ends = origin * nodes + goal
                at = ((ends * SPREAD) >> 15) & (MEMORY - 1)
                if routes[at, 0] != ends:
                    row = find_route(route_first, route_target, origin, goal)
                    routes[at, 0] = ends
                    routes[at, 1] = row
                    routes[at, 2] = route_first_arc[row] if row >= 0 else -1
                    routes[at, 3] = route_last_arc[row] if row >= 0 else -1
                    remembered_m[at] = distance_m[row] if row >= 0 else np.inf
                row = routes[at, 1]
                between_m = remembered_m[at]
                route_m = rest_m + between_m + offset_q
                if apart:
                    if route_m > step.reach_m:
                        continue
                    detour_m = max(step.straight_m - route_m, route_m - longest_m)
                    if lower + detour_m * per_m > bound:
                        continue
                turn_cost = 0.0
                if row >= 0:
                    first_arc = routes[at, 2] if routes[at, 2] >= 0 else arc_q
                    last_arc = routes[at, 3] if routes[at, 3] >= 0 else arc_p
                    if first_arc == way[s, 2] or last_arc == turned(arc_from, dead_end, arc_q):
                        turn_cost = roads.u_turn_cost
                if apart:
                    error_m = step.turned_error_m if turn_cost > 0.0 else step.told_error_m
                    cost = length_cost(route_m, step, error_m) + turn_cost
                else:
                    cost = way_cost(
                        step, arc_p, along_m[s, 0], along_m[s, 1], arc_q, offset_q,
                        row, between_m, turn_cost, roads.back_cost,
                    )[0]  # fmt: skip
                if cost == np.inf or lower + cost > bound:
                    continue
                if np.isnan(told[s, 3]):
                    told[s, 3] = innovation_cost(told[s, 1], told[s, 0], power, tail)
                k = order[s]
                cost += own + told[s, 3]
                if sum_j == np.inf:
                    pair_cost[j, :height] = np.inf
                pair_cost[j, k] = cost
                total = cost + ahead[s]
                if total < sum_j or (total == sum_j and k < best_j):
                    sum_j = total
                    best_j = k
                    least = min(least, total)
            totals[j] = sum_j
            bests[j] = best_j
    return least < np.inf


@kernel
def _sort(forward: Floats, active_from: int, height: int, order: Places, ahead: Floats) -> None:
    """Put the states before in order of their chains' cost (insertion: they are few)."""
    for k in range(height):
        cost = forward[active_from + k]
        at = k
        while at > 0 and ahead[at - 1] > cost:
            ahead[at] = ahead[at - 1]
            order[at] = order[at - 1]
            at -= 1
        ahead[at] = cost
        order[at] = k
