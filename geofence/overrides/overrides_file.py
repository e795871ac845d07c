"""The file overrides.toml: read with all its faults, written so that it reads back unchanged."""

import json
import math
from collections.abc import Iterable
from pathlib import Path

from geofence.overrides.overrides import Assign, Cut, Join, Overrides, Position
from geofence.plan.fault import FaultCode, PlanError
from geofence.plan.reader import read_toml
from geofence.plan.table import FaultList, PlanTable

OVERRIDES_FILE = "overrides.toml"
"""Its name beside a plan.toml."""
_PREFACE = """\
# Decisions about single sections of the map, as `pingcheng plan edit` keeps them;
# `pingcheng plan locate` takes them up whenever it makes streets.geojson anew.
# The page writes this file whole: a remark that shall stay is a key note = "…" of its entry.
"""
_KEYS = ("cut", "join", "assign")
_CUT_KEYS = ("section", "at", "note")
_JOIN_KEYS = ("sections", "at", "note")
_ASSIGN_KEYS = ("section", "grids", "name", "oneway", "at", "length_m", "note")
_POSITION_FORM = "write the place as at = [longitude, latitude], in degrees WGS 84"


def read_overrides(path: Path) -> Overrides:
    """Read the file; where there is none, nothing was decided.

    Raises
    ------
    PlanError
        If anything is wrong; it carries every fault.
    """
    if not path.exists():
        return Overrides()
    faults = FaultList(path.name)
    top = PlanTable(read_toml(path, faults), "", faults, _KEYS)
    used: dict[str, str] = {}
    cuts = [_cut(table, used) for table in top.tables("cut", _CUT_KEYS, required=False)]
    joins = [_join(table, used) for table in top.tables("join", _JOIN_KEYS, required=False)]
    assigns = _assigns(top)
    if faults.faults:
        raise PlanError(faults.faults)
    return Overrides(tuple(cuts), tuple(joins), tuple(assigns))


def render_overrides(overrides: Overrides) -> str:
    """Write the text of the file."""
    blocks = [
        _PREFACE.rstrip("\n"),
        *(
            _block("cut", section=_text(cut.section), at=_place(cut.at), note=cut.note)
            for cut in overrides.cuts
        ),
        *(
            _block(
                "join",
                sections=_texts(join.sections),
                at=f"[{', '.join(map(_place, join.at))}]" if join.at else "",
                note=join.note,
            )
            for join in overrides.joins
        ),
        *(
            _block(
                "assign",
                section=_text(assign.section),
                grids=_texts(assign.grids),
                name="" if assign.name is None else _text(assign.name),
                oneway="" if assign.oneway is None else str(assign.oneway).lower(),
                at="" if assign.at is None else _place(assign.at),
                length_m="" if assign.length_m is None else str(assign.length_m),
                note=assign.note,
            )
            for assign in overrides.assigns
        ),
    ]
    return "\n\n".join(blocks) + "\n"


def _cut(table: PlanTable, used: dict[str, str]) -> Cut:
    section = table.text("section")
    _use(table, "section", section, used)
    at = _position(table, "at", table.values.get("at"))
    return Cut(section, at or (0.0, 0.0), table.text("note", required=False))


def _join(table: PlanTable, used: dict[str, str]) -> Join:
    sections = table.texts("sections", what="two sections that meet")
    if len(sections) == 1:
        table.fault(
            FaultCode.EMPTY, "sections", sections[0][1], "name two sections or more that meet"
        )
    for place, section in sections:
        if not section:
            table.fault(FaultCode.EMPTY, place, section, "write the id of a section")
        _use(table, place, section, used)
    names = tuple(section for _, section in sections)
    return Join(names, _positions(table, len(names)), table.text("note", required=False))


def _use(table: PlanTable, key: str, section: str, used: dict[str, str]) -> None:
    """Write down a section that was cut or joined before: it is no more."""
    if section and section in used:
        table.fault(
            FaultCode.VALUE_REPEATED, key, section,
            f"{used[section]} uses it up; name what that makes of it, or drop one of the two",
        )  # fmt: skip
    used.setdefault(section, table.path)


def _assigns(top: PlanTable) -> list[Assign]:
    assigns: dict[str, Assign] = {}
    for table in top.tables("assign", _ASSIGN_KEYS, required=False):
        section = table.text("section")
        assign = Assign(
            section,
            tuple(grid for _, grid in table.texts("grids")) if _lists_grids(table) else (),
            table.text("name", required=False) if "name" in table.values else None,
            table.boolean("oneway") if "oneway" in table.values else None,
            _position(table, "at", table.values["at"]) if "at" in table.values else None,
            table.number("length_m") if "length_m" in table.values else None,
            table.text("note", required=False),
        )
        if section and section in assigns:
            table.fault(
                FaultCode.VALUE_REPEATED, "section", section,
                "another entry assigns it; write one that says all",
            )  # fmt: skip
        assigns.setdefault(section, assign)
    return list(assigns.values())


def _lists_grids(table: PlanTable) -> bool:
    """Tell whether grids are listed; none at all must be said by an empty list."""
    return table.values.get("grids") != []


def _positions(table: PlanTable, count: int) -> tuple[Position, ...]:
    """Read a place of each section; none is known if there is no key."""
    if "at" not in table.values:
        return ()
    values = table.values["at"]
    if not isinstance(values, list) or len(values) != count:
        remedy = f"list {count} places as [longitude, latitude], one a section, or leave it out"
        table.fault(FaultCode.WRONG_TYPE, "at", values, remedy)
        return ()
    found = [_position(table, f"at[{place}]", value) for place, value in enumerate(values)]
    return tuple(position for position in found if position is not None)


def _position(table: PlanTable, key: str, value: object) -> Position | None:
    """Read a place; None if it is none, which is written down."""
    if value is None:
        table.fault(FaultCode.KEY_ABSENT, key, None, _POSITION_FORM)
    elif (
        not isinstance(value, list)
        or len(value) != 2
        or not all(type(number) in {int, float} and math.isfinite(number) for number in value)
    ):
        table.fault(FaultCode.WRONG_TYPE, key, value, _POSITION_FORM)
    elif not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
        swapped = -90 <= value[0] <= 90 and -180 <= value[1] <= 180
        table.fault(
            FaultCode.COORDINATES_SWAPPED if swapped else FaultCode.COORDINATE_RANGE,
            key, f"[{value[0]}, {value[1]}]", _POSITION_FORM,
        )  # fmt: skip
    else:
        return float(value[0]), float(value[1])
    return None


def _place(position: Position) -> str:
    return f"[{position[0]}, {position[1]}]"


def _block(kind: str, *, note: str, **values: str) -> str:
    if note:
        values["note"] = _text(note)
    return "\n".join(
        [f"[[{kind}]]", *(f"{key} = {value}" for key, value in values.items() if value)]
    )


def _text(value: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
