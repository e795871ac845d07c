"""The dated entries of plan.toml: who stands in for whom, and what is not judged."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from geofence.plan.fault import FaultCode
from geofence.plan.plan import (
    EXEMPTION_REASONS,
    Assignment,
    Exemption,
    ExemptionReason,
    Grid,
    Section,
    street_name,
)
from geofence.plan.table import KnownNames, PlanTable, nearest
from geofence.plan.vehicle_id import vehicle_id_fault

_ASSIGNMENT_KEYS = ("grid", "date", "vehicles")
_EXCEPTION_KEYS = ("reason", "note", "date", "from", "to", "grid", "streets", "windows")


def read_vehicles(
    table: PlanTable, key: str = "vehicles", *, required: bool = True
) -> tuple[str, ...]:
    """Read a list of vehicle ids, each of which a topic must be able to carry."""
    vehicles = table.texts(key, required=required, what="vehicle")
    for place, vehicle in vehicles:
        reason = vehicle_id_fault(vehicle)
        if reason:
            table.fault(
                FaultCode.VEHICLE_ID, place, vehicle,
                f"no MQTT topic can carry it, {reason}; give the vehicle another id",
            )  # fmt: skip
    return tuple(vehicle for _, vehicle in vehicles)


def read_streets(table: PlanTable) -> list[tuple[str, str]]:
    """Read an optional list of names of streets, each with where it stands."""
    streets: dict[str, str] = {}
    for place, text in table.texts("streets", required=False):
        street = street_name(text)
        if not street:
            table.fault(FaultCode.EMPTY, place, text, "write the street's name or drop it")
        if street in streets:
            table.fault(
                FaultCode.VALUE_REPEATED, place, text,
                f"it is the street of {streets[street]} in another Unicode form; list it once",
            )  # fmt: skip
        streets.setdefault(street, place)
    return [(place, street) for street, place in streets.items()]


def read_assignments(top: PlanTable, grid_ids: Collection[str]) -> list[Assignment]:
    """Read ``[[assignments]]``: a grid has one for a date at most."""
    assignments: dict[tuple[str, date], Assignment] = {}
    known = KnownNames(grid_ids)
    for table in top.tables("assignments", _ASSIGNMENT_KEYS, required=False):
        grid_id, day, vehicles = table.text("grid"), table.date("date"), read_vehicles(table)
        _check_grid(table, grid_id, known)
        if day is None:
            continue
        if (grid_id, day) in assignments:
            table.fault(
                FaultCode.VALUE_REPEATED, "date", day,
                "the grid has another assignment for this date; list all vehicles in one",
            )  # fmt: skip
        assignments[grid_id, day] = Assignment(grid_id, day, vehicles)
    return list(assignments.values())


def read_exemptions(
    top: PlanTable,
    grids: Sequence[Grid],
    sections: Sequence[Section],
    spelling: Mapping[str, str] | None = None,
) -> list[Exemption]:
    """Read ``[[exceptions]]``: what is not judged on some dates.

    Whether a grid has a street is not asked where there are no sections: a roster has none.
    Of a name that gave way to another, as `spelling` tells, that is taken.
    """
    exemptions: dict[Exemption, None] = {}
    grid_ids = KnownNames(grid.id for grid in grids)
    known = _Known(grids, grid_ids, sections)
    for table in top.tables("exceptions", _EXCEPTION_KEYS, required=False):
        reason, dates = _reason(table), _dates(table)
        grid_id = table.text("grid", required="grid" in table.values)
        streets = _spelt(read_streets(table), spelling or {})
        windows = table.texts("windows", required=False)
        note = table.text("note", required=False)
        _check_grid(table, grid_id, grid_ids)
        if grids and (not grid_id or grid_id in grid_ids):
            whose = known.whose(grid_id)
            if sections:
                named = [(place, street) for place, street in streets if street]
                _check_names(table, named, known.streets[grid_id], f"{whose} has no such street")
            _check_names(table, windows, known.windows[grid_id], f"{whose} has no such window")
        if reason is None or dates is None:
            continue
        exemption = Exemption(
            first=dates[0],
            last=dates[1],
            reason=reason,
            note=note,
            grid_id=grid_id,
            streets=tuple(street for _, street in streets),
            windows=tuple(window for _, window in windows),
        )
        if exemption in exemptions:
            table.fault(
                FaultCode.VALUE_REPEATED, "reason", reason,
                "another exception says the same; write it once",
            )  # fmt: skip
        exemptions[exemption] = None
    return list(exemptions)


def _spelt(streets: list[tuple[str, str]], spelling: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give streets under the names that stand for them, each once."""
    found: dict[str, str] = {}
    for place, street in streets:
        found.setdefault(spelling.get(street, street), place)
    return [(place, street) for street, place in found.items()]


