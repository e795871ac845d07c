from dataclasses import replace
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from geofence.plan.plan import Assignment
from ingest.ping import resolve
from simulators.city.city import generate_city
from simulators.city.roster import synthetic_roster
from simulators.fleet.fleet import SimulationSettings, UnknownGridError, simulate_day
from simulators.receivers.faults import WireSettings
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario
from simulators.trucks.service_day import windows_of
from tests.fixtures.small_town import DAY, town

OVERLAPPING = ("07:00-10:00", "09:00-11:30", "14:30-17:30")
PLAN = town(*OVERLAPPING)


def day_of(scenario, seed=1, plan=PLAN, **options):
    return simulate_day(plan, DAY, scenario, seed, **options)


def windows(plan, grid):
    return windows_of(grid, DAY, ZoneInfo(plan.timezone), plan.rules)


def event_s(pings):
    return pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64) / 1000


def verdicts(truth):
    served = truth["ratio_in_window"] >= 0.9
    late = ~served & (truth["ratio_by_deadline"] >= 0.9)
    return np.select([served, late], ["served", "late"], "missed")


def test_a_clean_day_serves_every_street_in_every_window():
    truth = day_of(Scenario.CLEAN).truth
    assert len(truth) == 9 * len(OVERLAPPING)
    assert (truth["ratio_in_window"] > 0.999).all()
    assert (truth["fault"] == "").all()


@pytest.mark.parametrize("seed", range(4))
def test_a_late_day_serves_some_streets_after_grace_and_before_the_deadline(seed):
    truth = day_of(Scenario.LATE, seed).truth
    late = truth[truth["fault"] == "late"]
    assert len(late) > 0
    assert (verdicts(late) == "late").all()
    assert (verdicts(truth[truth["fault"] == ""]) == "served").all()


@pytest.mark.parametrize("seed", range(4))
def test_a_day_of_skips_misses_some_streets_until_the_deadline(seed):
    truth = day_of(Scenario.SKIP, seed).truth
    missed = truth[truth["fault"] == "skip"]
    assert len(missed) > 0
    ratio = missed["ratio_by_deadline"]
    assert ((ratio == 0) | ratio.between(0.25, 0.75)).all()
    assert (verdicts(truth[truth["fault"] == ""]) == "served").all()


@pytest.mark.parametrize("seed", range(4))
def test_a_day_of_gaps_hides_work_that_was_done(seed):
    day = day_of(Scenario.GAP, seed)
    silent = day.truth["fault"] == "gap"
    assert silent.any()
    assert (day.truth["ratio_in_window"] > 0.999).all()
    for vehicle, pings in day.pings.groupby("vehicle_id"):
        at_s = event_s(pings)
        longest = np.argmax(np.diff(at_s))
        begin_s, end_s = at_s[longest], at_s[longest + 1]
        assert 300 <= end_s - begin_s <= 2400 + 20
        runs = day.trucks[vehicle].runs
        assert any(run.started_s <= begin_s + 10 and begin_s <= run.finished_s for run in runs)


def test_a_rough_wire_changes_the_order_but_not_the_set():
    quiet = day_of(Scenario.CLEAN)
    rough_wire = WireSettings(duplicate_share=0.1, delayed_share=0.2, outage_count=4)
    rough = day_of(Scenario.CLEAN, settings=SimulationSettings(wire=rough_wire))
    assert len(rough.pings) > len(quiet.pings)
    times = [event_s(pings) for _vehicle, pings in rough.pings.groupby("vehicle_id")]
    assert all((np.diff(at_s) < 0).any() for at_s in times)
    sets = [
        resolve(day.pings.drop(columns="received_time")).pings.reset_index(drop=True)
        for day in (quiet, rough)
    ]
    pd.testing.assert_frame_equal(*sets)


def test_pings_arrive_after_they_happen_and_are_given_in_that_order():
    pings = day_of(Scenario.MIXED).pings
    assert (pings["received_time"] > pings["event_time"]).all()
    assert pings["received_time"].is_monotonic_increasing


def test_the_same_seed_gives_the_same_day_and_another_seed_another():
    first, same, other = (day_of(Scenario.MIXED, seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first.pings, same.pings)
    pd.testing.assert_frame_equal(first.truth, same.truth)
    assert not first.pings.equals(other.pings)


def test_a_truck_does_the_same_whichever_other_grids_are_simulated():
    every, one = day_of(Scenario.SKIP), day_of(Scenario.SKIP, only_grids=["JY02"])
    of_grid = every.pings[every.pings["vehicle_id"] == "晋B0001"].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_grid, one.pings)
    expected = every.truth[every.truth["grid_id"] == "JY02"].reset_index(drop=True)
    pd.testing.assert_frame_equal(expected, one.truth)


