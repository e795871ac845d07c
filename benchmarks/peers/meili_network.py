"""A network as an OSM file for Valhalla, and the way back from its edges to ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.paths import Leg, Piece, edge_line
from geofence.network.network import Network

Line = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Way:
    """A way of the OSM file: an edge, or half of one that returns to its own node."""

    edge: int
    from_m: float
    to_m: float
    """Measures along the edge where it begins and ends."""
    first_node: int
    """OSM id of the node where it begins."""


class MeiliNetwork:
    """Ways by their OSM id."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._ways: dict[int, Way] = {}

    def write(self, path: Path) -> None:
        """Write the network as OSM XML."""
        network = self._network
        x, y = network.node_x.tolist(), network.node_y.tolist()
        ways = []
        for edge in np.flatnonzero(network.edge_section >= 0).tolist():
            line = edge_line(network, edge)
            inner = list(range(len(x) + 1, len(x) + len(line) - 1))
            x += [vertex[0] for vertex in line[1:-1]]
            y += [vertex[1] for vertex in line[1:-1]]
            ends = network.arc_from[2 * edge] + 1, network.arc_to[2 * edge] + 1
            ways += self._add(edge, line, [int(ends[0]), *inner, int(ends[1])])
        longitude, latitude = network.projection.to_degrees(np.array(x), np.array(y))
        nodes = [
            f'<node id="{number}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>'
            for number, (lon, lat) in enumerate(
                zip(longitude.tolist(), latitude.tolist(), strict=True), 1
            )
        ]
        text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">',
                          *nodes, *ways, "</osm>", ""])  # fmt: skip
        path.write_text(text, encoding="utf-8")

    def legs(self, found: Mapping[str, Any], first: int) -> Iterator[Leg]:
        """Read the route between each two neighbouring points that are both on one route."""
        path = [self._piece(edge) for edge in found["edges"]]
        before: tuple[int, int, float] | None = None
        for fix, point in enumerate(found["matched_points"], first):
            place = point.get("edge_index")
            if point["type"] == "unmatched" or place is None or place >= len(path):
                before = None
                continue
            here = (fix, place, point["distance_along_edge"])
            if before is not None and before[1] <= place:
                yield Leg(before[0], fix, _pieces(path, before[1:], here[1:]))
            before = None if point.get("begin_route_discontinuity") else here

    def _piece(self, found: Mapping[str, Any]) -> Piece:
        """Give the whole of an edge of Valhalla's path as a piece of ours."""
        way = self._ways[found["way_id"]]
        if found["node_id"] == way.first_node:
            return 2 * way.edge, way.from_m, way.to_m
        length_m = float(self._network.edge_length_m[way.edge])
        return 2 * way.edge + 1, max(length_m - way.to_m, 0.0), length_m - way.from_m

    def _add(self, edge: int, line: Line, nodes: list[int]) -> list[str]:
        """Enter an edge; one that returns to its own node in two halves, to tell its ends apart."""
        steps_m = [np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line)]
        measures_m = [0.0, *np.cumsum(steps_m).tolist()]
        middle = [len(line) // 2] if nodes[0] == nodes[-1] else []
        oneway = not self._network.arc_open[2 * edge + 1]
        ways = []
        for first, last in pairwise([0, *middle, len(line) - 1]):
            number = len(self._ways) + 1
            self._ways[number] = Way(edge, measures_m[first], measures_m[last], nodes[first])
            refs = "".join(f'<nd ref="{node}"/>' for node in nodes[first : last + 1])
            tags = '<tag k="highway" v="residential"/>'
            tags += '<tag k="oneway" v="yes"/>' if oneway else ""
            ways.append(f'<way id="{number}" version="1">{refs}{tags}</way>')
        return ways


def _pieces(
    path: list[Piece], begin: tuple[int, float], end: tuple[int, float]
) -> tuple[Piece, ...]:
    """Cut a path at two places, each an index and how far along that piece, 0 to 1."""
    pieces = list(path[begin[0] : end[0] + 1])
    arc, from_m, to_m = path[end[0]]
    pieces[-1] = (arc, from_m, from_m + end[1] * (to_m - from_m))
    arc, from_m, to_m = path[begin[0]]
    pieces[0] = (arc, from_m + begin[1] * (to_m - from_m), pieces[0][2])
    return tuple(pieces)
