from zoneinfo import ZoneInfo

import pytest

from analytics.alerts.dry_run import DryRun, replay
from ingest.log.batch import Batch
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from ingest.settings.alerts import AlertSettings
from tests.fixtures.conditions import DATE, MINUTE, condition
from tests.fixtures.town import MONDAY, ZONE, Town, Truck, at, grid, next_day, street

SETTINGS = AlertSettings(hold_min=3, language="en")
TOWN = Town(street("云中街", (0, 0), (600, 0)), grids=[grid("JY01", "07:00-10:00")])


def run(settings=SETTINGS, states=None):
    return DryRun(states or {}, settings, ZoneInfo(ZONE))


def look(dry, clock, *conditions):
    return [*dry.advance(conditions, [DATE], at(clock))]


def test_what_holds_is_told_once_it_has_held_long_enough_and_then_no_more():
    dry = run()
    assert look(dry, "08:00", condition()) == []
    assert look(dry, "08:02", condition()) == []
    (told,) = look(dry, "08:03", condition())
    assert told.startswith("2022-03-28 08:03  ")
    assert "JY01" in told
    assert look(dry, "08:10", condition()) == []


def test_what_holds_for_too_short_a_time_is_told_apart():
    dry = run()
    look(dry, "08:00", condition())
    assert [*dry.holding()] == [
        "holds since 2022-03-28 08:00, not said yet: at_risk JY01 07:00-10:00"
    ]
    look(dry, "08:03", condition())
    assert [*dry.holding()] == []


def test_alerts_are_numbered_as_they_are_told_and_keep_their_numbers():
    dry = run(AlertSettings(hold_min=0, clear_min=0, say_ended=True, language="en"))
    (first,) = look(dry, "08:00", condition(subject="JY01"))
    (second,) = look(dry, "08:01", condition(subject="JY01"), condition(subject="JY02"))
    (ended,) = look(dry, "08:02", condition(subject="JY02"))
    assert [" #1 " in first, " #2 " in second, " #1 " in ended] == [True, True, True]


def test_quiet_hours_keep_something_waiting_until_they_end():
    dry = run(AlertSettings(hold_min=0, quiet_hours="07:30-09:00", language="en"))
    assert look(dry, "08:00", condition()) == []
    assert dry.waits
    (told,) = look(dry, "09:00", condition())
    assert told.startswith("2022-03-28 09:00")
    assert not dry.waits


def test_it_goes_on_from_the_states_it_is_given_without_changing_them():
    before = run()
    look(before, "08:00", condition())
    look(before, "08:03", condition())
    given = dict(before._states)
    again = run(states=given)
    assert look(again, "08:05", condition()) == []
    assert given == before._states


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        truck = Truck(TOWN, interval_s=30).stand("云中街", 0, "06:50", "10:30")
        rows = truck.pings().assign(received_time=lambda frame: frame["event_time"])
        opened.write(Batch(tuples_of(rows), ()))
        yield opened


def test_a_stored_date_tells_what_would_have_been_said_in_order_and_stores_nothing(log):
    percents = []
    told = [*replay(log, TOWN.plan, MONDAY, SETTINGS, 5 * MINUTE, percents.append)]
    assert [line.split()[1] for line in told] == sorted(line.split()[1] for line in told)
    assert any("Missed" in line for line in told)
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert told == [*replay(log, TOWN.plan, MONDAY, SETTINGS, 5 * MINUTE)]


def test_a_date_without_a_window_tells_nothing(log):
    idle = Town(*TOWN.sections, grids=[grid("JY01", "07:00-10:00", days=[0])])
    assert [*replay(log, idle.plan, next_day(), SETTINGS, MINUTE)] == []