def test_an_unknown_grid_is_named():
    with pytest.raises(UnknownGridError, match="no grid JY99 in the plan; it has JY01"):
        day_of(Scenario.CLEAN, only_grids=["JY99"])


@pytest.mark.parametrize("scenario", list(Scenario))
def test_no_truck_ever_moves_faster_than_a_truck(scenario):
    day = day_of(scenario)
    for vehicle, pings in day.pings.groupby("vehicle_id"):
        ordered = pings.drop_duplicates("event_time").sort_values("event_time")
        x, y = day.network.projection.to_metres(
            ordered["longitude"].to_numpy(), ordered["latitude"].to_numpy()
        )
        speed_mps = np.hypot(np.diff(x), np.diff(y)) / np.diff(event_s(ordered))
        assert speed_mps.max() < 20.0, vehicle


def test_motion_has_no_break_in_time_and_none_in_space():
    day = day_of(Scenario.SKIP)
    for truck in day.trucks.values():
        motion = truck.motion
        assert np.allclose(motion.finished_s[:-1], motion.started_s[1:])
        measure = np.stack([motion.from_m, motion.to_m])
        assert measure.min() > -1e-6
        assert (measure <= day.network.section_length_m[motion.section] + 1e-6).all()
        from_x, from_y = ends(day.network, motion.section, motion.from_m)
        to_x, to_y = ends(day.network, motion.section, motion.to_m)
        assert np.hypot(from_x[1:] - to_x[:-1], from_y[1:] - to_y[:-1]).max() < 0.6


def ends(network, sections, measures):
    places = [
        network.position(int(section), np.array([measure]))
        for section, measure in zip(sections, measures, strict=True)
    ]
    return (np.array([place[axis][0] for place in places]) for axis in (0, 1))


def test_trucks_drive_with_the_traffic_in_oneway_streets():
    roster = synthetic_roster(9)
    city = generate_city(roster.grids, 3)
    plan = replace(roster, sections=tuple(city.sections), facilities=tuple(city.facilities))
    day = day_of(Scenario.CLEAN, plan=plan)
    driven = 0
    for truck in day.trucks.values():
        motion = truck.motion
        on = day.network.section_oneway[motion.section]
        driven += int(on.sum())
        assert (motion.to_m[on] >= motion.from_m[on]).all()
    assert driven > 100


def test_collecting_is_slow_and_transit_is_fast():
    for truck in day_of(Scenario.CLEAN).trucks.values():
        motion = truck.motion
        metres = np.abs(motion.to_m - motion.from_m)
        speed_kmh = 3.6 * metres / (motion.finished_s - motion.started_s)
        moving = metres > 0
        collecting = motion.collecting & moving
        assert speed_kmh[collecting].max() <= 14.001
        assert speed_kmh[collecting].min() >= 5.999
        transit = ~motion.collecting & moving
        fast = metres[transit & (speed_kmh >= 34)].sum()
        assert fast > 0.8 * metres[transit].sum()


def test_a_truck_laps_in_every_window_and_unloads_between():
    day = day_of(Scenario.CLEAN)
    for vehicle, truck in day.trucks.items():
        runs = [run.job.window.text for run in truck.runs]
        assert runs == list(OVERLAPPING), vehicle
        assert all(a.finished_s <= b.started_s for a, b in pairwise(truck.runs))
    assert sum(unloading_trips(truck.motion) for truck in day.trucks.values()) >= 6


def unloading_trips(motion):
    """Stands of 8 to 15 minutes outside collecting, before which the truck drove fast."""
    standing = (motion.from_m == motion.to_m) & ~motion.collecting
    seconds = np.where(standing, motion.finished_s - motion.started_s, 0.0)
    return int(((seconds >= 480) & (seconds <= 900)).sum())


def test_a_truck_resumes_where_it_stopped_to_unload():
    plan = town("08:00-11:30")
    truck = next(iter(simulate_day(plan, DAY, Scenario.CLEAN, 2).trucks.values()))
    motion = truck.motion
    away = np.flatnonzero(np.diff(motion.collecting.astype(int)) == -1)
    back = np.flatnonzero(np.diff(motion.collecting.astype(int)) == 1)
    spots = [
        (motion.section[stop], motion.to_m[stop]) for stop in away if 0 < motion.to_m[stop] < np.inf
    ]
    resumed = [(motion.section[start + 1], motion.from_m[start + 1]) for start in back]
    assert any(
        section == other and measure == pytest.approx(at)
        for section, measure in spots
        for other, at in resumed
    )


