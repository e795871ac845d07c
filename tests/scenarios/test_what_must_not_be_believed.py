"""Days of trucks that did all their work, told by trackers that send other than the truth."""

from dataclasses import replace
from datetime import date
from importlib.resources import as_file, files

import pandas as pd
import pytest

from analytics.live.live_day import LiveDay
from analytics.verdicts.evaluation import evaluate
from geofence.plan.reader import read_plan
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Scenario
from tests.fixtures.false_fixes import (
    by_cell_tower,
    doubled,
    lost,
    polled,
    resent,
    set_back,
    shelved,
)

MONDAY = date(2022, 3, 28)
KEY = ["grid_id", "window", "street"]


@pytest.fixture(scope="module")
def plan():
    with as_file(files("geofence") / "sample") as sample:
        plan = read_plan(sample / "plan.toml")
    return replace(plan, grids=plan.grids[3:50:16])


@pytest.fixture(scope="module")
def days(plan):
    """The day's pings, and that of trucks that leave streets out, each with its verdicts."""
    told = {}
    for scenario in (Scenario.CLEAN, Scenario.SKIP):
        pings = simulate_day(plan, MONDAY, scenario, 11).pings
        told[scenario] = pings, evaluate(pings, plan, [MONDAY]).streets
    return told


def falsified(pings: pd.DataFrame, false) -> pd.DataFrame:
    parts = [
        false(own.sort_values("event_time").reset_index(drop=True))
        for _, own in pings.groupby("vehicle_id")
    ]
    return pd.concat(parts, ignore_index=True)


def at_work(own: pd.DataFrame, which: int = 0) -> int:
    """A fix in the midst of slow driving."""
    slow = own.index[own["speed_mps"].between(1.0, 5.0)]
    return int(slow[len(slow) * (which + 1) // 7])


def each_outage(false):
    """The same for five stretches of the day."""

    def several(own: pd.DataFrame) -> pd.DataFrame:
        for which in range(5):
            own = false(own, at_work(own, which))
        return own

    return several


FALSE = {
    "a unit on a shelf": lambda own: shelved(own, 3.7),
    "a unit on a shelf that reports half as often": lambda own: shelved(own.iloc[::2], 3.7),
    "a backup unit 12 s behind": lambda own: doubled(own, 12.3),
    "a backup unit 70 s ahead": lambda own: doubled(own, -70.4),
    "an old place between true ones": lambda own: resent(own, 2, 12, 4.1),
    "a clock set back by 47 s": lambda own: set_back(own, at_work(own, 2), 47.3),
    "a clock set back by four minutes": lambda own: set_back(own, at_work(own, 3), 240.6),
    "no satellites for two minutes": each_outage(lambda own, at: lost(own, at, 12, 8)),
    "an old place for three minutes": each_outage(lambda own, at: lost(own, at, 18)),
    "a cell tower": each_outage(lambda own, at: by_cell_tower(own, at, 15, 0.004, 1400.0)),
    "a poller, without speeds": lambda own: polled(own, 5, speeds=False),
    "a poller, with speeds": lambda own: polled(own, 3, speeds=True),
}
STILL_SERVED = {
    "an old place between true ones": 1.0,
    "a poller, without speeds": 0.7,
    "a poller, with speeds": 0.7,
    "a clock set back by 47 s": 0.9,
    "a cell tower": 0.7,
}
"""Of what was served at least so much is so still."""


@pytest.mark.parametrize("name", FALSE)
def test_nobody_is_accused_by_what_must_not_be_believed(plan, days, name):
    pings, true = days[Scenario.CLEAN]
    assert (true["verdict"] == "served").mean() > 0.9
    told = evaluate(falsified(pings, FALSE[name]), plan, [MONDAY]).streets
    both = true.merge(told, on=KEY, suffixes=("", "_told"))
    wrong = both[(both["verdict_told"] != both["verdict"]) & (both["verdict_told"] != "unknown")]
    assert wrong.empty, wrong[[*KEY, "verdict", "verdict_told"]]
    served = both["verdict"] == "served"
    still = (both["verdict_told"] == "served")[served].mean()
    assert still >= STILL_SERVED.get(name, 0.0)


@pytest.mark.parametrize("name", ["an old place between true ones", "a poller, with speeds"])
def test_what_was_skipped_is_not_served_by_it_either(plan, days, name):
    pings, true = days[Scenario.SKIP]
    told = evaluate(falsified(pings, FALSE[name]), plan, [MONDAY]).streets
    both = true.merge(told, on=KEY, suffixes=("", "_told"))
    skipped = both["verdict"] == "skipped"
    assert skipped.any()
    assert both["verdict_told"][skipped].isin(["skipped", "partial", "unknown"]).all()
    assert (both["verdict_told"][skipped] == "skipped").any()


@pytest.mark.parametrize("name", ["a backup unit 12 s behind", "a clock set back by four minutes"])
def test_live_verdicts_equal_the_nightly_ones_whatever_the_order(plan, days, name):
    pings = falsified(days[Scenario.CLEAN][0], FALSE[name])
    nightly = evaluate(pings, plan, [MONDAY])
    live = LiveDay(plan, MONDAY)
    for part in range(3):
        live.add(pings.sample(frac=1.0, random_state=part)[part::3].reset_index(drop=True))
        live.judgement()
    live.add(pings.sample(frac=1.0, random_state=9).reset_index(drop=True))
    pd.testing.assert_frame_equal(live.judgement().streets, nightly.streets)
    pd.testing.assert_frame_equal(live.judgement().grids, nightly.grids)
    assert nightly.grids["flags"].str.contains("two_receivers").any()
