from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.coverage.windows import horizon, local_instant, service_dates, service_windows
from geofence.plan.plan import ServiceRules
from ingest.ping import conform
from tests.fixtures.town import MONDAY, TRUCK, Town, at, grid, next_day, utc

RULES = ServiceRules()
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
SPRING = date(2022, 3, 27)  # 02:00 becomes 03:00 in Berlin
AUTUMN = date(2022, 10, 30)  # 03:00 becomes 02:00 in Berlin
TUESDAY = next_day()


def windows(*texts: str, day: date = MONDAY, zone: ZoneInfo = SHANGHAI, days=range(7)):
    return service_windows(grid("JY01", *texts, days=days), day, zone, RULES)


def test_a_window_becomes_utc_instants():
    (window,) = windows("07:00-10:00")
    assert (window.start_ms, window.end_ms) == (
        utc("2022-03-27T23:00"),
        utc("2022-03-28T02:00"),
    )
    assert window.text == "07:00-10:00"
    assert window.service_date == MONDAY


def test_grace_follows_the_end():
    (window,) = windows("07:00-10:00")
    assert window.grace_end_ms == at("10:10")


def test_a_window_over_midnight_belongs_to_the_date_it_starts_on():
    (window,) = windows("22:00-02:00")
    assert (window.start_ms, window.end_ms) == (at("22:00"), at("02:00", TUESDAY))


def test_the_deadline_is_the_start_of_the_next_window_that_begins_after_the_end():
    first, second = windows("07:00-10:00", "14:30-17:30")
    assert first.deadline_ms == at("14:30")
    assert second.deadline_ms == at("00:00", TUESDAY)


def test_a_window_that_begins_where_another_ends_sets_its_deadline():
    first, _ = windows("07:00-10:00", "10:00-12:00")
    assert first.deadline_ms == at("10:00")
    assert first.period_end_ms == at("10:10")


def test_a_window_that_overlaps_sets_no_deadline_of_the_one_before():
    first, second, _, _ = windows("07:00-10:00", "09:00-11:30", "14:30-17:30", "15:30-18:30")
    assert first.deadline_ms == second.deadline_ms == at("14:30")


def test_windows_keep_the_order_of_the_plan():
    assert [w.text for w in windows("14:30-17:30", "07:00-10:00")] == ["14:30-17:30", "07:00-10:00"]


def test_after_midnight_the_next_days_first_window_is_the_deadline():
    night, _ = windows("22:00-02:00", "07:00-10:00")
    assert night.deadline_ms == at("07:00", TUESDAY)


def test_the_next_window_counts_only_on_a_day_of_service():
    night, _ = windows("22:00-02:00", "07:00-10:00", days=[0])
    assert night.deadline_ms == at("00:00", next_day(TUESDAY))


def test_the_midnight_after_an_end_at_midnight_is_the_next_one():
    (window,) = windows("22:00-24:00")
    assert window.deadline_ms == at("22:00", TUESDAY)
    late, _ = windows("22:00-24:00", "05:00-06:00")
    assert late.deadline_ms == at("05:00", TUESDAY)


def test_no_window_on_a_day_without_service():
    assert windows("07:00-10:00", days=[1, 2]) == ()


def test_a_skipped_local_time_moves_forward():
    assert local_instant(SPRING, 150, BERLIN) == utc("2022-03-27T01:30")  # 03:30 summer time


def test_a_repeated_local_time_is_its_first_occurrence():
    assert local_instant(AUTUMN, 150, BERLIN) == utc("2022-10-30T00:30")


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 3), (AUTUMN, 5), (date(2022, 6, 1), 4)])
def test_a_window_over_a_clock_change_has_its_utc_length(day, hours):
    (window,) = windows("00:30-04:30", day=day, zone=BERLIN)
    assert (window.end_ms - window.start_ms) / 3_600_000 == hours


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_day_of_a_clock_change_ends_at_its_own_midnight(day, hours):
    (window,) = windows("00:00-01:00", day=day, zone=BERLIN)
    midnight = local_instant(next_day(day), 0, BERLIN)
    assert midnight - window.start_ms == hours * 3_600_000
    assert window.deadline_ms == midnight


def test_a_night_window_into_a_clock_change_ends_by_the_wall_clock():
    (window,) = windows("22:00-04:00", day=date(2022, 3, 26), zone=BERLIN)
    assert window.end_ms == utc("2022-03-27T02:00")
    assert (window.end_ms - window.start_ms) / 3_600_000 == 5


def test_a_window_that_a_clock_change_leaves_no_time_for_is_none():
    assert windows("02:30-03:15", day=SPRING, zone=BERLIN) == ()
    assert len(windows("02:30-03:15", day=AUTUMN, zone=BERLIN)) == 1


def test_the_horizon_runs_from_midnight_until_the_verdicts_are_final():
    found = windows("07:00-10:00", "14:30-17:30")
    assert horizon(found, SHANGHAI, RULES) == (at("00:00"), at("00:30", TUESDAY))


def pings(*times_ms: int, vehicle: str = TRUCK) -> pd.DataFrame:
    return conform(
        pd.DataFrame(
            {
                "vehicle_id": vehicle,
                "event_time": pd.to_datetime(list(times_ms), unit="ms", utc=True),
                "longitude": 113.3,
                "latitude": 40.0,
            }
        )
    )


def test_service_dates_are_the_local_dates_of_the_pings():
    plan = Town().plan
    found = service_dates(pings(at("23:59"), at("00:00", TUESDAY), at("07:00")), plan)
    assert found == (MONDAY, TUESDAY)
    assert service_dates(pings(utc("2022-03-27T16:00")), plan) == (MONDAY,)


def test_a_ping_in_a_window_over_midnight_touches_the_date_before():
    plan = Town(grids=[grid("JY01", "22:00-02:00")]).plan
    assert service_dates(pings(at("01:59", TUESDAY)), plan) == (MONDAY, TUESDAY)
    assert service_dates(pings(at("02:00", TUESDAY)), plan) == (TUESDAY,)
    assert service_dates(pings(at("01:00", TUESDAY), vehicle="other"), plan) == (TUESDAY,)


def test_no_ping_touches_no_date():
    assert service_dates(pings(), Town().plan) == ()


def test_rules_of_the_plan_override_the_grace():
    (window,) = service_windows(grid(), MONDAY, SHANGHAI, replace(RULES, grace_min=0.5))
    assert window.grace_end_ms - window.end_ms == 30_000
