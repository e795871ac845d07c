"""A map as flat arrays: sections between junctions, their names, and places with a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

NAMELESS = -1
"""Of a section: it bears no name."""


class Structure(IntEnum):
    """What carries a section; what lies on another one crosses no road."""

    GROUND = 0
    BRIDGE = 1
    TUNNEL = 2


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one street or place, as the map spells them."""

    main: str
    others: tuple[str, ...] = ()
    """In other scripts or languages, older, alternative and short ones, in the map's order."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Something with a name that is no street: a market, a compound, a bridge, a station."""

    id: str
    names: Names
    kind: str
    """In the map's own words, such as ``landuse=residential``."""
    geometry: BaseGeometry
    """Longitude and latitude in WGS 84; a point, a line or an area."""


@dataclass(frozen=True, slots=True, eq=False)
class StreetMap:
    """Sections of a map; section number i is entry i of each array of sections."""

    coordinates: NDArray[np.float64]
    """(n, 2) longitude and latitude in WGS 84 of all vertices, section after section."""
    first_vertex: NDArray[np.int64]
    """(sections + 1,) where each section begins in `coordinates`; the last is n."""
    ends: NDArray[np.int64]
    """(sections, 2) numbers of the junctions at its start and end: equal ones are one place."""
    ids: Sequence[str]
    """Unique, and the same whenever the same map is read; ``w<way>-<part>`` of OpenStreetMap."""
    name: NDArray[np.int32]
    """(sections,) index into `names`, or `NAMELESS`."""
    names: tuple[Names, ...]
    road_class: NDArray[np.int16]
    """(sections,) index into `road_classes`."""
    road_classes: tuple[str, ...]
    """In the map's own words, such as ``residential``."""
    oneway: NDArray[np.bool_]
    """(sections,) whether traffic follows the order of the coordinates alone."""
    structure: NDArray[np.int8]
    """(sections,) a `Structure`."""
    places: tuple[Place, ...] = ()
    remarks: tuple[str, ...] = ()
    """What its reader left out, mended or guessed, a line each, for people."""

    @property
    def section_count(self) -> int:
        """Number of sections."""
        return len(self.ids)

    def line(self, section: int) -> NDArray[np.float64]:
        """Give the (vertices, 2) coordinates of a section."""
        return self.coordinates[self.first_vertex[section] : self.first_vertex[section + 1]]

    def names_of(self, section: int) -> Names | None:
        """Give the names of a section; None if it bears none."""
        index = int(self.name[section])
        return None if index == NAMELESS else self.names[index]
