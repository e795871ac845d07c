"""The rows of a published grid table, each cell under its column.

Merged cells are carried down, and rows whose cells have slipped beside their columns are put
straight. A driver's name is never read; a contact stays out of every message.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from geofence.notice.decision import Decision, DecisionCode
from geofence.notice.headings import NEEDED, Headings, find_headings
from geofence.notice.street_mentions import is_street
from geofence.notice.table import NoticeError, Table
from geofence.notice.window_columns import windows_text

_CARRIED = ("operator", "contact", "windows")

CODE = re.compile(r"([A-Za-z]{1,4})-?(\d{1,4})", re.ASCII)
_SLIPPED_CODE = re.compile(r"[A-Z]{2,3}\d{2,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One row of the table: what it says of a grid."""

    number: int
    """Row of the table, the first one counted 1."""
    code: str
    streets: str
    vehicles: str
    operator: str
    contact: str = field(repr=False)
    windows: str
    windows_carried: bool
    """True if the windows stand in a row above, in a merged cell."""


@dataclass(slots=True)
class _Above:
    """What stands above in a column whose cells are merged."""

    text: str
    prefix: str


def choose_table(tables: Iterable[Table], name: str) -> Table:
    """Give the first table with a heading.

    Raises
    ------
    NoticeError
        If none has one, or it has no row below it.
    """
    seen = ""
    for table in tables:
        found = find_headings(table)
        if found and any(any(row) for row in table.rows[found.first_row :]):
            return table
        if found:
            raise NoticeError(f"{name}: there is no row below the heading")
        seen = seen or next((" | ".join(filter(None, row)) for row in table.rows if any(row)), "")
    raise NoticeError(
        f"{name}: no heading with {', '.join(NEEDED.values())} was found;"
        f" the first row has {len(seen.split(' | ')) if seen else 0} filled cells."
        " Give the table a heading row with these words, or with grid, streets and plate"
    )


def read_rows(table: Table) -> tuple[list[NoticeRow], list[Decision]]:
    """Put each cell under its column and carry merged cells down."""
    found = find_headings(table)
    if found is None:
        raise NoticeError("the table has no heading")
    decisions = [
        Decision(None, "", DecisionCode.COLUMN_ABSENT, name, "read as blank")
        for name in _CARRIED
        if name not in found.columns
    ]
    reader = _RowReader(table, found, decisions)
    rows = [reader.read(index) for index in range(found.first_row, len(table.rows))]
    return [row for row in rows if row is not None], decisions


