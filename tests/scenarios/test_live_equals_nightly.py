"""Live verdicts and make-ups after catch-up equal the nightly ones, in every simulated scenario."""

from dataclasses import replace
from datetime import date
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

from analytics.live.live_day import LiveDay
from analytics.makeup.linking import make_ups
from analytics.verdicts.evaluation import bearing_on, evaluate, plan_horizon
from geofence.network.network import build_network
from geofence.plan.reader import read_plan
from geofence.seen.observe import observe
from ingest.ping import resolve
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Scenario

MONDAY = date(2022, 3, 28)
PORTIONS = 3
EVERY = 9
"""Of the sample's grids every ninth one, to be quick; the streets are all there."""


@pytest.fixture(scope="module")
def plan():
    """A part of the sample plan, with a spare vehicle for each operator."""
    with as_file(files("geofence") / "sample") as sample:
        plan = read_plan(sample / "plan.toml")
    operators = [replace(each, spares=(f"备{n}-01",)) for n, each in enumerate(plan.operators)]
    return replace(plan, operators=tuple(operators), grids=plan.grids[::EVERY])


def portions(pings, rng):
    """The pings of a day as a bad wire gives them: late, repeated, and each portion in disorder."""
    delayed = rng.random(len(pings)) < 0.1
    rows = np.concatenate([np.flatnonzero(~delayed), np.flatnonzero(delayed)])
    for portion in np.array_split(rows, PORTIONS):
        again = rng.choice(rows, len(portion) // 50)
        yield pings.iloc[rng.permutation(np.concatenate([portion, again]))].reset_index(drop=True)


@pytest.mark.parametrize("scenario", list(Scenario))
def test_live_verdicts_after_catch_up_equal_the_nightly_ones(plan, scenario):
    pings = simulate_day(plan, MONDAY, scenario, 7).pings
    _, last_ms = plan_horizon(plan, MONDAY)
    live = LiveDay(plan, MONDAY)
    for portion in portions(pings, np.random.default_rng(7)):
        live.add(portion)
        live.judgement()

    nightly = evaluate(pings, plan, [MONDAY])
    pd.testing.assert_frame_equal(live.judgement().streets, nightly.streets)
    pd.testing.assert_frame_equal(live.judgement().grids, nightly.grids)

    network = build_network(plan.sections)
    seen = tuple(observe(bearing_on(resolve(pings).pings, plan, MONDAY), network, plan.rules))
    expected = make_ups(nightly, seen, plan, network, MONDAY, last_ms)
    pd.testing.assert_frame_equal(live.make_ups(last_ms), expected)
    missed = nightly.streets["verdict"].isin(["skipped", "partial"])
    assert len(expected) == missed.sum()
    assert (len(expected) > 0) == (scenario in {Scenario.SKIP, Scenario.MAKE_UP, Scenario.MIXED})
