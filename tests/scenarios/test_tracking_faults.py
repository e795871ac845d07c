"""Wrong trackers in the fleet of the sample plan, from the message to the report."""

import gzip
import json
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.tracking.faults import TrackingCode
from analytics.tracking.fleet import read_misfits
from analytics.tracking.reports import refused_frame
from analytics.tracking.trackers import find_tracking_faults
from benchmarks.networks.networks import plan_of
from benchmarks.verdicts.tracking_faults import SERVICE_DATE, Trial, run, through_the_gate, trials
from geofence.network.network import build_network
from geofence.plan.reader import read_plan
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.log.batch import batch_of
from ingest.log.pinglog import open_log
from ingest.log.rows import epoch_ms
from ingest.ping import conform, resolve
from pingcheng import app
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.faults import mistimed
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario
from tests.scenarios.jersey_city import named_pairs, write_plan

MISSED = {"45 s ahead", "90 s behind"}
"""Too weak to be told: below the thresholds."""
LEAST_FOUND = {4.0: 1.0, 20.0: 0.9}
"""Share of the faulty to be found; where errors are as wide as a road, some datums stay open."""
LEAST_MOVED = 0.6
"""The same of those that no datum moved: a network of blocks fits itself when moved."""


@pytest.fixture(scope="module")
def plan():
    """All the streets of the sample, and every second of its grids, to be quick."""
    plan = plan_of("schematic", seed=1)
    return replace(plan, grids=plan.grids[::2])


@pytest.fixture(scope="module")
def simulated(plan):
    """Simulate a day, or give it again; nobody changes it."""

    @cache
    def simulate(scenario: Scenario, sigma_m: float):
        settings = SimulationSettings(receiver=ReceiverSettings(sigma_m=sigma_m, interval_s=20))
        return simulate_day(plan, SERVICE_DATE, scenario, 3, settings=settings)

    return simulate


@pytest.mark.parametrize(
    ("scenario", "sigma_m"),
    [
        *((scenario, 20.0) for scenario in Scenario),
        # of late, skip and gap a mixed day has some
        (Scenario.MIXED, 4.0),
        (Scenario.MAKE_UP, 4.0),
    ],
)
def test_no_sound_tracker_is_accused(plan, simulated, scenario, sigma_m):
    day = simulated(scenario, sigma_m)
    stored, refused = through_the_gate(day.pings)
    misfits = read_misfits(resolve(stored).pings, day.network)
    report = find_tracking_faults(stored, refused, day.network, plan.timezone, misfits)
    assert report.faults == ()
    assert {reading.state for reading in report.clocks} == {"sound"}


@pytest.mark.parametrize(
    "trial",
    # a day on which nothing befalls anybody is judged above
    [trial for trial in trials() if trial.name not in {"none", "none, sigma 20 m"}],
    ids=lambda trial: trial.name,
)
def test_each_fault_is_found_and_nobody_else_accused(plan, simulated, trial: Trial):
    day = simulated(Scenario.MIXED, trial.sigma_m)
    faulty, found, other, accused, sound = run(trial, day, plan.timezone)
    assert (accused, other) == (0, 0)
    assert sound >= 23
    assert faulty == (0 if trial.code is None else 5)
    is_move = trial.code is TrackingCode.POSITIONS_MOVED
    least = LEAST_MOVED if is_move else LEAST_FOUND[trial.sigma_m]
    assert (found == 0) if trial.name in MISSED else (found >= least * faulty)


def test_the_command_tells_a_tracker_of_which_every_ping_was_refused(simulated, tmp_path):
    day = simulated(Scenario.MIXED, 4.0)
    vehicles = sorted(set(day.pings["vehicle_id"]))[:5]
    parts = [day.pings[day.pings["vehicle_id"] == vehicle].iloc[:500] for vehicle in vehicles]
    parts[0] = mistimed(parts[0], ahead_s=28_800)
    pings = pd.concat(parts)
    messages = [
        Message(
            f"fleet/{ping.vehicle_id}/ping",
            json.dumps(
                {"event_time": event, "longitude": ping.longitude, "latitude": ping.latitude}
            ).encode(),
            received,
        )
        for ping, event, received in zip(
            pings.itertuples(),
            epoch_ms(pings["event_time"]).tolist(),
            epoch_ms(pings["received_time"]).tolist(),
            strict=True,
        )
    ]
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    with open_log(url) as log:
        log.write(batch_of(messages, Decoder().decode))
    sample = plan_path()
    arguments = ["tracking", "--plan", str(sample), "--database", url]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    (fault,) = told["faults"]
    assert (fault["vehicle_id"], fault["code"]) == (vehicles[0], TrackingCode.LOCAL_AS_UTC)
    assert abs(fault["value"] - 28_800) <= fault["uncertainty"] < 10
    row = next(row for row in told["vehicles"] if row["vehicle_id"] == vehicles[0])
    assert (row["pings"], row["clock"]) == (0, "faulty")
    assert row["refused"]["time_in_future"] >= 490
    result = CliRunner().invoke(app, [*arguments, "--date", SERVICE_DATE.isoformat()])
    assert result.exit_code == 0, result.output
    assert "the tracker sends local time as UTC" in result.stdout
    result = CliRunner().invoke(app, [*arguments, "--date", "2022-03-20"])
    assert (result.exit_code, "0 faults of 0 vehicles" in result.stdout) == (0, True)


def plan_path():
    from importlib.resources import as_file, files

    with as_file(files("geofence") / "sample") as sample:
        return sample / "plan.toml"


def test_a_recorded_day_with_late_and_stale_fixes_accuses_nobody(shared_data, tmp_path):
    folder = shared_data / "jersey-city"
    polls = pd.read_csv(folder / "polls.csv.gz")
    ways = json.loads(gzip.decompress((folder / "ways.geojson.gz").read_bytes()))
    trucks = sorted(set(polls.vehicle_id))
    recorded = read_plan(write_plan(ways, trucks, named_pairs(polls, ways), tmp_path))
    for column in ("event_time", "received_time"):
        polls[column] = pd.to_datetime(polls[column], utc=True)
    pings, network = conform(polls), build_network(recorded.sections)
    misfits = read_misfits(resolve(pings).pings, network)
    report = find_tracking_faults(pings, refused_frame([]), network, recorded.timezone, misfits)
    assert report.faults == ()
    states = [str(reading.state) for reading in report.clocks]
    assert (states.count("sound"), states.count("unknown")) == (39, 3)
