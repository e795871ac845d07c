"""The days in progress, as they are read from a ping log."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.alerts.watch import DaysInProgress, RecordedDays, dates_in_progress, vehicles_on
from geofence.plan.plan import Assignment, Plan
from ingest.log.batch import Batch
from ingest.log.pinglog import PingLog, open_log
from ingest.log.rows import tuples_of
from ingest.settings.alerts import AlertKind, AlertSettings
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, next_day, street

TOWN = Town(street("云中街", (0, 0), (600, 0)), street("支路", (600, 0), (600, 100), grids=()))
SETTINGS = AlertSettings()
TUESDAY = next_day()
LATE, LOST = AlertKind.LATE_START, AlertKind.TRACKING_LOST


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def waiting(until: str) -> Truck:
    """A truck that stands by in a side street from before the window on."""
    return Truck(TOWN, interval_s=30).stand("支路", 50, "06:50", until)


def collecting(until: str) -> Truck:
    """The same truck, which collects the street from 07:20 on and stands by again."""
    truck = Truck(TOWN, interval_s=30).drive("云中街", 600, 0, "07:20:30", "07:26:30")
    return truck.stand("云中街", 0, "07:26:30", until)


def send(log: PingLog, truck: Truck, delay_s: float = 1.0) -> None:
    """Let the pings of a truck be received, each so much later."""
    pings = truck.pings()
    delay = pd.to_timedelta(delay_s, unit="s").as_unit("ms")
    received = pings.assign(received_time=pings["event_time"] + delay)
    log.write(Batch(tuples_of(received), ()))


def kinds(days: DaysInProgress | RecordedDays, now_ms: int) -> list[AlertKind]:
    """What kinds of conditions hold at an instant."""
    return [condition.key.kind for condition in days.look(now_ms, SETTINGS)[0]]


def test_what_the_log_has_is_read_when_a_watch_begins(log):
    send(log, waiting("07:20"))
    (condition,), dates = DaysInProgress(log, TOWN.plan).look(at("07:20"), SETTINGS)
    assert (condition.key.kind, condition.key.subject) == (LATE, "JY01")
    assert dates == ("2022-03-28",)


def test_what_comes_later_is_read_at_the_next_look(log):
    send(log, waiting("07:20"))
    days = DaysInProgress(log, TOWN.plan)
    assert kinds(days, at("07:20")) == [LATE]
    send(log, collecting("07:40"))
    assert kinds(days, at("07:40")) == []
    assert kinds(days, at("07:51")) == [LOST]


def test_a_watch_over_an_empty_log_sees_the_first_ping_that_comes(log):
    days = DaysInProgress(log, TOWN.plan)
    assert kinds(days, at("07:05")) == []
    assert kinds(days, at("07:20")) == [LOST]
    send(log, waiting("07:20"))
    assert kinds(days, at("07:20")) == [LATE]


def test_a_watch_that_begins_anew_sees_what_one_that_went_on_sees(log):
    days = DaysInProgress(log, TOWN.plan)
    for part, clock in ((waiting("07:20"), "07:20"), (collecting("07:40"), "07:52")):
        send(log, part)
        again = DaysInProgress(log, TOWN.plan)
        assert days.look(at(clock), SETTINGS) == again.look(at(clock), SETTINGS)


def test_a_plan_that_changed_is_looked_at_from_then_on(log):
    send(log, waiting("07:20"))
    later = Town(*TOWN.sections, grids=[grid("JY01", "07:10-10:00")]).plan
    plans = [TOWN.plan]
    days = DaysInProgress(log, TOWN.plan, lambda _: plans[-1])
    assert kinds(days, at("07:20")) == [LATE]
    plans.append(later)
    assert [kinds(days, at("07:20")) for _ in range(2)] == [[], []]


def test_about_midnight_each_date_in_progress_has_its_own_plan(log):
    send(log, waiting("18:00"))
    short = Town(*TOWN.sections, grids=[grid("JY01", "07:00-07:10")]).plan
    days = DaysInProgress(log, TOWN.plan, lambda day: TOWN.plan if day == MONDAY else short)
    found, dates = days.look(at("00:10", TUESDAY), SETTINGS)
    assert dates == ("2022-03-28", "2022-03-29")
    assert [(each.key.window, each.key.kind) for each in found] == [
        ("07:00-10:00", AlertKind.WINDOW_MISSED)
    ]


def test_in_another_time_zone_the_day_is_another(log):
    auckland = replace(TOWN.plan, timezone="Pacific/Auckland")
    plans = [TOWN.plan]
    days = DaysInProgress(log, TOWN.plan, lambda _: plans[-1])
    found = [days.look(at("20:00"), SETTINGS)[1]]
    plans.append(auckland)
    found.append(days.look(at("20:00"), SETTINGS)[1])
    assert found == [("2022-03-28",), ("2022-03-29",)]


def test_what_was_missed_is_told_until_the_date_is_no_longer_in_progress(log):
    send(log, waiting("18:00"))
    days = DaysInProgress(log, TOWN.plan)
    assert kinds(days, at("10:30")) == [AlertKind.WINDOW_MISSED]
    assert kinds(days, at("00:29", TUESDAY)) == [AlertKind.WINDOW_MISSED]
    assert kinds(days, at("00:30", TUESDAY)) == []


def test_a_night_without_a_day_in_progress_is_survived(log):
    weekend = Town(*TOWN.sections, grids=[grid("JY01", days=[0, 2])]).plan
    days = DaysInProgress(log, weekend)
    send(log, waiting("07:20"))
    assert kinds(days, at("07:20")) == [LATE]
    assert days.look(at("07:20", TUESDAY), SETTINGS) == ((), ())
    wednesday = next_day(TUESDAY)
    assert days.look(at("07:20", wednesday), SETTINGS)[1] == ("2022-03-30",)


def dates(now_ms: int, plan: Plan = TOWN.plan) -> list[date]:
    return list(dates_in_progress(plan, now_ms, ZoneInfo(plan.timezone)))


@pytest.mark.parametrize(
    ("now_ms", "found"),
    [
        (at("00:00") - 1, []),
        (at("00:00"), [MONDAY]),
        (at("23:59"), [MONDAY]),
        (at("00:00", TUESDAY), [MONDAY, TUESDAY]),
        (at("00:30", TUESDAY) - 1, [MONDAY, TUESDAY]),
        (at("00:30", TUESDAY), [TUESDAY]),
    ],
)
def test_a_date_is_in_progress_from_its_midnight_until_its_verdicts_are_final(now_ms, found):
    plan = Town(grids=[grid("JY01", days=[0, 1])]).plan
    assert dates(now_ms, plan) == found


def test_a_window_over_midnight_keeps_its_date_in_progress():
    plan = Town(grids=[grid("JY01", "22:00-02:00", days=[0])]).plan
    # the deadline is the midnight after the window's end
    assert dates(at("23:00", TUESDAY), plan) == [MONDAY]


def test_on_duty_are_the_vehicles_of_all_grids_and_stand_ins_instead_of_their_own():
    made = Town(grids=[grid("JY01"), grid("JY02", vehicles=["晋B2", "晋B3"])])
    plan = made.with_plan(assignments=(Assignment("JY01", MONDAY, ("晋B9",)),)).plan
    assert vehicles_on(plan, MONDAY) == {"晋B9", "晋B2", "晋B3"}
    assert vehicles_on(plan, TUESDAY) == {TRUCK, "晋B2", "晋B3"}


def recorded(log: PingLog) -> RecordedDays:
    return RecordedDays(log, TOWN.plan, [MONDAY])


def test_a_stored_day_is_seen_as_it_was_known_at_each_look(log):
    send(log, waiting("07:20"))
    send(log, collecting("07:40"))
    days = recorded(log)
    looks = [kinds(days, at(clock)) for clock in ("07:14", "07:20", "07:40", "07:51")]
    assert looks == [[], [LATE], [], [LOST]]


def last_seen_ms(days: RecordedDays, now_ms: int) -> int | None:
    """When the truck was seen last, as the alert of its silence says."""
    (lost,) = (each for each in days.look(now_ms, SETTINGS)[0] if each.key.kind is LOST)
    return lost.facts.last_seen_ms


def test_what_came_late_was_not_known_before_it_was_received(log):
    send(log, waiting("07:20"))
    send(log, collecting("07:40"), delay_s=3600)
    days = recorded(log)
    assert last_seen_ms(days, at("08:20")) == at("07:20")
    assert last_seen_ms(days, at("08:45")) == at("07:40")


@pytest.mark.parametrize("delay_s", [-3600.0, 86_400.0, 400 * 86_400.0])
def test_of_a_file_that_was_read_later_only_the_times_of_its_fixes_tell(log, delay_s):
    send(log, waiting("07:20"), delay_s)
    send(log, collecting("07:40"), delay_s)
    days = recorded(log)
    assert [kinds(days, at(clock)) for clock in ("07:20", "07:40")] == [[LATE], []]


def test_fixes_that_came_out_of_order_are_known_in_the_order_in_which_they_came(log):
    send(log, Truck(TOWN, interval_s=30).stand("支路", 50, "06:50", "07:00"))
    send(log, Truck(TOWN, interval_s=30).stand("支路", 50, "07:00:30", "07:50"), delay_s=7200)
    send(log, Truck(TOWN, interval_s=30).stand("支路", 50, "07:50:30", "08:00"))
    days = recorded(log)
    assert last_seen_ms(days, at("07:15")) == at("07:00")
    assert last_seen_ms(days, at("08:15")) == at("08:00")


def test_a_ping_is_known_at_the_very_instant_of_its_reception(log):
    send(log, waiting("07:20"))
    truck = Truck(TOWN)
    truck.fixes = [(at("07:20:30"), *TOWN.place("支路", 50))]
    send(log, truck, delay_s=3600)
    days = recorded(log)
    assert last_seen_ms(days, at("08:20:30") - 1) == at("07:20")
    assert last_seen_ms(days, at("08:20:30")) == at("07:20:30")


def test_only_the_dates_that_were_asked_for_are_looked_at(log):
    send(log, waiting("07:20"))
    days = recorded(log)
    assert days.look(at("00:10", TUESDAY), SETTINGS)[1] == ("2022-03-28",)
    assert days.look(at("07:20", TUESDAY), SETTINGS) == ((), ())
