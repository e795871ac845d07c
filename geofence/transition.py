"""Transition: the routes a truck may have taken between two fixes, and what they cost."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geofence.growth import grown
from geofence.network import Network

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

ALONG = -1
"""The way from one place to another on the same arc."""
BACK = -2
"""The way that turns back in the middle of an edge."""


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


@njit(cache=True, nogil=True)
def _push(heap_m: Floats, heap_node: Indices, size: int, distance: float, node: int) -> None:
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if (heap_m[parent], heap_node[parent]) <= (distance, node):
            break
        heap_m[at] = heap_m[parent]
        heap_node[at] = heap_node[parent]
        at = parent
    heap_m[at] = distance
    heap_node[at] = node


@njit(cache=True, nogil=True)
def _sift(heap_m: Floats, heap_node: Indices, size: int) -> None:
    """Restore the heap after its last element was moved to the top."""
    distance = heap_m[0]
    node = heap_node[0]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and (heap_m[child + 1], heap_node[child + 1]) < (
            heap_m[child],
            heap_node[child],
        ):
            child += 1
        if (distance, node) <= (heap_m[child], heap_node[child]):
            break
        heap_m[at] = heap_m[child]
        heap_node[at] = heap_node[child]
        at = child
    heap_m[at] = distance
    heap_node[at] = node


@njit(cache=True, nogil=True)
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
        _push(heap_m, heap_node, 0, 0.0, source)
        size = 1
        while size > 0:
            reached_m = heap_m[0]
            node = heap_node[0]
            size -= 1
            heap_m[0] = heap_m[size]
            heap_node[0] = heap_node[size]
            _sift(heap_m, heap_node, size)
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
                _push(heap_m, heap_node, size, through_m, following)
                size += 1
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


@njit(cache=True, nogil=True)
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


class Roads(NamedTuple):
    """What a route needs to know of the network, as flat arrays for compiled kernels."""

    arc_from: Indices
    arc_to: Indices
    edge_length_m: Floats
    dead_end: Flags
    first: Places
    target: Indices
    distance_m: Floats
    first_arc: Indices
    last_arc: Indices
    u_turn_cost: float
    back_cost: float


class Steps(NamedTuple):
    """The steps of a track from fix to fix, as flat arrays for compiled kernels."""

    time_ms: Places
    x: Floats
    y: Floats
    held: Flags
    """True where a fix belongs to the same stand as the one before it."""
    slack_m: Floats
    """How far noise may move each fix back on its arc."""
    reach_m: Floats
    """How long the route to each fix may be."""
    beta_base_m: float
    beta_per_s: float


def lay_roads(network: Network, table: RouteTable, u_turn_cost: float, back_cost: float) -> Roads:
    """Put network and route table together."""
    return Roads(
        arc_from=network.arc_from,
        arc_to=network.arc_to,
        edge_length_m=network.edge_length_m,
        dead_end=np.diff(network.node_first_arc) <= 1,
        first=table.first,
        target=table.target,
        distance_m=table.distance_m,
        first_arc=table.first_arc,
        last_arc=table.last_arc,
        u_turn_cost=u_turn_cost,
        back_cost=back_cost,
    )


@njit(cache=True, nogil=True)
def detour_cost(route_m: float, straight_m: float, beta_m: float) -> float:
    """Exponential error of route against straight line (Newson & Krumm 2009, eq. 2)."""
    return abs(route_m - straight_m) / beta_m


@njit(cache=True, nogil=True)
def step_cost(
    roads: Roads, steps: Steps, last: int, following: int,
    arc_p: int, offset_p: float, arc_q: int, offset_q: float,
) -> tuple[float, float, int]:  # fmt: skip
    """Cost of the best route from a state of fix `last` to one of fix `following`.

    Within a stand a truck keeps its place. Returns the cost (infinite if there is no route within
    reach), the route's length in metres and how it goes: the index of its row in the table,
    `ALONG` or `BACK`.
    """
    if steps.held[following]:
        return (0.0 if arc_p == arc_q else np.inf), 0.0, ALONG
    straight_m = np.hypot(steps.x[following] - steps.x[last], steps.y[following] - steps.y[last])
    pause_s = (steps.time_ms[following] - steps.time_ms[last]) / 1000.0
    beta_m = steps.beta_base_m + steps.beta_per_s * pause_s
    reach_m = steps.reach_m[following]
    length_p = roads.edge_length_m[arc_p >> 1]
    if arc_p == arc_q and offset_q >= offset_p - steps.slack_m[following]:
        route_m = max(0.0, offset_q - offset_p)
        if route_m <= reach_m:
            back_m = max(0.0, offset_p - offset_q)
            cost = detour_cost(route_m + back_m, straight_m, beta_m) + back_m / beta_m
            return cost, route_m, ALONG
    best = np.inf
    best_m = np.inf
    way = ALONG
    if arc_p == arc_q ^ 1:
        route_m = abs(length_p - offset_q - offset_p)
        if route_m <= reach_m:
            best = detour_cost(route_m, straight_m, beta_m) + roads.back_cost
            best_m = route_m
            way = BACK
    row = find_route(roads.first, roads.target, roads.arc_to[arc_p], roads.arc_from[arc_q])
    if row >= 0:
        route_m = length_p - offset_p + roads.distance_m[row] + offset_q
        if route_m <= reach_m:
            cost = detour_cost(route_m, straight_m, beta_m)
            first_arc = roads.first_arc[row] if roads.first_arc[row] >= 0 else arc_q
            last_arc = roads.last_arc[row] if roads.last_arc[row] >= 0 else arc_p
            turns_first = first_arc == arc_p ^ 1 and not roads.dead_end[roads.arc_to[arc_p]]
            turns_last = last_arc == arc_q ^ 1 and not roads.dead_end[roads.arc_from[arc_q]]
            if turns_first or turns_last:
                cost += roads.u_turn_cost
            if cost < best:
                best = cost
                best_m = route_m
                way = row
    return best, best_m, way


@njit(cache=True, nogil=True)
def route_arcs(roads: Roads, arc_p: int, arc_q: int, way: int) -> Indices:
    """Give the arcs of a route in order of travel; `way` is how `step_cost` says it goes."""
    count = 1
    start = roads.arc_to[arc_p]
    if way >= 0:
        count = 2
        node = roads.arc_from[arc_q]
        while node != start:
            row = find_route(roads.first, roads.target, start, node)
            node = roads.arc_from[roads.last_arc[row]]
            count += 1
    arcs = np.empty(count, dtype=np.int32)
    arcs[0] = arc_p
    if way >= 0:
        arcs[count - 1] = arc_q
        node = roads.arc_from[arc_q]
        for k in range(count - 2, 0, -1):
            row = find_route(roads.first, roads.target, start, node)
            arcs[k] = roads.last_arc[row]
            node = roads.arc_from[arcs[k]]
    return arcs
