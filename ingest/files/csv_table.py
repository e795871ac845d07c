"""The lines of a CSV file → a table of bytes in which no line is lost.

A row is one line. A quote that opens a field and does not close it on its line would make one field
of all that follows, so such a line is refused by itself: lines = rows + refused + blank ones.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.files.formats.text_encoding import is_utf8

_LINE_END = re.compile(rb"\r\n|\n|\r")
DELIMITERS = (",", ";", "\t", "|")
_BOM = b"\xef\xbb\xbf"
_CARRIAGE_RETURN, _LINE_FEED = 13, 10
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class CsvTable:
    """What the lines below the heading hold."""

    table: pa.Table
    """The columns asked for, as bytes."""
    lines: Sequence[int] | NDArray[np.int64]
    """The number of the line of each row, the first line of the file being 1."""
    torn: tuple[Rejection, ...]
    """Lines with too few or too many fields, or with a field that does not end."""


@dataclass(frozen=True, slots=True)
class CsvText:
    """A CSV file whose heading has been found."""

    content: bytes
    name: str
    """How rejections call it."""
    delimiter: str = ","
    heading_line: int = 1

    def heading(self) -> list[str]:
        """Read the names of the columns.

        Raises
        ------
        csv.Error
            If the line of the heading is none of a CSV file.
        """
        start, end = self._heading_span()
        text = self.content[start:end].removeprefix(_BOM).decode("utf-8", "replace")
        return next(csv.reader([text], delimiter=self.delimiter), [])

    def rows(self, columns: dict[str, int], width: int, received_ms: int) -> CsvTable:
        """Read columns by their place among `width` of them.

        Raises
        ------
        pyarrow.ArrowException
            If the lines cannot be told apart.
        """
        _, end = self._heading_span()
        ending = _LINE_END.match(self.content, end)
        body = memoryview(self.content)[ending.end() if ending else end :]
        return _Body(self, body, columns, width, received_ms).read()

    def _heading_span(self) -> tuple[int, int]:
        start = 0
        for _ in range(self.heading_line - 1):
            ending = _LINE_END.search(self.content, start)
            start = ending.end() if ending else len(self.content)
        ending = _LINE_END.search(self.content, start)
        return start, ending.start() if ending else len(self.content)


@dataclass(frozen=True, slots=True)
class _Body:
    text: CsvText
    content: memoryview
    columns: dict[str, int]
    width: int
    received_ms: int

    def read(self) -> CsvTable:
        first = self.text.heading_line + 1
        if not bytes(self.content[:64]).strip(b"\r\n") and not bytes(self.content).strip(b"\r\n"):
            empty = {name: pa.chunked_array([], pa.binary()) for name in self.columns}
            return CsvTable(pa.table(empty), range(0), ())
        table: pa.Table | None = None
        torn: list[pyarrow.csv.InvalidRow] = []
        # the reader cannot tell a row with the wrong number of fields if that is no UTF-8
        if is_utf8(self.text.content):
            with suppress(pa.ArrowInvalid):  # a field that goes on and on
                table, torn = self._parse(self.content)
        if table is not None and table.num_rows + len(torn) == _count_lines(self.content):
            lines = np.arange(first, first + table.num_rows + len(torn))
        else:
            starts, ends = _spans(self.content)
            full = np.flatnonzero(ends > starts)
            lines = full + first
            if table is None or table.num_rows + len(torn) != len(full):
                return self._by_line(starts[full], ends[full], lines)
        return self._table(table, lines, torn, [])

    def _has_quotes(self) -> bool:
        return b'"' in self.text.content

    def _by_line(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64], lines: NDArray[np.int64]
    ) -> CsvTable:
        """Set the lines aside whose fields do not end on them, and read the rest."""
        content = bytes(self.content)
        cut = zip(starts.tolist(), ends.tolist(), strict=True)
        found = [content[start:end] for start, end in cut]
        closed = _closed_line(self.text.delimiter).fullmatch
        fields = _field(self.text.delimiter)
        refused: list[Rejection] = []
        is_torn = np.zeros(len(found), dtype=np.bool_)
        for row, line in enumerate(found):
            told = ""
            if b'"' in line and closed(line) is None:
                told = "a quote opens a field that does not end on its line"
            elif not is_utf8(line) and (count := len(fields.findall(line))) != self.width:
                told = f"{count} fields instead of {self.width}"
            if told:
                is_torn[row] = True
                refused.append(self._refuse(int(lines[row]), line, told))
        kept = [line for line, skip in zip(found, is_torn.tolist(), strict=True) if not skip]
        table, torn = self._parse(memoryview(b"\n".join(kept)) if kept else memoryview(b"\n"))
        if table.num_rows + len(torn) != len(kept):
            raise pa.ArrowInvalid("its lines cannot be told apart; save it anew, with a line a row")
        return self._table(table, lines[~is_torn], torn, refused)

    def _table(
        self,
        table: pa.Table,
        lines: NDArray[np.int64],
        torn: list[pyarrow.csv.InvalidRow],
        refused: list[Rejection],
    ) -> CsvTable:
        for row in torn:
            told = f"{row.actual_columns} fields instead of {row.expected_columns}"
            line = int(lines[row.number - 1])
            refused.append(self._refuse(line, row.text.encode("utf-8", "replace"), told))
        rows = np.delete(lines, [row.number - 1 for row in torn]) if torn else lines
        return CsvTable(table, rows, tuple(refused))

    def _refuse(self, line: int, content: bytes, told: str) -> Rejection:
        topic = f"{self.text.name}:{line}"
        return refuse(RejectionCode.NOT_AN_OBJECT, topic, self.received_ms, content, value=told)

    def _parse(self, content: memoryview) -> tuple[pa.Table, list[pyarrow.csv.InvalidRow]]:
        torn: list[pyarrow.csv.InvalidRow] = []

        def set_aside(row: pyarrow.csv.InvalidRow) -> str:
            torn.append(row)
            return "skip"

        places = [str(place) for place in range(self.width)]
        wanted = [places[place] for place in self.columns.values()]
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            # only the reader on one thread tells the number of a row
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=places),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self.text.delimiter, newlines_in_values=True,
                quote_char='"' if self._has_quotes() else False,  # reads faster without
                invalid_row_handler=set_aside,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.binary()),
                strings_can_be_null=False,
            ),
        )  # fmt: skip
        return table.rename_columns(list(self.columns)), torn


def headings_in(
    content: bytes, name: str, delimiter: str | None, last_line: int
) -> Iterator[tuple[int, list[str], str]]:
    """Give the lines that may be the heading, parted in each way that they may be.

    Raises
    ------
    csv.Error
        If a line is none of a CSV file.
    """
    for line in range(1, last_line + 1):
        for sign in DELIMITERS if delimiter is None else (delimiter,):
            cells = CsvText(content, name, sign, line).heading()
            if line == 1 or len(cells) > 1:
                yield line, cells, sign


def _closed_line(delimiter: str) -> re.Pattern[bytes]:
    """Match a line all whose fields end on it.

    A quote counts at the beginning of a field only, as the reader has it: ``6" kerb`` is text.
    """
    sign, field = re.escape(delimiter.encode()), _field_pattern(delimiter)
    return re.compile(rb"%b(?:%b%b)*+" % (field, sign, field), re.DOTALL)


def _field(delimiter: str) -> re.Pattern[bytes]:
    """Match the fields of such a line, one by one."""
    pattern = rb"(?:^|%b)%b" % (re.escape(delimiter.encode()), _field_pattern(delimiter))
    return re.compile(pattern, re.DOTALL)


def _field_pattern(delimiter: str) -> bytes:
    sign = re.escape(delimiter.encode())
    return rb'(?:"(?:[^"]|"")*+"[^%b]*+|[^"%b][^%b]*+|)' % (sign, sign, sign)


def _count_lines(content: memoryview) -> int:
    text = bytes(content) if not isinstance(content.obj, bytes) else content.obj
    start = len(text) - len(content)
    signs = np.frombuffer(content, dtype=np.uint8)
    # piece by piece: faster than bytes.count, and without room for a mask of all
    ends = sum(
        int(np.count_nonzero(signs[place : place + _PIECE] == _LINE_FEED))
        for place in range(0, len(signs), _PIECE)
    )
    returns = text.count(b"\r", start)
    ends += returns
    if returns:
        ends -= text.count(b"\r\n", start)
    return ends + (not text.endswith((b"\n", b"\r")))


def _spans(content: memoryview) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give where each line starts and ends, without its ending."""
    signs = np.frombuffer(content, dtype=np.uint8)
    returns = signs == _CARRIAGE_RETURN
    feeds = np.flatnonzero((signs == _LINE_FEED) | returns)
    following = np.append(signs, 0)[feeds + 1]
    is_end = ~(returns[feeds] & (following == _LINE_FEED))  # \r\n ends once, at its second
    after = feeds[is_end] + 1
    starts = np.concatenate(([0], after))
    ends = np.append(after - 1, len(signs))
    ends[:-1] -= (
        (ends[:-1] > 0)
        & returns[np.maximum(ends[:-1] - 1, 0)]
        & (signs[np.minimum(ends[:-1], len(signs) - 1)] == _LINE_FEED)
    )
    if len(after) and after[-1] == len(signs):
        return starts[:-1], ends[:-1]
    return starts, ends
