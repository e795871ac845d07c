"""Days judged on streets that lie elsewhere: nothing credited, nothing denied, and it is said."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.dashboard.state.live_state import LiveState
from analytics.live.live_day import LiveDay
from analytics.tracking.fleet import FLEET
from analytics.verdicts.evaluation import evaluate, plan_horizon
from analytics.verdicts.rejudge import verdict_from
from ingest.files.ping_file import write_ping_file
from ingest.ping import resolve
from pingcheng import app
from simulators.receivers.scenario import Scenario
from tests.fixtures.moved_streets import bd09, by, gcj02, moved, rounded, sent_as
from tests.fixtures.recorded_city import DATE, city, plan_file, simulated  # noqa: F401


@pytest.mark.parametrize("convert", [gcj02, bd09, by(-0.003, 0.002), rounded(3)])
@pytest.mark.parametrize("scenario", [Scenario.CLEAN, Scenario.MIXED])
def test_all_is_unknown_from_the_record_alone_too(convert, scenario):
    judged = evaluate(simulated(scenario).pings, moved(city(), convert), [DATE])
    assert set(judged.streets["verdict"]) == set(judged.grids["verdict"]) == {"unknown"}
    assert set(judged.streets["served_ratio"]) == {0.0}
    assert {verdict_from(record).verdict.value for record in judged.evidence()} == {"unknown"}
    assert [(text, [*each]) for text, each in judged.misfits] == [(DATE.isoformat(), [FLEET])]


def test_of_streets_that_fit_nothing_is_said():
    judged = evaluate(simulated().pings, city(), [DATE])
    assert judged.misfits == ()
    assert "served" in set(judged.streets["verdict"])


def test_live_says_what_the_night_says_however_the_pings_come():
    plan, pings = moved(city(), gcj02), resolve(simulated().pings).pings
    nightly = evaluate(pings, plan, [DATE])
    _, last_ms = plan_horizon(plan, DATE)
    live, state = LiveDay(plan, DATE), LiveState(plan, DATE)
    rng = np.random.default_rng(3)
    faults = []
    for portion in np.array_split(pings.sort_values("event_time").index.to_numpy(), 12):
        rows = pings.loc[rng.permutation(portion)].reset_index(drop=True)
        live.add(rows)
        state.add(rows)
        state.catch_up(state.latest_ms)
        faults.append(state.streets_fault)
        told = {
            each["key"]: each["served_ratio"] for each in state.document(0, 0, live=True)["streets"]
        }
        seen = live.judgement().streets
        keys = seen["grid_id"] + "|" + seen["window"] + "|" + seen["street"]
        shown = dict(zip(keys, seen["served_ratio"].round(4), strict=True))
        assert {key: shown[key] for key in told if told[key]} == {
            k: v for k, v in told.items() if v
        }
    state.catch_up(last_ms)
    pd.testing.assert_frame_equal(live.judgement().streets, nightly.streets)
    assert live.judgement().misfits == nightly.misfits
    shown = {street["state"] for street in state.document(last_ms, 0, live=True)["streets"]}
    assert shown == {"unknown"}
    assert faults[-1] == "streets_in_gcj02"


def test_of_one_truck_in_another_datum_nothing_is_known_and_the_others_are_judged_as_ever():
    plan, pings = city(), simulated(Scenario.MIXED).pings
    sound = evaluate(pings, plan, [DATE]).streets
    truck = pings["vehicle_id"].value_counts().index[0]
    judged = evaluate(sent_as(pings, gcj02, truck), plan, [DATE])
    assert [(text, [*each]) for text, each in judged.misfits] == [(DATE.isoformat(), [truck])]
    own = {grid.id for grid in plan.grids if truck in plan.vehicles_of(grid, DATE)}
    is_own = judged.streets["grid_id"].isin(own)
    assert set(judged.streets["verdict"][is_own]) == {"unknown"}
    assert is_own.sum() > 1
    pd.testing.assert_frame_equal(judged.streets[~is_own], sound[~is_own])


def test_live_says_of_one_truck_what_the_night_says_however_the_pings_come():
    plan, pings = city(), resolve(simulated().pings).pings
    truck = pings["vehicle_id"].value_counts().index[0]
    pings = sent_as(pings, gcj02, truck)
    nightly = evaluate(pings, plan, [DATE])
    _, last_ms = plan_horizon(plan, DATE)
    live, state = LiveDay(plan, DATE), LiveState(plan, DATE)
    for portion in np.array_split(pings.sort_values("event_time").index.to_numpy(), 5):
        rows = pings.loc[portion].reset_index(drop=True)
        live.add(rows)
        state.add(rows)
        state.catch_up(state.latest_ms)
    state.catch_up(last_ms)
    pd.testing.assert_frame_equal(live.judgement().streets, nightly.streets)
    assert live.judgement().misfits == nightly.misfits
    shown = {
        each["key"]: each["state"] for each in state.document(last_ms, 0, live=True)["streets"]
    }
    streets = nightly.streets
    keys = streets["grid_id"] + "|" + streets["window"] + "|" + streets["street"]
    assert shown == dict(zip(keys, streets["verdict"], strict=True))
    assert state.streets_fault is None


def test_the_commands_say_it_and_name_the_datum(plan_file, tmp_path):  # noqa: F811
    streets = tmp_path / "streets.geojson"
    drawn = json.loads(streets.read_text(encoding="utf-8"))
    for feature, section in zip(drawn["features"], moved(city(), gcj02).sections, strict=True):
        feature["geometry"]["coordinates"] = section.coordinates.tolist()
    streets.write_text(json.dumps(drawn), encoding="utf-8")
    recorded = tmp_path / "pings.parquet"
    write_ping_file(simulated().pings, recorded)

    def run(*arguments):
        result = CliRunner().invoke(app, [*map(str, arguments), "--plan", str(plan_file)])
        assert result.exit_code == 0, result.output
        return result

    warned = run("evaluate", recorded, "--out", tmp_path / "out").stderr
    assert f"warning: {DATE}: streets_in_gcj02: " in warned
    assert "convert streets.geojson from GCJ-02 into WGS 84" in warned

    url = f"sqlite:///{tmp_path / 'pings.db'}"
    run("ingest", "--file", recorded, "--database", url)
    (fault,) = json.loads(run("tracking", "--database", url, "--json").stdout)["faults"]
    assert (fault["code"], fault["vehicle_id"]) == ("streets_in_gcj02", None)
    assert "all vehicles streets_in_gcj02" in run("tracking", "--database", url).stdout
    told = run("report", "--database", url, "--date", DATE, "--out", tmp_path, "--formats", "csv")
    assert f"warning: {DATE}: streets_in_gcj02" in told.stdout
    table = next(tmp_path.rglob("tracking_faults*.csv")).read_text(encoding="utf-8")
    assert f"{DATE},,,streets_in_gcj02," in table
