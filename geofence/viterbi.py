"""Viterbi search: the cheapest chain of states through the fixes of a vehicle.

A *state* is an arc and a place on it: a candidate with a direction of travel.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geofence.emission import heading_cost, position_cost
from geofence.growth import grown
from geofence.transition import detour_cost, find_route

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]


@njit(cache=True)
def build_states(
    candidate_first: NDArray[np.int64], candidate_edge: Indices, candidate_offset_m: Floats,
    candidate_distance_m: Floats, candidate_bearing: Floats,
    edge_length_m: Floats, arc_open: Flags,
    sigma_m: Floats, heading_deg: Floats, heading_used: Flags,
    concentration: float, wrong_way_cost: float, prune_cost: float,
) -> tuple[NDArray[np.int64], Indices, Floats, Floats]:  # fmt: skip
    """Give each candidate its directions of travel and emission costs; drop hopeless states.

    A one-way street may be driven against its direction, at a price that only a fix with no better
    explanation pays: trucks that collect do it.

    Returns the first state of each fix (fixes + 1,), and of each state its arc, its offset along
    the arc in metres and its emission cost.
    """
    count = len(sigma_m)
    first = np.zeros(count + 1, dtype=np.int64)
    room = max(16, 2 * len(candidate_edge))
    arc = np.empty(room, dtype=np.int32)
    offset = np.empty(room)
    cost = np.empty(room)
    used = 0
    for i in range(count):
        begin = used
        least = np.inf
        for k in range(candidate_first[i], candidate_first[i + 1]):
            edge = candidate_edge[k]
            across = position_cost(candidate_distance_m[k], sigma_m[i])
            for side in range(2):
                along = 0.0 if arc_open[2 * edge + side] else wrong_way_cost
                if heading_used[i]:
                    bearing = candidate_bearing[k] + side * np.pi
                    along += heading_cost(heading_deg[i], bearing, concentration)
                arc[used] = 2 * edge + side
                here = candidate_offset_m[k]
                offset[used] = here if side == 0 else edge_length_m[edge] - here
                cost[used] = across + along
                least = min(least, across + along)
                used += 1
        kept = begin
        for state in range(begin, used):
            if cost[state] <= least + prune_cost:
                arc[kept] = arc[state]
                offset[kept] = offset[state]
                cost[kept] = cost[state]
                kept += 1
        used = kept
        first[i + 1] = used
    return first, arc[:used], offset[:used], cost[:used]


@njit(cache=True)
def search(
    time_ms: NDArray[np.int64], x: Floats, y: Floats, cut: Flags,
    state_first: NDArray[np.int64], state_arc: Indices, state_offset_m: Floats, state_cost: Floats,
    arc_from: Indices, arc_to: Indices, edge_length_m: Floats, dead_end: Flags,
    table_first: NDArray[np.int64], table_target: Indices, table_m: Floats,
    table_first_arc: Indices, table_last_arc: Indices,
    slack_m: Floats, reach_m: Floats,
    beta_base_m: float, beta_per_s: float, u_turn_cost: float, bridge_ms: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Find the cheapest chains.

    Returns for each fix the state chosen (-1 if it is not placed) and the fix before it on its
    chain (-1 where a chain begins). Ties go to the state with the least arc id.
    """
    count = len(time_ms)
    total = np.full(len(state_arc), np.inf)
    back = np.full(len(state_arc), -1, dtype=np.int64)
    before = np.full(count, -1, dtype=np.int64)
    placed = -1
    for i in range(count):
        if cut[i]:
            placed = -1
        if state_first[i] == state_first[i + 1]:
            continue
        pause_ms = 0
        if placed >= 0:
            pause_ms = time_ms[i] - time_ms[placed]
            if i - placed > 1 and pause_ms > bridge_ms:
                placed = -1
        linked = False
        if placed >= 0:
            straight_m = np.hypot(x[i] - x[placed], y[i] - y[placed])
            beta_m = beta_base_m + beta_per_s * pause_ms / 1000.0
            for q in range(state_first[i], state_first[i + 1]):
                for p in range(state_first[placed], state_first[placed + 1]):
                    if total[p] + state_cost[q] >= total[q]:
                        continue
                    step = step_cost(
                        state_arc[p], state_offset_m[p], state_arc[q], state_offset_m[q],
                        arc_from, arc_to, edge_length_m, dead_end,
                        table_first, table_target, table_m, table_first_arc, table_last_arc,
                        straight_m, slack_m[i], reach_m[i], beta_m, u_turn_cost,
                    )[0]  # fmt: skip
                    if total[p] + step + state_cost[q] < total[q]:
                        total[q] = total[p] + step + state_cost[q]
                        back[q] = p
                        linked = True
        if linked:
            before[i] = placed
        else:
            for q in range(state_first[i], state_first[i + 1]):
                total[q] = state_cost[q]
        placed = i
    return _walk_back(total, back, before, state_first), before


@njit(cache=True)
def _walk_back(
    total: Floats,
    back: NDArray[np.int64],
    before: NDArray[np.int64],
    state_first: NDArray[np.int64],
) -> NDArray[np.int64]:
    count = len(before)
    chosen = np.full(count, -1, dtype=np.int64)
    for i in range(count - 1, -1, -1):
        if state_first[i] == state_first[i + 1]:
            continue
        if chosen[i] < 0:  # no later fix reached back here: the chain ends with this fix
            best = state_first[i]
            for q in range(state_first[i] + 1, state_first[i + 1]):
                if total[q] < total[best]:
                    best = q
            chosen[i] = best
        if before[i] >= 0:
            chosen[before[i]] = back[chosen[i]]
    return chosen


