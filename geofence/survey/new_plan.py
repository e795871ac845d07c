"""A first plan.toml of the areas that a city has drawn, to be completed by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geofence.notice.window_cells import read_windows
from geofence.plan.fault import FaultCode, PlanError
from geofence.plan.plan import EVERY_DAY, DailyWindow, Grid, Operator, Plan
from geofence.plan.table import FaultList
from geofence.plan.timetable import DAYS_FORM, WINDOW_FORM, parse_window
from geofence.plan.vehicle_id import vehicle_id_fault
from geofence.plan.writer import render_plan
from geofence.survey.areas_file import Area
from geofence.survey.weekdays import read_days

_NO_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class NewPlanTerms:
    """What a file of areas does not say."""

    name: str
    timezone: str
    effective_from: date
    windows: tuple[DailyWindow, ...]
    """Of areas that name none."""


def render_new_plan(areas: Sequence[Area], terms: NewPlanTerms, *, source: str) -> str:
    """Write plan.toml: a grid an area, with the vehicles and windows that stand beside it.

    A grid without a vehicle gets a made-up one, and a comment that says so.

    Parameters
    ----------
    source
        Name of the file of areas, for faults and the first comment.

    Raises
    ------
    PlanError
        If a window, a day or a vehicle of an area cannot be read.
    """
    faults = FaultList(source)
    operators = dict.fromkeys(area.operator or _NO_OPERATOR for area in areas)
    grids, notes = [], {}
    for number, area in enumerate(areas):
        where = f"features[{number}] ({area.grid_id})"
        for vehicle in area.vehicles:
            if remedy := vehicle_id_fault(vehicle):
                faults.add(FaultCode.VEHICLE_ID, f"{where} vehicles", vehicle, remedy)
        vehicles = area.vehicles or (f"{area.grid_id}-1",)
        if not area.vehicles:
            notes[area.grid_id] = "no vehicle was named: put the ids of its trackers here"
        windows = tuple(_windows(where, area, faults)) or terms.windows
        days = _days(where, area, faults)
        grids.append(Grid(area.grid_id, area.operator or _NO_OPERATOR, vehicles, windows, days))
    if faults.faults:
        raise PlanError(faults.faults)
    plan = Plan(
        name=terms.name,
        timezone=terms.timezone,
        effective_from=terms.effective_from,
        operators=tuple(Operator(name, name) for name in operators),
        grids=tuple(grids),
        sections=(),
        version="",
    )
    preface = (
        f"Made of the areas in {source} by pingcheng plan new.\n"
        "Next: pingcheng plan locate, which draws streets.geojson."
    )
    return render_plan(plan, preface=preface, grid_notes=notes)


def _windows(where: str, area: Area, faults: FaultList) -> list[DailyWindow]:
    windows: dict[tuple[int, int], DailyWindow] = {}
    for text in area.windows:
        try:
            found: tuple[DailyWindow, ...] = (parse_window(text),)
        except ValueError as error:
            # other forms are read as those of a notice; here no report tells of a probable slip
            reading = read_windows(text)
            found = () if reading.doubts else reading.windows
            if not found:
                faults.add(
                    FaultCode.WINDOW_SYNTAX, f"{where} windows", text,
                    f"{error}; write {WINDOW_FORM}",
                )  # fmt: skip
        for window in found:
            windows.setdefault((window.start_min, window.end_min), window)
    return list(windows.values())


def _days(where: str, area: Area, faults: FaultList) -> frozenset[int]:
    try:
        return read_days(area.days) if area.days else EVERY_DAY
    except ValueError as error:
        faults.add(FaultCode.DAYS_SYNTAX, f"{where} days", area.days, f"{error}; write {DAYS_FORM}")
        return EVERY_DAY
