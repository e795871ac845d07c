"""One step of the Viterbi search: from the states of one fix to those of the next.

Most pairs of states are hopeless, and what makes a pair dear is cheap to bound: the chain up to the
first state, what the second state costs itself, and the surprise. So the states before are taken in
order of their chains' cost, the cheapest is tried first with every state, and a pair whose bound is
beyond what matters is not worked out. What matters: states whose chain is within `beam` of the
cheapest, and pairs within `margin` of the cheapest to the same state, for what is dearer cannot
come within `margin` of the best explanation of the track. Nothing that is reported depends on pairs
left out.

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
from geofence.matching.transition import Roads, Step, turned, way_cost

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]

ROUNDING = 1e-6
"""Room for rounding in bounds, which are not worked out in the order of what they bound."""
UNKNOWN = -2
"""A route that has not been looked up yet."""


class Worktop(NamedTuple):
    """Arrays of one step, used again at the next; those of the states before are in `order`."""

    order: Places
    """The states before, the cheapest chain first; the lower one where two cost the same."""
    forward: Floats
    origin: Places
    """For each state before, the place of the node its arc leads to in `row`."""
    goal: Places
    """For each state after, the place of the node its arc begins at in `row`."""
    row: NDArray[np.int64]
    """Index in the route table from origin to goal, -1 if there is no route."""
    place: Places
    """For each node its place as origin or goal."""
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
def lay_worktop(most: int, nodes: int) -> Worktop:
    """Make room for steps with up to `most` states a fix."""
    return Worktop(
        np.empty(most, dtype=np.int64), np.empty(most), np.empty(most, dtype=np.int64),
        np.empty(most, dtype=np.int64), np.empty((most, most), dtype=np.int64),
        np.full(nodes, -1, dtype=np.int64), np.empty((most, most)), np.empty(most),
        np.empty(most, dtype=np.int64),
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
    _place_nodes(states, roads, active, active_from, active_to, begin, end, top)
    power, noise, tail, added = surprise
    floor = 0.5 * math.log((added + noise) / power) - ROUNDING
    least = np.inf
    for sweep in range(2):
        start = sweep
        stop = 1 if sweep == 0 else height
        for j in range(end - begin):
            if sweep == 0:
                top.total[j] = np.inf
                top.best[j] = 0
            q = begin + j
            nx = states.normal_x[q]
            ny = states.normal_y[q]
            arc_q = states.arc[q]
            own = states.cost[q]
            for s in range(start, stop):
                bound = min(top.total[j], least + beam) + margin
                lower = top.forward[s] + own + floor
                if lower > bound:
                    break
                k = top.order[s]
                variance = (
                    nx * nx * known[k, 2]
                    + 2.0 * nx * ny * known[k, 3]
                    + ny * ny * known[k, 4]
                    + noise
                )
                surprise_m = states.across_m[q] - nx * known[k, 0] - ny * known[k, 1]
                root = math.sqrt(1.0 + surprise_m * surprise_m / (variance * tail))
                lower += (tail + 1.0) * 2.0 * (root - 1.0) / (root + 1.0)
                if lower > bound:
                    continue
                p = active[active_from + k]
                arc_p = states.arc[p]
                row = top.row[top.origin[k], top.goal[j]]
                if row == UNKNOWN:
                    row = find_route(
                        roads.first, roads.target, roads.arc_to[arc_p], roads.arc_from[arc_q]
                    )
                    top.row[top.origin[k], top.goal[j]] = row
                between_m = np.inf
                turn_cost = 0.0
                if row >= 0:
                    between_m = roads.distance_m[row]
                    first_arc = roads.first_arc[row] if roads.first_arc[row] >= 0 else arc_q
                    last_arc = roads.last_arc[row] if roads.last_arc[row] >= 0 else arc_p
                    if first_arc == turned(
                        roads.arc_to, roads.dead_end, arc_p
                    ) or last_arc == turned(roads.arc_from, roads.dead_end, arc_q):
                        turn_cost = roads.u_turn_cost
                cost = way_cost(
                    step, arc_p, states.offset_m[p], roads.edge_length_m[arc_p >> 1],
                    arc_q, states.offset_m[q], row, between_m, turn_cost, roads.back_cost,
                )[0]  # fmt: skip
                if cost == np.inf or lower + cost > bound:
                    continue
                cost += own + innovation_cost(surprise_m, variance, power, tail)
                if top.total[j] == np.inf:
                    top.cost[j, :height] = np.inf
                top.cost[j, k] = cost
                total = cost + top.forward[s]
                if total < top.total[j] or (total == top.total[j] and k < top.best[j]):
                    top.total[j] = total
                    top.best[j] = k
                    least = min(least, total)
    return least < np.inf


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
def _place_nodes(
    states: States, roads: Roads, active: Places, active_from: int, active_to: int,
    begin: int, end: int, top: Worktop,
) -> None:  # fmt: skip
    """Give the nodes at the ends of arcs places in `row`: several states share one."""
    origins = 0
    for k in range(active_to - active_from):
        node = roads.arc_to[states.arc[active[active_from + k]]]
        if top.place[node] < 0:
            top.place[node] = origins
            origins += 1
        top.origin[k] = top.place[node]
    for k in range(active_to - active_from):
        top.place[roads.arc_to[states.arc[active[active_from + k]]]] = -1
    goals = 0
    for j in range(end - begin):
        node = roads.arc_from[states.arc[begin + j]]
        if top.place[node] < 0:
            top.place[node] = goals
            goals += 1
        top.goal[j] = top.place[node]
    for j in range(end - begin):
        top.place[roads.arc_from[states.arc[begin + j]]] = -1
    for origin in range(origins):
        for goal in range(goals):
            top.row[origin, goal] = UNKNOWN
