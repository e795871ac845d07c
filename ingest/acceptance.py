"""What a fix must satisfy beyond being well formed: known vehicle, sane place, speed and age."""

from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in degrees WGS 84 beyond which no fix of the fleet can lie."""

    west: float
    south: float
    east: float
    north: float


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
