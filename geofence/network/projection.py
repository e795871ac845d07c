"""Degrees to local metres and back: the only place where the two meet."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LocalProjection:
    """Transverse Mercator around one point of the city, true to scale there.

    Within 50 km of the origin a length is off by less than 4 parts in 100,000.
    """

    longitude: float
    latitude: float

    @classmethod
    def around(cls, longitude: Floats, latitude: Floats) -> "LocalProjection":
        """Centre the projection on the middle of the bounding box, rounded to 1e-4 degrees."""
        return cls(
            round(float(longitude.min() + longitude.max()) / 2, 4),
            round(float(latitude.min() + latitude.max()) / 2, 4),
        )

    @cached_property
    def _transformer(self) -> Transformer:
        local = f"+proj=tmerc +lon_0={self.longitude} +lat_0={self.latitude} +ellps=WGS84 +units=m"
        return Transformer.from_crs("EPSG:4326", local, always_xy=True)

    def to_metres(self, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
        """Project degrees to metres east and north of the origin."""
        x, y = self._transformer.transform(longitude, latitude)
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def to_degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Take metres east and north of the origin back to longitude and latitude."""
        longitude, latitude = self._transformer.transform(x, y, direction="INVERSE")
        return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
