"""Excursions: streets that a truck may have driven between two fixes besides its way.

Half a minute is enough to go round a block, or into a close and out again, and come back to where
one would be without. So of each longer step every edge near its way is tested: is there a way from
fix to fix over that edge which is hardly longer, or which goes better with the speeds reported? It
is a space-time prism (Hägerstrand 1970) with odds: what is too unlikely is denied.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.heap import pop_node, push_node
from geofence.matching.paths import Pieces
from geofence.matching.rivals.detours import SHORT_STEP_MS, longest_m
from geofence.matching.transition import Roads, Steps, length_cost, step_between
from geofence.network.network import Network
from geofence.track.growth import grown

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]

SPARSE_MS = 75_000
"""A longer step is told from a silence by nothing but its route: it counts as a gap instead."""


class ArcsFrom(NamedTuple):
    """The arcs from each node, those against a one-way street too."""

    first: Indices
    """Those of node ``n`` are ``arc[first[n]:first[n + 1]]``."""
    arc: Indices


def find_excursions(
    arcs: ArcsFrom, roads: Roads, steps: Steps, before: Places, path: Pieces, margin: float
) -> Pieces:
    """Give the edges that a truck may have driven in a step besides its path, uncertain.

    Parameters
    ----------
    margin
        What a way over an edge must cost more, by its length, for the edge to be denied.
    """
    fix, arc = _search(arcs.first, arcs.arc, roads, steps, before, path, margin)
    count = len(fix)
    return Pieces(
        fix, arc, np.zeros(count), roads.edge_length_m[arc >> 1],
        np.zeros(count), np.ones(count), np.zeros(count, dtype=np.bool_),
    )  # fmt: skip


def arcs_from(network: Network) -> ArcsFrom:
    """Sort the arcs of a network by the nodes they come from."""
    order = np.argsort(network.arc_from, kind="stable").astype(np.int32)
    first = np.searchsorted(network.arc_from[order], np.arange(network.node_count + 1))
    return ArcsFrom(first.astype(np.int32), order)


@kernel
def _search(
    node_first_arc: Indices, node_arcs: Indices, roads: Roads, steps: Steps, before: Places,
    path: Pieces, margin: float,
) -> tuple[Places, Indices]:  # fmt: skip
    nodes = len(node_first_arc) - 1
    out_m = np.full(nodes, np.inf)
    back_m = np.full(nodes, np.inf)
    heap_m = np.empty(len(node_arcs) + 2)
    heap_node = np.empty(len(node_arcs) + 2, dtype=np.int32)
    fix = np.empty(16, dtype=np.int64)
    arcs = np.empty(16, dtype=np.int32)
    used = 0
    begin = 0
    while begin < len(path.fix):
        i = path.fix[begin]
        end = begin
        while end < len(path.fix) and path.fix[end] == i:
            end += 1
        pause_ms = steps.time_ms[i] - steps.time_ms[before[i]]
        if SHORT_STEP_MS < pause_ms <= SPARSE_MS:
            step = step_between(steps, before[i], i)
            route_m = 0.0
            for k in range(begin, end):
                route_m += abs(path.to_m[k] - path.from_m[k])
            limit = length_cost(route_m, step, step.told_error_m) + margin
            most_m = min(longest_m(step, route_m, limit), steps.reach_m[i])
            near = _reach(
                node_first_arc, node_arcs, roads, path.arc[begin], path.from_m[begin], most_m,
                out_m, heap_m, heap_node,
            )  # fmt: skip
            far = _reach(
                node_first_arc, node_arcs, roads, path.arc[end - 1], path.to_m[end - 1], most_m,
                back_m, heap_m, heap_node,
            )  # fmt: skip
            for node in near:
                for at in range(node_first_arc[node], node_first_arc[node + 1]):
                    arc = node_arcs[at]
                    following = roads.arc_to[arc]
                    length_m = roads.edge_length_m[arc >> 1]
                    over_m = out_m[node] + length_m + back_m[following]
                    other_m = out_m[following] + length_m + back_m[node]
                    # of both directions of an edge the shorter, of equal ones the first
                    if over_m > most_m or other_m < over_m or (other_m == over_m and arc & 1):
                        continue
                    if np.any(path.arc[begin:end] >> 1 == arc >> 1):
                        continue
                    if used == len(fix):
                        fix = grown(fix, 2 * used)
                        arcs = grown(arcs, 2 * used)
                    fix[used] = i
                    arcs[used] = arc
                    used += 1
            for node in near:
                out_m[node] = np.inf
            for node in far:
                back_m[node] = np.inf
        begin = end
    return fix[:used], arcs[:used]


@kernel
def _reach(
    node_first_arc: Indices, node_arcs: Indices, roads: Roads, arc: int, offset_m: float,
    most_m: float, best: Floats, heap_m: Floats, heap_node: Indices,
) -> list[int]:  # fmt: skip
    """Fill in how far it is from a place to all nodes within `most_m`, and give these nodes.

    One-way streets are taken both ways: trucks that collect go against them now and then.
    """
    touched = [roads.arc_from[arc], roads.arc_to[arc]]
    best[touched[0]] = offset_m
    rest_m = roads.edge_length_m[arc >> 1] - offset_m
    best[touched[1]] = min(best[touched[1]], rest_m)
    size = push_node(heap_m, heap_node, 0, best[touched[0]], touched[0])
    size = push_node(heap_m, heap_node, size, best[touched[1]], touched[1])
    while size > 0:
        reached_m = heap_m[0]
        node = heap_node[0]
        size = pop_node(heap_m, heap_node, size)
        if reached_m > best[node]:
            continue
        for k in range(node_first_arc[node], node_first_arc[node + 1]):
            through_m = reached_m + roads.edge_length_m[node_arcs[k] >> 1]
            following = roads.arc_to[node_arcs[k]]
            if through_m > most_m or through_m >= best[following]:
                continue
            if best[following] == np.inf:
                touched.append(following)
            best[following] = through_m
            size = push_node(heap_m, heap_node, size, through_m, following)
    return touched
