import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from geofence.plan.reader import read_plan
from ingest.files.ping_file import read_ping_file
from simulators.commands.simulators import simulators_app

RUNNER = CliRunner()


def run(*words):
    return RUNNER.invoke(simulators_app, [str(word) for word in words])


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    result = run("city", "--grids", 3, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder


def simulate(town, *more):
    return run("simulate", "--plan", town / "plan.toml", "--date", "2022-04-01", *more)


@pytest.mark.parametrize("command", ["simulate", "replay", "city", "score"])
def test_help_shows_examples_and_exit_codes(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"pingcheng {command} " in result.output
    assert "Exit codes: 0" in result.output


def test_a_made_up_city_is_a_sound_plan_that_says_it_is_schematic(town):
    plan = read_plan(town / "plan.toml")
    assert len(plan.grids) == 3
    assert plan.schematic
    assert len(plan.facilities) == 4
    assert not any(plan.unlocated(grid) for grid in plan.grids)


def test_streets_are_drawn_for_a_plan_that_has_none(town, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_bytes((town / "plan.toml").read_bytes())
    result = run("city", plan, "--out", tmp_path, "--seed", 5)
    assert result.exit_code == 0, result.output
    assert "SCHEMATIC" in result.output
    assert len(read_plan(plan).sections) > 50


def test_surveyed_streets_are_never_overwritten(town, tmp_path):
    surveyed = tmp_path / "streets.geojson"
    surveyed.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    result = run("city", town / "plan.toml", "--out", tmp_path)
    assert result.exit_code == 1
    assert "would be overwritten" in result.stderr
    assert surveyed.read_text(encoding="utf-8").endswith("[]}")


def test_a_plan_of_one_s_own_is_never_overwritten(tmp_path):
    (tmp_path / "plan.toml").write_text('name = "mine"\n', encoding="utf-8")
    assert run("city", "--grids", 2, "--out", tmp_path).exit_code == 1
    assert (tmp_path / "plan.toml").read_text(encoding="utf-8") == 'name = "mine"\n'


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ndjson"])
def test_a_day_is_written_with_its_truth(town, tmp_path, suffix):
    out, truth = tmp_path / f"pings.{suffix}", tmp_path / "truth.csv"
    result = simulate(town, "--scenario", "mixed", "--out", out, "--truth", truth)
    assert result.exit_code == 0, result.output
    recorded = read_ping_file(out)
    assert recorded.rejections == ()
    assert f"{len(recorded.pings)} pings" in result.output
    assert list(pd.read_csv(truth).columns)[-1] == "fault"


def test_the_same_seed_writes_the_same_bytes(town, tmp_path):
    for name in ("a", "b"):
        simulate(town, "--seed", 4, "--out", tmp_path / f"{name}.csv", "--grids", "JY01,JY03")
    first = (tmp_path / "a.csv").read_bytes()
    assert first == (tmp_path / "b.csv").read_bytes()
    assert pd.read_csv(tmp_path / "a.csv")["vehicle_id"].nunique() == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "--out FILE or --broker URL"),
        (("--out", "a.csv", "--broker", "mqtt://127.0.0.1"), "--out FILE or --broker URL"),
        (("--out", "a.csv", "--burst", "3"), "needs --broker"),
        (("--out", "a.csv", "--speed", "fast"), "--speed takes max or a number above 0"),
        (("--broker", "http://127.0.0.1"), "mqtt://127.0.0.1:1883"),
        (("--out", "a.csv", "--interval", "0"), "interval_s must be above 0"),
        (("--out", "a.csv", "--grids", "JY99"), "no grid JY99"),
        (("--out", "a.csv", "--scenario", "rain"), "rain"),
    ],
)
def test_wrong_use_is_told_with_exit_code_2(town, words, complaint):
    result = simulate(town, *words)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.replace("│", " ").split())


def test_a_broken_plan_is_one_line_and_exit_code_1(tmp_path):
    result = run(
        "simulate", "--plan", tmp_path / "no.toml", "--date", "2022-04-01", "--out", "a.csv"
    )
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "no.toml" in result.stderr


def test_a_file_that_cannot_be_written_is_exit_code_1(town, tmp_path):
    for out in (tmp_path / "a.txt", tmp_path / "none" / "a.csv"):
        result = simulate(town, "--out", out)
        assert result.exit_code == 1
        assert str(out) in result.stderr


def test_a_broker_that_is_not_there_is_one_line_and_exit_code_1(town, tmp_path):
    simulate(town, "--out", tmp_path / "a.csv", "--grids", "JY01")
    result = run("replay", tmp_path / "a.csv", "--broker", "mqtt://127.0.0.1:1", "--speed", "max")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: no broker at mqtt://127.0.0.1:1: ")
    assert result.stderr.count("\n") == 1


def test_a_score_fails_on_one_wrong_verdict_and_counts_as_json(town, tmp_path):
    simulate(town, "--out", tmp_path / "a.csv", "--truth", tmp_path / "truth.csv")
    verdicts = pd.read_csv(tmp_path / "truth.csv").assign(verdict="served")
    verdicts.to_csv(tmp_path / "streets.csv", index=False)
    good = run("score", tmp_path, "--truth", tmp_path / "truth.csv", "--json")
    assert (good.exit_code, json.loads(good.stdout)["wrong"]) == (0, 0)
    verdicts.loc[0, "verdict"] = "skipped"
    verdicts.to_csv(tmp_path / "streets.csv", index=False)
    bad = run("score", tmp_path, "--truth", tmp_path / "truth.csv")
    assert bad.exit_code == 1
    assert "false_skip" in bad.stdout
    missing = run("score", tmp_path, "--truth", tmp_path / "none.csv")
    assert (missing.exit_code, "no such file" in missing.stderr) == (1, True)
