"""Recorded pings: files of many kinds ⇄ frames, held to the same rules as the wire."""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from itertools import starmap
from pathlib import Path, PurePath

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.bounds import is_vehicle_id
from ingest.decoding.rejection import Rejection
from ingest.fault import PingFileError
from ingest.files.column_check import check_table
from ingest.files.column_reading import ColumnTypeError
from ingest.files.csv_table import CsvTable, CsvText, headings_in
from ingest.files.formats.gpx import read_gpx
from ingest.files.formats.kml import read_kml
from ingest.files.formats.nmea import looks_like_nmea, read_nmea
from ingest.files.formats.packing import ARCHIVES, UNREADABLE, is_packed, reason_of, unpack
from ingest.files.formats.recorded import Recorded
from ingest.files.formats.sheet import Row, read_sheets
from ingest.files.formats.text_encoding import to_utf8
from ingest.files.kinds import is_beside, kind_of
from ingest.files.line_check import check_lines, write_lines
from ingest.files.mapping.conversion import convert, sources_of
from ingest.files.mapping.file_format import NATIVE_FORMAT, FileFormat
from ingest.files.mapping.layout import LAST_HEADING_LINE, Candidate, Layout, find_layout
from ingest.output_file import write_file
from ingest.ping import RECEIVED_COLUMN, conform
from ingest.tasks import text_of

_WRITTEN = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet"}
_BOM = b"\xef\xbb\xbf"
_DECIMAL_COMMA, _DECIMAL_POINT = r"^\s*[+-]?[0-9]+,[0-9]+\s*$", r"[.]"
_LINES_LOOKED_AT = 64
_RECORDERS = {"gpx": read_gpx, "kml": read_kml, "nmea": read_nmea}


@dataclass(frozen=True, slots=True)
class PingFile:
    """The pings of a recorded file in the order recorded, and the rows that are none."""

    pings: pd.DataFrame
    """``PING_COLUMNS``, and ``received_time`` if the file has it."""
    rejections: tuple[Rejection, ...]
    """The topic of each is ``name:line``, the header being line 1; of Parquet ``name:row``."""
    notes: tuple[str, ...] = ()
    """What a person should know of how it was read."""
    ignored: Mapping[str, int] = field(default_factory=Counter)
    """How often an optional field was left out of these pings, by its name."""


def read_ping_file(
    path: Path,
    *,
    known_vehicles: Container[str] | None = None,
    area: Area | None = None,
    received_ms: int | None = None,
    file_format: FileFormat = NATIVE_FORMAT,
) -> PingFile:
    """Read a file of pings by its suffix; ``.gz`` may follow, and ``.zip`` holds any of them.

    Columns of no ping are ignored. Longitude and latitude are WGS 84, inside of `area`, unless
    `file_format` says otherwise. A fix may not lie more than five minutes after its
    ``received_time``, or after `received_ms` where the file tells none; with neither, the future is
    not looked at.

    Raises
    ------
    PingFileError
        If the file cannot be read as pings at all, such as for want of a column.
    """
    terms = _Terms(Acceptance(known_vehicles, area), received_ms, file_format)
    kind = kind_of(path)
    try:
        if kind == "parquet":
            return _read_parquet(path, terms)
        if path.suffix.lower() not in ARCHIVES:
            return _join([_read(kind, path.name, content, terms) for _, content in unpack(path)])
        parts = []
        for member, content in unpack(path):
            if is_beside(path, member):
                continue
            name = f"{path.name}/{member}"
            parts.append(_read(kind_of(PurePath(member), name), name, content, terms))
        if not parts:
            raise PingFileError(f"{path}: there is no track in it")
        return _join(parts)
    except UNREADABLE as error:
        raise PingFileError(f"{path}: it cannot be read ({reason_of(error)})") from error
    except (pa.ArrowException, ColumnTypeError) as error:
        raise PingFileError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Terms:
    acceptance: Acceptance
    received_ms: int | None
    file_format: FileFormat


