"""Sections that do not quite meet: which loose ends become one node.

Cities export networks in which the ends at a junction lie up to `GAP_M` apart. An end that meets
nothing is joined by giving it the node of what it belongs to, never by moving a line; a way through
the join is too short by at most the gap. It is joined

1. with other loose ends nearby, unless the two lie side by side, as carriageways of one road do;
   with a node within `CLOSE_M`; with a line that its own last metres cross;
2. if it still meets nothing, with the best of what lies ahead of it: a node, the inside of a line
   that it points at, or beside it a loose end of the opposite direction that meets nothing either.

The nearest come first, and equal distances go by section id. All that becomes one node lies within
`GAP_M`. At most one of it was a node or the inside of a line before, so lines that merely cross
stay apart. What the lines already join within `LOOP_M` is left as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from geofence.network.join_candidates import GAP_M, LOOP_M, TOUCH_M, Surroundings
from geofence.network.loose_ends import (
    DrawnLines,
    Floats,
    Longs,
    LooseEnd,
    Spot,
    SpotKind,
    loose_ends,
)
from geofence.network.projection import LocalProjection


@dataclass(frozen=True, slots=True)
class Join:
    """One loose end and what it was joined to."""

    section_id: str
    at_start: bool
    """True for the first vertex of the section, False for the last."""
    longitude: float
    latitude: float
    kind: SpotKind
    """A loose end, a node or the inside of a line."""
    other_id: str
    """The section it ends, meets others or passes there."""
    distance_m: float

    def __str__(self) -> str:
        place = {SpotKind.END: "the end", SpotKind.NODE: "a node", SpotKind.LINE: "the line"}
        end = "start" if self.at_start else "end"
        return (
            f"{self.section_id} ({end}, at {self.longitude:.6f} {self.latitude:.6f}) to "
            f"{place[self.kind]} of {self.other_id}, {self.distance_m:.1f} m"
        )


def find_joins(lines: DrawnLines) -> list[tuple[LooseEnd, Spot]]:
    """Give the loose ends that belong to another place, each with that place."""
    ends = list(loose_ends(lines))
    if not ends:
        return []
    around = Surroundings(lines, ends)
    groups = _Groups(lines)
    for candidate in sorted(around.near(), key=lambda candidate: candidate[:2]):
        groups.join(candidate.end, candidate.spot)
    alone = [end for end in ends if groups.alone(end)]
    for candidate in sorted(around.ahead(alone), key=lambda candidate: candidate[:2]):
        spot = candidate.spot
        if groups.alone(candidate.end) and (groups.alone(spot) or spot.kind is not SpotKind.END):
            groups.join(candidate.end, candidate.spot)
    return groups.joined


@dataclass(frozen=True, slots=True, eq=False)
class PlacedJoins:
    """What joins change on the lines: vertices to insert, and pairs of vertices that are one node.

    `left` and `right` number the vertices as they are after the insertion.
    """

    at: Longs
    """Vertex before which each new one comes."""
    section: Longs
    x: Floats
    y: Floats
    left: Longs
    right: Longs


def place_joins(joins: Sequence[tuple[LooseEnd, Spot]]) -> PlacedJoins:
    """Put a vertex wherever an end was joined to the inside of a line, and pair the vertices."""
    insides = {spot for _, spot in joins if spot.kind is SpotKind.LINE}
    new: list[Spot] = []
    place: dict[Spot, int] = {}
    for spot in sorted(insides, key=lambda spot: (spot.vertex, spot.measure_m)):
        if not (
            new and new[-1].section == spot.section and spot.measure_m - new[-1].measure_m < TOUCH_M
        ):
            new.append(spot)
        place[spot] = new[-1].vertex + len(new)
    at = np.array([spot.vertex + 1 for spot in new], dtype=np.int64)

    def moved(vertex: int) -> int:
        return vertex + int(np.searchsorted(at, vertex, side="right"))

    return PlacedJoins(
        at=at,
        section=np.array([spot.section for spot in new], dtype=np.int64),
        x=np.array([spot.x for spot in new], dtype=np.float64),
        y=np.array([spot.y for spot in new], dtype=np.float64),
        left=np.array([moved(end.vertex) for end, _ in joins], dtype=np.int64),
        right=np.array(
            [place[spot] if spot in place else moved(spot.vertex) for _, spot in joins],
            dtype=np.int64,
        ),
    )


def describe(
    joins: Sequence[tuple[LooseEnd, Spot]], lines: DrawnLines, projection: LocalProjection
) -> tuple[Join, ...]:
    """Say where ends were joined, in the order of section ids."""
    x, y = np.array([(end.x, end.y) for end, _ in joins]).reshape(-1, 2).T
    longitude, latitude = projection.to_degrees(x, y)
    described = [
        Join(
            section_id=lines.section_ids[end.section],
            at_start=end.measure_m == 0.0,
            longitude=round(float(at_longitude), 6),
            latitude=round(float(at_latitude), 6),
            kind=spot.kind,
            other_id=lines.section_ids[spot.section],
            distance_m=round(end.away_m(spot), 2),
        )
        for (end, spot), at_longitude, at_latitude in zip(joins, longitude, latitude, strict=True)
    ]
    return tuple(sorted(described, key=lambda join: (join.section_id, not join.at_start)))


@dataclass(slots=True)
class _Groups:
    """Places that become one node each, grown one join at a time."""

    lines: DrawnLines
    joined: list[tuple[LooseEnd, Spot]] = field(default_factory=list)
    _group: dict[Spot, list[Spot]] = field(default_factory=dict)
    _reached: dict[LooseEnd, dict[int, float]] = field(default_factory=dict)

    def alone(self, spot: Spot) -> bool:
        """Tell whether nothing has been joined to a place."""
        return len(self._of(spot)) == 1

    def join(self, end: LooseEnd, spot: Spot) -> None:
        """Make one group of two, if the rules allow."""
        one, other = self._of(end), self._of(spot)
        if one is other or not self._allowed([*one, *other]):
            return
        one += other
        for member in other:
            self._group[member] = one
        self.joined.append((end, spot))

    def _of(self, spot: Spot) -> list[Spot]:
        return self._group.setdefault(spot, [spot])

    def _allowed(self, spots: Sequence[Spot]) -> bool:
        ends = [spot for spot in spots if isinstance(spot, LooseEnd)]
        if len(spots) - len(ends) > 1:
            return False
        if any(one.away_m(other) > GAP_M for one in spots for other in spots):
            return False
        return not any(
            self._reach(end).get(node, LOOP_M) + more_m < LOOP_M
            for end in ends
            for spot in spots
            if spot is not end
            for node, more_m in self.lines.nodes_beside(spot)
        )

    def _reach(self, end: LooseEnd) -> dict[int, float]:
        if end not in self._reached:
            self._reached[end] = self.lines.reached(int(self.lines.node[end.vertex]), LOOP_M)
        return self._reached[end]
