import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.log.batch import Batch, batch_of
from ingest.log.pinglog import open_log
from ingest.log.rows import tuples_of
from pingcheng import app
from tests.fixtures.reported_town import morning, write
from tests.fixtures.town import TRUCK, at

HOUR_MS = 3_600_000


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    write(url, morning())
    return url


def run(*arguments):
    return CliRunner().invoke(app, ["tracking", *map(str, arguments)])


def told(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refuse(url, vehicle, received_ms):
    """Receive a fix from a day in the future."""
    fix = {"event_time": received_ms + 24 * HOUR_MS, "longitude": 113.3, "latitude": 40.1}
    message = Message(f"fleet/{vehicle}/ping", json.dumps(fix).encode(), received_ms)
    with open_log(url) as log:
        log.write(batch_of([message], Decoder(acceptance=Acceptance()).decode))


def test_each_vehicle_of_the_plan_has_a_row_and_others_have_none(url, plan):
    write(url, morning().assign(vehicle_id="晋B99999"))
    (row,) = told("--plan", plan, "--database", url)["vehicles"]
    assert (row["vehicle_id"], row["pings"]) == (TRUCK, len(morning()))


def test_the_delay_of_a_vehicle_is_the_median_from_event_to_reception(tmp_path, plan):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    pings = morning().iloc[:3]
    delays = pd.to_timedelta([1, 2, 90], unit="s")
    with open_log(url) as log:
        received = pings.assign(received_time=pings["event_time"] + delays)
        log.write(Batch(tuples_of(received), ()))
    (row,) = told("--plan", plan, "--database", url)["vehicles"]
    assert row["median_delay_s"] == 2.0


def test_a_vehicle_that_was_never_heard_has_no_delay_and_an_unknown_clock(tmp_path, plan):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    open_log(url).close()
    (row,) = told("--plan", plan, "--database", url)["vehicles"]
    assert (row["pings"], row["median_delay_s"], row["refused"]) == (0, None, {})
    assert (row["clock"], row["clock_reason"]) == ("unknown", "nothing was heard")
    assert "1 vehicles in the plan" in run("--plan", plan, "--database", url).stdout


@pytest.mark.parametrize(("day", "heard"), [("2022-03-27", 0), ("2022-03-28", 1)])
def test_a_date_is_the_local_one_of_reception_and_ends_at_midnight(url, plan, day, heard):
    row = told("--plan", plan, "--database", url, "--date", day)["vehicles"][0]
    assert row["pings"] == heard * len(morning())


def test_refusals_are_counted_by_code_on_the_local_date_of_their_reception(url, plan):
    midnight_ms = at("00:00")
    for received_ms in (midnight_ms - 1, midnight_ms, midnight_ms + 24 * HOUR_MS):
        refuse(url, TRUCK, received_ms)
    refuse(url, "晋B99999", midnight_ms)
    whole = told("--plan", plan, "--database", url)["vehicles"]
    assert [row["refused"] for row in whole] == [{"time_in_future": 3}]
    (row,) = told("--plan", plan, "--database", url, "--date", "2022-03-28")["vehicles"]
    assert row["refused"] == {"time_in_future": 1}


def test_without_a_plan_or_with_a_wrong_date_it_is_wrong_use(url, plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments, option in (([], "--plan"), (["--plan", plan, "--date", "28.3.2022"], "--date")):
        result = run("--database", url, *arguments)
        assert (result.exit_code, option in result.stderr) == (2, True)


def test_a_log_that_is_not_there_is_told_in_one_line_and_not_made(plan, tmp_path):
    result = run("--plan", plan, "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert "none.db" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_a_plan_that_draws_no_street_cannot_judge_positions(url, plan):
    streets = {"type": "FeatureCollection", "features": []}
    (plan.parent / "streets.geojson").write_text(json.dumps(streets), encoding="utf-8")
    result = run("--plan", plan, "--database", url)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {plan}: ")
