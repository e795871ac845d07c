"""A published table as rows of text, whether it comes as TSV, CSV or XLSX."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geofence.notice.sheet_values import text_of
from geofence.plan.fault import GeofenceError

EXCEL_ENDINGS = (".xlsx", ".xlsm")
MOST_CELLS = 10_000_000
"""Of a sheet, the blank ones counted, and of all its merged cells together."""
MOST_BYTES = 256 * 1024 * 1024
"""Of a workbook unpacked."""
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([^\"']*)[\"']")
_SMALLER = "delete the rows and columns beside the table"


class NoticeError(GeofenceError, ValueError):
    """A notice cannot be read; the message names the file and says how to mend it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in its file."""

    rows: tuple[tuple[str, ...], ...]
    continued: frozenset[tuple[int, int]] = frozenset()
    """Row and column, counted from 0, of blank cells that belong to a merged cell above them."""
    encoding: str = "utf-8"

    def merged_columns(self, first_row: int) -> frozenset[int]:
        """Columns with merged cells from a row on: as these are marked, other blanks are real."""
        return frozenset(column for row, column in self.continued if row >= first_row)


def read_tables(path: Path) -> Iterator[Table]:
    """Read the tables of a file: one of a text file, one a sheet of a workbook.

    Raises
    ------
    NoticeError
        If the file is absent, empty or not of a known kind.
    """
    if not path.is_file():
        raise NoticeError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise NoticeError(f"{path}: the file is empty")
    ending = path.suffix.lower()
    if ending in EXCEL_ENDINGS:
        yield from _sheets(path)
    elif ending in {".xls", ".ods", ".pdf", ".doc", ".docx"}:
        raise NoticeError(f"{path}: {ending} is not read; save the table as .xlsx, .csv or .tsv")
    else:
        yield _text_table(path)


def _text_table(path: Path) -> Table:
    text, encoding = _text_of(path)
    head = text[:2000]
    first = next((line for line in head.splitlines() if set("\t,;") & set(line)), "")
    # commas stand within cells too, tabs do not
    delimiter = "\t" if "\t" in first else max("\t,;", key=head.count)
    try:
        rows = tuple(
            tuple(cell.strip() for cell in row)
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        )
    except csv.Error as error:
        raise NoticeError(f"{path}: it is no table of text: {error}") from error
    return Table(rows, encoding=encoding)


def _text_of(path: Path) -> tuple[str, str]:
    """Read a text, and name its encoding."""
    data = path.read_bytes()
    runs = _HIGH_RUN.findall(data)
    # Chinese characters are pairs of such bytes, letters with accents stand alone
    is_western = sum(len(run) == 1 for run in runs) * 2 > len(runs)
    for encoding in ("utf-8-sig", "cp1252" if is_western else "gb18030"):
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise NoticeError(
        f"{path}: the text is neither UTF-8, GB18030 nor Windows-1252; save it as UTF-8"
    )


def _sheets(path: Path) -> Iterator[Table]:
    try:
        _check_size(path)
        tables = _read_sheets(path)
    except NoticeError:
        raise
    except Exception as error:
        # a damaged workbook makes zipfile, zlib, the XML parser and openpyxl raise whatever they
        # come to, from KeyError and TypeError to zlib.error and SyntaxError
        raise NoticeError(
            f"{path}: it is no Excel workbook ({type(error).__name__}); save it as .xlsx again"
        ) from error
    yield from tables


def _check_size(path: Path) -> None:
    """Refuse what would take hours or all memory to read: bombs, and merged cells without end."""
    from zipfile import ZipFile

    from openpyxl.utils.cell import range_boundaries

    with ZipFile(path) as parts:
        size = sum(part.file_size for part in parts.infolist())
        if size > MOST_BYTES:
            raise NoticeError(
                f"{path}: unpacked it has {size:,} bytes, at most {MOST_BYTES:,} are read; save "
                "the table alone"
            )
        for name in parts.namelist():
            cells = 0
            for reference in _MERGED.findall(parts.read(name)) if name.endswith(".xml") else ():
                west, north, east, south = range_boundaries(reference.decode("ascii"))
                if west is None or north is None or east is None or south is None:
                    raise NoticeError(f"{path}: whole rows or columns are merged; {_SMALLER}")
                cells += (south - north + 1) * (east - west + 1)
            _check_cells(path, cells)


def _check_cells(path: Path, cells: int) -> None:
    if cells > MOST_CELLS:
        raise NoticeError(
            f"{path}: a sheet has {cells:,} cells, or so many are merged; at most {MOST_CELLS:,} "
            f"cells are read; {_SMALLER}"
        )


def _read_sheets(path: Path) -> list[Table]:
    from openpyxl import load_workbook

    tables = []
    # of a path it would leave the file open if it fails
    workbook = load_workbook(io.BytesIO(path.read_bytes()), data_only=True)
    for sheet in workbook.worksheets:
        _check_cells(path, sheet.max_row * sheet.max_column)
        rows = tuple(
            # most of a large sheet is blank
            tuple("" if cell.value is None else text_of(cell, workbook.epoch) for cell in row)
            for row in sheet.iter_rows(min_row=1, min_col=1)
        )
        continued = frozenset(
            (row - 1, column - 1)
            for merged in sheet.merged_cells.ranges
            for row in range(merged.min_row + 1, merged.max_row + 1)
            for column in range(merged.min_col, merged.max_col + 1)
        )
        tables.append(Table(rows, continued))
    return tables
