"""What a fix must satisfy beyond being well formed: known vehicle, sane place, speed and age."""

import math
from collections.abc import Container
from dataclasses import dataclass
from typing import Self

MARGIN_M = 200_000.0
"""How far beyond its streets a fleet can be: a workshop, a landfill, the next city."""
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in degrees WGS 84 beyond which no fix of the fleet can lie."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(
        cls, west: float, south: float, east: float, north: float, margin_m: float = MARGIN_M
    ) -> Self:
        """Make the rectangle that reaches `margin_m` beyond the given one on every side."""
        latitude_deg = margin_m / _METRES_PER_DEGREE
        farthest_deg = max(abs(south), abs(north)) + latitude_deg
        # near a pole a degree of longitude is too short to reckon with
        longitude_deg = (
            latitude_deg / math.cos(math.radians(farthest_deg)) if farthest_deg < 89 else 360.0
        )
        if west - longitude_deg < -180 or east + longitude_deg > 180:
            west, east, longitude_deg = -180.0, 180.0, 0.0  # it reaches across the date line
        return cls(
            west - longitude_deg,
            max(south - latitude_deg, -90.0),
            east + longitude_deg,
            min(north + latitude_deg, 90.0),
        )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The terms on which pings are taken. The default takes all that is well formed."""

    vehicles: Container[str] | None = None
    """Vehicles of the plan; None takes any."""
    area: Area | None = None
    """Where a fix may lie; None takes it anywhere."""
    max_age_ms: int | None = None
    """How old a fix may be when it is received; None takes any age. Not applied to files."""


ANYTHING = Acceptance()
