"""What a plan says of its fleet to those who know no plan: its vehicles, and where they can be."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geofence.plan.extent import Extent


def vehicles_in(plan: Path) -> frozenset[str]:
    """Read which vehicles a plan knows, own, lent and spare.

    Raises
    ------
    PlanError
        A ValueError, if the plan is faulty.
    """
    from geofence.plan.reader import read_roster

    return read_roster(plan).vehicles


def extent_of(plan: Path) -> "Extent | None":
    """Give the rectangle around a plan's streets; None if they cannot be read.

    Raises
    ------
    PlanError
        A ValueError, if plan.toml itself cannot be read.
    """
    from geofence.plan.reader import read_extent

    return read_extent(plan)
