from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import geofence
from analytics.reports.nightly import (
    MOST_NIGHTS,
    Judged,
    first_night,
    last_night,
    nights_due,
)
from geofence.plan.reader import read_plan

HOUR_MS = 3_600_000
LAST = date(2022, 4, 10)
NOTHING = pd.DataFrame({"hour_ms": [], "last_sequence": []}, dtype="int64")


@pytest.fixture(scope="module")
def plan():
    return read_plan(Path(geofence.__file__).parent / "sample" / "plan.toml")


def at(day, hour):
    """The instant of a local hour in Datong."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    return round(start.timestamp() * 1000) + hour * HOUR_MS


def changed(*hours):
    return pd.DataFrame(
        {"hour_ms": [hour for hour, _ in hours], "last_sequence": [last for _, last in hours]}
    )


def test_last_night_is_the_date_before_today_in_the_zone_of_the_plan():
    assert last_night(at(date(2022, 4, 11), 0), "Asia/Shanghai") == LAST
    assert last_night(at(date(2022, 4, 11), 0) - 1, "Asia/Shanghai") == date(2022, 4, 9)


def test_the_first_run_judges_last_night_only():
    assert nights_due(LAST, {}, NOTHING) == (LAST,)


def test_missed_nights_are_caught_up_from_the_first_that_was_judged(plan):
    judged = {date(2022, 4, 5): Judged(plan, 10, is_final=True)}
    due = nights_due(LAST, judged, NOTHING)
    assert due == tuple(date(2022, 4, day) for day in range(6, 11))


def test_a_night_judged_before_it_was_final_is_due_again(plan):
    judged = {
        LAST - timedelta(days=1): Judged(plan, 10, is_final=False),
        LAST: Judged(plan, 10, is_final=True),
    }
    assert nights_due(LAST, judged, NOTHING) == (LAST - timedelta(days=1),)


def test_late_pings_make_due_the_night_they_belong_to_and_no_other(plan):
    nights = [LAST - timedelta(days=number) for number in range(3)]
    judged = {night: Judged(plan, 10, is_final=True) for night in nights}
    late = changed((at(nights[1], 9), 11))
    assert nights_due(LAST, judged, late) == (nights[1],)
    seen = {night: replace(each, sequence=11) for night, each in judged.items()}
    assert nights_due(LAST, seen, late) == ()


def test_nobody_looks_back_for_ever(plan):
    judged = {date(2021, 1, 1): Judged(plan, 10, is_final=True)}
    due = nights_due(LAST, judged, NOTHING)
    assert (len(due), due[-1]) == (MOST_NIGHTS, LAST)


def test_nights_that_failed_are_due_though_nothing_was_ever_judged_and_come_last_by_their_number():
    tried = {LAST - timedelta(days=2): 3, LAST - timedelta(days=1): 1}
    due = nights_due(LAST, {}, NOTHING, failed=tried)
    assert due == (LAST, LAST - timedelta(days=1), LAST - timedelta(days=2))


def test_a_night_that_failed_is_due_until_it_is_too_long_ago():
    first = first_night(LAST)
    assert nights_due(LAST, {}, NOTHING, failed={first: 1})[-1] == first
    old = {first - timedelta(days=1): 1, LAST + timedelta(days=1): 1}
    assert not set(old) & set(nights_due(LAST, {}, NOTHING, failed=old))


def test_a_night_whose_plan_cannot_be_read_any_more_is_due():
    judged = {LAST: Judged(None, 10, is_final=True)}
    assert nights_due(LAST, judged, NOTHING) == (LAST,)
