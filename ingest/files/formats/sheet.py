"""Sheets of an XLSX file → rows of text, as people see them."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ingest.fault import PingFileError
from ingest.files.formats.packing import check_archive

Row = tuple[int, list[str]]
"""The number of a row in its sheet, from 1, and its cells."""


def read_sheets(content: bytes, name: str) -> Iterator[tuple[str, list[Row]]]:
    """Give the title and the rows of each sheet; empty rows are left out.

    Raises
    ------
    PingFileError
        If it is no XLSX file.
    """
    try:
        check_archive(content, name)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows = enumerate(sheet.iter_rows(values_only=True), 1)
                read = [(number, [_text(cell) for cell in cells]) for number, cells in rows]
                yield sheet.title, [row for row in read if any(row[1])]
        finally:
            book.close()
    except PingFileError:
        raise
    except (
        InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError,
        SyntaxError, AttributeError, EOFError, IndexError,
    ) as error:  # fmt: skip
        raise PingFileError(f"{name}: it is no XLSX file that can be read ({error})") from error


def _text(cell: object) -> str:
    text = "" if cell is None else str(cell)
    if isinstance(cell, datetime):
        text = cell.isoformat(sep=" ", timespec="milliseconds")
    elif isinstance(cell, date | time):
        text = cell.isoformat()
    elif isinstance(cell, timedelta):
        text = str(cell)
    elif isinstance(cell, bool):
        text = "true" if cell else "false"
    elif isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        text = str(int(cell))
    return text.strip()