def _read(kind: str, name: str, content: bytes, terms: _Terms) -> PingFile:
    if kind == "csv" and not looks_like_nmea(content):
        return _read_csv(name, content, terms)
    if kind == "xlsx":
        return _read_xlsx(name, content, terms)
    if kind == "ndjson":
        if not terms.file_format.is_native:
            raise PingFileError(
                f"{name}: NDJSON is read as it is; --map, --timezone and the like go with tables"
            )
        lines = content.removeprefix(_BOM).split(b"\n")
        ignored: Counter[str] = Counter()
        read = check_lines(lines, name, terms.acceptance, terms.received_ms, ignored)
        return PingFile(*read, ignored=ignored)
    if kind in _RECORDERS or kind == "csv":
        return _read_recorded(_RECORDERS.get(kind, read_nmea), name, content, terms)
    raise PingFileError(f"{name}: a file of this kind is not read out of an archive; unpack it")


def _read_recorded(
    read: Callable[[bytes, Recorded], None], name: str, content: bytes, terms: _Terms
) -> PingFile:
    """Read what a recorder wrote of one vehicle; its times are UTC where they name no offset."""
    told = terms.file_format
    if told.columns:
        raise PingFileError(f"{name}: --map goes with tables; here every field has its own name")
    recorded = Recorded(name, terms.received_ms or 0)
    vehicle = told.vehicle or _vehicle_in(name)
    if told.vehicle is None:
        recorded.note(f"taken for vehicle {vehicle}, as it is called; --vehicle names another")
    read(content, recorded)
    rows = [*zip(*recorded.rows, strict=True)] or [()] * len(recorded.columns)
    table = pa.table(
        {
            key: pa.array(cells, pa.string())
            for key, cells in zip(recorded.columns, rows, strict=True)
        }
    )
    terms_of = replace(told, timezone=told.timezone or "UTC", vehicle=vehicle)
    sources = sources_of({target: target for target in recorded.columns})
    ignored: Counter[str] = Counter()
    pings, rejections = check_table(
        convert(table, terms_of), name, recorded.lines, terms.acceptance, terms.received_ms,
        (table, sources), ignored,
    )  # fmt: skip
    return PingFile(pings, (*recorded.refused, *rejections), tuple(recorded.notes), ignored)


def _vehicle_in(name: str) -> str:
    stem = name.rpartition("/")[2]
    if is_packed(PurePath(stem)):
        stem = PurePath(stem).stem
    vehicle = PurePath(stem).stem
    if not is_vehicle_id(vehicle):
        raise PingFileError(
            f"{name}: it does not say whose it is, and no vehicle can be called {vehicle!r}; name "
            "it by --vehicle"
        )
    return vehicle


def _join(parts: list[PingFile]) -> PingFile:
    if len(parts) == 1:
        return parts[0]
    pings = pd.concat([part.pings for part in parts], ignore_index=True)
    return PingFile(
        conform(pings),
        tuple(rejection for part in parts for rejection in part.rejections),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        sum((Counter(part.ignored) for part in parts), Counter()),
    )


def _read_csv(name: str, content: bytes, terms: _Terms) -> PingFile:
    told = terms.file_format
    content, encoding = to_utf8(content, name, told.encoding)
    notes = [] if encoding == "utf-8" or told.encoding else [f"{name}: read as {encoding}"]
    try:
        lines = LAST_HEADING_LINE if told.columns else 1
        candidates = headings_in(content, name, told.delimiter, lines)
        layout = find_layout(starmap(Candidate, candidates), told, name)
    except csv.Error as error:
        message = f"{name}: its first line is no heading of a CSV file ({error})"
        raise PingFileError(message) from error
    heading = layout.heading
    text = CsvText(content, name, heading.delimiter, heading.line)
    read = text.rows(dict(layout.columns), len(heading.cells), terms.received_ms or 0)
    if heading.delimiter == ";" and told.decimal is None and _has_decimal_commas(read.table):
        terms = replace(terms, file_format=replace(told, decimal=","))
        notes.append(f"{name}: parted by semicolons, decimals after a comma")
    return _check(name, read, layout, terms, notes)


def _has_decimal_commas(table: pa.Table) -> bool:
    cells = [
        cell.decode("utf-8", "replace")
        for name in table.column_names if name in {"longitude", "latitude"}
        for cell in table.column(name).slice(0, _LINES_LOOKED_AT).to_pylist()
    ]  # fmt: skip
    texts = pd.Series(cells, dtype="str")
    return bool(
        texts.str.match(_DECIMAL_COMMA).any() and not texts.str.contains(_DECIMAL_POINT).any()
    )


