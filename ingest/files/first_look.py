"""A first look at a recorded file: where its heading is, and what its columns may be."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, starmap
from pathlib import Path, PurePath

import pyarrow as pa
import pyarrow.parquet

from ingest.fault import PingFileError
from ingest.files.csv_table import headings_in
from ingest.files.formats.nmea import looks_like_nmea
from ingest.files.formats.packing import UNREADABLE, reason_of, unpack
from ingest.files.formats.sheet import read_sheets
from ingest.files.formats.text_encoding import to_utf8
from ingest.files.kinds import is_beside, kind_of
from ingest.files.mapping.file_format import FileFormat
from ingest.files.mapping.layout import LAST_HEADING_LINE, Candidate
from ingest.files.mapping.proposal import Proposal, propose, rank

_ROWS_LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What was seen of a table."""

    name: str
    heading: Candidate
    proposal: Proposal
    encoding: str = ""
    """Of a text file."""

    def file_format(self, told: FileFormat) -> FileFormat:
        """Give what was told, and what is proposed beside it."""
        return replace(
            told,
            columns=self.proposal.columns,
            timezone=told.timezone or self.proposal.timezone,
            decimal=told.decimal or self.proposal.decimal,
            datum=self.proposal.datum,
            date_order=told.date_order or self.proposal.date_order,
        )


def look_at(path: Path, told: FileFormat, zone: str | None) -> FirstLook | None:
    """Look at the first table of a file; None if its kind needs no mapping.

    Raises
    ------
    PingFileError
        If it cannot be read.
    """
    kind = kind_of(path)
    try:
        if kind == "parquet":
            return _of_parquet(path, told, zone)
        members = (each for each in unpack(path) if not is_beside(path, each[0]))
        name, content = next(members, ("", b""))
        if not name:
            raise PingFileError(f"{path}: there is no track in it")
        if kind.startswith("."):
            kind = kind_of(PurePath(name), f"{path.name}/{name}")
        if kind == "csv" and not looks_like_nmea(content):
            return _of_csv(name, content, told, zone)
        if kind == "xlsx":
            sheets = read_sheets(content, name)
            found = [(title, rows, _best(starmap(Candidate, rows[:LAST_HEADING_LINE])))
                     for title, rows in sheets if rows]  # fmt: skip
            if not found:
                raise PingFileError(f"{path}: its sheets are empty")
            _, rows, heading = max(found, key=lambda sheet: rank(sheet[2]))
            below = [cells for number, cells in rows if number > heading.line]
            return _look(name, heading, below, told, zone)
    except UNREADABLE as error:
        raise PingFileError(f"{path}: it cannot be read ({reason_of(error)})") from error
    except (csv.Error, pa.ArrowException) as error:
        raise PingFileError(f"{path}: {error}") from error
    return None


def _of_csv(name: str, content: bytes, told: FileFormat, zone: str | None) -> FirstLook:
    text, encoding = to_utf8(content, name, told.encoding)
    heading = _best(starmap(Candidate, headings_in(text, name, told.delimiter, LAST_HEADING_LINE)))
    lines = text[: 1 << 20].decode("utf-8", "replace").splitlines()
    below = lines[heading.line : heading.line + _ROWS_LOOKED_AT]
    rows = [next(csv.reader([line], delimiter=heading.delimiter), []) for line in below]
    return replace(_look(name, heading, rows, told, zone), encoding=encoding)


def _of_parquet(path: Path, told: FileFormat, zone: str | None) -> FirstLook:
    file = pyarrow.parquet.ParquetFile(path)
    heading = Candidate(0, file.schema_arrow.names)
    rows: list[list[str]] = []
    for batch in islice(file.iter_batches(_ROWS_LOOKED_AT), 1):
        rows = [["" if cell is None else str(cell) for cell in row.values()]
                for row in batch.to_pylist()]  # fmt: skip
    return _look(path.name, heading, rows, told, zone)


def _best(candidates: Iterable[Candidate]) -> Candidate:
    """Take the line that names most fields; of equals the one with most columns, then the first."""
    return max(candidates, key=lambda each: (rank(each), len(each.cells), -each.line))


def _look(
    name: str,
    heading: Candidate,
    rows: Sequence[Sequence[str]],
    told: FileFormat,
    zone: str | None,
) -> FirstLook:
    cells = [cell.strip() for cell in heading.cells]
    proposal = propose(cells, rows[:_ROWS_LOOKED_AT], told, zone)
    return FirstLook(name, replace(heading, cells=cells), proposal)
