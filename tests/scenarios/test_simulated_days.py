"""Simulated days of the sample plan, from the truck's motion to the score of its verdicts."""

from dataclasses import replace
from importlib.resources import as_file, files

import pytest

from benchmarks.verdicts.accuracy import score_days
from geofence.plan.reader import read_plan
from simulators.fleet.fleet import SimulationSettings
from simulators.receivers.scenario import Scenario


@pytest.fixture(scope="module")
def plan():
    with as_file(files("geofence") / "sample") as sample:
        return read_plan(sample / "plan.toml")


@pytest.mark.parametrize("scenario", list(Scenario))
def test_every_verdict_agrees_with_what_the_trucks_really_did(plan, scenario):
    if scenario is not Scenario.MIXED:  # that is of the whole plan, these to be quick of half
        plan = replace(plan, grids=plan.grids[1::2])
    total = score_days(plan, scenario, range(7, 8), SimulationSettings())
    assert total["wrong"] == total["unknown_without_gap"] == total["missing"] == 0
    assert total["right"] > 0.7 * total["streets"]
    assert (total["unknown"] > 0) == (scenario in {Scenario.GAP, Scenario.MIXED})
