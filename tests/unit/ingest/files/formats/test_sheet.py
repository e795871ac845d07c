import io
from datetime import date, datetime, time

import openpyxl
import pytest

from ingest.fault import PingFileError
from ingest.files.formats.sheet import read_sheets


def book(*rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.create_sheet("空")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_cells_are_texts_with_their_row():
    moment = datetime(2022, 3, 28, 7, 3, 10)  # noqa: DTZ001 - a cell has no zone
    content = book(
        ["车牌", "x"], [], [moment, date(2022, 3, 28), time(7, 3), 113.3, 7.0, True, None, "晋B"]
    )
    first, empty = read_sheets(content, "day.xlsx")
    assert first == (
        "Sheet",
        [
            (1, ["车牌", "x"]),
            (
                3,
                [
                    "2022-03-28 07:03:10.000",
                    "2022-03-28 00:00:00.000",
                    "07:03:00",
                    "113.3",
                    "7",
                    "true",
                    "",
                    "晋B",
                ],
            ),
        ],
    )
    assert empty == ("空", [])


@pytest.mark.parametrize("content", [b"", b"no", b"PK\x03\x04broken", book(["a"])[:-300]])
def test_what_is_no_sheet_is_an_error_that_names_it(content):
    with pytest.raises(PingFileError, match=r"day\.xlsx: it is no XLSX file"):
        [*read_sheets(content, "day.xlsx")]