@pytest.mark.parametrize("scenario", list(Scenario))
def test_trackers_run_from_before_the_first_window_to_after_the_last(scenario):
    day = day_of(scenario)
    for grid in PLAN.grids:
        at_s = event_s(day.pings[day.pings["vehicle_id"] == grid.vehicles[0]])
        times = windows(PLAN, grid)
        assert 15 * 60 < times[0].start_s - at_s.min() < 30 * 60
        assert at_s.max() >= times[-1].end_s + 15 * 60


def test_no_tracker_runs_past_midnight():
    day = day_of(Scenario.CLEAN, plan=town("21:00-23:50"))
    local = day.pings["event_time"].dt.tz_convert("Asia/Shanghai")
    assert set(local.dt.date) == {DAY}
    assert local.max().strftime("%H:%M") == "23:59"


def test_a_window_over_midnight_is_driven_to_its_end():
    truth = day_of(Scenario.CLEAN, plan=town("22:30-02:00")).truth
    assert (truth["ratio_in_window"] > 0.999).all()


def test_the_truth_of_a_window_too_short_says_so():
    truth = day_of(Scenario.CLEAN, plan=town("08:00-08:10")).truth
    assert (truth["ratio_in_window"] < 0.9).any()
    assert (truth["fault"] == "").all()
    assert (truth["ratio_by_deadline"] > 0.999).all()


def test_one_truck_serves_two_grids():
    plan = town(*OVERLAPPING, grids=2, vehicles=(("晋B39720",), ("晋B39720",)))
    day = day_of(Scenario.CLEAN, plan=plan)
    assert list(day.trucks) == ["晋B39720"]
    assert (day.truth["ratio_by_deadline"] > 0.999).all()


def test_two_trucks_share_one_grid():
    plan = town(*OVERLAPPING, grids=1, vehicles=(("晋B0001", "晋B0002"),))
    day = day_of(Scenario.CLEAN, plan=plan)
    assert set(day.trucks) == {"晋B0001", "晋B0002"}
    assert (day.truth["ratio_in_window"] > 0.999).all()


def test_a_stand_in_drives_on_its_date():
    plan = replace(PLAN, assignments=(Assignment("JY01", DAY, ("备用-1",)),))
    day = day_of(Scenario.CLEAN, plan=plan)
    assert "备用-1" in day.trucks
    assert "晋B0000" not in day.trucks


def test_a_day_without_service_is_empty():
    grids = tuple(replace(grid, days=frozenset({6})) for grid in PLAN.grids)
    day = simulate_day(replace(PLAN, grids=grids), date(2022, 4, 1), Scenario.CLEAN, 1)
    assert (len(day.pings), len(day.truth)) == (0, 0)


def test_a_town_without_facilities_is_driven_all_the_same():
    truth = day_of(Scenario.CLEAN, plan=replace(PLAN, facilities=())).truth
    assert (truth["ratio_in_window"] > 0.999).all()


def test_a_missed_street_may_be_driven_through_but_fast():
    shown = 0
    for seed in range(6):
        day = day_of(Scenario.SKIP, seed)
        for row in day.truth[day.truth["ratio_by_deadline"] == 0].itertuples():
            grid = next(grid for grid in PLAN.grids if grid.id == row.grid_id)
            window = next(w for w in windows(PLAN, grid) if w.text == row.window)
            motion = day.trucks[grid.vehicles[0]].motion
            names = np.array(day.network.section_names)[motion.section]
            mine = np.array([grid.id in grids for grids in day.network.section_grids])
            on = (names == row.street) & mine[motion.section]
            on &= (motion.started_s >= window.start_s - 1800) & (motion.finished_s < window.last_s)
            on &= motion.from_m != motion.to_m
            assert not (motion.collecting & on & (motion.started_s >= window.start_s)).any()
            shown += bool(on.any())
    assert shown > 0


def test_settings_reach_the_trackers():
    receiver = ReceiverSettings(interval_s=30.0, reports_working=True)
    day = day_of(Scenario.CLEAN, settings=SimulationSettings(receiver=receiver))
    at_s = event_s(day.pings[day.pings["vehicle_id"] == "晋B0000"])
    assert set(np.round(np.diff(at_s), 3)) == {30.0}
    assert set(day.pings["working"]) == {True, False}
    assert day_of(Scenario.CLEAN).pings["working"].isna().all()
