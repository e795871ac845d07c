"""What a plan says of its fleet to those who know no plan: its vehicles, and where they can be."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geofence.plan.extent import Extent


@dataclass(frozen=True, slots=True)
class Roster:
    """The fleet of a plan."""

    vehicles: frozenset[str]
    """Own, lent and spare."""
    extent: "Extent | None"
    """The rectangle around its streets; None if they cannot be read."""
    timezone: str = ""
    """The zone that its windows are told in."""


class PlanFleet:
    """The fleet of the plans in force today and yesterday, whose last windows may still go on.

    Parameters
    ----------
    path
        A plan.toml.
    """

    def __init__(self, path: Path) -> None:
        from geofence.installed.watch import PlanWatch

        self._path = path
        self._watch = PlanWatch(path, self._read, Roster.__eq__)
        self._told = Roster(frozenset(), None)

    @property
    def fault(self) -> str | None:
        """Why it cannot be used as it is now; None if it can."""
        return self._watch.fault

    @property
    def coming_fault(self) -> str | None:
        """Why one that is to follow at a date cannot be used as it is now; None if all can."""
        return self._watch.coming_fault

    def begin(self, now_ms: int) -> Roster:
        """Read it.

        Raises
        ------
        PlanError
            A ValueError, if it is faulty.
        """
        from geofence.installed.succession import days_in_progress

        days = days_in_progress(self._path, now_ms)
        self._watch.begin(days)
        self._told = _together([self._watch.on(day) for day in days])
        return self._told

    def look(self, now_ms: int) -> tuple[Roster | None, str | None]:
        """Give the fleet if it has changed, and the faults of a change that cannot be used."""
        from geofence.installed.succession import days_in_progress

        days = days_in_progress(self._path, now_ms)
        found = self._watch.look(days)
        now = _together([self._watch.on(day) for day in days])
        if now == self._told:
            return None, found.refused
        self._told = now
        return now, found.refused

    def _read(self, path: Path) -> Roster:
        """Read a plan; streets that cannot be read are a fault if they could before."""
        from geofence.plan.fault import FaultCode, PlanError, PlanFault

        found = _read(path)
        if found.extent is None and self._told.extent is not None:
            remedy = "no street of it can be read; pingcheng plan check tells why"
            raise PlanError([PlanFault(FaultCode.GEOJSON_KIND, path.name, "streets", "", remedy)])
        return found


def vehicles_in(plan: Path) -> frozenset[str]:
    """Read which vehicles a plan knows, and the one in force until it is.

    Raises
    ------
    PlanError
        A ValueError, if a plan is faulty.
    """
    return _together([_read(path) for path in _files(plan)]).vehicles


def timezone_in(plan: Path) -> str:
    """Read the zone that a plan's windows are told in.

    Raises
    ------
    PlanError
        A ValueError, if the plan is faulty.
    """
    from geofence.plan.reader import read_roster

    return str(read_roster(plan).timezone)


def extent_of(plan: Path) -> "Extent | None":
    """Give the rectangle around the streets of the same plans; None if some cannot be read.

    Raises
    ------
    PlanError
        A ValueError, if plan.toml itself cannot be read.
    """
    from geofence.plan.reader import read_extent

    return _together([Roster(frozenset(), read_extent(path)) for path in _files(plan)]).extent


def _files(plan: Path) -> tuple[Path, ...]:
    from geofence.installed.succession import day_at, file_in_force

    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    return tuple(dict.fromkeys((plan, file_in_force(plan, day_at(plan, now_ms)))))


def _read(path: Path) -> Roster:
    from geofence.plan.reader import read_extent, read_roster

    roster = read_roster(path)
    return Roster(roster.vehicles, read_extent(path), str(roster.timezone))


def _together(rosters: list[Roster]) -> Roster:
    vehicles: frozenset[str] = frozenset().union(*(each.vehicles for each in rosters))
    zone = rosters[-1].timezone  # of the last day, which is today
    known = [each.extent for each in rosters if each.extent is not None]
    if len(known) < len(rosters):
        return Roster(vehicles, None, zone)
    west, south, east, north = zip(*known, strict=True)
    return Roster(vehicles, (min(west), min(south), max(east), max(north)), zone)
