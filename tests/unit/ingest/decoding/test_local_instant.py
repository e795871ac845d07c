from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.instant import format_instant
from ingest.decoding.local_instant import read_local

CITY = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-03-28", "2022-03-27T16:00:00.000Z"),
        ("2022-03-28 12:00", "2022-03-28T04:00:00.000Z"),
        ("2022-03-28T12:00:30", "2022-03-28T04:00:30.000Z"),
        ("2022-03-28T12:00:00+01:00", "2022-03-28T11:00:00.000Z"),
        ("2022-03-28T12:00:00Z", "2022-03-28T12:00:00.000Z"),
    ],
)
def test_a_date_is_its_midnight_and_a_time_without_offset_that_of_clocks_there(text, instant):
    assert format_instant(read_local(text, CITY)) == instant


@pytest.mark.parametrize(
    "text",
    ["昨天", "28.03.2022", "2022-02-30", "2022-03-28 25:00", "2022-3-28", "1648191600000",
     "2150-01-01", "2022-03-28T12:00:00+8"],
)  # fmt: skip
def test_what_is_no_instant_is_an_error(text):
    with pytest.raises(ValueError, match=r"write|no such"):
        read_local(text, CITY)


def test_without_a_zone_only_what_names_its_offset_can_be_read():
    assert read_local("2022-03-28T12:00:00+08:00", None) == read_local("2022-03-28 12:00", CITY)
    with pytest.raises(ValueError, match="no plan tells the time zone"):
        read_local("2022-03-28", None)


@pytest.mark.parametrize("text", ["2026-10-25 02:30", "2026-03-29 02:30"])
def test_an_hour_that_clocks_show_twice_or_never_needs_its_offset(text):
    with pytest.raises(ValueError, match="clocks of Europe/Berlin are changed"):
        read_local(text, "Europe/Berlin")


@given(st.dates(date(2000, 1, 2), date(2098, 12, 31)))
def test_a_day_begins_before_the_next(day):
    begins = read_local(day.isoformat(), CITY)
    assert begins < read_local(f"{day.isoformat()} 12:00", CITY) < begins + 86_400_000
