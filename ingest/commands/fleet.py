"""What ingest asks of a plan: whose pings to take, and from where.

Ingest knows no plan. Who can read one stands above it and is handed in by the front door.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog
import typer

from ingest.commands.console import fail

if TYPE_CHECKING:
    from ingest.decoding.acceptance import Acceptance, Area
    from ingest.decoding.decoder import Decoder

Extent = tuple[float, float, float, float]
"""West, south, east and north in degrees."""
LOOK_S = 2.0
"""Between two looks whether the plan has changed."""

program_log = structlog.get_logger(__name__)


class Fleet(Protocol):
    """What a plan says of its fleet."""

    @property
    def vehicles(self) -> frozenset[str]:
        """Which it knows, own, lent and spare."""

    @property
    def extent(self) -> Extent | None:
        """The rectangle around its streets; None if they cannot be read."""

    @property
    def timezone(self) -> str:
        """The zone that its windows are told in."""


class FleetWatch(Protocol):
    """A plan.toml that is looked at again and again."""

    @property
    def fault(self) -> str | None:
        """Why it cannot be used as it is now; None if it can."""

    @property
    def coming_fault(self) -> str | None:
        """Why one that is to follow at a date cannot be used as it is now; None if all can."""

    def begin(self, now_ms: int) -> Fleet:
        """Read it; raises ValueError with its faults."""

    def look(self, now_ms: int) -> tuple[Fleet | None, str | None]:
        """Give the fleet if it has changed, and the faults of a change that cannot be used."""


@dataclass(frozen=True, slots=True)
class PlanReader:
    """How a plan.toml is read; all raise ValueError with its faults."""

    vehicles: Callable[[Path], frozenset[str]]
    """Which vehicles it knows, own, lent and spare."""
    extent: Callable[[Path], Extent | None]
    """The rectangle around its streets; None if they cannot be read."""
    watch: Callable[[Path], FleetWatch]
    """Begins to watch it."""
    timezone: Callable[[Path], str]
    """The zone that its windows are told in."""


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


def timezone_of(plan: Path) -> str:
    """Read the zone that a plan's windows are told in; fail if the plan is faulty."""
    try:
        return _reader().timezone(plan)
    except ValueError as error:
        fail(f"{plan}: {error}")


def area_of(plan: Path) -> "Area | None":
    """Draw the area where a plan's fleet can be; None if no street of it can be read."""
    try:
        extent = _reader().extent(plan)
    except ValueError as error:
        fail(f"{plan}: {error}")
    if extent is None:
        typer.echo(f"note: {plan}: no street can be read, so fixes may lie anywhere", err=True)
    return _area(extent)


class FleetFollower:
    """Has a decoder take the pings of a plan's fleet, whatever becomes of the plan.

    Parameters
    ----------
    max_age_ms
        How old a fix may be when it is received.
    """

    def __init__(self, plan: Path, max_age_ms: int | None) -> None:
        self._plan, self._max_age_ms = plan, max_age_ms
        self._watch = _reader().watch(plan)
        try:
            self._fleet = self._watch.begin(_now_ms())
        except ValueError as error:
            fail(f"{plan}: {error}")
        if self._fleet.extent is None:
            typer.echo(f"note: {plan}: no street can be read, so fixes may lie anywhere", err=True)
        self._coming_told: str | None = None
        self._looked_s = time.monotonic()

    @property
    def acceptance(self) -> "Acceptance":
        """The terms of the plan as it was read last."""
        from ingest.decoding.acceptance import Acceptance

        return Acceptance(self._fleet.vehicles, _area(self._fleet.extent), self._max_age_ms)

    @property
    def vehicles(self) -> frozenset[str]:
        """Those of the plan as it was read last."""
        return self._fleet.vehicles

    @property
    def timezone(self) -> str:
        """The zone of the plan as it was read last."""
        return self._fleet.timezone

    def warnings(self) -> list[str]:
        """Say what is to be known of the plan, for the health page."""
        told = []
        if self._watch.fault is not None:
            told.append("the plan was changed and cannot be used; the one before goes on")
        if self._watch.coming_fault is not None:
            told.append("the plan to come cannot be used; mend it before its date")
        return told

    def look_sometimes(self, decoder: "Decoder") -> None:
        """Look at the plan, unless that was done just before."""
        if time.monotonic() - self._looked_s >= LOOK_S:
            self.look(decoder)
            self._looked_s = time.monotonic()

    def look(self, decoder: "Decoder") -> None:
        """Look at the plan; what has changed of it counts from the decoder's next message on."""
        fleet, refused = self._watch.look(_now_ms())
        if refused is not None:
            program_log.error("plan refused, the one before goes on", reason=refused)
        coming = self._watch.coming_fault
        if coming is not None and coming != self._coming_told:
            program_log.error(
                "plan to come refused, the one in force goes on until it is mended", reason=coming
            )
        self._coming_told = coming
        if fleet is None:
            return
        before, self._fleet = self._fleet.vehicles, fleet
        decoder.accept(self.acceptance)
        program_log.info(
            "plan changed",
            plan=str(self._plan),
            vehicles=len(fleet.vehicles),
            new=len(fleet.vehicles - before),
            gone=len(before - fleet.vehicles),
        )


def _area(extent: Extent | None) -> "Area | None":
    from ingest.decoding.acceptance import Area

    return None if extent is None else Area.around(*extent)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _reader() -> PlanReader:
    if not _handed_in:
        raise RuntimeError("nobody handed in who reads plans: pingcheng.py does")
    return _handed_in[0]
