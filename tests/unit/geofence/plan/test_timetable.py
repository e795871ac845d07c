import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.plan.timetable import parse_days, parse_window, render_days


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("07:00-10:00", (420, 600)),
        ("22:00-02:00", (1320, 1560)),
        ("00:00-24:00", (0, 1440)),
        ("22:00-24:00", (1320, 1440)),
        ("22:00-00:00", (1320, 1440)),
    ],
)
def test_a_window_is_minutes_of_the_day_and_may_cross_midnight(text, span):
    window = parse_window(text)
    assert (window.text, window.start_min, window.end_min) == (text, *span)


@pytest.mark.parametrize(
    "text",
    ["", "7:00-10:00", "07:00—10:00", "07:00-07:00", "24:00-25:00", "24:00-02:00", "07:60-08:00",
     "07:00-24:01", "07:00-10:00 ", "٠٧:00-10:00"],
)  # fmt: skip
def test_what_is_no_window_is_refused(text):
    with pytest.raises(ValueError, match="it "):
        parse_window(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-sun", {0, 1, 2, 3, 4, 5, 6}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Mon,wed, sat", {0, 2, 5}),
        ("sat-mon", {5, 6, 0}),
        ("tue", {1}),
        ("mon-tue,sun", {0, 1, 6}),
    ],
)
def test_days_are_names_and_ranges(text, days):
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "monday", "mon-", "mon;tue", "1-5"])
def test_an_unknown_day_is_refused(text):
    with pytest.raises(ValueError, match="no day of the week"):
        parse_days(text)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_days_written_are_read_back(days):
    assert parse_days(render_days(days)) == days
