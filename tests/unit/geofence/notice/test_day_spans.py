import re

import pytest

from geofence.notice.clock_times import clock_time, time_pattern
from geofence.notice.day_spans import daily_window, window_after
from geofence.notice.half_days import EVENING, MORNING, PM
from geofence.plan.timetable import parse_window

PATTERN = re.compile(time_pattern("s_"), re.VERBOSE)


def time(text: str, *, ends: bool = False):
    return clock_time(PATTERN.fullmatch(text), "s_", ends=ends)


def window(start: str, end: str, *, from_to: bool = False) -> str | None:
    found = daily_window(time(start), time(end, ends=True), from_to=from_to)
    return found.text if found else None


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("7:00", "10:00", "07:00-10:00"),
        ("22:00", "2:00", "22:00-02:00"),
        ("2:30", "5:30", "02:30-05:30"),
        ("22:00", "24:00", "22:00-24:00"),
        ("22:00", "0:00", "22:00-00:00"),
        ("24:00", "2:00", "00:00-02:00"),
        ("22:00", "次日2:00", "22:00-02:00"),
        ("7点", "10点", "07:00-10:00"),
        ("7", "10点", "07:00-10:00"),
    ],
)
def test_without_a_word_times_are_those_of_the_24_hour_clock(start, end, read):
    assert window(start, end) == read


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("下午2:30", "5:30", "14:30-17:30"),
        ("上午10:00", "12:00", "10:00-12:00"),
        ("上午11:00", "1:00", "11:00-13:00"),
        ("中午12:00", "1:30", "12:00-13:30"),
        ("晚7:00", "9:30", "19:00-21:30"),
        ("晚10:00", "2:00", "22:00-02:00"),
        ("晚8:00", "12:00", "20:00-24:00"),
        ("夜间22:00", "6:00", "22:00-06:00"),
        ("上午8:00", "19:00", "08:00-19:00"),
        ("下午2", "5", "14:00-17:00"),
        ("noon", "2:00", "12:00-14:00"),
    ],
)
def test_the_word_of_the_start_leads_to_the_first_such_time_after_it(start, end, read):
    assert window(start, end) == read


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("2:30", "5:30pm", "14:30-17:30"),
        ("9", "5pm", "09:00-17:00"),
        ("10:00", "2:00am", "22:00-02:00"),
        ("12:00", "1:30pm", "12:00-13:30"),
        ("14:30", "5:30pm", "14:30-17:30"),
    ],
)
def test_a_word_after_the_end_leads_to_the_last_such_time_before_it(start, end, read):
    assert window(start, end) == read


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("10:00", "下午2:00", "10:00-14:00"),
        ("07:00", "晚9:00", "07:00-21:00"),
        ("19:00", "凌晨2:00", "19:00-02:00"),
        ("12:00", "下午1:30", "12:00-13:30"),
    ],
)
def test_a_word_before_the_end_leaves_the_start_as_written_if_it_has_one_reading(start, end, read):
    assert window(start, end) == read


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("7:00", "7:00"),
        ("次日7:00", "9:00"),
        ("22:00", "次日23:00"),
        ("22:00", "次日24:00"),
        ("7", "10"),
        ("7:30", "10"),
        ("7", "10:00"),
        ("7:00", "晚9:00"),
        ("2:30", "下午5:30"),
        ("上午14:30", "17:30"),
        ("下午14:30", "5:30"),
        ("下午5:30", "下午2:30"),
        ("下午2:00", "2:00"),
    ],
)
def test_what_has_no_reading_or_more_than_one_is_no_window(start, end):
    assert window(start, end) is None


def test_hours_alone_are_times_after_a_word_such_as_from():
    assert window("7", "10", from_to=True) == "07:00-10:00"


@pytest.mark.parametrize(
    ("previous", "word", "start", "end", "read"),
    [
        ("14:00-16:00", PM, "4:30", "6:00", "16:30-18:00"),
        ("19:00-21:00", EVENING, "10:00", "11:30", "22:00-23:30"),
        ("07:00-09:00", MORNING, "10:00", "11:30", "10:00-11:30"),
        ("07:00-09:00", MORNING, "10:00", "1:00", "10:00-13:00"),
        ("07:00-09:00", MORNING, "14:30", "17:30", "14:30-17:30"),
        ("07:00-09:00", MORNING, "2:30", "5:30", None),
        ("07:00-09:00", MORNING, "14:30", "5:30", None),
        ("19:00-21:00", EVENING, "6:00", "8:00", None),
        ("07:00-09:00", MORNING, "次日10:00", "11:00", None),
        ("07:00-09:00", MORNING, "10", "11", None),
    ],
)
def test_a_window_without_a_word_after_one_with_a_word_is_read_in_order(
    previous, word, start, end, read
):
    found = window_after(time(start), time(end, ends=True), parse_window(previous), word)
    assert (found.text if found else None) == read
