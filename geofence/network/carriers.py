"""What is left to match once twins are taken out, and how it stays connected.

Sections become *lines*: a section without a twin is one line, one whose middle is a twin is two.
Where a line was cut off, and where others met a stretch that is gone, the carrier gets a vertex and
shares its node.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.network.twins import TWIN_M, Stretch
from geofence.network.vertices import groups_of, measures, meetings

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

SNAP_M = 2.0 * TWIN_M
"""A vertex of the carrier this close to where something meets it is the place."""
_ROUNDING_M = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Vertices of all lines, one line after the other."""

    x: Floats
    y: Floats
    owner: Longs
    """Line of each vertex."""
    forced: Flags
    """Vertices that are nodes whatever they meet."""
    section: Longs
    """Section of each line."""
    start_m: Floats
    """Where on its section each line begins."""
    joined: tuple[Longs, Longs]
    """Pairs of vertices that are one node."""


def whole_lines(x: Floats, y: Floats, owner: Longs, forced: Flags, sections: int) -> Lines:
    """Give each section as one line."""
    nothing = np.empty(0, dtype=np.int64)
    return Lines(
        x, y, owner, forced, np.arange(sections), np.zeros(sections), (nothing, nothing)
    )  # fmt: skip


def carrying_lines(drawn: Lines, stretches: Sequence[Stretch]) -> Lines:
    """Take the twins out of whole lines."""
    sections = len(drawn.section)
    first = np.searchsorted(drawn.owner, np.arange(sections + 1))
    measure_m = measures(drawn.x, drawn.y, first)
    gone: defaultdict[int, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        gone[stretch.section].append(stretch)
    met = list(_met(drawn, first, measure_m, gone))
    forced = drawn.forced & ~_only_twins(drawn, met, measure_m, gone)
    cut = _Cut()
    for section in range(sections):
        part = slice(int(first[section]), int(first[section + 1]))
        columns = (drawn.x[part], drawn.y[part], measure_m[part], forced[part])
        for low_m, high_m in _left(gone[section], float(measure_m[part.stop - 1])):
            cut.add(section, columns, low_m, high_m)
    places = _Places(cut, gone)
    for vertices in met:
        places.link(
            [(int(drawn.owner[vertex]), float(measure_m[vertex]), True) for vertex in vertices]
        )
    for section, low_m, high_m in zip(cut.section, cut.low_m, cut.high_m, strict=True):
        for stretch in gone[section]:
            for end_m in (low_m, high_m):
                if min(abs(end_m - stretch.from_m), abs(end_m - stretch.to_m)) < _ROUNDING_M:
                    places.link([(section, end_m, True), (section, end_m, False)])
    return places.lines()


def _left(gone: Sequence[Stretch], length_m: float) -> Iterator[tuple[float, float]]:
    """Give what of a section is no twin."""
    at_m = 0.0
    for stretch in sorted(gone, key=lambda stretch: stretch.from_m):
        if stretch.from_m - at_m > _ROUNDING_M:
            yield at_m, stretch.from_m
        at_m = max(at_m, stretch.to_m)
    if length_m - at_m > _ROUNDING_M:
        yield at_m, length_m


Place = tuple[int, float, bool]
"""A section, a measure along it, and whether the section's own line is meant where both a line that
stays and a twin end there."""


def _met(
    drawn: Lines, first: Longs, measure_m: Floats, gone: dict[int, list[Stretch]]
) -> Iterator[list[int]]:
    """Give the vertices that met before twins were taken out, where a twin is among them."""
    left, right = meetings(drawn.x, drawn.y, first)
    group = groups_of(len(drawn.x), left, right)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for vertex in np.unique(left).tolist():
        members[int(group[vertex])].append(vertex)
    for met in members.values():
        if any(_is_gone(drawn, vertex, measure_m, gone) for vertex in met):
            yield met


def _is_gone(drawn: Lines, vertex: int, measure_m: Floats, gone: dict[int, list[Stretch]]) -> bool:
    at_m = float(measure_m[vertex])
    return any(s.from_m <= at_m <= s.to_m for s in gone.get(int(drawn.owner[vertex]), ()))


def _only_twins(
    drawn: Lines, met: Sequence[list[int]], measure_m: Floats, gone: dict[int, list[Stretch]]
) -> Flags:
    """Tell the vertices of carriers that nothing but twins met."""
    only = np.zeros(len(drawn.x), dtype=np.bool_)
    for vertices in met:
        left = [v for v in vertices if not _is_gone(drawn, v, measure_m, gone)]
        if len(left) == 1:
            only[left] = True
    return only


class _Cut:
    """Lines laid so far."""

    def __init__(self) -> None:
        self.section: list[int] = []
        self.low_m: list[float] = []
        self.high_m: list[float] = []
        self.columns: list[tuple[Floats, Floats, Floats, Flags]] = []
        self.of_section: defaultdict[int, list[int]] = defaultdict(list)

    def add(
        self, section: int, columns: tuple[Floats, Floats, Floats, Flags],
        low_m: float, high_m: float,
    ) -> None:  # fmt: skip
        """Lay the part of a section between two measures."""
        x, y, measure_m, forced = columns
        inside = (measure_m > low_m + _ROUNDING_M) & (measure_m < high_m - _ROUNDING_M)
        at_m = np.concatenate([[low_m], measure_m[inside], [high_m]])
        self.of_section[section].append(len(self.section))
        self.section.append(section)
        self.low_m.append(low_m)
        self.high_m.append(high_m)
        self.columns.append(
            (
                np.interp(at_m, measure_m, x),
                np.interp(at_m, measure_m, y),
                at_m,
                np.concatenate([[False], forced[inside], [False]]),
            )
        )


class _Places:
    """Places on lines that become vertices, and which of them are one."""

    def __init__(self, cut: _Cut, gone: dict[int, list[Stretch]]) -> None:
        self._cut, self._gone = cut, gone
        self._new: defaultdict[int, list[float]] = defaultdict(list)
        self._links: list[tuple[tuple[int, float], tuple[int, float]]] = []

    def link(self, places: Sequence[Place]) -> None:
        """Make one node of places, unless they are one place of one line already."""
        found = sorted({spot for place in places for spot in self._on_lines(place)})
        distinct = [
            spot
            for number, spot in enumerate(found)
            if number == 0 or found[number - 1][0] != spot[0]
            or spot[1] - found[number - 1][1] > 2.0 * SNAP_M
        ]  # fmt: skip
        if len(distinct) < 2:
            return
        spots = [self._snapped(*spot) for spot in distinct]
        self._links += [(spots[0], spot) for spot in spots[1:]]

    def _on_lines(self, place: Place) -> Iterator[tuple[int, float]]:
        """Give the line and the measure of a place; of a twin, those of its carrier."""
        section, at_m, own = place
        twins = [s for s in self._gone.get(section, ()) if s.from_m <= at_m <= s.to_m]
        if own or not twins:
            for line in self._cut.of_section[section]:
                low_m, high_m = self._cut.low_m[line], self._cut.high_m[line]
                if low_m - _ROUNDING_M <= at_m <= high_m + _ROUNDING_M:
                    yield line, min(max(at_m, low_m), high_m)
                    break
            else:
                own = False
        if not own:
            for stretch in twins[:1]:
                yield from self._on_lines((stretch.carrier, stretch.place_m(at_m), True))

    def _snapped(self, line: int, at_m: float) -> tuple[int, float]:
        """Give the nearest vertex of a line if it is near; else make one."""
        for known in (self._cut.columns[line][2], np.array(self._new[line])):
            if len(known) and np.abs(known - at_m).min() <= SNAP_M:
                return line, float(known[np.abs(known - at_m).argmin()])
        self._new[line].append(at_m)
        return line, at_m

    def lines(self) -> Lines:
        """Lay the lines with the new vertices."""
        vertices, at = [], {}
        count = 0
        for line, (x, y, measure_m, forced) in enumerate(self._cut.columns):
            new_m = np.array(sorted(self._new[line]), dtype=np.float64)
            here = np.searchsorted(measure_m, new_m)
            at_m = np.insert(measure_m, here, new_m)
            vertices.append(
                (
                    np.insert(x, here, np.interp(new_m, measure_m, x)),
                    np.insert(y, here, np.interp(new_m, measure_m, y)),
                    np.full(len(at_m), line),
                    np.insert(forced, here, True),
                )
            )
            at.update({(line, float(m)): count + n for n, m in enumerate(at_m)})
            count += len(at_m)
        x, y, owner, forced = (np.concatenate(column) for column in zip(*vertices, strict=True))
        pairs = np.array([(at[a], at[b]) for a, b in self._links], dtype=np.int64).reshape(-1, 2)
        return Lines(
            x, y, owner, forced, np.array(self._cut.section, dtype=np.int64),
            np.array(self._cut.low_m), (pairs[:, 0].copy(), pairs[:, 1].copy()),
        )  # fmt: skip


def with_vertices(lines: Lines, at: Longs, line: Longs, x: Floats, y: Floats) -> Lines:
    """Insert nodes before the vertices `at`."""
    left, right = (pair + np.searchsorted(at, pair, side="right") for pair in lines.joined)
    return Lines(
        np.insert(lines.x, at, x), np.insert(lines.y, at, y), np.insert(lines.owner, at, line),
        np.insert(lines.forced, at, True), lines.section, lines.start_m, (left, right),
    )  # fmt: skip
