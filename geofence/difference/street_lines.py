"""The streets of a plan as lines in metres, and what two of them have in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geofence.network.projection import LocalProjection
from geofence.plan.plan import Plan, Section

Line = NDArray[np.float64]
"""Shape (n, 2): metres east and north."""
SAME_PLACE_M = 2.0
"""Lines that lie so close are the same metres."""
_DIGITS = 7
_TURNED_M = 5.0
_TURNED_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class StreetLines:
    """All sections of one street of a grid."""

    lines: tuple[Line, ...]
    sign: tuple[bytes, ...]
    """The same for all that is drawn with the same vertices, in whatever order."""
    oneways: tuple[bool, ...]

    @cached_property
    def geometry(self) -> BaseGeometry:
        """All of it as one."""
        return shapely.MultiLineString([shapely.LineString(line) for line in self.lines])

    @cached_property
    def length_m(self) -> float:
        """How long it is."""
        return float(self.geometry.length)

    @cached_property
    def flow_m(self) -> tuple[float, float, float]:
        """Metres of one-way traffic, and how far east and north it leads: cuts do not change it."""
        ways = [line for line, oneway in zip(self.lines, self.oneways, strict=True) if oneway]
        length_m = sum(float(shapely.LineString(line).length) for line in ways)
        east_m = sum(float(line[-1, 0] - line[0, 0]) for line in ways)
        north_m = sum(float(line[-1, 1] - line[0, 1]) for line in ways)
        return length_m, east_m, north_m

    def flows_like(self, other: "StreetLines") -> bool:
        """Whether its one-way traffic is that of the other."""
        allowed_m = _TURNED_M + _TURNED_SHARE * max(self.length_m, other.length_m)
        pairs = zip(self.flow_m, other.flow_m, strict=True)
        return all(abs(here - there) <= allowed_m for here, there in pairs)

    def beyond(self, other: "StreetLines") -> BaseGeometry:
        """Give what of it does not lie on the other."""
        return self.geometry.difference(other.geometry.buffer(SAME_PLACE_M))

    def moved_m(self, other: "StreetLines") -> float:
        """Tell how far the other lies from it where the two differ most."""
        return float(shapely.hausdorff_distance(self.geometry, other.geometry, densify=0.05))


def lines_of(sections: Sequence[Section], metres: Sequence[Line]) -> StreetLines:
    """Put sections together."""
    return StreetLines(
        tuple(metres),
        tuple(sorted(sign_of(section) for section in sections)),
        tuple(section.oneway for section in sections),
    )


def streets_of(plan: Plan, metres: Sequence[Line]) -> Mapping[tuple[str, str], StreetLines]:
    """Give the streets of the grids of a plan, by the grid's id and their name."""
    return {
        key: lines_of([plan.sections[n] for n in numbers], [metres[n] for n in numbers])
        for key, numbers in plan.sections_of_street.items()
    }


def sign_of(section: Section) -> bytes:
    """Give the same for a section drawn the other way round, unless it is one-way."""
    vertices = np.round(section.coordinates, _DIGITS) + 0.0
    forth, back = vertices.tobytes(), vertices[::-1].tobytes()
    return b"1" + forth if section.oneway else b"2" + min(forth, back)


def project(sections: Iterable[Section], projection: LocalProjection) -> list[Line]:
    """Take the lines of sections to metres."""
    lines = [section.coordinates for section in sections]
    if not lines:
        return []
    points = np.concatenate(lines)
    x, y = projection.to_metres(points[:, 0], points[:, 1])
    ends = np.cumsum([len(line) for line in lines])[:-1]
    return np.split(np.stack([x, y], axis=1), ends)


def projection_of(*plans: Plan) -> LocalProjection:
    """Centre a projection on all that some plans draw."""
    points = np.concatenate([each.coordinates for plan in plans for each in plan.sections])
    return LocalProjection.around(points[:, 0], points[:, 1])


def parts_of(geometry: BaseGeometry) -> list[Line]:
    """Take a geometry apart into its lines."""
    parts = shapely.get_parts(geometry)
    lines = [part for part in parts if part.geom_type == "LineString" and not part.is_empty]
    return [shapely.get_coordinates(line) for line in lines]
