from dataclasses import replace

import pytest

from analytics.plan_changes.effects import Turned, effects
from analytics.verdicts.evaluation import evaluate
from geofence.difference.comparison import compare
from geofence.plan.timetable import parse_window
from ingest.log.pinglog import open_log
from tests.fixtures.changed_towns import plan_of, regrid
from tests.fixtures.dashboards import write_pings
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, next_day, street

OLD = plan_of(plan=TOWN.plan)
LATER = regrid(OLD, windows=(parse_window("07:08-10:00"),))


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        write_pings(opened, PINGS)
        yield opened


def sole(log, new, old=OLD, day=MONDAY):
    (effect,) = effects(log, compare(old, new), [day])
    return effect


def test_by_the_same_plan_nothing_comes_out_otherwise(log):
    effect = sole(log, OLD)
    assert effect.turned == ()
    assert effect.before == effect.after
    assert (effect.before["served"], effect.before["skipped"]) == (1, 1)
    assert effect.ping_count == len(PINGS)


def test_a_window_that_was_moved_answers_to_the_one_it_was(log):
    turned = {each.street: each for each in sole(log, LATER).turned}
    assert turned["云中街"].was == ("JY01", "07:00-10:00", "云中街")
    assert (turned["云中街"].window, turned["云中街"].before) == ("07:08-10:00", "served")
    assert turned["云中街"].after not in {"", "served"}
    assert "支路" not in turned  # skipped by both


def test_a_street_that_is_only_renamed_comes_out_as_it_did(log):
    renamed = plan_of(replace(OLD.sections[0], name="云中大街"), plan=OLD)
    effect = sole(log, renamed)
    assert effect.turned == ()
    assert effect.before == effect.after


def test_a_new_street_is_judged_by_the_new_plan_only(log):
    effect = sole(log, plan_of(street("新街", (0, 300), (0, 600)), plan=OLD))
    assert effect.turned == (Turned(MONDAY, "JY01", "07:00-10:00", "新街", "", "skipped"),)


def test_both_halves_are_what_evaluate_says(log):
    new = plan_of(street("新街", (0, 300), (0, 600)), plan=OLD)
    effect = sole(log, new)
    for plan, counted in ((OLD, effect.before), (new, effect.after)):
        verdicts = evaluate(PINGS, plan, [MONDAY]).streets["verdict"].value_counts().to_dict()
        assert {verdict: count for verdict, count in counted.items() if count} == verdicts


def test_a_day_without_pings_is_told_to_have_none(log):
    effect = sole(log, LATER, day=next_day())
    assert (effect.ping_count, effect.turned) == (0, ())


def test_a_day_without_service_by_both_plans_is_left_out_and_counted(log):
    sunday = frozenset({6})
    done = []
    old, new = regrid(OLD, days=sunday), regrid(LATER, days=sunday)
    assert list(effects(log, compare(old, new), [MONDAY], done=lambda: done.append(1))) == []
    assert len(done) == 2
