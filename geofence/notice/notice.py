"""A published table of collection grids becomes a plan, and a list of all that had to be decided.

Nothing is corrected and nothing guessed in silence: what the notice leaves open gets a stated
default or a placeholder, and a `Decision` that says so.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from geofence.notice.decision import Decision, DecisionCode
from geofence.notice.rows import CODE, NoticeRow, choose_table, read_rows
from geofence.notice.street_mentions import read_streets
from geofence.notice.table import read_tables
from geofence.notice.window_cells import WindowReading, read_windows
from geofence.plan.plan import DailyWindow, Grid, Operator, Plan
from geofence.plan.timetable import parse_window
from geofence.plan.vehicle_id import vehicle_id_fault
from geofence.plan.version import content_version

UNSTATED_OPERATOR = Operator("unassigned", "未载明 (not stated in the notice)")
DEFAULT_WINDOWS = ("08:00-21:00",)
"""When streets are collected by the text of the Pingcheng notice."""
NIGHT_WINDOWS = ("19:00-21:30",)
"""The last window of that notice's table, which night-shift grids are given."""

_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_PLATE = re.compile(rf"[{_PROVINCES}][A-Z][A-HJ-NP-Z0-9]{{5,6}}", re.ASCII)
_FOREIGN_PLATE = re.compile(
    r"(?=.*\d)(?=.*[A-Z])(?!.*[A-Z]{4})(?=(?:-?[A-Z0-9]){5,8}$)[A-Z0-9]+(?:-[A-Z0-9]+){0,2}",
    re.ASCII,
)
"""Letters and digits, such as HQA-1234, HQA1B23, 1234-ABC; no word such as TRUCK12."""
_CHINESE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_CHINESE_BLANK = re.compile(f"(?<=[{_CHINESE}]) | (?=[{_CHINESE}])")
_TRAILING_LETTER = re.compile(r"\d{4}[A-Z]$", re.ASCII)
_NUMERALS = {character: value for value, character in enumerate("一二三四五六七八九十", start=1)}


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """What a plan needs that no table states."""

    name: str
    effective_from: date
    timezone: str = "Asia/Shanghai"
    date_is_assumed: bool = False
    """True if nobody gave the date, which is then reported."""
    default_windows: tuple[DailyWindow, ...] = tuple(map(parse_window, DEFAULT_WINDOWS))
    night_windows: tuple[DailyWindow, ...] = tuple(map(parse_window, NIGHT_WINDOWS))
    keep_contacts: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """A plan without geometry, and what had to be decided for it."""

    plan: Plan
    decisions: tuple[Decision, ...]
    night_grids: tuple[str, ...]
    """Ids of the grids collected on the night shift."""


def import_notice(path: Path, terms: NoticeTerms) -> Imported:
    """Make a plan of a published table: TSV, CSV or XLSX.

    Raises
    ------
    NoticeError
        If the file is no such table.
    """
    table = choose_table(read_tables(path), str(path))
    rows, decisions = read_rows(table)
    if table.encoding != "utf-8":
        name = "Windows-1252" if table.encoding == "cp1252" else table.encoding.upper()
        told = f"read as {name}"
        decisions.insert(0, Decision(None, "", DecisionCode.ENCODING_ASSUMED, path.name, told))
    return _Draft(terms, decisions).of(rows)


def operator_id(name: str) -> str:
    """Give the id of an operator: ``sweep-1`` for 机扫一公司, else its name without spaces."""
    match = re.fullmatch(r"机扫(?:第)?([一二三四五六七八九十]|\d+)(?:分)?公司", name)
    if match:
        return f"sweep-{_NUMERALS.get(match.group(1), match.group(1))}"
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")


def _operator_name(cell: str) -> str:
    """Give a name in one line: Chinese ones without blanks, which stand for line breaks there."""
    return _CHINESE_BLANK.sub("", " ".join(cell.split()))


