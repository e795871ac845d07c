"""Ends of sections that meet nothing, on the drawn lines of a network."""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Longs = NDArray[np.int64]

HEADING_M = 10.0
"""An end's direction is that of its last metres."""


class SpotKind(StrEnum):
    """What a place on the network is."""

    END = "end"
    NODE = "node"
    LINE = "line"


@dataclass(frozen=True, eq=False)
class DrawnLines:
    """Vertices of all sections, one section after the other, with the nodes found so far."""

    section_ids: tuple[str, ...]
    x: Floats
    y: Floats
    measure_m: Floats
    """Along the section."""
    first: Longs
    """Shape (sections + 1,): where each section's vertices begin."""
    node: Indices
    """Node of each vertex, -1 for one that is none."""

    @cached_property
    def owner(self) -> Longs:
        """Section of each vertex."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """One line a section."""
        points = np.stack([self.x, self.y], axis=1)
        return np.asarray(shapely.linestrings(points, indices=self.owner))

    @cached_property
    def rank(self) -> list[int]:
        """Place of each section in the order of ids."""
        order = np.argsort(np.array(self.section_ids, dtype=np.str_), kind="stable")
        ranks: list[int] = np.argsort(order).tolist()
        return ranks

    @cached_property
    def _ways(self) -> dict[int, list[tuple[int, float]]]:
        """Neighbours of each node, with the length of the edge between."""
        cut = np.flatnonzero(self.node >= 0)
        same = self.owner[cut[:-1]] == self.owner[cut[1:]]
        begin, end = cut[:-1][same], cut[1:][same]
        edges = zip(
            self.node[begin].tolist(),
            self.node[end].tolist(),
            (self.measure_m[end] - self.measure_m[begin]).tolist(),
            strict=True,
        )
        ways: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for one, other, length_m in edges:
            ways[one].append((other, length_m))
            ways[other].append((one, length_m))
        return ways

    def reached(self, node: int, within_m: float) -> dict[int, float]:
        """Give the nodes reached from one along the lines, either way, and how far they are."""
        known: dict[int, float] = {}
        waiting = [(0.0, node)]
        while waiting:
            way_m, here = heapq.heappop(waiting)
            if here in known:
                continue
            known[here] = way_m
            for there, length_m in self._ways[here]:
                if there not in known and way_m + length_m < within_m:
                    heapq.heappush(waiting, (way_m + length_m, there))
        return known

    def nodes_beside(self, spot: "Spot") -> list[tuple[int, float]]:
        """Give the nodes next to a place along its line, and how far they are."""
        if spot.kind is not SpotKind.LINE:
            return [(int(self.node[spot.vertex]), 0.0)]
        before, after = spot.vertex, spot.vertex + 1
        while self.node[before] < 0:
            before -= 1
        while self.node[after] < 0:
            after += 1
        return [
            (int(self.node[vertex]), abs(float(self.measure_m[vertex]) - spot.measure_m))
            for vertex in (before, after)
        ]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that may become part of a junction."""

    kind: SpotKind
    section: int
    vertex: int
    """A vertex there; for a place inside a line the one before it."""
    measure_m: float
    """Along the section."""
    x: float
    y: float

    def away_m(self, other: "Spot") -> float:
        """Distance of another place."""
        return float(np.hypot(self.x - other.x, self.y - other.y))


@dataclass(frozen=True, slots=True)
class LooseEnd(Spot):
    """An end of a section that meets nothing."""

    east: float
    north: float
    """The direction in which it points, of length 1."""
    before: int
    """Node at which its last edge begins."""
    edge_m: float
    """Length of that edge."""

    def turn_deg(self, other: "LooseEnd") -> float:
        """Angle between the directions of two ends."""
        dot = self.east * other.east + self.north * other.north
        return float(np.degrees(np.arccos(np.clip(dot, -1.0, 1.0))))

    def ahead_m(self, other: Spot) -> float:
        """How far ahead another place lies, negative if behind."""
        return self.east * (other.x - self.x) + self.north * (other.y - self.y)

    def aside_m(self, other: Spot) -> float:
        """How far another place lies beside the line that goes on straight."""
        return abs(self.east * (other.y - self.y) - self.north * (other.x - self.x))


def loose_ends(lines: DrawnLines) -> Iterator[LooseEnd]:
    """Give the ends that share their node with no other vertex."""
    last = lines.first[1:] - 1
    ways = np.full(len(lines.x), 2)
    ways[lines.first[:-1]] = ways[last] = 1
    is_node = lines.node >= 0
    ways_of_node = np.bincount(lines.node[is_node], ways[is_node])
    for vertices, step in ((lines.first[:-1], 1), (last, -1)):
        for section in np.flatnonzero(ways_of_node[lines.node[vertices]] == 1).tolist():
            yield _loose_end(lines, section, int(vertices[section]), step)


def _loose_end(lines: DrawnLines, section: int, vertex: int, step: int) -> LooseEnd:
    part = slice(lines.first[section], lines.first[section + 1])
    measures, at = lines.measure_m[part], float(lines.measure_m[vertex])
    behind = np.clip(at + step * HEADING_M, 0.0, measures[-1])
    x, y = float(lines.x[vertex]), float(lines.y[vertex])
    east = x - float(np.interp(behind, measures, lines.x[part]))
    north = y - float(np.interp(behind, measures, lines.y[part]))
    size = float(np.hypot(east, north)) or 1.0
    before = vertex + step
    while lines.node[before] < 0:
        before += step
    return LooseEnd(
        kind=SpotKind.END,
        section=section,
        vertex=vertex,
        measure_m=at,
        x=x,
        y=y,
        east=east / size,
        north=north / size,
        before=int(lines.node[before]),
        edge_m=abs(at - float(lines.measure_m[before])),
    )
