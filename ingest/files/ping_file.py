"""Recorded pings: CSV, NDJSON and Parquet files ⇄ frames, held to the same rules as the wire."""

import csv
import gzip
import io
import zlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.fault import PingFileError
from ingest.files.column_check import check_table
from ingest.files.column_reading import ColumnTypeError
from ingest.files.line_check import check_lines, write_lines
from ingest.output_file import write_file
from ingest.ping import PING_COLUMNS, RECEIVED_COLUMN, REQUIRED_COLUMNS, conform

_WANTED = (*PING_COLUMNS, RECEIVED_COLUMN)
_KINDS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class PingFile:
    """The pings of a recorded file in the order recorded, and the rows that are none."""

    pings: pd.DataFrame
    """``PING_COLUMNS``, and ``received_time`` if the file has it."""
    rejections: tuple[Rejection, ...]
    """The topic of each is ``name:line``, the header being line 1; of Parquet ``name:row``."""


def read_ping_file(
    path: Path,
    *,
    known_vehicles: Container[str] | None = None,
    area: Area | None = None,
    received_ms: int | None = None,
) -> PingFile:
    """Read a file of pings by its suffix; ``.gz`` may follow. Columns of no ping are ignored.

    Longitude and latitude are WGS 84, inside of `area`. A fix may not lie more than five minutes
    after its ``received_time``, or after `received_ms` where the file tells none; with neither, the
    future is not looked at.

    Raises
    ------
    PingFileError
        If the file cannot be read as pings at all, such as for want of a column.
    """
    kind = _kind(path)
    acceptance = Acceptance(known_vehicles, area)
    try:
        if kind == "ndjson":
            lines = _content(path).split(b"\n")
            return PingFile(*check_lines(lines, path.name, acceptance, received_ms))
        torn: list[Rejection] = []
        table = _read_csv(path, received_ms or 0, torn) if kind == "csv" else _read_parquet(path)
        lines_before = 2 if kind == "csv" else 1
        numbers = _line_numbers(table.num_rows, lines_before, torn)
        pings, rejections = check_table(table, path.name, numbers, acceptance, received_ms)
    except (OSError, EOFError, zlib.error) as error:
        raise PingFileError(f"{path}: it cannot be read ({_reason(error)})") from error
    except (pa.ArrowException, ColumnTypeError) as error:
        raise PingFileError(f"{path}: {error}") from error
    return PingFile(pings, (*torn, *rejections))


def write_ping_file(frame: pd.DataFrame, path: Path) -> None:
    """Write pings as CSV, NDJSON or Parquet by the suffix of `path`; ``.gz`` may follow.

    Text formats hold instants as RFC 3339 with milliseconds and Z, and leave out what is missing.
    Equal frames make equal files.

    Raises
    ------
    PingFileError
        If the suffix is none of these or the file cannot be written.
    """
    kind = _kind(path)
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
        write_file(path, gzip.compress(content, mtime=0) if _is_zipped(path) else content)
    except OSError as error:
        raise PingFileError(f"{path}: it cannot be written ({_reason(error)})") from error


def _is_zipped(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _kind(path: Path) -> str:
    named = path.with_suffix("") if _is_zipped(path) else path
    kind = _KINDS.get(named.suffix.lower())
    if kind is None or (kind == "parquet" and _is_zipped(path)):
        raise PingFileError(
            f"{path}: the kind of file is told by its suffix; use .csv, .ndjson or .jsonl "
            "(.gz may follow), or .parquet"
        )
    return kind


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if _is_zipped(path) else content


def _require(names: Sequence[str], path: Path) -> list[str]:
    """Give the columns to read."""
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise PingFileError(
            f"{path}: it has no column {', '.join(missing)}; a file of pings needs "
            f"{', '.join(REQUIRED_COLUMNS)}"
        )
    return [name for name in _WANTED if name in names]


def _read_csv(path: Path, received_ms: int, torn: list[Rejection]) -> pa.Table:
    """Read the columns as bytes; rows with too few or too many fields go to `torn`."""

    def set_aside(row: pyarrow.csv.InvalidRow) -> str:
        torn.append(
            refuse(
                RejectionCode.NOT_AN_OBJECT,
                f"{path.name}:{row.number}",
                received_ms,
                row.text.encode("utf-8", "replace"),
                value=f"{row.actual_columns} fields instead of {row.expected_columns}",
            )
        )
        return "skip"

    content = _content(path)
    header = content.split(b"\n", 1)[0].decode("utf-8-sig", "replace").rstrip("\r")
    try:
        names = _require(next(csv.reader([header]), []), path)
    except csv.Error as error:
        message = f"{path}: its first line is no heading of a CSV file ({error})"
        raise PingFileError(message) from error
    return pyarrow.csv.read_csv(
        io.BytesIO(content),
        # only the reader on one thread tells the number of a row
        read_options=pyarrow.csv.ReadOptions(use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(
            newlines_in_values=True, invalid_row_handler=set_aside
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=names,
            column_types=dict.fromkeys(names, pa.binary()),
            strings_can_be_null=False,
        ),
    )


def _read_parquet(path: Path) -> pa.Table:
    names = _require(pyarrow.parquet.read_schema(path).names, path)
    return pyarrow.parquet.read_table(path, columns=names, read_dictionary=["vehicle_id"])


def _line_numbers(rows: int, first: int, torn: Sequence[Rejection]) -> pd.Index:
    """Count the rows that were read, leaving out the lines that were set aside."""
    skipped = [int(rejection.topic.rpartition(":")[2]) for rejection in torn]
    numbers = pd.RangeIndex(first, first + rows + len(skipped))
    return numbers.difference(skipped) if skipped else numbers


def _as_text(pings: pd.DataFrame) -> pd.DataFrame:
    """Write instants and truths the way text formats hold them."""
    texts = {
        name: pings[name].dt.tz_localize(None).dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3] + "Z"
        for name in ("event_time", RECEIVED_COLUMN)
        if name in pings.columns
    }
    truths = pings["working"].map({True: "true", False: "false"})
    return pings.assign(**texts, working=truths)