@dataclass(slots=True)
class _Draft:
    """The plan in the making."""

    terms: NoticeTerms
    decisions: list[Decision]
    operators: dict[str, Operator] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)
    rows: dict[str, NoticeRow] = field(default_factory=dict)
    night: list[str] = field(default_factory=list)
    readings: list[tuple[NoticeRow, WindowReading]] = field(default_factory=list)
    """Of the rows whose windows were used."""

    def of(self, rows: Iterable[NoticeRow]) -> Imported:
        """Take the rows one by one, then look at them together."""
        for row in rows:
            self._take(row)
        self._look_at_numbers()
        self._look_at_shared_vehicles()
        self._look_at_half_days()
        self._tell_whole(DecisionCode.SCHEMATIC_ASSUMED, "schematic = true")
        if self.terms.date_is_assumed:
            day = self.terms.effective_from.isoformat()
            self._tell_whole(DecisionCode.EFFECTIVE_FROM_ASSUMED, f"effective_from = {day}")
        plan = Plan(
            name=self.terms.name,
            timezone=self.terms.timezone,
            effective_from=self.terms.effective_from,
            operators=tuple(self.operators.values()),
            grids=tuple(self.grids.values()),
            sections=(),
            version="",
            schematic=True,
        )
        return Imported(
            replace(plan, version=content_version(plan)),
            tuple(sorted(self.decisions, key=lambda decision: decision.row or 0)),
            tuple(self.night),
        )

    def _tell(self, row: NoticeRow, code: DecisionCode, value: str, decision: str) -> None:
        self.decisions.append(Decision(row.number, row.code, code, value, decision))

    def _tell_whole(self, code: DecisionCode, decision: str) -> None:
        self.decisions.append(Decision(None, "", code, "", decision))

    def _take(self, row: NoticeRow) -> None:
        if not CODE.fullmatch(row.code):
            self._tell(row, DecisionCode.CODE_ODD, row.code, "kept as read")
        operator = self._operator(row)
        mentions = read_streets(row.streets)
        for finding in mentions.findings:
            self._tell(row, finding.code, finding.value, finding.decision)
        if not mentions.streets:
            self._tell(row, DecisionCode.STREETS_ABSENT, row.streets, "a grid without streets")
        grid = Grid(
            id=row.code,
            operator_id=operator.id,
            vehicles=self._vehicles(row),
            windows=self._windows(row, night_shift=mentions.night_shift),
            streets=mentions.streets,
        )
        if mentions.night_shift and row.code not in self.night:
            self.night.append(row.code)
        if row.code in self.grids:
            first = self.rows[row.code].number
            self._tell(row, DecisionCode.CODE_REPEATED, row.code, f"joined with row {first}")
            grid = _joined(self.grids[row.code], grid)
        self.rows.setdefault(row.code, row)
        self.grids[row.code] = grid

    def _operator(self, row: NoticeRow) -> Operator:
        known_as = operator_id("".join(row.operator.split()))
        if not known_as:
            self._tell(
                row, DecisionCode.OPERATOR_ABSENT, row.operator,
                f"operator {UNSTATED_OPERATOR.id}",
            )  # fmt: skip
            return self.operators.setdefault(UNSTATED_OPERATOR.id, UNSTATED_OPERATOR)
        contact = row.contact if self.terms.keep_contacts else ""
        operator = Operator(known_as, _operator_name(row.operator), contact)
        known = self.operators.setdefault(operator.id, operator)
        if contact and contact != known.contact:
            self._tell(row, DecisionCode.CONTACT_DIFFERS, known.name, "the first one was kept")
        return known

    def _windows(self, row: NoticeRow, *, night_shift: bool) -> tuple[DailyWindow, ...]:
        reading = read_windows(row.windows)
        if reading.unread:
            self._tell(
                row, DecisionCode.WINDOWS_UNREAD, row.windows, f"not understood: {reading.unread}"
            )
        windows = {(each.start_min, each.end_min): each for each in reversed(reading.windows)}
        if len(windows) < len(reading.windows):
            self._tell(row, DecisionCode.WINDOW_REPEATED, row.windows, "kept once")
        if windows and not (night_shift and row.windows_carried):
            stated = tuple(reversed(windows.values()))
            if reading.interpreted:
                read = " ".join(window.text for window in stated)
                self._tell(row, DecisionCode.WINDOWS_WORDED, row.windows, f"read as {read}")
            for window, why in reading.doubts:
                self._tell(row, DecisionCode.WINDOW_DOUBTFUL, window.text, f"kept as read: {why}")
            self.readings.append((row, reading))
            return stated
        default = self.terms.night_windows if night_shift else self.terms.default_windows
        kind = "night shift" if night_shift else "default"
        given = " ".join(window.text for window in default)
        self._tell(row, DecisionCode.WINDOWS_DEFAULTED, row.windows, f"{kind} {given}")
        return default

    def _vehicles(self, row: NoticeRow) -> tuple[str, ...]:
        vehicles: list[str] = []
        for written in re.split(r"[,;、/\n]", unicodedata.normalize("NFKC", row.vehicles)):
            vehicle = "".join(written.split())
            if not vehicle or vehicle in vehicles:
                continue
            fault = vehicle_id_fault(vehicle)
            if fault:
                self._tell(row, DecisionCode.VEHICLE_UNUSABLE, vehicle, f"left out: {fault}")
                continue
            vehicles.append(vehicle)
            self._look_at_plate(row, vehicle)
        if not vehicles:
            vehicles = [f"unstated-{row.code}"]
            self._tell(row, DecisionCode.VEHICLE_ABSENT, "", f"vehicle {vehicles[0]}")
        return tuple(vehicles)

    def _look_at_plate(self, row: NoticeRow, vehicle: str) -> None:
        if _FOREIGN_PLATE.fullmatch(vehicle.upper()):
            return
        if vehicle[0] not in _PROVINCES or not re.match(r".[A-Z]", vehicle):
            self._tell(row, DecisionCode.FLEET_NUMBER, vehicle, "kept as the vehicle's id")
        elif not _PLATE.fullmatch(vehicle):
            serial = len(vehicle) - 2
            why = f"{serial} characters after the letter, 5 or 6 are usual"
            if serial in {5, 6}:
                why = "a character that plates do not use"
            self._tell(row, DecisionCode.PLATE_ODD, vehicle, f"kept as read: {why}")
        elif _TRAILING_LETTER.search(vehicle):
            self._tell(
                row, DecisionCode.PLATE_ODD, vehicle,
                "kept as read: the letter at the end is allowed but rare",
            )  # fmt: skip

    def _look_at_numbers(self) -> None:
        """Tell where the numbers of the codes jump or come again."""
        previous: tuple[str, int] | None = None
        first_of: dict[int, str] = {}
        for code, row in self.rows.items():
            match = CODE.fullmatch(code)
            if match is None:
                continue
            number = int(match.group(2))
            if previous and number != previous[1] + 1:
                self._tell(
                    row, DecisionCode.NUMBERING_BREAK, f"{previous[0]} -> {code}",
                    f"kept as read; {previous[1] + 1:02d} would follow",
                )  # fmt: skip
            if first_of.setdefault(number, code) != code:
                self._tell(
                    row, DecisionCode.NUMBER_REPEATED, f"{first_of[number]}, {code}", "kept as read"
                )
            previous = code, number

    def _look_at_shared_vehicles(self) -> None:
        for code, row in self.rows.items():
            for vehicle in self.grids[code].vehicles:
                sharing = [grid.id for grid in self.grids.values() if vehicle in grid.vehicles]
                if len(sharing) > 1:
                    self._tell(
                        row, DecisionCode.PLATE_SHARED, vehicle, f"serves {', '.join(sharing)}"
                    )

    def _look_at_half_days(self) -> None:
        """Tell of windows at night by their digits, where the notice has words for afternoons."""
        if not any(reading.worded for _, reading in self.readings):
            return
        for row, reading in self.readings:
            for window in reading.unstated:
                self._tell(row, DecisionCode.HALF_DAY_UNSTATED, window.text, "kept as written")


def _joined(first: Grid, second: Grid) -> Grid:
    """Join two rows of one code; operator and windows are the first row's."""
    return replace(
        first,
        vehicles=tuple(dict.fromkeys(first.vehicles + second.vehicles)),
        streets=tuple(dict.fromkeys(first.streets + second.streets)),
    )
