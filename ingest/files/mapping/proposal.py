"""A first look at a foreign table: what its columns are likely to be, and in which units."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, radians
from statistics import median

import pyarrow as pa

from ingest.datum import Datum
from ingest.files.mapping.clock_texts import FIRST_DAYS, MIDNIGHT, read_clocks
from ingest.files.mapping.conversion import TRUTHS, convert
from ingest.files.mapping.file_format import FileFormat
from ingest.files.mapping.headings import datum_of, guess, is_utc, meaning_of, unit_of
from ingest.files.mapping.layout import Candidate
from ingest.files.mapping.number_texts import (
    read_decimals,
    read_degrees,
    read_degrees_minutes,
    read_headings,
    read_nothing,
)
from ingest.files.mapping.target import TARGETS
from ingest.ping import REQUIRED_COLUMNS

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?")
_DATE = re.compile(rf"\d{{1,4}}[-/.年]\d{{1,2}}[-/.月]\d{{1,4}}日?(?:{MIDNIGHT})?")
_TWO = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?!\d)")
_TRUTHS = {"true", "false", "1", "0", "t", "f"}.union(*TRUTHS.values())
_PLATE_LIKE = re.compile(r"[^\s/+#]{1,128}")
_MPS = {
    name: TARGETS[name].factor for name in ("speed_mps", "speed_kmh", "speed_knots", "speed_mph")
}
_FEWEST_STEPS = 5
_CHINA_DEG = (73.0, 18.0, 135.5, 54.0)


@dataclass(slots=True)
class Proposal:
    """What a table was taken for."""

    columns: dict[str, str] = field(default_factory=dict)
    """Headings by target."""
    decimal: str | None = None
    datum: Datum = Datum.WGS84
    timezone: str | None = None
    date_order: str | None = None
    needs_timezone: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """The fields of a ping that no column seems to tell."""
        told = {TARGETS[target].field for target in self.columns}
        return [name for name in REQUIRED_COLUMNS if name not in told]


def rank(candidate: Candidate) -> int:
    """Tell how much a line looks like a heading: by how many fields it seems to name."""
    told = {TARGETS[targets[0]].field for cell in candidate.cells if (targets := guess(cell))}
    return len(told) + 3 * (told >= {"longitude", "latitude"})


def propose(
    heading: Sequence[str], rows: Sequence[Sequence[str]], told: FileFormat, zone: str | None
) -> Proposal:
    """Guess by headings, and by the cells below them where these leave it open.

    Parameters
    ----------
    zone
        What times without an offset are likely in, such as the zone of the plan.
    """
    cells = {
        name: _known([row[place] if place < len(row) else "" for row in rows])
        for place, name in reversed(list(enumerate(heading))) if name.strip()
    }  # fmt: skip
    cells = {name: cells[name] for name in dict.fromkeys(heading) if name in cells}
    found = Proposal(datum=told.datum, decimal=told.decimal)
    if found.decimal is None:
        found.decimal = _decimal(cells)
    numbers = {name: _numbers(column, found.decimal) for name, column in cells.items()}
    by_field = _first_choice(cells, numbers)
    _places(by_field, numbers, found)
    if told.vehicle is None and "vehicle_id" in by_field:
        found.columns["vehicle_id"] = by_field["vehicle_id"]
    _times(cells, found, told)
    for name in ("heading_deg", "accuracy_m", "hdop", "satellites", "working", "received_time"):
        if name in by_field:
            found.columns[name] = by_field[name]
    if "speed" in by_field:
        _speed(by_field["speed"], numbers, cells, found)
    if found.needs_timezone and found.timezone is None:
        _zone(numbers, found, zone)
    return found


def _first_choice(
    cells: Mapping[str, list[str]], numbers: Mapping[str, list[float]]
) -> dict[str, str]:
    """Give for each meaning the first column whose cells agree with it."""
    chosen: dict[str, str] = {}
    for name, column in cells.items():
        meaning = meaning_of(name)
        filled = [cell for cell in column if cell]
        if meaning is None or meaning == "time" or not _agrees(meaning, filled, numbers[name]):
            continue
        chosen.setdefault(meaning, name)
    if "vehicle_id" not in chosen and "device" in chosen:
        chosen["vehicle_id"] = chosen["device"]
    return chosen


def _agrees(meaning: str, filled: list[str], numbers: list[float]) -> bool:
    if meaning in {"vehicle_id", "device"}:
        return any(_PLATE_LIKE.fullmatch(cell) for cell in filled)
    if not filled:
        return False
    agrees = len(numbers) == len(filled)
    if meaning == "working":
        agrees = all(cell.casefold() in _TRUTHS for cell in filled)
    elif meaning == "received_time":
        agrees = _readable(filled, None)[0] > 0
    elif meaning == "heading_deg":
        turned = read_headings(pa.array(filled, pa.string()), 1.0).to_pylist()
        agrees = all(_NUMBER.fullmatch(cell) for cell in turned)
    elif meaning in {"longitude", "latitude"}:
        agrees = len(numbers) * 2 > len(filled)
    return agrees


def _known(column: Sequence[str]) -> list[str]:
    return read_nothing(pa.array(column, pa.string())).to_pylist() if column else []


def _decimal(cells: Mapping[str, list[str]]) -> str | None:
    """Tell whether decimals stand after a comma: places do, and none has a point."""
    places = [
        cell for name, column in cells.items() if meaning_of(name) in {"longitude", "latitude"}
        for cell in column if cell
    ]  # fmt: skip
    commas = sum(re.fullmatch(r"[+-]?\d+,\d+", cell) is not None for cell in places)
    return "," if commas and not any("." in cell for cell in places) else None


def _numbers(column: list[str], decimal: str | None) -> list[float]:
    filled = pa.array([cell for cell in column if cell], pa.string())
    read = read_degrees(read_decimals(filled, decimal or "."), 1.0).to_pylist()
    return [float(cell) for cell in read if _NUMBER.fullmatch(cell)]


def _places(
    by_field: Mapping[str, str], numbers: Mapping[str, list[float]], found: Proposal
) -> None:
    names = {key: by_field[key] for key in ("longitude", "latitude") if key in by_field}
    largest = {key: max(map(abs, numbers[name]), default=0.0) for key, name in names.items()}
    limits = {"longitude": 180.0, "latitude": 90.0}
    ending = ""
    for suffix, factor in (("", 1.0), ("_dm", 100.0), ("_e6", 1e6), ("_e7", 1e7)):
        if all(largest[key] <= limits[key] * factor for key in names):
            ending = suffix
            break
    for key, name in names.items():
        found.columns[key + ending] = name
        said = datum_of(name)
        if said is not None and found.datum is Datum.WGS84:
            found.datum = Datum(said)
    if ending == "_dm" and not _are_minutes(names, numbers):
        found.notes.append("longitude and latitude are beyond 180 and 90: look what they are in")


def _are_minutes(names: Mapping[str, str], numbers: Mapping[str, list[float]]) -> bool:
    texts = pa.array([str(each) for name in names.values() for each in numbers[name]], pa.string())
    return all(float(cell) <= 180 for cell in read_degrees_minutes(texts).to_pylist())


def _times(cells: Mapping[str, list[str]], found: Proposal, told: FileFormat) -> None:
    named = {name: [cell for cell in column if cell] for name, column in cells.items()
             if meaning_of(name) == "time"}  # fmt: skip
    named = {name: column for name, column in named.items() if column}
    found.date_order = told.date_order or _date_order([*named.values()], found)
    whole, best = None, -1
    for name, column in named.items():
        read, _ = _readable(column, found.date_order)
        # a fix's own time before a server's; a column that names its zone before one that does not
        score = read * 4 // max(len(column), 1) + ("gps" in name.casefold() or "定位" in name)
        if read and score > best:
            whole, best = name, score
    days = [name for name, column in named.items() if all(map(_DATE.fullmatch, column))]
    clocks = [name for name, column in named.items()
              if all(_CLOCK.fullmatch(_bare_clock(cell)) for cell in column)]  # fmt: skip
    if whole is None or (whole in days and clocks):
        if not (days and clocks):
            return
        found.columns |= {"event_date": days[0], "event_clock": clocks[0]}
        local, headings = True, [days[0], clocks[0]]
    else:
        found.columns["event_time"], headings = whole, [whole]
        local = _readable(named[whole], found.date_order)[1]
    found.timezone = told.timezone
    if local:
        found.needs_timezone = told.timezone is None
        if found.timezone is None and any(map(is_utc, headings)):
            found.timezone = "UTC"


def _bare_clock(cell: str) -> str:
    return re.sub(FIRST_DAYS, "", cell)


def _readable(column: list[str], date_order: str | None) -> tuple[int, bool]:
    """Count the cells that tell an instant, and tell whether any names no offset."""
    read = read_clocks(pa.array(column, pa.string()), None, date_order).to_pylist()
    counted = [cell.lstrip("-").isdigit() and len(cell) >= 11 for cell in read]
    local = [re.match(r"\d{4}-\d\d-\d\dT", cell) is not None for cell in read]
    offset = [re.search(r"(?:Z|[+-]\d\d:\d\d)$", cell) is not None for cell in read]
    is_local = any(one and not other for one, other in zip(local, offset, strict=True))
    return sum(map(any, zip(counted, local, strict=True))), is_local


def _date_order(columns: list[list[str]], found: Proposal) -> str | None:
    pairs = [
        (int(match[1]), int(match[2]))
        for column in columns for cell in column if (match := _TWO.match(cell))
    ]  # fmt: skip
    if not pairs:
        return None
    first, second = (max(numbers) for numbers in zip(*pairs, strict=True))
    if first > 12 >= second:
        # years of two digits look the same: a day changes, a year hardly
        years = {one for one, _ in pairs}
        short = all(_is_short_year(cell) for column in columns for cell in column)
        if first > 31 or (len(years) == 1 and short):
            return "ymd"
        return "dmy"
    if second > 12 >= first:
        return "mdy"
    found.notes.append(
        "dates such as the first do not tell day from month; taken as day/month: if that is wrong, "
        "--date-order mdy"
    )
    return "dmy"


def _is_short_year(cell: str) -> bool:
    return re.match(r"[2-3]\d[-/.]\d{1,2}[-/.]\d{2}(?!\d)", cell) is not None


def _speed(
    name: str, numbers: Mapping[str, list[float]], cells: Mapping[str, list[str]], found: Proposal
) -> None:
    unit = unit_of(name)
    if unit is None:
        unit = _fitting_unit(cells, name, found)
        if unit is None:
            unit = "speed_kmh"
            found.notes.append(f"{name} names no unit; taken as km/h")
        else:
            found.notes.append(
                f"{name} names no unit; {unit.removeprefix('speed_')} fits the places best"
            )
    if numbers[name]:
        found.columns[unit] = name


def _fitting_unit(cells: Mapping[str, list[str]], name: str, found: Proposal) -> str | None:
    """Compare speeds with the way from fix to fix."""
    columns = {target: heading for target, heading in found.columns.items()
               if TARGETS[target].field in REQUIRED_COLUMNS}  # fmt: skip
    told = {TARGETS[target].field for target in columns}
    if not told >= {"event_time", "longitude", "latitude"}:
        return None
    table = pa.table({target: pa.array(cells[heading], pa.string())
                      for target, heading in columns.items()})  # fmt: skip
    terms = FileFormat(timezone="UTC", decimal=found.decimal, date_order=found.date_order)
    read = convert(table, terms).to_pylist()
    speeds = read_decimals(pa.array(cells[name], pa.string()), found.decimal or ".").to_pylist()
    last: dict[object, tuple[float, float, float]] = {}
    ratios = []
    for row, speed in zip(read, speeds, strict=True):
        values = [row["event_time"], row["longitude"], row["latitude"], speed]
        if not all(_NUMBER.fullmatch(value) for value in values):
            continue
        at_ms, east, north, said = map(float, values)
        before = last.get(row.get("vehicle_id"))
        last[row.get("vehicle_id")] = at_ms, east, north
        if before is None or not 0 < at_ms - before[0] <= 120_000:
            continue
        way_m = 111_320 * abs(complex(north - before[2], (east - before[1]) * _cosine(north)))
        if way_m > 20 and said > 0:
            ratios.append(way_m / (at_ms - before[0]) * 1000 / said)
    if len(ratios) < _FEWEST_STEPS:
        return None
    middle = median(ratios)
    return min(_MPS, key=lambda unit: max(middle / _MPS[unit], _MPS[unit] / middle))


def _cosine(latitude: float) -> float:
    return cos(radians(min(abs(latitude), 89.0)))


def _zone(numbers: Mapping[str, list[float]], found: Proposal, zone: str | None) -> None:
    if zone is not None:
        found.timezone = zone
        found.notes.append(f"times name no offset; taken as those of {zone}, the plan's zone")
        return
    places = {key: numbers[found.columns[key]] for key in ("longitude", "latitude")
              if key in found.columns}  # fmt: skip
    west, south, east, north = _CHINA_DEG
    if (
        len(places) == 2 and all(places.values())
        and west <= median(places["longitude"]) <= east
        and south <= median(places["latitude"]) <= north
    ):  # fmt: skip
        found.timezone = "Asia/Shanghai"
        found.notes.append("times name no offset; taken as China's, where the places lie")
