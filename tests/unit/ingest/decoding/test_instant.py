from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding import instant
from ingest.decoding.instant import format_instant, parse_instant, time_fault
from ingest.decoding.rejection import RejectionCode
from tests.fixtures.fixes import MORNING_MS


@pytest.mark.parametrize(
    "text",
    [
        "2022-03-25T07:00:00Z",
        "2022-03-25t07:00:00z",
        "2022-03-25 15:00:00+08:00",
        "2022-03-25T07:00:00.0Z",
        "2022-03-25T02:30:00-04:30",
        "2022-03-25T07:00:00.000999999999999Z",
    ],
)
def test_every_way_to_write_an_instant_gives_the_same_millisecond(text):
    assert parse_instant(text) == MORNING_MS


def test_a_fraction_is_floored_not_rounded():
    assert parse_instant("2022-03-25T07:00:00.9999999Z") == MORNING_MS + 999


@pytest.mark.parametrize(
    "text", ["2022-03-25T07:00:00", "2022-03-25 07:00:00.123", "2022-02-28T00:00:00"]
)
def test_a_time_without_offset_is_told_as_such(text):
    assert parse_instant(text) is RejectionCode.TIME_WITHOUT_OFFSET


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2022-03-25", "20220325T070000Z", "2022-W12-5T07:00:00Z", "2022-02-30T07:00:00Z",
        "2022-03-25T24:00:00Z", "2022-03-25T07:00Z", "2022-03-25T07:00:00+8",
        "2022-03-25T07:00:00Zx", "2022-03-25T07:00:00,5Z", "2022-02-30T07:00:00",
        "２０２２-03-25T07:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_rfc_3339_is_unreadable(text):
    assert parse_instant(text) is RejectionCode.TIME_UNREADABLE


@given(st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_written_instant_reads_back_as_the_same_millisecond(moment):
    epoch_ms = parse_instant(moment.isoformat())
    written = datetime.fromisoformat(format_instant(epoch_ms))
    assert written == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert parse_instant(format_instant(epoch_ms)) == epoch_ms


@given(
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),  # noqa: DTZ001
    st.sampled_from(["", ".5", ".123", ".1234567", ".12x", ".１２３", ",123"]),
    st.sampled_from(["Z", "z", "+08:00", "-04:30", "+24:00", "", "Zx", "\n"]),
)
def test_a_minute_met_before_is_read_as_the_first_time(moment, fraction, offset):
    text = moment.replace(microsecond=0).isoformat() + fraction + offset
    instant._minutes.clear()
    first = parse_instant(text)
    for second in ("00", "17", "59"):
        parse_instant(text[:17] + second + text[19:])
    assert parse_instant(text) == first
    assert parse_instant(text[:17] + "60" + text[19:]) is RejectionCode.TIME_UNREADABLE


def test_minutes_are_not_kept_without_end(monkeypatch):
    monkeypatch.setattr(instant, "_MINUTES_KEPT", 3)
    for minute in range(10):
        parse_instant(f"2022-03-25T07:0{minute}:00Z")
    assert len(instant._minutes) <= 3


def test_a_fix_may_run_five_minutes_ahead_of_its_reception_and_no_more():
    assert time_fault(MORNING_MS + 300_000, MORNING_MS) is None
    assert time_fault(MORNING_MS + 300_001, MORNING_MS) is RejectionCode.TIME_IN_FUTURE
    assert time_fault(MORNING_MS + 300_001, None) is None


def test_a_clock_that_was_never_set_is_told_by_its_year():
    assert time_fault(946_684_800_000, MORNING_MS) is None
    assert time_fault(946_684_799_999, MORNING_MS) is RejectionCode.TIME_BEFORE_2000