@njit(cache=True)
def step_cost(
    arc_p: int, offset_p: float, arc_q: int, offset_q: float,
    arc_from: Indices, arc_to: Indices, edge_length_m: Floats, dead_end: Flags,
    table_first: NDArray[np.int64], table_target: Indices, table_m: Floats,
    table_first_arc: Indices, table_last_arc: Indices,
    straight_m: float, slack_m: float, reach_m: float, beta_m: float, u_turn_cost: float,
) -> tuple[float, float, int]:  # fmt: skip
    """Cost of the best route from one state to another.

    Returns the cost (infinite if there is no route within reach), the route's length in metres
    and how it goes: the index of its row in the table, -1 along one arc, -2 turning back midway.
    """
    length_p = edge_length_m[arc_p >> 1]
    if arc_p == arc_q and offset_q >= offset_p - slack_m:
        route_m = max(0.0, offset_q - offset_p)
        if route_m <= reach_m:
            back_m = max(0.0, offset_p - offset_q)
            return detour_cost(route_m + back_m, straight_m, beta_m) + back_m / beta_m, route_m, -1
    best = np.inf
    best_m = np.inf
    way = -1
    if arc_p == arc_q ^ 1:
        route_m = abs(length_p - offset_q - offset_p)
        if route_m <= reach_m:
            best = detour_cost(route_m, straight_m, beta_m) + u_turn_cost
            best_m = route_m
            way = -2
    row = find_route(table_first, table_target, arc_to[arc_p], arc_from[arc_q])
    if row >= 0:
        route_m = length_p - offset_p + table_m[row] + offset_q
        if route_m <= reach_m:
            cost = detour_cost(route_m, straight_m, beta_m)
            first_arc = table_first_arc[row] if table_first_arc[row] >= 0 else arc_q
            last_arc = table_last_arc[row] if table_last_arc[row] >= 0 else arc_p
            turns_first = first_arc == arc_p ^ 1 and not dead_end[arc_to[arc_p]]
            turns_last = last_arc == arc_q ^ 1 and not dead_end[arc_from[arc_q]]
            if turns_first or turns_last:
                cost += u_turn_cost
            if cost < best:
                best = cost
                best_m = route_m
                way = row
    return best, best_m, way


@njit(cache=True)
def trace(
    time_ms: NDArray[np.int64], x: Floats, y: Floats,
    chosen: NDArray[np.int64], before: NDArray[np.int64],
    state_arc: Indices, state_offset_m: Floats,
    arc_from: Indices, arc_to: Indices, edge_length_m: Floats, dead_end: Flags,
    table_first: NDArray[np.int64], table_target: Indices, table_m: Floats,
    table_first_arc: Indices, table_last_arc: Indices,
    slack_m: Floats, reach_m: Floats,
    beta_base_m: float, beta_per_s: float, u_turn_cost: float,
) -> tuple[NDArray[np.int64], Indices, Floats, Floats, Floats, Floats]:  # fmt: skip
    """Lay out the routes between the fixes of each chain as pieces of arcs, in order of travel.

    Returns of each piece the fix it leads to, its arc, where it begins and ends along the arc, and
    how far along the route between the two fixes it begins; and for each fix the progress towards
    it in metres, which is negative where its error puts it behind the fix before it.
    """
    progress = np.zeros(len(time_ms))
    room = max(16, 2 * len(time_ms))
    fix = np.empty(room, dtype=np.int64)
    arc = np.empty(room, dtype=np.int32)
    begin = np.empty(room)
    end = np.empty(room)
    along = np.empty(room)
    used = 0
    for i in range(len(time_ms)):
        if before[i] < 0:
            continue
        p = chosen[before[i]]
        q = chosen[i]
        straight_m = np.hypot(x[i] - x[before[i]], y[i] - y[before[i]])
        beta_m = beta_base_m + beta_per_s * (time_ms[i] - time_ms[before[i]]) / 1000.0
        way = step_cost(
            state_arc[p], state_offset_m[p], state_arc[q], state_offset_m[q],
            arc_from, arc_to, edge_length_m, dead_end,
            table_first, table_target, table_m, table_first_arc, table_last_arc,
            straight_m, slack_m[i], reach_m[i], beta_m, u_turn_cost,
        )[2]  # fmt: skip
        if way == -1:
            progress[i] = state_offset_m[q] - state_offset_m[p]
        arcs = [state_arc[p]]
        if way >= 0:
            between = [state_arc[q]]
            node = arc_from[state_arc[q]]
            while node != arc_to[state_arc[p]]:
                row = find_route(table_first, table_target, arc_to[state_arc[p]], node)
                between.append(table_last_arc[row])
                node = arc_from[table_last_arc[row]]
            arcs.extend(between[::-1])
        if used + len(arcs) > room:
            room = 2 * room + len(arcs)
            fix = grown(fix, room)
            arc = grown(arc, room)
            begin = grown(begin, room)
            end = grown(end, room)
            along = grown(along, room)
        done_m = 0.0
        for k in range(len(arcs)):
            length_m = edge_length_m[arcs[k] >> 1]
            fix[used] = i
            arc[used] = arcs[k]
            begin[used] = state_offset_m[p] if k == 0 else 0.0
            end[used] = length_m
            if way == -2:
                end[used] = length_m - state_offset_m[q]
            elif k == len(arcs) - 1:
                end[used] = state_offset_m[q]
            along[used] = done_m
            done_m += abs(end[used] - begin[used])
            used += 1
        if way != -1:
            progress[i] = done_m
    return fix[:used], arc[:used], begin[:used], end[:used], along[:used], progress
