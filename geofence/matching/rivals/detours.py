"""Detours: other routes between the same two fixes.

Within ten seconds a truck has one sensible route from place to place. Within a minute it may have
gone round either side of a block. So each edge of a longer step's route is tested: is there a route
without it that is hardly longer, or that goes better with the speeds reported? The edge on which a
route begins or ends is tested if the fix there may as well lie at the edge's far end.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.heap import pop_node, push_node
from geofence.matching.paths import Doubts, Pieces
from geofence.matching.transition import Roads, Step, Steps, length_cost, step_between
from geofence.network.network import Network
from geofence.track.growth import grown

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

SHORT_STEP_MS = 12_000
"""In a shorter step the fixes themselves tell the route."""
MISSED_STEPS = 2.5
"""A step this many times as long as the shorter of its neighbours is a silence: reports are missing
in it, so that it proves no more of its streets than the margin of denial does."""
END_SLACKS = 1.5
"""A fix no farther from the end of its edge than this many times what noise may move it back may
as well lie beyond that end."""
LONGER_M = 20.0
"""Where the search for the longest detour begins."""


def find_detours(
    network: Network, roads: Roads, steps: Steps, before: Places, path: Pieces, doubts: Doubts,
    margins: tuple[float, float],
) -> Pieces:  # fmt: skip
    """Dispute the pieces of a path that a detour can do without, and give the detours' own pieces.

    Clears flags of `doubts` in place.

    Parameters
    ----------
    margins
        What a detour must cost more for a piece to be certain, and to be undisputed.
    """
    fix, arc, spans = _search(
        network.node_first_arc, network.node_arcs, roads, steps, before,
        path, doubts.certain, margins[0], margins[1],
    )  # fmt: skip
    whole = np.zeros(len(fix)), roads.edge_length_m[arc >> 1]
    return Pieces(fix, arc, *whole, spans[:, 0], spans[:, 1], np.zeros(len(fix), dtype=np.bool_))


@kernel
def _search(
    node_first_arc: Indices, node_arcs: Indices, roads: Roads, steps: Steps, before: Places,
    path: Pieces, certain: Flags, credit_margin: float, denial_margin: float,
) -> tuple[Places, Indices, Floats]:  # fmt: skip
    nodes = len(node_first_arc) - 1
    best = np.full(nodes, np.inf)
    came_by = np.full(nodes, -1, dtype=np.int32)
    heap_m = np.empty(len(node_arcs) + 1)
    heap_node = np.empty(len(node_arcs) + 1, dtype=np.int32)
    fix = np.empty(16, dtype=np.int64)
    arcs = np.empty(16, dtype=np.int32)
    spans = np.empty((16, 2))
    used = 0
    begin = 0
    while begin < len(path.fix):
        i = path.fix[begin]
        end = begin
        while end < len(path.fix) and path.fix[end] == i:
            end += 1
        pause_ms = steps.time_ms[i] - steps.time_ms[before[i]]
        if pause_ms > SHORT_STEP_MS:
            step = step_between(steps, before[i], i)
            silent = pause_ms > MISSED_STEPS * _neighbour_ms(steps.time_ms, before[i], i)
            route_m = 0.0
            for k in range(begin, end):
                route_m += abs(path.to_m[k] - path.from_m[k])
            own_cost = length_cost(route_m, step, step.told_error_m)
            spare_m = min(
                longest_m(step, route_m, own_cost + denial_margin), steps.reach_m[i]
            ) - route_m  # fmt: skip
            for k in range(begin, end):
                arc = path.arc[k]
                length_m = roads.edge_length_m[arc >> 1]
                source = roads.arc_to[path.arc[begin]]
                target = roads.arc_from[path.arc[end - 1]]
                lost_m = length_m
                if k == begin:
                    if path.from_m[k] > END_SLACKS * steps.slack_m[i]:
                        continue
                    source = roads.arc_from[arc]
                    lost_m -= path.from_m[k]
                if k == end - 1:
                    if length_m - path.to_m[k] > END_SLACKS * steps.slack_m[i]:
                        continue
                    target = roads.arc_to[arc]
                    lost_m -= length_m - path.to_m[k]
                if lost_m <= 0.0 or path.to_m[k] < path.from_m[k]:
                    continue
                kept_m = 0.0  # of the route, outside of what lies between source and target
                if k > begin:
                    kept_m += abs(path.to_m[begin] - path.from_m[begin])
                if k < end - 1:
                    kept_m += abs(path.to_m[end - 1] - path.from_m[end - 1])
                way_m = _shortest(
                    node_first_arc, node_arcs, roads, source, target, route_m + spare_m - kept_m,
                    arc >> 1, path.arc[begin] >> 1, path.arc[end - 1] >> 1,
                    best, came_by, heap_m, heap_node,
                )  # fmt: skip
                if way_m == np.inf:
                    continue
                total_m = kept_m + way_m
                dearer = length_cost(total_m, step, step.told_error_m) - own_cost
                if dearer > denial_margin:
                    continue
                beats = dearer > (denial_margin if silent else credit_margin)
                for same in range(begin, end):
                    if path.arc[same] >> 1 == arc >> 1:
                        certain[same] &= beats
                node = target
                left_m = total_m
                if k < end - 1:
                    left_m -= abs(path.to_m[end - 1] - path.from_m[end - 1])
                while node != source:
                    via = came_by[node]
                    length_m = roads.edge_length_m[via >> 1]
                    if not np.any(path.arc[begin:end] >> 1 == via >> 1):
                        if used == len(fix):
                            fix = grown(fix, 2 * used)
                            arcs = grown(arcs, 2 * used)
                            wider = np.empty((2 * used, 2))
                            wider[:used] = spans
                            spans = wider
                        fix[used] = i
                        arcs[used] = via
                        spans[used, 0] = max(0.0, left_m - length_m) / total_m
                        spans[used, 1] = left_m / total_m
                        used += 1
                    left_m -= length_m
                    node = roads.arc_from[via]
        begin = end
    return fix[:used], arcs[:used], spans[:used]


@kernel
def _neighbour_ms(time_ms: Places, last: int, following: int) -> int:
    """Give how long the shorter of the steps before and after a step is, itself if it has none."""
    shortest = time_ms[following] - time_ms[last]
    if last > 0:
        shortest = min(shortest, time_ms[last] - time_ms[last - 1])
    if following + 1 < len(time_ms):
        shortest = min(shortest, time_ms[following + 1] - time_ms[following])
    return int(shortest)


@kernel
def longest_m(step: Step, route_m: float, limit: float) -> float:
    """Length of the longest way that costs no more than `limit`, by its length alone.

    It is found to a metre, beyond the way of length `route_m`.
    """
    low = max(route_m, step.straight_m)
    if not np.isnan(step.told_m):
        low = max(low, step.told_m)
    if length_cost(low, step, step.told_error_m) > limit:
        return route_m
    high = low + 2.0 * LONGER_M
    while length_cost(high, step, step.told_error_m) <= limit:
        high += high - low
    while high - low > 1.0:
        middle = 0.5 * (low + high)
        if length_cost(middle, step, step.told_error_m) <= limit:
            low = middle
        else:
            high = middle
    return low


@kernel
def _shortest(
    node_first_arc: Indices, node_arcs: Indices, roads: Roads, source: int, target: int,
    most_m: float, closed: int, first: int, last: int,
    best: Floats, came_by: Indices, heap_m: Floats, heap_node: Indices,
) -> float:  # fmt: skip
    """Length of the shortest way between two nodes that avoids three edges; infinite if too long.

    `came_by` holds the arcs of the way, from its end.
    """
    touched = [source]
    best[source] = 0.0
    size = push_node(heap_m, heap_node, 0, 0.0, source)
    found = np.inf
    while size > 0:
        reached_m = heap_m[0]
        node = heap_node[0]
        size = pop_node(heap_m, heap_node, size)
        if reached_m > best[node]:
            continue
        if node == target:
            found = reached_m
            break
        for k in range(node_first_arc[node], node_first_arc[node + 1]):
            arc = node_arcs[k]
            edge = arc >> 1
            through_m = reached_m + roads.edge_length_m[edge]
            following = roads.arc_to[arc]
            if edge in (closed, first, last) or through_m > most_m:
                continue
            if through_m < best[following]:
                if best[following] == np.inf:
                    touched.append(following)
                best[following] = through_m
                came_by[following] = arc
                size = push_node(heap_m, heap_node, size, through_m, following)
    for node in touched:
        best[node] = np.inf
    return found
