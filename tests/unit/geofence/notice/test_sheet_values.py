from datetime import datetime, time, timedelta

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from geofence.notice.sheet_values import text_of


def text(value: object, number_format: str = "General", epoch: datetime = CALENDAR_WINDOWS_1900):
    cell = Workbook().active["A1"]
    cell.value = value
    cell.number_format = number_format
    return text_of(cell, epoch)


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, ""), (" JY01 ", "JY01"), (113, "113"), (0.2916667, "0.2916667"), (True, "True")],
)
def test_what_is_no_time_is_its_own_text(value, written):
    assert text(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (time(7), "07:00:00"),
        (time(7, 30, 15), "07:30:15"),
        (time(7, 0, 0, 3000), "07:00:00"),
        (time(6, 59, 59, 997000), "07:00:00"),
        (time(23, 59, 59, 991000), "24:00:00"),
        (timedelta(hours=24), "24:00:00"),
        (timedelta(hours=26), "26:00:00"),
    ],
)
def test_a_time_is_written_to_the_second_that_it_stands_for(value, written):
    assert text(value, "[h]:mm" if isinstance(value, timedelta) else "h:mm") == written


@pytest.mark.parametrize(
    ("value", "epoch"),
    [
        (datetime(1900, 1, 1), CALENDAR_WINDOWS_1900),  # noqa: DTZ001 a sheet has no zone
        (datetime(1904, 1, 2), CALENDAR_MAC_1904),  # noqa: DTZ001
    ],
)
def test_the_whole_day_that_a_format_of_times_shows_as_0_00_was_typed_as_24_00(value, epoch):
    assert text(value, "h:mm", epoch) == "24:00:00"
    assert text(value, "yyyy/m/d h:mm", epoch) == f"{value.date()} 00:00:00"


def test_a_date_is_left_out_where_the_sheet_shows_none():
    value = datetime(2022, 3, 25, 7, 0, 0, 3000)  # noqa: DTZ001
    assert text(value, "h:mm") == "07:00:00"
    assert text(value, "yyyy/m/d h:mm") == "2022-03-25 07:00:00"
    after = datetime(1900, 1, 1, 2)  # noqa: DTZ001 22:00 and four hours
    assert text(after, "h:mm") == "02:00:00"


def test_a_time_before_the_first_day_is_no_time_of_a_day():
    assert text(datetime(1899, 12, 29, 21, 36), "h:mm") == "1899-12-29 21:36:00"  # noqa: DTZ001
    assert text(timedelta(hours=-1), "[h]:mm") == "-1 day, 23:00:00"
