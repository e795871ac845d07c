import pytest

from geofence.notice.window_cells import read_windows
from geofence.notice.window_columns import (
    WindowColumn,
    WindowHeading,
    half_day_word,
    join_columns,
    windows_text,
)


def texts(start: str, end: str, word: str = "") -> list[str]:
    """The windows of a start and an end."""
    text = windows_text([WindowColumn(0, 1, word)], [start, end].__getitem__)
    return [window.text for window in read_windows(text).windows]


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("07:00:00", "10:00:00", "07:00-10:00"),
        ("22:00:00", "02:00:00", "22:00-02:00"),
        ("22:00:00", "24:00:00", "22:00-24:00"),
        ("22:00:00", "00:00:00", "22:00-00:00"),
        ("7:00", "10:00", "07:00-10:00"),
        ("7点半", "10点", "07:30-10:00"),
        ("下午2:30", "5:30", "14:30-17:30"),
        ("7:00 AM", "10:00 AM", "07:00-10:00"),
        ("22:00", "次日2:00", "22:00-02:00"),
        ("7", "10", "07:00-10:00"),
        ("0.2916667", "0.4166667", "07:00-10:00"),
        (".25", "0.5", "06:00-12:00"),
        ("0.75", "1", "18:00-24:00"),
        ("0", "0.25", "00:00-06:00"),
        ("2022-03-25 07:00:00", "2022-03-25 10:00:00", "07:00-10:00"),
        ("2022-03-25 22:00:00", "2022-03-26 02:00:00", "22:00-02:00"),
    ],
)
def test_a_start_and_an_end_make_a_window(start, end, read):
    assert texts(start, end) == [read]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("7:00", ""),
        ("", "10:00"),
        ("约7:00", "10:00"),
        ("7:00", "10:00左右"),
        ("7:00-9:00", "10:00"),
        ("7:00\n14:00", "17:00"),
        ("7:00-9:00\n14:00", "17:00"),
        ("0.29", "0.5"),
        ("7.5", "10"),
        ("2022-03-25 07:00:00", "2022-03-27 10:00:00"),
        ("2022-03-25 00:00:00", "2022-03-26 00:00:00"),
        ("10", "25"),
    ],
)
def test_what_is_not_just_a_start_and_an_end_makes_no_window(start, end):
    assert texts(start, end) == []


def test_as_many_starts_as_ends_in_a_cell_are_as_many_windows():
    assert texts("7:00\n14:00", "9:00\n17:00") == ["07:00-09:00", "14:00-17:00"]


def test_a_row_without_any_time_has_the_empty_text():
    assert windows_text([WindowColumn(0, 1), WindowColumn(2)], ["", "", ""].__getitem__) == ""


def test_the_half_of_the_day_of_the_heading_counts_where_the_cell_has_no_word():
    assert texts("2:30", "5:30", "下午") == ["14:30-17:30"]
    assert texts("14:30", "17:30", "下午") == ["14:30-17:30"]
    assert texts("晚7:00", "9:00", "下午") == ["19:00-21:00"]
    assert texts("14:30", "17:30", "上午") == []
    assert texts("10:00", "6:00", "夜间") == ["22:00-06:00"]


@pytest.mark.parametrize(
    ("heading", "word"),
    [("上午收集时间", "上午"), ("夜间", "夜间"), ("am", "am"), ("horario tarde", "tarde"),
     ("收集时间", ""), ("早班时间", ""), ("夜岗收集时间", "")],
)  # fmt: skip
def test_a_heading_may_state_the_half_of_the_day(heading, word):
    assert half_day_word(heading) == word


def test_starts_and_ends_that_are_not_as_many_are_not_joined():
    headings = [
        WindowHeading(0, "start", "开始时间", of_times=True),
        WindowHeading(1, "start", "起", of_times=False),
        WindowHeading(2, "end", "结束时间", of_times=True),
    ]
    assert all(column.end is None for column in join_columns(headings, []))


def test_a_cell_of_several_columns_has_a_line_for_each():
    columns = [WindowColumn(0, None, "上午"), WindowColumn(1, 2)]
    text = windows_text(columns, ["7:00-9:00", "14:30", "17:30"].__getitem__)
    assert text == "上午 7:00-9:00\n14:30-17:30"
