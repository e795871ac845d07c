"""Route table: shortest routes from nodes to all nodes within a bound."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.heap import pop_node, push_node
from geofence.network.network import Network
from geofence.track.growth import grown

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class RouteTable:
    """Shortest routes from some nodes to all nodes within each one's bound.

    The row of node ``n`` is ``first[n]:first[n + 1]``, ascending by target; it always holds the
    node itself at distance 0.
    """

    first: NDArray[np.int64]
    """Shape (nodes + 1,)."""
    target: Indices
    distance_m: Floats
    first_arc: Indices
    """First arc of the route, -1 for the node itself."""
    last_arc: Indices
    """Last arc of the route, -1 for the node itself."""


def build_route_table(network: Network, bound_m: Floats) -> RouteTable:
    """Run Dijkstra's algorithm from every node with a bound >= 0, up to that bound.

    Ties are broken by node id, so that the table depends on nothing but its input.
    """
    arc_length_m = np.repeat(network.edge_length_m, 2)
    return RouteTable(
        *_dijkstra_rows(
            network.node_first_arc, network.node_arcs, network.arc_to, arc_length_m, bound_m
        )
    )


@kernel
def _dijkstra_rows(
    node_first_arc: Indices,
    node_arcs: Indices,
    arc_to: Indices,
    arc_length_m: Floats,
    bound_m: Floats,
) -> tuple[NDArray[np.int64], Indices, Floats, Indices, Indices]:
    nodes = len(bound_m)
    best = np.full(nodes, np.inf)
    route_first = np.full(nodes, -1, dtype=np.int32)
    route_last = np.full(nodes, -1, dtype=np.int32)
    heap_m = np.empty(len(node_arcs) + 1)
    heap_node = np.empty(len(node_arcs) + 1, dtype=np.int32)
    first = np.zeros(nodes + 1, dtype=np.int64)
    room = 1024
    target = np.empty(room, dtype=np.int32)
    distance = np.empty(room)
    first_arc = np.empty(room, dtype=np.int32)
    last_arc = np.empty(room, dtype=np.int32)
    used = 0
    for source in range(nodes):
        first[source] = used
        if bound_m[source] < 0:
            continue
        touched = [source]
        best[source] = 0.0
        size = push_node(heap_m, heap_node, 0, 0.0, source)
        while size > 0:
            reached_m = heap_m[0]
            node = heap_node[0]
            size = pop_node(heap_m, heap_node, size)
            if reached_m > best[node]:
                continue
            for k in range(node_first_arc[node], node_first_arc[node + 1]):
                arc = node_arcs[k]
                through_m = reached_m + arc_length_m[arc]
                following = arc_to[arc]
                if through_m > bound_m[source] or through_m >= best[following]:
                    continue
                if best[following] == np.inf:
                    touched.append(following)
                best[following] = through_m
                route_first[following] = arc if node == source else route_first[node]
                route_last[following] = arc
                size = push_node(heap_m, heap_node, size, through_m, following)
        touched.sort()
        if used + len(touched) > room:
            room = max(2 * room, used + len(touched))
            target = grown(target, room)
            distance = grown(distance, room)
            first_arc = grown(first_arc, room)
            last_arc = grown(last_arc, room)
        for node in touched:
            target[used] = node
            distance[used] = best[node]
            first_arc[used] = route_first[node]
            last_arc[used] = route_last[node]
            used += 1
            best[node] = np.inf
            route_first[node] = -1
            route_last[node] = -1
    first[nodes] = used
    return first, target[:used], distance[:used], first_arc[:used], last_arc[:used]


@kernel
def find_route(first: NDArray[np.int64], target: Indices, source: int, node: int) -> int:
    """Index of the route from `source` to `node` in the table, -1 if none lies within the bound."""
    low = first[source]
    high = first[source + 1]
    while low < high:
        middle = (low + high) >> 1
        if target[middle] < node:
            low = middle + 1
        else:
            high = middle
    return low if low < first[source + 1] and target[low] == node else -1
