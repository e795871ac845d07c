import json

import pytest
from typer.testing import CliRunner

from ingest.files.ping_file import write_ping_file
from pingcheng import app
from tests.fixtures.fixes import MORNING_MS, frame, ping
from tests.fixtures.one_grid_plan import write_one_grid_plan

STAND_IN = """
[[assignments]]
grid = "JY01"
date = 2022-03-26
vehicles = ["机扫1-113"]
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_one_grid_plan(tmp_path, ["晋BQ0384"], STAND_IN)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_recorded_file_goes_through_the_same_checks_into_the_log(run, tmp_path):
    known = [ping(), ping(), ping(longitude=113.4), ping(vehicle_id="机扫1-113")]
    write_ping_file(frame([*known, ping(vehicle_id="other")]), tmp_path / "day.csv.gz")
    line = "received 5 = stored 2 + duplicate 1 + conflicting 1 + rejected 1"
    result = run("ingest", "--plan", "plan.toml", "--file", "day.csv.gz", "--allow-rejected")
    assert (result.exit_code, result.stdout) == (0, line + "\n")
    result = run("counters")
    assert result.stdout == f"{line}\n  rejected unknown_vehicle 1\n"
    result = run("counters", "--database", "sqlite:///pings.db", "--json")
    assert json.loads(result.stdout) == {
        "received": 5,
        "stored": 2,
        "duplicate": 1,
        "conflicting": 1,
        "rejected": 1,
        "rejected_by_code": {"unknown_vehicle": 1},
        "counted_by_code": {},
        "quarantine_bytes": 363,
        "events": 0,
        "field_ignored": {},
    }


def test_refused_rows_of_a_file_are_a_failure_unless_that_is_allowed(run, tmp_path):
    rows = [ping(), ping(vehicle_id="other"), ping(vehicle_id="another")]
    write_ping_file(frame(rows), tmp_path / "day.csv")
    told = "ingest", "--plan", "plan.toml", "--file", "day.csv"
    result = run(*told)
    assert result.exit_code == 1
    assert result.stdout == "received 3 = stored 1 + duplicate 0 + conflicting 0 + rejected 2\n"
    assert "day.csv: 2 of 3 rows were refused (unknown_vehicle 2), the first is day.csv:3" in (
        result.stderr
    )
    assert run(*told, "--allow-rejected").exit_code == 0
    write_ping_file(frame(rows[:1]), tmp_path / "day.csv")
    result = run(*told)
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_stray_quote_in_a_recorded_file_costs_its_own_row_only(run, tmp_path):
    write_ping_file(
        frame([ping(event_time_ms=MORNING_MS + 1000 * k) for k in range(60)]), tmp_path / "day.csv"
    )
    lines = (tmp_path / "day.csv").read_text(encoding="utf-8").splitlines()
    lines = [
        f"{line},{remark}" for line, remark in zip(lines, ["remark", *["ok"] * 60], strict=True)
    ]
    lines[10] = lines[10].removesuffix("ok") + '"6 in. kerb'
    lines[40] = lines[40].removesuffix("ok") + '8" kerb"'
    (tmp_path / "day.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run("ingest", "--plan", "plan.toml", "--file", "day.csv")
    assert result.exit_code == 1
    assert result.stdout == "received 60 = stored 59 + duplicate 0 + conflicting 0 + rejected 1\n"
    assert "not_an_object 1" in result.stderr
    assert "day.csv:11" in result.stderr


def test_a_file_that_tells_no_reception_was_received_when_it_was_read(run, tmp_path):
    fixes = [ping(), ping(event_time_ms=MORNING_MS + 10**15 // 10)]
    recorded = frame(fixes).drop(columns="received_time")
    write_ping_file(recorded, tmp_path / "day.ndjson")
    run("ingest", "--plan", "plan.toml", "--file", "day.ndjson")
    found = json.loads(run("counters", "--json").stdout)
    assert (found["stored"], found["rejected_by_code"]) == (1, {"time_in_future": 1})


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ("ingest", 2, "--plan"),
        ("ingest --plan plan.toml --file a.csv --broker mqtt://h", 2, "one of"),
        ("ingest --plan plan.toml --file a.csv --idle-exit 1", 2, "--idle-exit"),
        ("ingest --plan plan.toml --allow-rejected", 2, "--allow-rejected"),
        ("ingest --plan plan.toml --broker http://h", 2, "mqtt://"),
        ("ingest --plan absent.toml --file a.csv", 1, "absent.toml"),
        ("ingest --plan plan.toml --file absent.csv", 1, "absent.csv"),
        ("ingest --plan plan.toml --file absent.csv --database nonsense", 1, "nonsense"),
        ("counters --database sqlite:///absent.db", 1, "absent.db"),
    ],
)
def test_a_foreseeable_fault_is_told_on_stderr_with_its_exit_code(run, arguments, code, told):
    result = run(*arguments.split())
    assert result.exit_code == code
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_broken_setting_stops_every_command(run, monkeypatch):
    monkeypatch.setenv("PINGCHENG_BROKER", "nonsense")
    for command in (["ingest", "--plan", "plan.toml"], ["counters"]):
        result = run(*command)
        assert result.exit_code == 1
        assert "broker = 'nonsense'" in result.stderr


@pytest.mark.parametrize("command", ["ingest", "counters", "broker"])
def test_help_shows_examples_and_exit_codes(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"pingcheng {command}" in result.stdout
    assert "Exit codes: 0 done" in result.stdout