def _reason(table: PlanTable) -> ExemptionReason | None:
    text = table.text("reason")
    for reason in EXEMPTION_REASONS:
        if text == reason:
            return reason
    if text:
        table.fault(
            FaultCode.CHOICE_UNKNOWN, "reason", text,
            f"write one of {', '.join(EXEMPTION_REASONS)}{nearest(text, EXEMPTION_REASONS)}",
        )  # fmt: skip
    return None


def _dates(table: PlanTable) -> tuple[date, date] | None:
    """Read ``date``, or ``from`` and ``to``, both of which are dates that it holds for."""
    if "from" not in table.values and "to" not in table.values:
        day = table.date("date")
        return None if day is None else (day, day)
    if "date" in table.values:
        table.fault(
            FaultCode.DATE_RANGE, "date", table.values["date"],
            "write either date, or from and to",
        )  # fmt: skip
        return None
    first, last = table.date("from"), table.date("to")
    if first is None or last is None:
        return None
    if first > last:
        table.fault(
            FaultCode.DATE_RANGE, "from", first,
            f"it lies after to, which is {last.isoformat()}; swap them",
        )  # fmt: skip
    return first, last


def _check_grid(table: PlanTable, grid_id: str, grid_ids: KnownNames) -> None:
    if grid_id and grid_id not in grid_ids:
        table.fault(
            FaultCode.REFERENCE_UNKNOWN, "grid", grid_id,
            f"the plan has no such grid{grid_ids.nearest(grid_id)}",
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Known:
    """The streets and windows that an exception may name, by grid; under "" those of all."""

    grids: Sequence[Grid]
    grid_ids: KnownNames
    sections: Iterable[Section]

    @cached_property
    def streets(self) -> Mapping[str, KnownNames]:
        """Those that a grid lists or that sections of it bear."""
        names: defaultdict[str, list[str]] = defaultdict(list)
        for grid in self.grids:
            names[grid.id] += grid.streets
            names[""] += grid.streets
        for section in self.sections:
            owners = [grid_id for grid_id in section.grids if grid_id in self.grid_ids]
            for grid_id in (*owners, "") if owners else ():
                names[grid_id].append(section.name)
        return {grid_id: KnownNames(found) for grid_id, found in names.items()}

    @cached_property
    def windows(self) -> Mapping[str, KnownNames]:
        """Those of a grid, as it writes them."""
        names: defaultdict[str, list[str]] = defaultdict(list)
        for grid in self.grids:
            texts = [window.text for window in grid.windows]
            names[grid.id] += texts
            names[""] += texts
        return {grid_id: KnownNames(found) for grid_id, found in names.items()}

    def whose(self, grid_id: str) -> str:
        """Say of what such names are, for a fault."""
        sole = self.grids[0].id if len(self.grids) == 1 else grid_id
        return f"grid {sole}" if sole else "the plan"


def _check_names(
    table: PlanTable, names: Iterable[tuple[str, str]], known: KnownNames, missing: str
) -> None:
    for place, name in names:
        if name not in known:
            table.fault(FaultCode.REFERENCE_UNKNOWN, place, name, f"{missing}{known.nearest(name)}")