class _RowReader:
    """Reads rows from top to bottom, remembering what merged cells carry down."""

    def __init__(self, table: Table, headings: Headings, decisions: list[Decision]) -> None:
        self._table = table
        self._columns = headings.columns
        self._windows = headings.windows
        self._width = headings.width
        self._merged_columns = table.merged_columns(headings.first_row)
        self._decisions = decisions
        self._above: dict[str, _Above] = {}

    def read(self, index: int) -> NoticeRow | None:
        """Read one row; None if it is blank or has no code."""
        cells = self._table.rows[index]
        if not any(cells):
            return None
        shift = self._shift(cells)
        code = self._cell(index, "code", shift)
        if not code:
            self._tell(index, "", DecisionCode.ROW_WITHOUT_CODE, "", "left out")
            return None
        if shift:
            self._tell(
                index, code, DecisionCode.COLUMNS_SHIFTED,
                f"code in column {self._columns['code'] - shift + 1}",
                f"cells read {abs(shift)} columns to the {'left' if shift > 0 else 'right'}",
            )  # fmt: skip
            self._above.clear()  # the merged block ends where its columns are missing
        if (filled := _filled(cells)) > self._width + max(-shift, 0):
            seen = f"row {index + 1} has {filled} cells for {self._width} headings"
            return self._read_cut(index, code, seen)
        if _is_street_alone(self._cell(index, "vehicles", shift)):
            seen = f"row {index + 1} has a street where its vehicle should stand"
            return self._read_cut(index, code, seen)
        values = {
            name: self._cell(index, name, shift)
            for name in ("streets", "vehicles", "operator", "contact")
        }
        values["windows"] = self._window_cells(index, shift)
        stated = bool(values["windows"])
        self._carry(index, code, values, shift)
        return NoticeRow(index + 1, code, **values, windows_carried=not stated)

    def _read_cut(self, index: int, code: str, seen: str) -> NoticeRow:
        """Read of a row that a separator cut what is sure: what stands left of a code in place."""
        column = self._columns["code"]
        in_place = CODE.fullmatch(_plain(self._at(index, column, 0))) is not None
        sure = [
            name
            for name in ("operator", "contact")
            if in_place and self._columns.get(name, column) < column
        ]
        self._tell(
            index, code, DecisionCode.CELLS_SURPLUS, seen,
            f"{', '.join(['code', *sure])} alone read; put a cell that holds the file's separator"
            " in quotes",
        )  # fmt: skip
        values = dict.fromkeys(("streets", "vehicles", *_CARRIED), "")
        values |= {name: self._cell(index, name, 0) for name in sure}
        # nothing from above may stand for what a cut cell may have stated, here or below
        self._above = {name: above for name, above in self._above.items() if name in sure}
        self._carry(index, code, values, 0)
        return NoticeRow(index + 1, code, **values, windows_carried=False)

    def _shift(self, cells: tuple[str, ...]) -> int:
        """By how many columns the row has slipped to the left."""
        column = self._columns["code"]
        if column < len(cells) and CODE.fullmatch(_plain(cells[column])):
            return 0
        slipped = (at for at, cell in enumerate(cells) if _SLIPPED_CODE.fullmatch(_plain(cell)))
        return column - next(slipped, column)

    def _cell(self, index: int, name: str, shift: int) -> str:
        if name not in self._columns:
            return ""
        column = self._columns[name]
        if name not in _CARRIED and not shift:
            index = self._first_of_block(index, column)
        cell = self._at(index, column, shift)
        return _plain(cell) if name == "code" else cell

    def _at(self, index: int, column: int, shift: int) -> str:
        # a cell to the left of the code that slipped off the table is not there at all
        at = column - shift
        cells = self._table.rows[index]
        if at < 0 or at >= len(cells) or (shift and column < self._columns["code"]):
            return ""
        return cells[at]

    def _first_of_block(self, index: int, column: int) -> int:
        while (index, column) in self._table.continued:
            index -= 1
        return index

    def _window_cells(self, index: int, shift: int) -> str:
        """Give the windows of the row; "" if it states none itself."""
        stated = windows_text(self._windows, lambda column: self._at(index, column, shift))
        if not stated or shift:
            return stated
        # some of several columns may be merged while others are not
        return windows_text(
            self._windows, lambda column: self._at(self._first_of_block(index, column), column, 0)
        )

    def _carry(self, index: int, code: str, values: dict[str, str], shift: int) -> None:
        """Fill blank cells of merged blocks from above."""
        prefix = _prefix(code)
        if values["operator"]:
            self._above = {
                name: above
                for name, above in self._above.items()
                if (index, self._columns[name]) in self._table.continued
            }
        carried: list[str] = []
        for name in _CARRIED:
            if values[name]:
                self._above[name] = _Above(values[name], prefix)
                continue
            above = self._above.get(name)
            if above is None or shift or not self._belongs_to_block(index, name):
                continue
            values[name] = above.text
            carried.append(name)
        if carried:
            self._tell(index, code, DecisionCode.CELLS_CARRIED, ", ".join(carried), "from above")
        for name in carried:
            if prefix != self._above[name].prefix:
                self._tell(
                    index, code, DecisionCode(f"{name}_uncertain"),
                    f"{self._above[name].prefix} -> {prefix}",
                    "kept as carried down" if name == "contact" else f"kept {values[name]}",
                )  # fmt: skip

    def _belongs_to_block(self, index: int, name: str) -> bool:
        column = self._columns[name]
        return column not in self._merged_columns or (index, column) in self._table.continued

    def _tell(self, index: int, code: str, kind: DecisionCode, value: str, decision: str) -> None:
        self._decisions.append(Decision(index + 1, code, kind, value, decision))


def _filled(cells: tuple[str, ...]) -> int:
    """Count the cells of a row without the blank ones at its end."""
    return next((at for at in range(len(cells), 0, -1) if cells[at - 1]), 0)


def _is_street_alone(vehicles: str) -> bool:
    """Whether a cell of vehicles holds a street; VIA 1234 and BR-163 may be plates."""
    may_be_plate = re.search(r"\d", vehicles) and not re.search(r"[^\W\d_]{4}", vehicles)
    return not may_be_plate and is_street(_plain(vehicles))


def _prefix(code: str) -> str:
    match = CODE.fullmatch(code)
    return match.group(1) if match else code


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()
