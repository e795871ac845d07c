from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.instant import format_instant, parse_instant, time_fault
from ingest.rejection import RejectionCode
from tests.unit.ingest.fixes import MORNING_MS


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


def test_a_fix_may_run_five_minutes_ahead_of_its_reception_and_no_more():
    assert time_fault(MORNING_MS + 300_000, MORNING_MS) is None
    assert time_fault(MORNING_MS + 300_001, MORNING_MS) is RejectionCode.TIME_IN_FUTURE
    assert time_fault(MORNING_MS + 300_001, None) is None


def test_a_clock_that_was_never_set_is_told_by_its_year():
    assert time_fault(946_684_800_000, MORNING_MS) is None
    assert time_fault(946_684_799_999, MORNING_MS) is RejectionCode.TIME_BEFORE_2000
