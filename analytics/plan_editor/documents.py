"""The JSON documents between the page and the server: a plan, what a change did, what is wrong."""

import re
from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict  # before 3.12, pydantic reads no other

from analytics.dashboard.documents.documents import BasemapDoc
from analytics.plan_editor.drawn_streets import section_id_of
from analytics.plan_editor.edited_plan import Change, Entry, Tables, Values, days_of
from analytics.plan_editor.plan_folder import PlanFolder
from geofence.overrides.lines import LineError
from geofence.overrides.redrawing import Feature, line_of
from geofence.plan.fault import PlanError
from ingest.plain_text import plain

_TABLE = re.compile(r"[a-z]+")
_FIELD = re.compile(r"([a-z_]+)(?:\[\d+\])*$")


class OperatorDoc(TypedDict):
    """An operator; its contact is nobody's business here."""

    id: str
    name: str
    spares: list[str]


class GridDoc(TypedDict):
    """A grid as plan.toml has it."""

    id: str
    operator: str
    vehicles: list[str]
    windows: list[str]
    days: list[int]
    streets: list[str]


class ExceptionDoc(TypedDict):
    """What is not judged on some dates."""

    number: int
    reason: str
    first: str
    last: str
    grid: str
    streets: list[str]
    windows: list[str]
    note: str


class SectionDoc(TypedDict):
    """A section and its line."""

    id: str
    name: str
    grids: list[str]
    oneway: bool
    mentions: list[str]
    """Other names under which grids list it, as `plan locate` notes them."""
    line: Sequence[Sequence[float]]


class StepDoc(TypedDict):
    """What would be taken back or done again."""

    title: str
    about: str


class StatusDoc(TypedDict):
    """Where the editing stands."""

    revision: int
    undo: StepDoc | None
    redo: StepDoc | None
    saved: bool
    decisions: int
    """Entries that overrides.toml would have."""


class TablesDoc(TypedDict):
    """What plan.toml would hold."""

    operators: list[OperatorDoc]
    grids: list[GridDoc]
    exceptions: list[ExceptionDoc]


class PlanDoc(TypedDict):
    """A whole plan."""

    name: str
    timezone: str
    schematic: bool
    file: str
    streets_file: str
    basemap: BasemapDoc | None
    tables: TablesDoc
    sections: list[SectionDoc]
    status: StatusDoc


class ChangeDoc(TypedDict):
    """What a change did."""

    gone: list[str]
    """Ids of sections that are no more, or are other."""
    come: list[SectionDoc]
    tables: TablesDoc | None
    """None if they are as they were."""
    status: StatusDoc


class SavedDoc(TypedDict):
    """What was written."""

    files: list[str]
    status: StatusDoc


class FaultDoc(TypedDict):
    """One thing that is wrong."""

    code: str
    table: str
    """In what it is: ``grids``, ``exceptions``, ``features``; empty if in none of them."""
    field: str
    """The key that it is about."""
    value: str
    told: str
    """A line in English, with what to do."""


class RefusalDoc(TypedDict):
    """Why something was not done."""

    detail: str
    faults: list[FaultDoc]


def plan_document(folder: PlanFolder, revision: int, basemap: BasemapDoc | None) -> PlanDoc:
    """Describe the plan as it is edited."""
    edited, plan = folder.edited, folder.plan
    return PlanDoc(
        name=plain(plan.name),
        timezone=plan.timezone,
        schematic=plan.schematic,
        file=folder.path.name,
        streets_file=folder.streets_path.name,
        basemap=basemap,
        tables=tables_document(edited.tables),
        sections=[_section(feature) for feature in edited.streets.features()],
        status=status_document(folder, revision),
    )


def status_document(folder: PlanFolder, revision: int) -> StatusDoc:
    """Describe where the editing stands."""
    edited, decided = folder.edited, folder.edited.overrides
    return StatusDoc(
        revision=revision,
        undo=_step(edited.done),
        redo=_step(edited.undone),
        saved=folder.is_saved,
        decisions=len(decided.cuts) + len(decided.joins) + len(decided.assigns),
    )


def change_document(folder: PlanFolder, revision: int, change: Change) -> ChangeDoc:
    """Describe what a change did."""
    before, after = change.tables
    return ChangeDoc(
        gone=[each.id for each in change.redrawing.gone],
        come=[_section(each.feature) for each in change.redrawing.come],
        tables=None if before is after else tables_document(after),
        status=status_document(folder, revision),
    )


def tables_document(tables: Tables) -> TablesDoc:
    """Describe what plan.toml would hold."""
    return TablesDoc(
        operators=[_operator(each) for each in tables.operators],
        grids=[_grid(each) for each in tables.grids],
        exceptions=[_exception(each) for each in tables.exceptions],
    )


def faults_document(error: PlanError | LineError) -> list[FaultDoc]:
    """Describe what is wrong, each with the key that it is about."""
    if isinstance(error, LineError):
        return [
            FaultDoc(
                code=f"line_{error.kind}",
                table="features",
                field="line",
                value="",
                told=plain(str(error)),
            )
        ]
    found = []
    for fault in error.faults:
        table, field = _TABLE.match(fault.where), _FIELD.search(fault.where)
        found.append(
            FaultDoc(
                code=fault.code.value,
                table=table[0] if table else "",
                field=field[1] if field else "",
                value=plain(fault.value),
                told=plain(fault.remedy),
            )
        )
    return found


def _step(change: Change | None) -> StepDoc | None:
    return None if change is None else StepDoc(title=change.title, about=plain(change.about))


def _section(feature: Feature) -> SectionDoc:
    properties = feature["properties"]
    return SectionDoc(
        id=section_id_of(feature),
        name=(properties.get("name") or "").strip(),
        grids=list(properties["grids"]),
        oneway=properties.get("oneway") is True,
        mentions=_mentions(properties.get("mentions")),
        line=[position[:2] for position in line_of(feature)],
    )


def _operator(values: Values) -> OperatorDoc:
    return OperatorDoc(
        id=values["id"].strip(), name=values["name"].strip(), spares=_texts(values, "spares")
    )


def _grid(values: Values) -> GridDoc:
    return GridDoc(
        id=values["id"].strip(),
        operator=values["operator"].strip(),
        vehicles=_texts(values, "vehicles"),
        windows=_texts(values, "windows"),
        days=sorted(days_of(values)),
        streets=_texts(values, "streets"),
    )


def _exception(entry: Entry) -> ExceptionDoc:
    values = entry.values
    first = values.get("date") or values.get("from")
    last = values.get("date") or values.get("to")
    return ExceptionDoc(
        number=entry.number,
        reason=values["reason"].strip(),
        first=str(first),
        last=str(last),
        grid=values.get("grid", "").strip(),
        streets=_texts(values, "streets"),
        windows=_texts(values, "windows"),
        note=values.get("note", "").strip(),
    )


def _mentions(value: object) -> list[str]:
    """Read what nothing but `plan locate` writes, and no reader checks."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _texts(values: Values, key: str) -> list[str]:
    texts: list[Any] = values.get(key, [])
    return [text.strip() for text in texts]
