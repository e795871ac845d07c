"""What ingest asks of a plan: whose pings to take, and from where.

Ingest knows no plan. Who can read one stands above it and is handed in by the front door.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ingest.commands.console import fail

if TYPE_CHECKING:
    from ingest.decoding.acceptance import Area

Extent = tuple[float, float, float, float]
"""West, south, east and north in degrees."""


@dataclass(frozen=True, slots=True)
class PlanReader:
    """How a plan.toml is read; both raise ValueError with its faults."""

    vehicles: Callable[[Path], frozenset[str]]
    """Which vehicles it knows, own, lent and spare."""
    extent: Callable[[Path], Extent | None]
    """The rectangle around its streets; None if they cannot be read."""


_handed_in: list[PlanReader] = []


def read_plans_with(reader: PlanReader) -> None:
    """Take the reader that `vehicles_of` and `area_of` use from now on."""
    _handed_in[:] = [reader]


def vehicles_of(plan: Path) -> frozenset[str]:
    """Read which vehicles a plan knows, own, lent and spare; fail if the plan is faulty."""
    try:
        return _reader().vehicles(plan)
    except ValueError as error:
        fail(f"{plan}: {error}")


def area_of(plan: Path) -> "Area | None":
    """Draw the area where a plan's fleet can be; None if no street of it can be read."""
    from ingest.decoding.acceptance import Area

    try:
        extent = _reader().extent(plan)
    except ValueError as error:
        fail(f"{plan}: {error}")
    if extent is None:
        typer.echo(f"note: {plan}: no street can be read, so fixes may lie anywhere", err=True)
        return None
    return Area.around(*extent)


def _reader() -> PlanReader:
    if not _handed_in:
        raise RuntimeError("nobody handed in who reads plans: pingcheng.py does")
    return _handed_in[0]
