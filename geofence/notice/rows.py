"""The rows of a published grid table, each cell under its column.

Merged cells are carried down, and rows whose cells have slipped beside their columns are put
straight. A driver's name is never read; a contact stays out of every message.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from geofence.notice.decision import Decision, DecisionCode
from geofence.notice.table import NoticeError, Table

# The first word that a heading contains tells its column; None is a column that is not read.
_HEADINGS: tuple[tuple[str, str | None], ...] = (
    ("司机", None),
    ("驾驶", None),
    ("driver", None),
    ("序号", None),
    ("网格", "code"),
    ("grid", "code"),
    ("范围", "streets"),
    ("路段", "streets"),
    ("街", "streets"),
    ("street", "streets"),
    ("车牌", "vehicles"),
    ("车号", "vehicles"),
    ("plate", "vehicles"),
    ("vehicle", "vehicles"),
    ("电话", "contact"),
    ("联系", "contact"),
    ("负责人", "contact"),
    ("contact", "contact"),
    ("时间", "windows"),
    ("时段", "windows"),
    ("window", "windows"),
    ("单位", "operator"),
    ("公司", "operator"),
    ("operator", "operator"),
)
_NEEDED = {"code": "网格编号", "streets": "收集范围", "vehicles": "收集车牌号"}
_CARRIED = ("operator", "contact", "windows")
_HEADING_ROWS = 12

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


def find_columns(table: Table) -> tuple[int, dict[str, int]] | None:
    """Give the heading's row and the column of each field, or None if there is no heading."""
    for index, row in enumerate(table.rows[:_HEADING_ROWS]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(row):
            heading = unicodedata.normalize("NFKC", cell).lower()
            name = next((field for word, field in _HEADINGS if word in heading), None)
            if name is not None:
                columns.setdefault(name, column)
        if set(_NEEDED) <= set(columns):
            return index, columns
    return None


def choose_table(tables: Iterable[Table], name: str) -> Table:
    """Give the first table with a heading.

    Raises
    ------
    NoticeError
        If none has one, or it has no row below it.
    """
    seen = ""
    for table in tables:
        found = find_columns(table)
        if found and any(any(row) for row in table.rows[found[0] + 1 :]):
            return table
        if found:
            raise NoticeError(f"{name}: there is no row below the heading")
        seen = seen or next((" | ".join(filter(None, row)) for row in table.rows if any(row)), "")
    raise NoticeError(
        f"{name}: no heading with {', '.join(_NEEDED.values())} was found;"
        f" the first row has {len(seen.split(' | ')) if seen else 0} filled cells."
        " Give the table a heading row with these words"
    )


def read_rows(table: Table) -> tuple[list[NoticeRow], list[Decision]]:
    """Put each cell under its column and carry merged cells down."""
    found = find_columns(table)
    if found is None:
        raise NoticeError("the table has no heading")
    heading, columns = found
    decisions = [
        Decision(None, "", DecisionCode.COLUMN_ABSENT, name, "read as blank")
        for name in _CARRIED
        if name not in columns
    ]
    reader = _RowReader(table, columns, decisions)
    rows = [reader.read(index) for index in range(heading + 1, len(table.rows))]
    return [row for row in rows if row is not None], decisions


class _RowReader:
    """Reads rows from top to bottom, remembering what merged cells carry down."""

    def __init__(self, table: Table, columns: dict[str, int], decisions: list[Decision]) -> None:
        self._table = table
        self._columns = columns
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
        values = {
            name: self._cell(index, name, shift) for name in ("streets", "vehicles", *_CARRIED)
        }
        stated = bool(values["windows"])
        self._carry(index, code, values, shift)
        return NoticeRow(index + 1, code, **values, windows_carried=not stated)

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
        cells = self._table.rows[index]
        # a cell to the left of the code that slipped off the table is not there at all
        at = column - shift
        if at < 0 or at >= len(cells) or (shift and column < self._columns["code"]):
            return ""
        if name not in _CARRIED and not shift:
            while (index, at) in self._table.continued:
                index -= 1
            cells = self._table.rows[index]
        return _plain(cells[at]) if name == "code" else cells[at]

    def _carry(self, index: int, code: str, values: dict[str, str], shift: int) -> None:
        """Fill blank cells of merged blocks from above."""
        prefix = _prefix(code)
        if values["operator"]:
            self._above.clear()
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
        return column not in self._table.merged_columns or (index, column) in self._table.continued

    def _tell(self, index: int, code: str, kind: DecisionCode, value: str, decision: str) -> None:
        self._decisions.append(Decision(index + 1, code, kind, value, decision))


def _prefix(code: str) -> str:
    match = CODE.fullmatch(code)
    return match.group(1) if match else code


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()
