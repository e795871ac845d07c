"""Detours: other routes between the same two fixes, where they lie far apart in time.

Within ten seconds a truck has one sensible route from place to place. Within a minute it may have
gone round either side of a block. So in longer steps each edge between the first and the last of a
route is tested: is there a route without it that is hardly longer?
"""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.heap import pop_node, push_node
from geofence.matching.paths import Doubts, Pieces
from geofence.matching.transition import Roads, Steps
from geofence.network.network import Network
from geofence.track.growth import grown

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

SHORT_STEP_MS = 20_000
"""In a shorter step the fixes themselves tell the route."""


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
        path, doubts.certain, doubts.undisputed, margins[0], margins[1],
    )  # fmt: skip
    whole = np.zeros(len(fix)), roads.edge_length_m[arc >> 1]
    return Pieces(fix, arc, *whole, spans[:, 0], spans[:, 1], np.zeros(len(fix), dtype=np.bool_))


@kernel
def _search(
    node_first_arc: Indices, node_arcs: Indices, roads: Roads, steps: Steps, before: Places,
    path: Pieces, certain: Flags, undisputed: Flags, credit_margin: float, denial_margin: float,
) -> tuple[Places, Indices, Floats]:  # fmt: skip
    nodes = len(node_first_arc) - 1
    best = np.full(nodes, np.inf)
    came_by = np.full(nodes, -1, dtype=np.int32)
    heap_m = np.empty(len(node_arcs) + 1)
    heap_node = np.empty(len(node_arcs) + 1, dtype=np.int32)
    fix = np.empty(16, dtype=np.int64)
    arc = np.empty(16, dtype=np.int32)
    spans = np.empty((16, 2))
    used = 0
    begin = 0
    while begin < len(path.fix):
        i = path.fix[begin]
        end = begin
        while end < len(path.fix) and path.fix[end] == i:
            end += 1
        pause_ms = steps.time_ms[i] - steps.time_ms[before[i]]
        if end - begin >= 3 and pause_ms > SHORT_STEP_MS:
            beta_m = steps.beta_base_m + steps.beta_per_s * pause_ms / 1000.0
            own_m = 0.0
            for k in range(begin + 1, end - 1):
                own_m += roads.edge_length_m[path.arc[k] >> 1]
            first_m = abs(path.to_m[begin] - path.from_m[begin])
            last_m = abs(path.to_m[end - 1] - path.from_m[end - 1])
            most_m = min(own_m + denial_margin * beta_m, steps.reach_m[i] - first_m - last_m)
            source = roads.arc_to[path.arc[begin]]
            target = roads.arc_from[path.arc[end - 1]]
            for k in range(begin + 1, end - 1):
                way_m = _shortest(
                    node_first_arc, node_arcs, roads, source, target, most_m,
                    path.arc[k] >> 1, path.arc[begin] >> 1, path.arc[end - 1] >> 1,
                    best, came_by, heap_m, heap_node,
                )  # fmt: skip
                if way_m == np.inf:
                    continue
                undisputed[k] = False
                certain[k] &= way_m - own_m > credit_margin * beta_m
                total_m = first_m + way_m + last_m
                node = target
                left_m = first_m + way_m
                while node != source:
                    via = came_by[node]
                    length_m = roads.edge_length_m[via >> 1]
                    if not np.any(path.arc[begin:end] >> 1 == via >> 1):
                        if used == len(fix):
                            fix = grown(fix, 2 * used)
                            arc = grown(arc, 2 * used)
                            wider = np.empty((2 * used, 2))
                            wider[:used] = spans
                            spans = wider
                        fix[used] = i
                        arc[used] = via
                        spans[used, 0] = (left_m - length_m) / total_m
                        spans[used, 1] = left_m / total_m
                        used += 1
                    left_m -= length_m
                    node = roads.arc_from[via]
        begin = end
    return fix[:used], arc[:used], spans[:used]


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
