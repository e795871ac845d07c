"""Reads plan.toml and its GeoJSON files into a checked `Plan`, or tells every fault at once."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from geofence.cycle_search import without_cycle_search
from geofence.plan.entries import (
    read_assignments,
    read_exemptions,
    read_streets,
    read_vehicles,
)
from geofence.plan.extent import Extent, streets_extent
from geofence.plan.fault import FaultCode, PlanError, PlanFault
from geofence.plan.plan import (
    EVERY_DAY,
    RULE_NAMES,
    DailyWindow,
    Facility,
    Grid,
    Operator,
    Plan,
    Section,
    ServiceRules,
)
from geofence.plan.spelling import with_one_spelling
from geofence.plan.streets import read_facilities, read_features, read_sections
from geofence.plan.table import FaultList, KnownNames, PlanTable
from geofence.plan.timetable import DAYS_FORM, WINDOW_FORM, parse_days, parse_window
from geofence.plan.version import content_version
from geofence.plan.work import follow_speeds, read_speeds, read_tasks

Thing = TypeVar("Thing", Operator, Grid)
_Geometry = tuple[tuple[Section, ...], tuple[Facility, ...], bool, list[PlanFault]]
"""Sections, facilities, whether they are schematic, and what is wrong with the files."""

_PLAN_KEYS = (
    "name", "timezone", "effective_from", "streets", "facilities", "schematic",
    "operators", "grids", "assignments", "exceptions", "service",
)  # fmt: skip
_OPERATOR_KEYS = ("id", "name", "contact", "spares")
_GRID_KEYS = ("id", "operator", "vehicles", "windows", "days", "streets", "tasks")
_TOML_PLACE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")


def read_plan(path: Path) -> Plan:
    """Read a plan with its streets.

    Raises
    ------
    PlanError
        If anything is wrong; it carries every fault.
    """
    return _read(path, with_geometry=True)


def read_roster(path: Path) -> Plan:
    """Read plan.toml alone: operators, grids and windows, with no section and no facility.

    Raises
    ------
    PlanError
        If anything is wrong; it carries every fault.
    """
    return _read(path, with_geometry=False)


def read_extent(path: Path) -> Extent | None:
    """Give the rectangle around a plan's streets; None if they cannot be read.

    Raises
    ------
    PlanError
        If plan.toml itself cannot be read.
    """
    streets = read_toml(path, FaultList(path.name)).get("streets")
    return streets_extent(path.parent / streets) if isinstance(streets, str) else None


@without_cycle_search
def _read(path: Path, *, with_geometry: bool) -> Plan:
    faults = FaultList(path.name)
    top = PlanTable(read_toml(path, faults), "", faults, _PLAN_KEYS)
    plan = _plan(top, lambda ids: _geometry(path, top, ids, with_geometry=with_geometry))
    return replace(plan, version=content_version(plan))


def plan_of(values: Mapping[str, Any], file: str, sections: Sequence[Section]) -> Plan:
    """Make a plan of what plan.toml holds and of sections that were read; it has no version.

    Raises
    ------
    PlanError
        If anything is wrong with the values; it carries every fault, as one of `file`.
    """
    top = PlanTable(values, "", FaultList(file), _PLAN_KEYS)
    top.text("streets")
    return _plan(top, lambda _: (tuple(sections), (), False, []))


def sections_of(
    features: Sequence[Any], file: str, grid_ids: Collection[str]
) -> tuple[Section, ...]:
    """Make sections of the features of streets.geojson, sorted by id.

    Raises
    ------
    PlanError
        If anything is wrong with them; it carries every fault, as one of `file`.
    """
    faults = FaultList(file)
    sections = read_sections(list(features), faults, grid_ids)
    if faults.faults:
        raise PlanError(faults.faults)
    return sections


def _plan(top: PlanTable, geometry_of: Callable[[Collection[str]], _Geometry]) -> Plan:
    """Read all that plan.toml holds; `geometry_of` is given the ids of its grids."""
    name = top.text("name")
    timezone = _timezone(top)
    effective_from = top.date("effective_from")
    operators = _operators(top)
    grids = _grids(top, KnownNames(operator.id for operator in operators))
    grid_ids = [grid.id for grid in grids]
    assignments = read_assignments(top, grid_ids)
    rules, speeds_kmh = _rules(top)
    schematic = top.boolean("schematic")
    sections, facilities, drawn, others = geometry_of(grid_ids)
    sections, spelling = with_one_spelling(grids, sections)
    exemptions = read_exemptions(top, grids, sections, spelling)
    if top.faults.faults or others:
        raise PlanError([*top.faults.faults, *others])
    return Plan(
        name=name,
        timezone=timezone,
        effective_from=effective_from or date.min,
        operators=tuple(operators),
        grids=tuple(grids),
        sections=sections,
        version="",
        rules=rules,
        assignments=tuple(assignments),
        exemptions=tuple(exemptions),
        facilities=facilities,
        schematic=schematic or drawn,
        speeds_kmh=speeds_kmh,
    )


def read_toml(path: Path, faults: FaultList) -> dict[str, Any]:
    """Parse the file.

    Raises
    ------
    PlanError
        If it cannot be parsed; that is its one fault then.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        faults.add(
            FaultCode.FILE_ABSENT, "", None,
            f"it cannot be read ({error.strerror}); name a plan.toml that exists",
        )  # fmt: skip
    except UnicodeDecodeError as error:
        faults.add(FaultCode.NOT_UTF8, f"byte {error.start}", None, "save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        reason = _TOML_PLACE.sub("", message).strip()
        lines = text.splitlines()
        number = int(place.group(1)) if place and place.group(1) else len(lines)
        line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        # a broken line may hold a telephone number
        shown = line if "contact" not in line else None
        where = f"line {number}" + (f", column {place.group(2)}" if place and place[2] else "")
        faults.add(FaultCode.TOML_SYNTAX, where, shown, f"mend the TOML: {reason}")
    except RecursionError:
        faults.add(FaultCode.TOML_SYNTAX, "", None, "mend the TOML: values lie too deep in others")
    except ValueError:
        # Python reads no longer ones in reasonable time
        faults.add(FaultCode.TOML_SYNTAX, "", None, "mend the TOML: a number has too many digits")
    raise PlanError(faults.faults)


def _timezone(top: PlanTable) -> str:
    name = top.text("timezone")
    if name:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            top.fault(
                FaultCode.TIMEZONE_UNKNOWN, "timezone", name,
                "write a name of the IANA database, such as Asia/Shanghai",
            )  # fmt: skip
    return name


def _operators(top: PlanTable) -> list[Operator]:
    operators: dict[str, Operator] = {}
    for table in top.tables("operators", _OPERATOR_KEYS):
        operator = Operator(
            id=table.text("id"),
            name=table.text("name"),
            contact=table.text("contact", required=False),
            spares=read_vehicles(table, "spares", required=False),
        )
        _keep(operators, operator.id, operator, table)
    return list(operators.values())


def _grids(top: PlanTable, operator_ids: KnownNames) -> list[Grid]:
    grids: dict[str, Grid] = {}
    for table in top.tables("grids", _GRID_KEYS):
        operator_id = table.text("operator")
        if operator_id and operator_id not in operator_ids:
            table.fault(
                FaultCode.REFERENCE_UNKNOWN, "operator", operator_id,
                f"no operator has this id{operator_ids.nearest(operator_id)}",
            )  # fmt: skip
        grid = Grid(
            id=table.text("id"),
            operator_id=operator_id,
            vehicles=read_vehicles(table),
            windows=_windows(table),
            days=_days(table),
            streets=tuple(street for _, street in read_streets(table)),
            tasks=read_tasks(table.values.get("tasks"), table.where("tasks"), table.faults),
        )
        _keep(grids, grid.id, grid, table)
    return list(grids.values())


def _keep(things: dict[str, Thing], thing_id: str, thing: Thing, table: PlanTable) -> None:
    if thing_id in things and thing_id:
        table.fault(
            FaultCode.ID_REPEATED, "id", thing_id, "another one has this id; give each its own"
        )
    things.setdefault(thing_id, thing)


def _windows(table: PlanTable) -> tuple[DailyWindow, ...]:
    windows: dict[tuple[int, int], DailyWindow] = {}
    for place, text in table.texts("windows", what='window, such as "07:00-10:00"'):
        try:
            window = parse_window(text)
        except ValueError as error:
            table.fault(FaultCode.WINDOW_SYNTAX, place, text, f"{error}; write {WINDOW_FORM}")
            continue
        span = window.start_min, window.end_min
        if span in windows:
            table.fault(FaultCode.VALUE_REPEATED, place, text, "list each window once")
        windows.setdefault(span, window)
    return tuple(windows.values())


def _days(table: PlanTable) -> frozenset[int]:
    if "days" not in table.values:
        return EVERY_DAY
    text = table.text("days")
    try:
        return parse_days(text) if text else EVERY_DAY
    except ValueError as error:
        table.fault(FaultCode.DAYS_SYNTAX, "days", text, f"{error}; write {DAYS_FORM}")
        return EVERY_DAY


def _rules(top: PlanTable) -> tuple[ServiceRules, tuple[tuple[int, float], ...]]:
    values = top.values.get("service", {})
    if not isinstance(values, dict):
        top.fault(FaultCode.WRONG_TYPE, "service", values, "begin it with [service]")
        return ServiceRules(), ()
    table = PlanTable(values, "service", top.faults, (*RULE_NAMES, "per_task"))
    numbers: dict[str, float] = {}
    for name in RULE_NAMES:
        number = table.number(name) if name in values else None
        if number is None:
            continue
        remedy = _range_fault(name, number)
        if remedy:
            table.fault(FaultCode.RULE_RANGE, name, values[name], remedy)
        else:
            numbers[name] = number
    speeds_kmh = read_speeds(table)
    follow_speeds(table, numbers, speeds_kmh, asdict(ServiceRules()))
    rules = replace(ServiceRules(), **numbers)
    if rules.skipped_ratio >= rules.served_ratio:
        table.fault(
            FaultCode.RULE_RANGE, "skipped_ratio", rules.skipped_ratio,
            f"write less than served_ratio, which is {rules.served_ratio}",
        )  # fmt: skip
    return rules, speeds_kmh


def _range_fault(name: str, number: float) -> str:
    """Say what range a rule must lie in, by its unit; empty if it does."""
    if name.endswith("_ratio"):
        least_open = name == "served_ratio"
        fits = 0 < number <= 1 if least_open else 0 <= number <= 1
        return "" if fits else f"write a share {'above' if least_open else 'from'} 0, at most 1"
    if name.endswith("_min"):
        return "" if 0 <= number <= 1440 else "write minutes from 0 to 1440"
    return "" if number > 0 else "write a number above 0"


def _geometry(
    path: Path, top: PlanTable, grid_ids: Collection[str], *, with_geometry: bool
) -> _Geometry:
    """Read the files that the plan names, relative to it."""
    streets_file = top.text("streets")
    facilities_file = top.text("facilities", required=False)
    if not with_geometry:
        return (), (), False, []
    sections: tuple[Section, ...] = ()
    facilities: tuple[Facility, ...] = ()
    schematic = False
    found: list[PlanFault] = []
    if streets_file:
        faults = FaultList(streets_file)
        features, schematic = read_features(path.parent / streets_file, faults, "streets")
        sections = read_sections(features, faults, grid_ids)
        found += faults.faults
    if facilities_file:
        faults = FaultList(facilities_file)
        features, _ = read_features(path.parent / facilities_file, faults, "facilities")
        facilities = read_facilities(features, faults, sections)
        found += faults.faults
    return sections, facilities, schematic, found
