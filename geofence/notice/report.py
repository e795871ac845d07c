"""The report of an import: what had to be decided, for people (Markdown) and machines (CSV)."""

import csv
import io
import re
from collections.abc import Sequence

from geofence.notice.decision import DECISION_MEANINGS, Decision, DecisionCode
from geofence.notice.notice import Imported
from geofence.plan.writer import render_plan
from ingest.plain_text import harmless, plain

_MARKED = re.compile(r"[\\`*_{}\[\]<>#|~!&$]")
"""What Markdown, or HTML in it, may take for markup unless a backslash stands before it."""
REPORT_COLUMNS = ("row", "grid_id", "code", "value", "decision")


def render_csv(decisions: Sequence[Decision]) -> str:
    """Write one line a decision, in order of the notice's rows; `row` is blank for the whole."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REPORT_COLUMNS)
    for decision in decisions:
        row = "" if decision.row is None else decision.row
        # a carriage return alone would tear the row in two
        value = decision.value.replace("\r\n", "\n").replace("\r", "\n")
        texts = (decision.grid_id, decision.code, value, decision.decision)
        writer.writerow([row, *map(harmless, texts)])
    return text.getvalue()


def render_markdown(imported: Imported, source: str) -> str:
    """Write the same decisions under one heading a code."""
    plan, decisions = imported.plan, imported.decisions
    streets = sum(len(grid.streets) for grid in plan.grids)
    vehicles = len({vehicle for grid in plan.grids for vehicle in grid.vehicles})
    summary = (
        f"{len(plan.operators)} operators, {len(plan.grids)} grids, {streets} streets of grids, "
        f"{vehicles} vehicles; {len(decisions)} decisions. "
        "Look through them before the plan is used."
    )
    lines = [
        f"# Import of {_cell(source)}",
        "",
        summary,
    ]
    for code in DecisionCode:
        of_code = [decision for decision in decisions if decision.code is code]
        if of_code:
            lines += ["", f"## {code} ({len(of_code)})", "", DECISION_MEANINGS[code], ""]
            lines += ["| row | grid | read | decision |", "|---|---|---|---|"]
            lines += [_line(decision) for decision in of_code]
    return "\n".join(lines) + "\n"


def _line(decision: Decision) -> str:
    row = "" if decision.row is None else str(decision.row)
    cells = (row, decision.grid_id, decision.value, decision.decision)
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    """Write a text on one line of Markdown, so that it is shown as it is."""
    return _MARKED.sub(r"\\\g<0>", plain(" ".join(text.split())))


def render_imported_plan(imported: Imported, preface: str) -> str:
    """Write plan.toml with a comment at each grid that wants a second look."""
    notes: dict[str, list[str]] = {}
    for grid_id in imported.night_grids:
        notes.setdefault(grid_id, []).append("夜岗收集: collected on the night shift")
    for decision in imported.decisions:
        if decision.code is DecisionCode.OPERATOR_UNCERTAIN:
            notes.setdefault(decision.grid_id, []).append(
                f"operator and windows carried down past {decision.value}: uncertain"
            )
    lines = {grid_id: "\n".join(texts) for grid_id, texts in notes.items()}
    return render_plan(imported.plan, preface=preface, grid_notes=lines)
