"""Units in the wrong truck: a simulated day on which fixes of one truck come as another's."""

from dataclasses import replace
from functools import cache, partial

import pandas as pd

from analytics.engine.brief import brief_of
from analytics.live.live_day import LiveDay
from analytics.tracking.faults import TrackingCode, code_of, warnings_of
from analytics.verdicts.fleet import Fleet
from analytics.verdicts.swapped import find_swapped, passing_over
from geofence.plan.plan import Assignment
from geofence.seen.observe import observe
from ingest.ping import resolve
from tests.fixtures.recorded_city import DATE, city, judged, network
from tests.fixtures.swapped_units import (
    GRID,
    LENT,
    OTHER,
    OTHERS_GRID,
    PINGS,
    SWAPPED,
    TRUCK,
    of,
    without,
)


@cache
def night():
    """The day on which the unit was moved, judged."""
    return judged(SWAPPED)


def verdicts_of(day, grid):
    streets = day.judgement.streets
    return set(streets[streets["grid_id"] == grid.id]["verdict"])


def found_in(pings, plan=None):
    plan = plan or city()
    seen = tuple(observe(resolve(pings).pings, network(), plan.rules))
    return find_swapped(seen, plan, network(), DATE)


def test_on_a_day_of_trucks_that_did_their_own_work_nobody_is_found():
    assert found_in(PINGS) == {}
    assert found_in(without(PINGS, TRUCK, OTHER)) == {}


def test_who_did_the_work_of_a_silent_truck_and_none_of_its_own_is_accused_of_nothing():
    assert {vehicle: misfit.in_place_of for vehicle, misfit in found_in(SWAPPED).items()} == {
        TRUCK: OTHERS_GRID.id
    }
    day = night()
    assert verdicts_of(day, GRID) == verdicts_of(day, OTHERS_GRID) == {"unknown"}


def test_briefs_and_the_passes_of_who_passed_by_say_the_same():
    for pings in (PINGS, SWAPPED, LENT):
        seen = tuple(observe(resolve(pings).pings, network(), city().rules))
        briefs = [brief_of(each).seen for each in seen]
        found = find_swapped(briefs, city(), network(), DATE, partial(passing_over, seen))
        assert found.keys() == found_in(pings).keys()


def test_the_fault_says_whose_work_it_was_and_what_to_do():
    misfits = found_in(SWAPPED)
    assert code_of(TRUCK, misfits[TRUCK]) is TrackingCode.UNIT_SWAPPED
    (told,) = warnings_of(misfits)
    assert told.startswith(f"unit_swapped of {TRUCK}: ")
    assert "devices.csv" in told
    (fault,) = [fault for fault in night().faults if fault.code == "unit_swapped"]
    assert fault.vehicle_id == TRUCK
    assert OTHERS_GRID.id in fault.evidence


def test_where_the_other_truck_is_heard_what_was_missed_is_proven():
    assert found_in(LENT) == {}
    assert verdicts_of(judged(LENT), GRID) == {"skipped"}


def test_a_truck_that_the_plan_sends_into_the_others_grid_is_believed():
    sent = replace(city(), assignments=(Assignment(OTHERS_GRID.id, DATE, (TRUCK,)),))
    assert found_in(SWAPPED, sent) == {}


def test_a_truck_that_did_some_of_its_own_work_too_is_believed():
    shared = pd.concat([SWAPPED, of(TRUCK, named=TRUCK)])
    assert found_in(shared) == {}


def test_of_others_what_was_seen_is_believed_as_ever():
    misfits = Fleet(city(), network(), DATE).misfits(
        tuple(observe(resolve(SWAPPED).pings, network(), city().rules))
    )
    assert misfits.keys() == {TRUCK}
    sound = judged(PINGS)
    for grid in {*city().grids} - {GRID, OTHERS_GRID}:
        assert verdicts_of(night(), grid) == verdicts_of(sound, grid)


def test_live_finds_what_the_night_finds_whatever_comes_first():
    live = LiveDay(city(), DATE)
    shuffled = SWAPPED.sample(frac=1.0, random_state=3)
    for first in range(0, len(shuffled), 20_000):
        live.add(shuffled.iloc[first : first + 20_000])
    live_streets, nightly = live.judgement().streets, night().judgement.streets
    pd.testing.assert_frame_equal(live_streets, nightly)
