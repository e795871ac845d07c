"""Shortest ways for simulated trucks, over the arcs of the network.

SciPy searches here, not the map matcher's own search: what drives the trucks must not share its
faults with what places them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geofence.network.network import Network

Floats = NDArray[np.float64]
AVOIDED_FACTOR = 30.0
"""How much longer a road counts where a truck should rather not show itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on an arc, `offset_m` after its beginning in its own direction."""

    arc: int
    offset_m: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an arc, driven in its direction from and to metres after its beginning."""

    arc: int
    from_m: float
    to_m: float


class Roads:
    """Ways between places, with some edges avoided if anything else leads there."""

    def __init__(self, network: Network, avoided: Iterable[int] = ()) -> None:
        self.network = network
        self.avoided = frozenset(avoided)
        length = np.repeat(network.edge_length_m, 2)
        cost = length.copy()
        for edge in self.avoided:
            cost[2 * edge : 2 * edge + 2] *= AVOIDED_FACTOR
        arcs = np.flatnonzero(network.arc_open)
        tail, head = network.arc_from[arcs], network.arc_to[arcs]
        order = np.lexsort((arcs, cost[arcs], head, tail))
        arcs, tail, head = arcs[order], tail[order], head[order]
        best = np.ones(len(arcs), dtype=bool)
        best[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        best &= tail != head
        self._arc_between = {
            (int(t), int(h)): int(arc)
            for t, h, arc in zip(tail[best], head[best], arcs[best], strict=True)
        }
        self._graph = csr_matrix(
            (cost[arcs[best]], (tail[best], head[best])), shape=(network.node_count,) * 2
        )
        self._trees: dict[int, tuple[Floats, NDArray[np.int32]]] = {}

    def prepare(self, nodes: Iterable[int]) -> None:
        """Search from many nodes at once."""
        new = sorted({int(node) for node in nodes} - self._trees.keys())
        if new:
            costs, before = dijkstra(self._graph, indices=new, return_predecessors=True)
            self._trees.update((node, (costs[i], before[i])) for i, node in enumerate(new))

    def costs_from(self, node: int) -> Floats:
        """Give the metres to every node, avoided ones counted dear; inf where no way leads."""
        self.prepare([node])
        return self._trees[node][0]

    def way(self, start: int, goal: int) -> list[Stretch]:
        """Give whole arcs from node to node.

        Raises
        ------
        ValueError
            If no way leads there.
        """
        self.prepare([start])
        before = self._trees[start][1]
        nodes = [goal]
        while nodes[-1] != start:
            previous = int(before[nodes[-1]])
            if previous < 0:
                raise ValueError(f"no way from node {start} to node {goal}")
            nodes.append(previous)
        nodes.reverse()
        return [self.whole(self._arc_between[pair]) for pair in pairwise(nodes)]

    def whole(self, arc: int) -> Stretch:
        """Give the stretch that is all of an arc."""
        return Stretch(arc, 0.0, self.length_m(arc))

    def length_m(self, arc: int) -> float:
        """Give an arc's length."""
        return float(self.network.edge_length_m[arc // 2])

    def tail(self, arc: int) -> int:
        """Give the node an arc leaves."""
        return int(self.network.arc_from[arc])

    def head(self, arc: int) -> int:
        """Give the node an arc leads to."""
        return int(self.network.arc_to[arc])

    def onward(self, place: Place) -> list[Stretch]:
        """Give what is left of a place's arc; nothing at its end."""
        length_m = self.length_m(place.arc)
        left = Stretch(place.arc, place.offset_m, length_m)
        return [left] if place.offset_m < length_m else []

    def longest_chain(self, edges: frozenset[int]) -> list[Stretch]:
        """Give the longest run of open arcs end to end over some edges, each once."""
        arcs = [arc for edge in sorted(edges) for arc in (2 * edge, 2 * edge + 1)]
        arcs = [arc for arc in arcs if self.network.arc_open[arc]]
        best: list[Stretch] = []
        for first in arcs:
            chain = [first]
            while True:
                used = {arc // 2 for arc in chain}
                onward = [
                    arc
                    for arc in arcs
                    if self.tail(arc) == self.head(chain[-1]) and arc // 2 not in used
                ]
                if not onward:
                    break
                chain.append(onward[0])
            whole = [self.whole(arc) for arc in chain]
            if stretches_length_m(whole) > stretches_length_m(best):
                best = whole
        return best


def stretches_length_m(stretches: Iterable[Stretch]) -> float:
    """Add up the metres of a way."""
    return sum(stretch.to_m - stretch.from_m for stretch in stretches)


def split(way: list[Stretch], at_m: float) -> tuple[list[Stretch], list[Stretch]]:
    """Cut a way in two, `at_m` metres after its beginning."""
    before: list[Stretch] = []
    for index, stretch in enumerate(way):
        length_m = stretch.to_m - stretch.from_m
        if at_m < length_m:
            cut_m = stretch.from_m + max(at_m, 0.0)
            rest = [Stretch(stretch.arc, cut_m, stretch.to_m), *way[index + 1 :]]
            if at_m > 0:
                before.append(Stretch(stretch.arc, stretch.from_m, cut_m))
            return before, rest
        before.append(stretch)
        at_m -= length_m
    return before, []
