"""A plan's values as the text of plan.toml; `geofence.plan.reader` reads it back unchanged."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from geofence.plan.plan import EVERY_DAY, Exemption, Grid, Operator, Plan, ServiceRules
from geofence.plan.timetable import render_days
from geofence.plan.work import speeds_by_name
from ingest.plain_text import plain
from ingest.tasks import names_of

STREETS_FILE = "streets.geojson"
FACILITIES_FILE = "facilities.geojson"


def render_plan(
    plan: Plan, *, preface: str = "", grid_notes: Mapping[str, str] | None = None
) -> str:
    """Write plan.toml: all but the sections and facilities, which have files of their own.

    Parameters
    ----------
    preface
        Lines of comment to begin with, without their ``#``.
    grid_notes
        A comment for some grids, by id.
    """
    notes = grid_notes or {}
    blocks = [
        *([_comment(preface)] if preface else []),
        "\n".join(_head(plan)),
        *(_rules(plan.rules)),
        *(_speeds(plan.speeds_kmh)),
        *("\n".join(_operator(operator)) for operator in plan.operators),
        *("\n".join(_grid(grid, notes.get(grid.id, ""))) for grid in plan.grids),
        *(
            "\n".join(
                [
                    "[[assignments]]",
                    f"grid = {_text(assignment.grid_id)}",
                    f"date = {assignment.service_date.isoformat()}",
                    f"vehicles = {_texts(assignment.vehicles)}",
                ]
            )
            for assignment in plan.assignments
        ),
        *("\n".join(_exemption(exemption)) for exemption in plan.exemptions),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(plan: Plan) -> list[str]:
    lines = [
        f"name = {_text(plan.name)}",
        f"timezone = {_text(plan.timezone)}",
        f"effective_from = {plan.effective_from.isoformat()}",
        f"streets = {_text(STREETS_FILE)}",
        f"facilities = {_text(FACILITIES_FILE)}  # depots and transfer stations; may be left out",
    ]
    if plan.schematic:
        lines.append("schematic = true  # the streets are drawn, not surveyed")
    return lines


def _rules(rules: ServiceRules) -> list[str]:
    usual = asdict(ServiceRules())
    own = [f"{name} = {value!r}" for name, value in asdict(rules).items() if value != usual[name]]
    return ["\n".join(["[service]", *own])] if own else []


def _speeds(speeds_kmh: tuple[tuple[int, float], ...]) -> list[str]:
    own = [f"{name} = {kmh!r}" for name, kmh in speeds_by_name(speeds_kmh).items()]
    return ["\n".join(["[service.per_task]", *own])] if own else []


def _operator(operator: Operator) -> list[str]:
    lines = ["[[operators]]", f"id = {_text(operator.id)}", f"name = {_text(operator.name)}"]
    if operator.contact:
        lines.append(f"contact = {_text(operator.contact)}")
    if operator.spares:
        lines.append(f"spares = {_texts(operator.spares)}")
    return lines


def _exemption(exemption: Exemption) -> list[str]:
    lines = ["[[exceptions]]", f"reason = {_text(exemption.reason)}"]
    if exemption.first == exemption.last:
        lines.append(f"date = {exemption.first.isoformat()}")
    else:
        lines += [f"from = {exemption.first.isoformat()}", f"to = {exemption.last.isoformat()}"]
    if exemption.grid_id:
        lines.append(f"grid = {_text(exemption.grid_id)}")
    for key, values in (("streets", exemption.streets), ("windows", exemption.windows)):
        if values:
            lines.append(f"{key} = {_texts(values)}")
    if exemption.note:
        lines.append(f"note = {_text(exemption.note)}")
    return lines


def _grid(grid: Grid, note: str) -> list[str]:
    lines = [
        *([_comment(note)] if note else []),
        "[[grids]]",
        f"id = {_text(grid.id)}",
        f"operator = {_text(grid.operator_id)}",
        f"vehicles = {_texts(grid.vehicles)}",
        f"windows = {_texts(window.text for window in grid.windows)}",
    ]
    if grid.days != EVERY_DAY:
        lines.append(f"days = {_text(render_days(grid.days))}")
    if grid.streets:
        lines.append(f"streets = {_texts(grid.streets)}")
    if grid.tasks:
        lines.append(f"tasks = {_texts(names_of(grid.tasks))}")
    return lines


def _comment(text: str) -> str:
    # TOML has no escapes in comments and refuses controls there
    return "\n".join(f"# {plain(line)}".rstrip() for line in text.splitlines())


def _text(value: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
