"""A service date judged whole, from the pings of a log."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analytics.day import judge_day
from analytics.engine.local import LocalEngine
from analytics.makeup.linking import MAKEUP_DTYPES
from analytics.tracking.reports import refused_frame
from analytics.verdicts.evaluation import evaluate
from geofence.plan.plan import Assignment, Exemption
from ingest.ping import resolve
from tests.fixtures import recorded_city as city
from tests.fixtures.recorded_city import DATE, versioned


def test_a_day_is_judged_as_evaluate_judges_it():
    day = city.judged_whole()
    judgement = evaluate(city.simulated().pings, city.city(), [DATE])
    assert day.judgement.streets.equals(judgement.streets)
    assert day.judgement.grids.equals(judgement.grids)


def test_a_day_tells_its_misses_and_who_was_heard():
    day = city.judged_whole()
    missed = day.judgement.streets["verdict"].isin(["skipped", "partial"])
    assert len(day.make_ups) == missed.sum() > 0
    assert list(day.make_ups.columns) == list(MAKEUP_DTYPES)
    assert day.vehicles_seen == tuple(sorted(grid.vehicles[0] for grid in city.city().grids))
    assert day.ping_count == len(resolve(city.simulated().pings).pings)
    assert day.faults == ()


def test_while_a_day_lasts_a_window_is_no_miss_before_its_deadline():
    pings = resolve(city.simulated().pings).pings
    whole = city.judged_whole().make_ups
    missed = set(zip(whole["grid_id"], whole["window"], strict=True))
    cases = [each.case for each in city.judged_whole().judgement.cases]
    over = pd.Timestamp(
        min(
            case.window.period_end_ms
            for case in cases
            if (case.grid.id, case.window.text) in missed
        ),
        unit="ms",
        tz="UTC",
    )
    day = judge_day(pings, refused_frame([]), city.city(), city.network(), DATE,
                    now_ms=int(over.timestamp() * 1000))  # fmt: skip
    assert 0 < len(day.make_ups) < len(whole)
    assert (day.make_ups["made_up_at"].dropna() < over).all()
    assert set(day.make_ups["window"]) < set(whole["window"])


def test_more_workers_change_nothing():
    pings = resolve(city.simulated().pings).pings
    other = judge_day(
        pings,
        refused_frame([]),
        city.city(),
        city.network(),
        DATE,
        observing=LocalEngine(workers=2).observe,
    )
    day = city.judged_whole()
    assert list(other.judgement.evidence()) == list(day.judgement.evidence())
    assert other.make_ups.equals(day.make_ups)


@pytest.mark.parametrize("at_once", [1, 2])
def test_pings_in_parts_are_judged_as_those_at_hand(at_once):
    pings = resolve(city.simulated().pings).pings
    # a clock an hour ahead, one 1,024 weeks behind, and a receiver that says it has no fix
    ahead, behind, without = pings["vehicle_id"].unique()[:3]
    pings.loc[pings["vehicle_id"] == without, "accuracy_m"] = 5000.0
    hour = pd.Timedelta(hours=1)
    pings["received_time"] = pings["event_time"].where(
        pings["vehicle_id"] != ahead, pings["event_time"] - hour
    )
    pings.loc[pings["vehicle_id"] == behind, "received_time"] = pd.NaT
    began_ms = pings["event_time"].min().value // 1_000_000
    refused = refused_frame(
        {
            "topic": f"fleet/{vehicle}/ping",
            "vehicle_id": vehicle,
            "code": "outdated",
            "value": str(began_ms - 1024 * 7 * 86_400_000 + after_ms),
            "received_time_ms": began_ms + after_ms,
        }
        for vehicle in (behind, "晋B99999")
        for after_ms in range(0, 900_000, 1_000)
    )
    vehicles = sorted(pings["vehicle_id"].unique())
    groups = [vehicles[first : first + at_once] for first in range(0, len(vehicles), at_once)]
    parts = (pings[pings["vehicle_id"].isin(some)].reset_index(drop=True) for some in groups)
    whole, read = (
        judge_day(each, refused, city.city(), city.network(), DATE) for each in (pings, parts)
    )
    assert {fault.vehicle_id for fault in whole.faults} == {ahead, behind, without, "晋B99999"}
    assert repr(read.faults) == repr(whole.faults)
    assert list(read.judgement.evidence()) == list(whole.judgement.evidence())
    assert read.judgement.grids.equals(whole.judgement.grids)
    assert read.make_ups.equals(whole.make_ups)
    assert (read.ping_count, read.vehicles_seen) == (whole.ping_count, whole.vehicles_seen)


def test_a_day_without_a_ping_is_unknown():
    day = city.judged(city.simulated().pings[:0])
    assert set(day.judgement.streets["verdict"]) == {"unknown"}
    assert (day.ping_count, day.vehicles_seen, len(day.make_ups)) == (0, (), 0)


def test_a_day_without_service_is_empty():
    plan = versioned(
        replace(
            city.city(),
            grids=tuple(replace(grid, days=frozenset({6})) for grid in city.city().grids),
        )
    )
    day = city.judged(city.simulated().pings, plan)
    assert day.judgement.streets.empty
    assert (day.ping_count, day.faults) == (0, ())


def test_a_spare_that_serves_a_grid_on_a_date_is_judged_in_its_trucks_place():
    grid, other = city.city().grids[:2]
    assigned = versioned(
        replace(city.city(), assignments=(Assignment(grid.id, DATE, other.vehicles),))
    )
    day = city.judged(city.simulated().pings, assigned)
    flags = day.judgement.grids.set_index(["grid_id", "window"])["flags"]
    assert all("substitute_vehicle" in each for each in flags[grid.id])
    record = next(each for each in day.judgement.evidence() if each.grid_id == grid.id)
    assert [each.vehicle_id for each in record.pings] == list(other.vehicles)
    before = city.judged_whole().judgement.streets
    after = day.judgement.streets
    rest = before["grid_id"] != grid.id
    assert before[rest].equals(after[rest])
    assert set(after.loc[~rest, "verdict"]) != {"served"}


def test_an_operators_spare_bears_on_the_day_without_being_on_duty():
    first, *rest = city.city().operators
    with_spare = versioned(
        replace(city.city(), operators=(replace(first, spares=("晋B00009",)), *rest))
    )
    pings = city.simulated().pings
    truck = city.city().grids[0].vehicles[0]
    spare = pings[pings["vehicle_id"] == truck].assign(vehicle_id="晋B00009")
    together = pd.concat([pings, spare], ignore_index=True)
    day = city.judged(together, with_spare)
    assert "晋B00009" in day.vehicles_seen
    assert "晋B00009" not in city.judged(together).vehicles_seen
    assert day.judgement.streets.equals(city.judged_whole().judgement.streets)


def test_exempt_streets_are_listed_and_no_misses():
    grid = city.city().grids[1]
    holiday = Exemption(DATE, DATE, "holiday", "清明节", grid.id)
    day = city.judged(
        city.simulated().pings, versioned(replace(city.city(), exemptions=(holiday,)))
    )
    assert set(day.exempt["grid_id"]) == {grid.id}
    assert len(day.exempt) == len(grid.streets) * len(grid.windows)
    for frame in (day.judgement.streets, day.judgement.grids, day.make_ups):
        assert grid.id not in set(frame["grid_id"])
    assert city.judged(city.simulated().pings, day.plan, date(2022, 3, 29)).exempt.empty
