"""What a loose end may be joined to: other ends, nodes and lines around it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np
import shapely
from shapely.ops import substring

from geofence.network.loose_ends import DrawnLines, LooseEnd, Spot, SpotKind

GAP_M = 15.0
"""Ends of one junction lie at most this far apart."""
CLOSE_M = 7.5
"""What is this close belongs to a junction whatever its direction."""
AHEAD_DEG = 60.0
"""What lies within this of an end's direction lies ahead of it."""
PARALLEL_DEG = 30.0
"""Two ends whose directions differ by less run side by side."""
NODE_BEFORE_LINE_M = 5.0
"""A node is preferred to the inside of a line that is nearer by no more than this."""
LOOP_M = 60.0
"""An end is not joined to what the lines already lead to within this: the join would only close a
ring no longer than that, or tie the teeth of a comb together."""
TOUCH_M = 0.5
"""What is closer is one place already."""


class Candidate(NamedTuple):
    """A loose end and what it may be joined to; sorted, the best come first."""

    weight_m: float
    """Distance, and more where something else is preferred."""
    tie: tuple[float, ...]
    """Of ids and measures only, so that the order of sections has no part in it."""
    end: LooseEnd
    spot: Spot


class Surroundings:
    """What lies around the loose ends of a network."""

    def __init__(self, lines: DrawnLines, ends: Sequence[LooseEnd]) -> None:
        self._lines = lines
        self._ends = ends
        self._lines_tree = shapely.STRtree(lines.shapes)
        self._ends_tree = _tree(ends)
        self._ends_of: defaultdict[int, list[LooseEnd]] = defaultdict(list)
        for end in ends:
            self._ends_of[end.section].append(end)
        loose = np.array([end.vertex for end in ends])
        vertices = np.flatnonzero(lines.node >= 0)
        vertices = vertices[~np.isin(vertices, loose)]
        # the vertex of the least id stands for its node
        keys = lines.measure_m[vertices], np.array(lines.rank)[lines.owner[vertices]]
        vertices = vertices[np.lexsort((*keys, lines.node[vertices]))]
        self._meeting: defaultdict[int, list[int]] = defaultdict(list)
        for vertex in vertices.tolist():
            self._meeting[int(lines.node[vertex])].append(vertex)
        self._nodes = [self._spot(SpotKind.NODE, met[0]) for met in self._meeting.values()]
        self._nodes_tree = _tree(self._nodes)

    def near(self) -> Iterator[Candidate]:
        """Give what ends belong to whatever else they meet."""
        for end in self._ends:
            for other in self._ends_near(end):
                turn_deg = end.turn_deg(other)
                beside = turn_deg > 180.0 - PARALLEL_DEG and end.aside_m(other) > CLOSE_M
                if turn_deg >= PARALLEL_DEG and not beside and not self._parted(end, other):
                    yield self._candidate(end, other)
            for node in self._nodes_near(end, CLOSE_M):
                if not self._parted(end, node):
                    yield self._candidate(end, node)
            yield from self._on_lines(end, self._tail(end))

    def ahead(self, ends: Iterable[LooseEnd]) -> Iterator[Candidate]:
        """Give what ends that meet nothing else may be joined to."""
        for end in ends:
            for other in self._ends_near(end):
                if end.turn_deg(other) > 180.0 - PARALLEL_DEG and not self._parted(end, other):
                    yield self._candidate(end, other)
            # a stub shorter than the gap does not tell where it leads
            reach_m = min(GAP_M, end.edge_m)
            for node in self._nodes_near(end, reach_m):
                aside_deg = np.degrees(np.arctan2(end.aside_m(node), end.ahead_m(node)))
                if aside_deg <= AHEAD_DEG and not self._parted(end, node):
                    yield self._candidate(end, node)
            tip = end.x + reach_m * end.east, end.y + reach_m * end.north
            yield from self._on_lines(end, shapely.LineString([(end.x, end.y), tip]))

    def _candidate(self, end: LooseEnd, spot: Spot, handicap_m: float = 0.0) -> Candidate:
        rank = self._lines.rank
        one, other = (rank[end.section], end.measure_m), (rank[spot.section], spot.measure_m)
        if isinstance(spot, LooseEnd) and other < one:
            end, spot, one, other = spot, end, other, one
        weight_m = round(end.away_m(spot) + handicap_m, 6)
        return Candidate(weight_m, (*one, *other), end, spot)

    def _spot(self, kind: SpotKind, vertex: int) -> Spot:
        lines = self._lines
        return Spot(
            kind=kind,
            section=int(lines.owner[vertex]),
            vertex=vertex,
            measure_m=float(lines.measure_m[vertex]),
            x=float(lines.x[vertex]),
            y=float(lines.y[vertex]),
        )

    def _ends_near(self, end: LooseEnd) -> Iterator[LooseEnd]:
        point = shapely.Point(end.x, end.y)
        for index in self._ends_tree.query(point, predicate="dwithin", distance=GAP_M).tolist():
            if self._ends[index] is not end:
                yield self._ends[index]

    def _nodes_near(self, end: LooseEnd, within_m: float) -> Iterator[Spot]:
        point = shapely.Point(end.x, end.y)
        for index in self._nodes_tree.query(point, predicate="dwithin", distance=within_m).tolist():
            yield self._nodes[index]

    def _sections_at(self, node: int) -> set[int]:
        return {int(self._lines.owner[vertex]) for vertex in self._meeting[node]}

    def _parted(self, end: LooseEnd, spot: Spot) -> bool:
        """Tell whether a third line runs between an end and what it may be joined to.

        One that itself ends loose at this junction does not part them.
        """
        own = {end.section, spot.section}
        if spot.kind is SpotKind.NODE:
            own |= self._sections_at(int(self._lines.node[spot.vertex]))
        gap = shapely.LineString([(end.x, end.y), (spot.x, spot.y)])
        return any(
            section not in own
            and not any(max(o.away_m(end), o.away_m(spot)) <= GAP_M for o in self._ends_of[section])
            for section in self._lines_tree.query(gap, predicate="intersects").tolist()
        )

    def _tail(self, end: LooseEnd) -> shapely.LineString:
        """Give the last metres of a line, as far as it meets nothing."""
        line = self._lines.shapes[end.section]
        length_m = max(0.0, min(GAP_M, end.edge_m - TOUCH_M))
        low_m = end.measure_m - length_m if end.measure_m else 0.0
        return cast("shapely.LineString", substring(line, low_m, low_m + length_m))

    def _on_lines(self, end: LooseEnd, probe: shapely.LineString) -> Iterator[Candidate]:
        """Give the nearest place inside each line that a probe of an end meets, and its nodes."""
        lines = self._lines
        for section in self._lines_tree.query(probe, predicate="intersects").tolist():
            if section == end.section:
                continue
            part = slice(lines.first[section], lines.first[section + 1])
            at_m = lines.shapes[section].project(shapely.Point(end.x, end.y))
            at_nodes = np.flatnonzero(lines.node[part] >= 0) + lines.first[section]
            # a line that ends loose here belongs to the junction by its end
            inside = np.abs(lines.measure_m[at_nodes] - at_m).min() > TOUCH_M and not any(
                other.away_m(end) <= GAP_M for other in self._ends_of[section]
            )
            for vertex in at_nodes.tolist():
                met = self._meeting.get(int(lines.node[vertex]))
                if met and end.away_m(node := self._spot(SpotKind.NODE, met[0])) <= GAP_M:
                    yield self._candidate(end, node)
            measures = lines.measure_m[part]
            spot = Spot(
                kind=SpotKind.LINE,
                section=section,
                vertex=int(lines.first[section] + np.searchsorted(measures, at_m, "right") - 1),
                measure_m=float(at_m),
                x=float(np.interp(at_m, measures, lines.x[part])),
                y=float(np.interp(at_m, measures, lines.y[part])),
            )
            if inside and end.away_m(spot) <= GAP_M:
                yield self._candidate(end, spot, NODE_BEFORE_LINE_M)


def _tree(spots: Sequence[Spot]) -> shapely.STRtree:
    places = np.array([(spot.x, spot.y) for spot in spots], dtype=np.float64)
    return shapely.STRtree(np.asarray(shapely.points(places.reshape(-1, 2))))