def _read_xlsx(name: str, content: bytes, terms: _Terms) -> PingFile:
    fault: PingFileError | None = None
    for title, rows in read_sheets(content, name):
        candidates = (Candidate(number, cells) for number, cells in rows[:LAST_HEADING_LINE])
        try:
            layout = find_layout(candidates, terms.file_format, f"{name}, sheet {title}")
        except PingFileError as error:
            fault = fault or error
            continue
        read = _table_of(rows, layout)
        return _check(name, read, layout, terms, [f"{name}: sheet {title} was read"])
    raise fault or PingFileError(f"{name}: it has no sheet")


def _table_of(rows: list[Row], layout: Layout) -> CsvTable:
    below = [(number, cells) for number, cells in rows if number > layout.heading.line]
    columns = {
        name: pa.array([cells[place] if place < len(cells) else "" for _, cells in below],
                       pa.string())
        for name, place in layout.columns.items()
    }  # fmt: skip
    return CsvTable(pa.table(columns), [number for number, _ in below], ())


def _read_parquet(path: Path, terms: _Terms) -> PingFile:
    names = pyarrow.parquet.read_schema(path).names
    layout = find_layout([Candidate(0, names)], terms.file_format, str(path))
    wanted = {target: names[place] for target, place in layout.columns.items()}
    dictionary = [name for target, name in wanted.items() if target == "vehicle_id"]
    table = pyarrow.parquet.read_table(
        path, columns=list(dict.fromkeys(wanted.values())), read_dictionary=dictionary
    )
    table = pa.table({target: table.column(name) for target, name in wanted.items()})
    read = CsvTable(table, range(1, table.num_rows + 1), ())
    return _check(path.name, read, layout, terms, [])


def _check(name: str, read: CsvTable, layout: Layout, terms: _Terms, notes: list[str]) -> PingFile:
    file_format = terms.file_format
    table, recorded = read.table, None
    sources: Mapping[str, str] = {}
    if not (file_format.is_native and layout.is_native):
        called = {target: layout.heading.cells[place] for target, place in layout.columns.items()}
        recorded = table.rename_columns([called[target] for target in table.column_names])
        sources = sources_of(called)
        table = convert(table, file_format)
    ignored: Counter[str] = Counter()
    pings, rejections = check_table(
        table, name, read.lines, terms.acceptance, terms.received_ms, (recorded, sources), ignored
    )
    return PingFile(pings, (*read.torn, *rejections), tuple(notes), ignored)


def write_ping_file(frame: pd.DataFrame, path: Path) -> None:
    """Write pings as CSV, NDJSON or Parquet by the suffix of `path`; ``.gz`` may follow.

    Text formats hold instants as RFC 3339 with milliseconds and Z, and leave out what is missing.
    Equal frames make equal files.

    Raises
    ------
    PingFileError
        If the suffix is none of these or the file cannot be written.
    """
    kind = _WRITTEN.get((path.with_suffix("") if is_packed(path) else path).suffix.lower())
    if kind is None or (kind == "parquet" and is_packed(path)):
        raise PingFileError(
            f"{path}: the kind of file is told by its suffix; use .csv, .ndjson or .jsonl "
            "(.gz may follow), or .parquet"
        )
    pings = conform(frame)
    out = io.BytesIO()
    if kind == "parquet":
        pings.to_parquet(out, index=False)
    elif kind == "csv":
        _as_text(pings).to_csv(out, index=False, encoding="utf-8", lineterminator="\n")
    else:
        out.write(write_lines(_as_text(pings)))
    content = out.getvalue()
    try:
        write_file(path, gzip.compress(content, mtime=0) if is_packed(path) else content)
    except OSError as error:
        raise PingFileError(f"{path}: it cannot be written ({reason_of(error)})") from error


def _as_text(pings: pd.DataFrame) -> pd.DataFrame:
    """Write instants, truths and tasks the way text formats hold them."""
    texts = {
        name: pings[name].dt.tz_localize(None).dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3] + "Z"
        for name in ("event_time", RECEIVED_COLUMN)
        if name in pings.columns
    }
    truths = pings["working"].map({True: "true", False: "false"})
    tasks = pings["tasks"]
    masks = tasks.dropna().unique().tolist()
    named = tasks.astype(object).map({mask: text_of(mask) for mask in masks})
    return pings.assign(**texts, working=truths, tasks=named)
