"""Days of trucks that tell their tasks, under plans that want some of them."""

from dataclasses import replace

import msgspec
import numpy as np
import pandas as pd
import pytest

from analytics.dashboard.state.live_state import LiveState
from analytics.live.live_day import LiveDay
from analytics.makeup.linking import make_ups
from analytics.verdicts.evaluation import bearing_on, evaluate, plan_horizon
from analytics.verdicts.rejudge import verdict_from
from geofence.network.network import build_network
from geofence.seen.observe import observe
from ingest.ping import resolve
from ingest.tasks import Task
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario
from tests.fixtures.small_town import DAY, town

BRUSHING, SPRAYING, MUSIC = int(Task.BRUSHING), int(Task.SPRAYING), int(Task.MUSIC)
SPRAYED = "御河西路"
TELLING = SimulationSettings(receiver=ReceiverSettings(reports_tasks=True))


def wanting(plan, tasks):
    return replace(plan, grids=tuple(replace(grid, tasks=tasks) for grid in plan.grids))


PLAIN = town()
BRUSHED = wanting(PLAIN, BRUSHING)


@pytest.fixture(scope="module")
def day():
    return simulate_day(BRUSHED, DAY, Scenario.MAKE_UP, 3, settings=TELLING)


def doing(pings, tasks):
    """The same day with other tasks, by what was told; None tells nothing at all."""
    if tasks is None:
        return pings.assign(tasks=pd.array([pd.NA] * len(pings), dtype="Int32"))
    worked = pings["tasks"] != 0
    return pings.assign(tasks=worked.map({True: tasks, False: 0}).astype("Int32"))


def judged(pings, plan):
    return evaluate(pings, plan, [DAY])


def evidence(judgement):
    return [msgspec.json.encode(record) for record in judgement.evidence()]


def test_the_tasks_of_a_simulated_truck_are_those_that_its_grids_want(day):
    assert set(day.pings["tasks"].dropna()) == {0, BRUSHING}
    assert ((day.pings["tasks"] != 0) == day.pings["working"]).all()


def test_the_wanted_task_serves_as_work_does_under_a_plan_that_wants_any(day):
    pd.testing.assert_frame_equal(
        judged(day.pings, BRUSHED).streets, judged(doing(day.pings, None), PLAIN).streets
    )


def test_another_task_serves_nothing_and_several_serve_if_one_is_wanted(day):
    other = judged(doing(day.pings, MUSIC), BRUSHED).streets
    assert (other["served_ratio"] == 0).all()
    assert set(other["verdict"]) == {"skipped"}
    both = judged(doing(day.pings, MUSIC | BRUSHING), BRUSHED).streets
    pd.testing.assert_frame_equal(both, judged(day.pings, BRUSHED).streets)


def test_trucks_that_tell_no_tasks_are_judged_by_working_or_speed_as_ever(day):
    silent = doing(day.pings, None)
    for pings in (silent, silent.assign(working=pd.array([pd.NA] * len(silent), dtype="boolean"))):
        wanted, any_task = judged(pings, BRUSHED), judged(pings, PLAIN)
        pd.testing.assert_frame_equal(wanted.streets, any_task.streets)
        pd.testing.assert_frame_equal(wanted.grids, any_task.grids)


def test_under_a_plan_without_tasks_they_change_not_a_byte_of_the_evidence(day):
    rng = np.random.default_rng(5)
    told = pd.array(rng.choice([0, BRUSHING, MUSIC, 1023], len(day.pings)), dtype="Int32")
    found = evidence(judged(day.pings.assign(tasks=told), PLAIN))
    assert found == evidence(judged(doing(day.pings, None), PLAIN))
    assert not any(b'"tasks"' in record for record in found)


def test_a_street_that_wants_another_task_than_its_grid_is_served_by_that_alone(day):
    sections = tuple(
        replace(each, tasks=SPRAYING if each.name == SPRAYED else 0) for each in BRUSHED.sections
    )
    plan = replace(BRUSHED, sections=sections)
    judgement = judged(day.pings, plan)
    found, usual = judgement.streets, judged(day.pings, BRUSHED).streets
    is_sprayed = found["street"] == SPRAYED
    assert is_sprayed.any()
    assert (found[is_sprayed]["served_ratio"] == 0).all()
    pd.testing.assert_frame_equal(found[~is_sprayed], usual[~is_sprayed])
    told = {
        (record.street, section.tasks)
        for record in judgement.evidence()
        for section in record.sections
    }
    assert {tasks for street, tasks in told if street == SPRAYED} == {("SPRAYING",)}
    assert {tasks for street, tasks in told if street != SPRAYED} == {("BRUSHING",)}


def test_what_a_task_is_done_too_fast_for_serves_nothing(day):
    slowly = replace(BRUSHED, speeds_kmh=((BRUSHING, 0.5),))
    assert judged(day.pings, slowly).streets["served_ratio"].max() < 0.1
    quickly = replace(BRUSHED, speeds_kmh=((BRUSHING, 29.0),))
    assert (judged(day.pings, quickly).streets["verdict"] == "served").sum() > 10


def test_order_repetition_and_portions_change_not_a_byte_and_the_record_is_enough(day):
    rng = np.random.default_rng(7)
    nightly = judged(day.pings, BRUSHED)
    again = rng.permutation(np.concatenate([np.arange(len(day.pings)), np.arange(0, 999)]))
    assert evidence(judged(day.pings.iloc[again], BRUSHED)) == evidence(nightly)
    for record in nightly.evidence():
        alone = verdict_from(record)
        assert (alone.verdict, alone.served_ratio) == (record.verdict, record.served_ratio)


def test_live_verdicts_and_make_ups_are_the_nightly_ones(day):
    live, rng = LiveDay(BRUSHED, DAY), np.random.default_rng(9)
    shown = LiveState(BRUSHED, DAY)
    for portion in np.array_split(rng.permutation(len(day.pings)), 3):
        pings = day.pings.iloc[portion].reset_index(drop=True)
        live.add(pings)
        live.judgement()
        shown.add(resolve(pings).pings)
        shown.catch_up(int(pings["event_time"].max().timestamp() * 1000))
    nightly = judged(day.pings, BRUSHED)
    pd.testing.assert_frame_equal(live.judgement().streets, nightly.streets)
    pd.testing.assert_frame_equal(live.judgement().grids, nightly.grids)
    network = build_network(BRUSHED.sections)
    chosen = bearing_on(resolve(day.pings).pings, BRUSHED, DAY)
    seen = tuple(observe(chosen, network, BRUSHED.rules, work=BRUSHED.work))
    _, last_ms = plan_horizon(BRUSHED, DAY)
    shown.catch_up(last_ms)
    for each in nightly.cases:
        window = shown.judged(each.case.grid.id, each.case.window.text)
        assert np.array_equal(window.case.earliest, each.case.earliest)
        assert np.array_equal(window.case.possible, each.case.possible)
    expected = make_ups(nightly, seen, BRUSHED, network, DAY, last_ms)
    pd.testing.assert_frame_equal(live.make_ups(last_ms), expected)
    assert len(expected)
    assert (expected["made_up_share"] > 0.5).any()
