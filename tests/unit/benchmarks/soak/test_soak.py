"""The soak: what befalls a week comes by the seed, by day only, and its figures are right."""

import math
import random
import threading

import pytest

from benchmarks.soak.outcome import slope_mb
from benchmarks.soak.troubles import Troubles
from benchmarks.soak.week import soak_days
from geofence.plan.reader import read_plan

KINDS = ("cut", "kill ingest", "stall")


def troubles_of(seed, count):
    """The first so many troubles by a seed."""
    told, enough = [], threading.Event()

    def note(name):
        told.append(name)
        if len(told) >= count:
            enough.set()
            enough_done.wait()

    enough_done = threading.Event()
    kinds = {name: lambda name=name: note(name) for name in KINDS}
    with Troubles(kinds, 0.0, random.Random(seed)) as troubles, troubles.by_day():
        assert enough.wait(10)
        enough_done.set()
    return told[:count]


def test_the_same_seed_brings_the_same_troubles_and_each_kind_as_often_as_any_other():
    told = troubles_of(3, 9)
    assert told == troubles_of(3, 9)
    assert {name: told.count(name) for name in KINDS} == dict.fromkeys(KINDS, 3)


def test_nothing_befalls_a_week_but_by_day():
    is_day, seen, enough = [False], [], threading.Event()

    def befall():
        seen.append(is_day[0])
        if len(seen) % 20 == 0:
            enough.set()

    with Troubles({"cut": befall}, 0.0, random.Random(1)) as troubles:
        for _ in range(3):
            is_day[0] = True
            with troubles.by_day():
                assert enough.wait(10)
            is_day[0] = False
            enough.clear()
    assert len(seen) >= 60
    assert all(seen)


def test_a_process_that_grows_by_three_mb_a_day_after_it_has_warmed_up_is_told_so():
    assert slope_mb([10.0, 50.0, 60.0, 63.0, 66.0]) == pytest.approx(3.0)
    assert math.isnan(slope_mb([10.0, 50.0, 60.0]))


def test_from_a_day_on_another_plan_is_in_force(tmp_path):
    days = list(soak_days(tmp_path, 2, 1, changes_on=1))
    first, second = (read_plan(day.plan) for day in days)
    assert first.effective_from < days[0].service_date
    assert second.effective_from == days[1].service_date
    windows = [[grid.windows for grid in plan.grids] for plan in (first, second)]
    assert windows[0] != windows[1]
    for day in days:
        assert sum(len(message.pings) for message in day.messages) > 100_000
