"""The streets and places that a name of the map may mean: namesakes, each in one place."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from geofence.locating.ground.measured_map import Floats, MeasuredMap
from geofence.locating.ground.street import NEAR_M, Street, Streets
from geofence.locating.naming.name_index import Found

_MOST_SAMPLES = 24
_STEP_M = 200.0


@dataclass(frozen=True, eq=False)
class Candidate:
    """A street or place that a name may mean."""

    name: str
    """Its main name on the map."""
    geometry: BaseGeometry
    """In metres."""
    street: Street | None = None
    """None of a place."""
    kind: str = ""
    """Of a place, in the map's own words."""

    @cached_property
    def samples(self) -> Floats:
        """(n, 2) some places on it."""
        places = shapely.get_coordinates(shapely.segmentize(self.geometry, _STEP_M))
        step = max(len(places) // _MOST_SAMPLES, 1)
        return places[::step]

    @cached_property
    def middle(self) -> Floats:
        """The middle of its bounding box."""
        west, south, east, north = self.geometry.bounds
        return np.array([(west + east) / 2, (south + north) / 2])


class Candidates:
    """Finds what bears a name that was found."""

    def __init__(self, measured: MeasuredMap) -> None:
        self._measured = measured
        self._streets_of = Streets(measured)

    def streets(self, found: Found) -> tuple[Candidate, ...]:
        """Give the streets of a name."""
        return tuple(
            self._of_street(street) for street in self._streets_of.named(found.numbers, found.exact)
        )

    @lru_cache(maxsize=1 << 16)  # noqa: B019 - as long-lived as the map
    def _of_street(self, street: Street) -> Candidate:
        name = self._measured.main_name(int(street.sections[0]))
        return Candidate(name, street.geometry, street)

    @lru_cache(maxsize=1 << 16)  # noqa: B019 - as long-lived as the map
    def places(self, found: Found) -> tuple[Candidate, ...]:
        """Give the places of a name; what lies near its like is one place with it."""
        candidates = [self._of_place(number) for number in found.numbers]
        if len(candidates) == 1:
            return tuple(candidates)
        geometries = np.array([candidate.geometry for candidate in candidates], dtype=object)
        pairs = shapely.STRtree(geometries).query(geometries, predicate="dwithin", distance=NEAR_M)
        size = len(geometries)
        links = coo_array((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), shape=(size, size))
        count, group = connected_components(links, directed=False)
        return tuple(
            _as_one([candidates[at] for at in np.flatnonzero(group == number)])
            for number in range(count)
        )

    @lru_cache(maxsize=1 << 16)  # noqa: B019 - as long-lived as the map
    def _of_place(self, number: int) -> Candidate:
        place = self._measured.street_map.places[number]
        geometry = self._measured.to_metres(place.geometry)
        return Candidate(place.names.main, geometry, kind=place.kind)


def _as_one(candidates: list[Candidate]) -> Candidate:
    """Unite places of one name; a point says nothing where there is an area."""
    areas = [candidate for candidate in candidates if candidate.geometry.area > 0]
    kept = areas or candidates
    if len(kept) == 1:
        return kept[0]
    whole = shapely.union_all([candidate.geometry for candidate in kept])
    return Candidate(kept[0].name, whole, kind=kept[0].kind)
