"""Streets: sections of one name that belong together, told from namesakes elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import MultiLineString
from shapely.geometry.base import BaseGeometry

from geofence.locating.ground.measured_map import Floats, Ints, MeasuredMap

NEAR_M = 250.0
"""Parts of one name that are this near are one street."""
ALIGNED_M = 800.0
"""And parts this near, if one carries on the other: a street that a park or a river interrupts."""
_ALIGNED_COS = np.cos(np.radians(35.0))
_END_M = 150.0
"""How much of a part's end tells where it heads."""
_TOUCHING_M = 30.0


@dataclass(frozen=True, eq=False)
class Street:
    """Sections of one name in one place."""

    measured: MeasuredMap
    sections: Ints
    """Ascending."""
    in_pieces: bool = False
    """Whether its parts do not all meet."""

    @cached_property
    def geometry(self) -> BaseGeometry:
        """All its lines, in metres."""
        return MultiLineString(list(self.measured.lines[self.sections]))

    @cached_property
    def members(self) -> frozenset[int]:
        """Its sections."""
        return frozenset(int(section) for section in self.sections)

    @cached_property
    def main_names(self) -> frozenset[str]:
        """The main names of its sections: several where the map spells it in several ways."""
        return frozenset(self.measured.main_name(int(section)) for section in self.sections)

    @cached_property
    def junctions(self) -> Ints:
        """Where its sections end, each once."""
        return self.measured.junctions_of(self.sections)

    @cached_property
    def length_m(self) -> float:
        """Of all sections."""
        return float(self.measured.length_m[self.sections].sum())

    @cached_property
    def axis(self) -> Floats:
        """The direction of its greatest extent, a unit vector toward the east, or else north."""
        middles, weights = self._segments
        if not len(middles):
            return np.array([1.0, 0.0])
        centred = middles - np.average(middles, axis=0, weights=weights)
        _, vectors = np.linalg.eigh(centred.T @ (centred * weights[:, None]))
        axis = vectors[:, -1]
        backward = axis[0] < -1e-9 or (abs(axis[0]) <= 1e-9 and axis[1] < 0)
        return np.asarray(-axis if backward else axis)

    @cached_property
    def roundness(self) -> float:
        """Its least extent by its greatest, as a spread: 0 of a line, 1 of a ring."""
        middles, weights = self._segments
        along = middles @ np.stack([self.axis, [-self.axis[1], self.axis[0]]], axis=1)
        spread = np.sqrt(
            np.average(
                (along - np.average(along, axis=0, weights=weights)) ** 2, axis=0, weights=weights
            )
        )
        return float(spread[1] / spread[0]) if spread[0] > 0 else 0.0

    @cached_property
    def _segments(self) -> tuple[Floats, Floats]:
        """Middles and lengths of steps of 20 m at most."""
        middles, weights = [], []
        for section in self.sections:
            shares, places = self.measured.sampled(int(section), 20.0)
            middles.append((places[1:] + places[:-1]) / 2)
            weights.append(np.diff(shares) * self.measured.length_m[section])
        return np.concatenate(middles), np.maximum(np.concatenate(weights), 1e-6)

    def quantiles_along(self, direction: Floats, shares: Sequence[float]) -> list[float]:
        """Give how far along a direction some shares of the length lie behind."""
        middles, weights = self._segments
        along = middles @ direction
        order = np.argsort(along, kind="stable")
        behind = np.cumsum(weights[order]) / weights.sum()
        middle = behind - weights[order] / weights.sum() / 2
        return [float(np.interp(share, middle, along[order])) for share in shares]


class Streets:
    """The streets of a map by the numbers of their names."""

    def __init__(self, measured: MeasuredMap) -> None:
        self._measured = measured

    @lru_cache(maxsize=1 << 16)  # noqa: B019 - as long-lived as the map
    def named(self, names: tuple[int, ...], exact: tuple[int, ...]) -> tuple[Street, ...]:
        """Give the streets that bear one of some names; each has a section of an exact one."""
        measured = self._measured
        sections = measured.sections_named(names)
        if not len(sections):
            return ()
        wanted = np.isin(measured.street_map.name[sections], exact)
        parts = _connected(measured, sections)
        count = int(parts.max()) + 1
        group, spread = self._grouped(sections, parts, count)
        group = group[parts]
        return tuple(
            Street(measured, sections[group == number], bool(spread[number]))
            for number in range(int(group.max()) + 1)
            if wanted[group == number].any()
        )

    def _grouped(self, sections: Ints, parts: Ints, count: int) -> tuple[Ints, NDArray[np.bool_]]:
        """Join connected parts that are near; give the group of each, and which have gaps."""
        if count == 1:
            return np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.bool_)
        order = np.argsort(parts, kind="stable")
        lines = np.array(
            shapely.multilinestrings(self._measured.lines[sections[order]], indices=parts[order]),
            dtype=object,
        )
        one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=ALIGNED_M)
        one, other = one[one < other], other[one < other]
        gaps = np.asarray(shapely.distance(lines[one], lines[other]))
        joined = np.asarray(gaps <= NEAR_M)
        for at in np.flatnonzero(~joined):
            joined[at] = _carries_on(lines[one[at]], lines[other[at]])
        one, other, gaps = one[joined], other[joined], gaps[joined]
        links = coo_array((np.ones(len(one)), (one, other)), shape=(count, count))
        groups, group = connected_components(links, directed=False)
        spread = np.zeros(groups, dtype=np.bool_)
        spread[group[one[gaps > _TOUCHING_M]]] = True
        return group.astype(np.int64), spread


def _connected(measured: MeasuredMap, sections: Ints) -> Ints:
    """Give each section the number of the part whose sections meet at junctions."""
    ends = measured.street_map.ends[sections]
    _, places = np.unique(ends, return_inverse=True)
    places = places.reshape(ends.shape)
    count = int(places.max()) + 1
    links = coo_array((np.ones(len(places)), (places[:, 0], places[:, 1])), shape=(count, count))
    _, part = connected_components(links, directed=False)
    _, numbered = np.unique(part[places[:, 0]], return_inverse=True)
    return np.asarray(numbered, dtype=np.int64)


def _carries_on(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether the gap between two parts lies straight on from the ends of both."""
    gap = shapely.get_coordinates(shapely.shortest_line(one, other))
    step = gap[1] - gap[0]
    step /= np.hypot(*step)
    return _heads(one, gap[0], step) and _heads(other, gap[1], -step)


def _heads(part: BaseGeometry, end: Floats, direction: Floats) -> bool:
    """Whether a part comes to its end in some direction."""
    places = shapely.get_coordinates(shapely.segmentize(part, 20.0))
    back = end - places[np.hypot(*(places - end).T) <= _END_M]
    mean = back.mean(axis=0)
    length = float(np.hypot(*mean))
    return length > 0 and float(mean @ direction) / length >= _ALIGNED_COS
