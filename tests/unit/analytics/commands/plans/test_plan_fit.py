import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.commands.plans.plan_fit import LAST_DAYS, LEAST_TELLING
from ingest.datum import wgs84_to_gcj02
from ingest.files.ping_file import write_ping_file
from pingcheng import app
from tests.fixtures.recorded_city import plan_file, simulated  # noqa: F401


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "pings.parquet"
    write_ping_file(simulated().pings, path)
    return path


def check(plan, pings):
    return CliRunner().invoke(app, ["plan", "check", str(plan), "--pings", str(pings)])


def check_log(plan, url):
    return CliRunner().invoke(app, ["plan", "check", str(plan), "--database", url])


@pytest.fixture
def log_url(tmp_path, recorded, plan_file):  # noqa: F811
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    told = ["ingest", "--file", str(recorded), "--plan", str(plan_file), "--database", url]
    result = CliRunner().invoke(app, told)
    assert result.exit_code == 0, result.output
    return url


def into_gcj02(plan):
    streets = plan.parent / "streets.geojson"
    drawn = json.loads(streets.read_text(encoding="utf-8"))
    for feature in drawn["features"]:
        line = feature["geometry"]["coordinates"]
        lon, lat = wgs84_to_gcj02(*map(_array, zip(*line, strict=True)))
        feature["geometry"]["coordinates"] = [
            list(at) for at in zip(lon.tolist(), lat.tolist(), strict=True)
        ]
    streets.write_text(json.dumps(drawn), encoding="utf-8")


def _array(values):
    import numpy as np

    return np.array(values)


def test_streets_that_fit_recorded_pings_are_warned_of_by_nothing(plan_file, recorded):  # noqa: F811
    result = check(plan_file, recorded)
    assert result.exit_code == 0, result.output
    assert "of 6 vehicles of the plan: nothing speaks against the streets" in result.stdout
    assert "GCJ" not in result.stdout


def test_pings_that_show_too_little_vouch_for_nothing(plan_file, tmp_path):  # noqa: F811
    pings = simulated().pings
    swapped = pings.rename(columns={"longitude": "latitude", "latitude": "longitude"})
    for kept, refused in ((pings[:0], ""), (pings[:1], ""), (swapped, " rows refused")):
        path = tmp_path / "few.csv"
        kept.to_csv(path, index=False)
        result = check(plan_file, path)
        assert result.exit_code == 0, result.output
        assert f"{refused}: too few to tell whether the streets fit" in result.stdout
        assert "nothing speaks against" not in result.stdout


def test_streets_in_another_datum_are_warned_of_by_its_name(plan_file, recorded):  # noqa: F811
    into_gcj02(plan_file)
    result = check(plan_file, recorded)
    assert result.exit_code == 0, result.output
    _, warnings = result.stdout.split("warnings")
    assert "streets.geojson: streets_in_gcj02" in warnings
    assert "convert streets.geojson from GCJ-02 into WGS 84" in warnings


def test_the_fixes_of_a_log_tell_the_same_as_those_of_a_file(plan_file, recorded, log_url):  # noqa: F811
    of_log = check_log(plan_file, log_url)
    assert of_log.exit_code == 0, of_log.output
    assert of_log.stdout == check(plan_file, recorded).stdout
    into_gcj02(plan_file)
    _, warnings = check_log(plan_file, log_url).stdout.split("warnings")
    assert "streets.geojson: streets_in_gcj02" in warnings


def test_of_a_log_the_last_days_are_looked_at_that_it_holds(plan_file, tmp_path):  # noqa: F811
    pings = simulated().pings
    older = pings.assign(event_time=pings["event_time"] - pd.Timedelta(days=LAST_DAYS + 2))
    newest = pings[pings["vehicle_id"] == pings["vehicle_id"].iloc[0]]
    path, url = tmp_path / "both.parquet", f"sqlite:///{tmp_path / 'both.db'}"
    write_ping_file(pd.concat([older, newest], ignore_index=True), path)
    told = ["ingest", "--file", str(path), "--plan", str(plan_file), "--database", url]
    result = CliRunner().invoke(app, told)
    assert result.exit_code == 0, result.output
    found = check_log(plan_file, url)
    assert "of 1 vehicle of the plan: nothing speaks against the streets" in found.stdout


def test_a_log_that_is_none_and_two_sources_at_once_are_refused(plan_file, recorded, tmp_path):  # noqa: F811
    absent = check_log(plan_file, f"sqlite:///{tmp_path / 'none.db'}")
    assert absent.exit_code == 1
    assert absent.stderr.startswith("error: ")
    assert len(absent.stderr.splitlines()) == 1
    both = ["plan", "check", str(plan_file), "--pings", str(recorded), "--database", "sqlite://"]
    assert CliRunner().invoke(app, both).exit_code == 2


def test_pings_that_cannot_be_read_fail_in_one_line(plan_file, tmp_path):  # noqa: F811
    result = check(plan_file, tmp_path / "none.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_vehicle_that_told_tasks_and_never_the_one_wanted_is_warned_of(plan_file, tmp_path):  # noqa: F811
    pings = simulated().pings
    wanted = plan_file.read_text(encoding="utf-8").replace(
        "[[grids]]\n", '[[grids]]\ntasks = ["BRUSHING"]\n'
    )
    plan_file.write_text(wanted, encoding="utf-8")
    first, second, *_ = vehicles = list(pings["vehicle_id"].unique())
    of_first = pings[pings["vehicle_id"] == first].assign(tasks="SPRAYING")
    of_second = pings[pings["vehicle_id"] == second].assign(tasks="BRUSHING+SPRAYING")
    others = pings[~pings["vehicle_id"].isin([first, second])].assign(tasks="")
    seldom = of_first[: LEAST_TELLING - 1].assign(vehicle_id=vehicles[2])
    path = tmp_path / "told.csv"
    pd.concat([of_first, of_second, others, seldom]).to_csv(path, index=False)
    result = check(plan_file, path)
    assert result.exit_code == 0, result.output
    [warning] = [line for line in result.stdout.splitlines() if "task_not_told" in line]
    assert warning.startswith(f"  {first}: its ")
    assert "fixes that tell tasks never told BRUSHING" in warning
