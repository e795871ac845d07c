"""Recorded verdicts found by what they are of, and what is said where there is none."""

import pytest

from analytics.history.history import History
from analytics.history.lookup import Place, absent, judged_by, newest
from ingest.log.pinglog import open_log
from tests.fixtures.recorded_town import (
    NIGHT_MS,
    PLAN,
    day_of,
    other_truck,
    own_truck,
    own_truck_unheard,
    versioned,
)
from tests.fixtures.town import MONDAY, next_day

MORNING = "07:00-10:00"


@pytest.fixture
def history(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        recorded = History(log)
        recorded.record(day_of(own_truck_unheard(), other_truck()), NIGHT_MS, 7)
        yield recorded


def test_a_place_is_written_as_it_is_asked_for():
    assert str(Place("JY01", MONDAY, MORNING, "云中街")) == "JY01 2022-03-28 07:00-10:00 云中街"
    assert str(Place("JY01", MONDAY, MORNING, "")) == "JY01 2022-03-28 07:00-10:00"


def test_the_newest_revisions_of_a_grid_in_a_window_are_found(history):
    history.record(day_of(own_truck(), other_truck()), NIGHT_MS + 1, 8)
    found = newest(history, Place("JY01", MONDAY, MORNING, "云中街"))
    assert set(found["street"]) == {"", "云中街", "魏都大道"}
    assert set(found["revision"]) == {2}
    assert set(found["window"]) == {MORNING}
    assert set(found["grid_id"]) == {"JY01"}


def test_a_date_was_judged_by_the_last_plan_though_its_verdicts_name_an_earlier_one(history):
    assert judged_by(history, MONDAY) == PLAN.version
    renamed = versioned(PLAN, name="the same under another name")
    history.record(day_of(own_truck_unheard(), other_truck(), plan=renamed), NIGHT_MS, 7)
    assert judged_by(history, MONDAY) == renamed.version
    found = newest(history, Place("JY01", MONDAY, MORNING, ""))
    assert set(found["plan_version"]) == {PLAN.version}


def test_of_a_date_that_was_never_judged_it_is_said_how_to_judge_it(history):
    told = absent(history, Place("JY01", next_day(), MORNING, "云中街"))
    assert told == (
        "no verdict of 2022-03-29 is recorded; make them with pingcheng report "
        "--date 2022-03-29 --out reports"
    )


def test_of_an_unknown_grid_the_nearest_one_is_told(history):
    told = absent(history, Place("JY1", MONDAY, MORNING, "云中街"))
    assert told == "no verdict of grid JY1 is recorded on 2022-03-28; did you mean JY01?"


def test_of_a_grid_like_no_other_no_guess_is_made(history):
    told = absent(history, Place("平城", MONDAY, MORNING, ""))
    assert told == "no verdict of grid 平城 is recorded on 2022-03-28"


def test_of_an_unknown_window_those_of_the_grid_are_told(history):
    told = absent(history, Place("JY01", MONDAY, "07:00-10:30", "云中街"))
    assert told == (
        "no verdict of JY01 in 07:00-10:30 is recorded on 2022-03-28; "
        "its windows are 07:00-10:00, 14:30-17:30"
    )


def test_of_an_unknown_street_those_of_the_grid_and_the_nearest_are_told(history):
    told = absent(history, Place("JY01", MONDAY, MORNING, "魏都大街"))
    assert told == (
        "no verdict of JY01 2022-03-28 07:00-10:00 魏都大街 is recorded; "
        "the streets of JY01 are 云中街, 魏都大道; did you mean 魏都大道?"
    )
