from datetime import date

import pytest

from analytics.history.history import History
from analytics.history.takeover import dated, in_the_way, take_over
from geofence.plan.version import content_version
from ingest.log.pinglog import open_log
from tests.fixtures.recorded_town import NIGHT_MS, PLAN, day_of, own_truck, versioned
from tests.fixtures.town import MONDAY, next_day

TUESDAY, LATER, LAST = next_day(), date(2022, 4, 4), date(2022, 4, 11)
NEW = versioned(PLAN, name="新计划", effective_from=TUESDAY)


@pytest.fixture
def history(database_url):
    with open_log(database_url) as log:
        yield History(log)


def names(history, *days):
    return [history.plan_in_force(day).name for day in days]


def test_from_its_date_on_it_is_in_force_and_before_it_the_one_before(history):
    take_over(history, PLAN, NEW, 1)
    assert names(history, MONDAY, TUESDAY, LAST) == [PLAN.name, NEW.name, NEW.name]


def test_dated_otherwise_it_is_the_same_but_for_the_date():
    moved = dated(NEW, LATER)
    assert moved.effective_from == LATER
    assert moved.version == content_version(moved) != NEW.version
    assert dated(moved, TUESDAY).version == NEW.version


def test_dates_that_were_judged_are_in_the_way(history):
    history.record(day_of(own_truck()), NIGHT_MS, 1)
    assert in_the_way(history, PLAN, MONDAY).judged == (MONDAY,)
    assert in_the_way(history, PLAN, TUESDAY).judged == ()


def test_a_plan_stored_for_a_later_date_is_in_the_way_and_may_be_put_out_of_force(history):
    other = versioned(PLAN, name="夏季", effective_from=LATER)
    history.store_plan(other, 1)
    (found,) = in_the_way(history, PLAN, TUESDAY).later
    assert (found.name, found.effective_from) == ("夏季", LATER)
    take_over(history, PLAN, NEW, 2, [LATER])
    assert names(history, TUESDAY, LATER, LAST) == [NEW.name] * 3


def test_what_is_stored_later_and_says_the_same_as_now_is_no_loss(history):
    history.store_plan(dated(PLAN, LATER), 1)
    found = in_the_way(history, PLAN, TUESDAY)
    assert (found.later, found.echoes) == ((), (LATER,))


def test_what_is_stored_for_its_date_or_before_is_not_in_the_way(history):
    history.store_plan(PLAN, 1)
    history.store_plan(NEW, 2)
    assert in_the_way(history, PLAN, TUESDAY).later == ()
