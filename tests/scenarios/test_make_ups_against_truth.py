"""Make-ups of simulated days, scored against what the trucks really did."""

from dataclasses import replace
from datetime import date
from importlib.resources import as_file, files

import pandas as pd
import pytest

from analytics.makeup.linking import make_ups
from analytics.verdicts.evaluation import bearing_on, plan_horizon
from analytics.verdicts.judge import judge
from geofence.network.network import build_network
from geofence.plan.reader import read_plan
from geofence.seen.observe import observe
from ingest.ping import resolve
from simulators.fleet.fleet import simulate_day
from simulators.fleet.make_ups import make_up_truth
from simulators.receivers.scenario import Scenario

MONDAY = date(2022, 3, 28)
KEY = ["grid_id", "window", "street"]


@pytest.mark.parametrize(("scenario", "seed"), [(Scenario.MAKE_UP, 1), (Scenario.SKIP, 2)])
def test_every_make_up_agrees_with_what_the_trucks_really_did(scenario, seed):
    with as_file(files("geofence") / "sample") as sample:
        plan = read_plan(sample / "plan.toml")
    operators = [replace(each, spares=(f"备{n}-01",)) for n, each in enumerate(plan.operators)]
    plan = replace(plan, operators=tuple(operators), grids=plan.grids[::2])
    day = simulate_day(plan, MONDAY, scenario, seed)
    truth = make_up_truth(day, plan)

    network = build_network(plan.sections)
    pings = bearing_on(resolve(day.pings).pings, plan, MONDAY)
    seen = tuple(observe(pings, network, plan.rules))
    judgement = judge(seen, plan, network, MONDAY)
    _, last_ms = plan_horizon(plan, MONDAY)
    found = make_ups(judgement, seen, plan, network, MONDAY, last_ms)

    rows = truth.merge(found, on=KEY, suffixes=("_true", ""))
    # what may have been served is unknown rather than missed; at a threshold either may be said
    assert len(rows) > 0.95 * max(len(truth), len(found))
    assert (rows["made_up_at"].notna() == rows["made_up_s"].notna()).all()
    assert (rows["vehicle_id"] == rows["vehicle_id_true"]).all()
    made = rows[rows["made_up_at"].notna()]
    off_s = (made["made_up_at"] - pd.to_datetime(made["made_up_s"], unit="s", utc=True)).abs()
    assert (off_s < pd.Timedelta(minutes=2)).all()
    share = rows["made_up_share"] * rows["missing_m"] / rows["length_m"]
    # where a truck leaves for the transfer station it may seem to collect for some metres more
    assert (share - rows["made_up_ratio"]).abs().max() < 0.15
    if scenario is Scenario.MAKE_UP:
        assert len(made) > 0.7 * len(rows)
        spares = {spare for each in plan.operators for spare in each.spares}
        assert set(made["vehicle_id"]) & spares
        assert set(made["vehicle_id"]) - spares
