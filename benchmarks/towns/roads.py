"""A road network as SUMO writes it, read from its XML: what a truck can drive, and from where."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
TURN_ROUND_M = 40.0
"""A driver takes so long a detour rather than turn round at a junction."""


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """One direction of a road between two junctions."""

    id: str
    tail: str
    head: str
    """Junctions it leads from and to."""
    line: Floats
    """Shape (n, 2), metres, from junction to junction: the middle of the road."""
    lane_m: float
    """Length of its lane, which ends where the junctions begin: SUMO measures positions on it."""


@dataclass(frozen=True, eq=False)
class Roads:
    """All roads, by number, and the turns between them."""

    roads: tuple[Road, ...]
    turns: Places
    """Shape (n, 2): numbers of roads of which the second can follow the first."""

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Numbers by SUMO's id."""
        return {road.id: number for number, road in enumerate(self.roads)}

    @cached_property
    def opposite(self) -> Places:
        """For each road the other direction of the same one, -1 if it is one-way."""
        by_ends = {(road.tail, road.head): number for number, road in enumerate(self.roads)}
        found = [by_ends.get((road.head, road.tail), -1) for road in self.roads]
        return np.array(found, dtype=np.int64)

    @cached_property
    def drawn(self) -> Places:
        """For each road the one that stands for both directions: the lower number of the two."""
        own = np.arange(len(self.roads))
        return np.where(self.opposite >= 0, np.minimum(own, self.opposite), own)

    @cached_property
    def length_m(self) -> Floats:
        """Length of each from junction to junction."""
        return np.array(
            [np.hypot(*np.diff(road.line, axis=0).T).sum() for road in self.roads], dtype=np.float64
        )

    @cached_property
    def middle(self) -> Floats:
        """Shape (n, 2): the mean of each road's vertices."""
        return np.array([road.line.mean(axis=0) for road in self.roads])

    @cached_property
    def _costs(self) -> csr_array:
        first, then = self.turns.T
        cost_m = self.length_m[then] + np.where(self.opposite[first] == then, TURN_ROUND_M, 0.0)
        return csr_array((cost_m, (first, then)), shape=(len(self.roads),) * 2)

    @cached_property
    def core(self) -> NDArray[np.bool_]:
        """Tell which roads belong to the largest part from which one can come back."""
        count, part = connected_components(self._costs, directed=True, connection="strong")
        return np.asarray(part == np.bincount(part, minlength=count).argmax())

    def reach(self, road: int) -> "Reach":
        """Find the shortest ways from the end of a road to all others."""
        metres, before = dijkstra(
            self._costs, directed=True, indices=np.array(road), return_predecessors=True
        )
        return Reach(road, metres, before)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The shortest ways from one road."""

    road: int
    metres: Floats
    """From its end to the end of each road; infinite if there is no way."""
    before: NDArray[np.int32]

    def way_to(self, road: int) -> list[int]:
        """Give the roads that lead to `road`, itself included, the first left out."""
        way: list[int] = []
        while road != self.road:
            way.append(road)
            road = int(self.before[road])
        return way[::-1]


def read_roads(net: Path) -> Roads:
    """Read a ``.net.xml`` of SUMO; only roads for cars, one lane of each."""
    root = ET.parse(net).getroot()  # noqa: S314 - written by our own child process
    corners = {
        each.attrib["id"]: (float(each.attrib["x"]), float(each.attrib["y"]))
        for each in root.iter("junction")
    }
    roads = tuple(_roads(root, corners))
    number_of = {road.id: number for number, road in enumerate(roads)}
    turns = {
        (number_of[each.attrib["from"]], number_of[each.attrib["to"]])
        for each in root.iter("connection")
        if each.attrib["from"] in number_of and each.attrib["to"] in number_of
    }
    return Roads(roads, np.array(sorted(turns), dtype=np.int64).reshape(-1, 2))


def _roads(root: ET.Element, corners: dict[str, tuple[float, float]]) -> Iterator[Road]:
    for edge in sorted(root.iter("edge"), key=lambda each: each.attrib["id"]):
        lane = edge.find("lane")
        if edge.get("function") or lane is None:
            continue
        tail, head = edge.attrib["from"], edge.attrib["to"]
        bends = [
            tuple(map(float, place.split(",")[:2])) for place in edge.get("shape", "").split()
        ][1:-1]
        line = np.array([corners[tail], *bends, corners[head]])
        yield Road(edge.attrib["id"], tail, head, line, float(lane.attrib["length"]))
