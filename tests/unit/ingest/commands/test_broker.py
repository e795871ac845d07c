import csv
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.broker.certificates import Pair
from ingest.broker.users import SERVICES
from pingcheng import app
from tests.fixtures.one_grid_plan import write_one_grid_plan


@pytest.fixture
def one_plan(tmp_path):
    return write_one_grid_plan(tmp_path, ["晋BQ0384"])


def run(plan, folder, *options):
    given = ["broker", "credentials", "--plan", str(plan), "--out", str(folder), *options]
    return CliRunner().invoke(app, given)


def test_a_later_run_keeps_the_host_and_the_certificates_of_the_folder(tmp_path, one_plan):
    folder = tmp_path / "secrets"
    assert run(one_plan, folder, "--host", "::1", "--client-certificates").exit_code == 0
    before = Pair.load(folder / "trucks" / "晋BQ0384").certificate.serial_number
    assert run(one_plan, folder, "--rotate", "晋BQ0384").exit_code == 0
    made = tomllib.loads((folder / "pingcheng.toml").read_text("utf-8"))
    assert made["broker"] == "mqtts://[::1]:8883"
    assert Path(made["broker_certificate"]).is_file()
    assert Pair.load(folder / "trucks" / "晋BQ0384").certificate.serial_number != before


@pytest.mark.parametrize("host", ["", "bad host!", "*.x", "$(id)", "a\nb", "-a.example", "车队"])
def test_what_is_no_host_is_refused_before_anything_is_written(tmp_path, one_plan, host):
    told = run(one_plan, tmp_path / "secrets", f"--host={host}")
    assert told.exit_code == 1
    assert "is no host name and no address" in told.stderr
    assert not (tmp_path / "secrets" / "passwords.csv").exists()


def test_the_command_tells_what_it_did_and_no_password(tmp_path):
    arguments = ["broker", "credentials", "--plan", "geofence/sample/plan.toml"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "kept 0\nadded 59: " in result.output
    with (tmp_path / "passwords.csv").open(encoding="utf-8", newline="") as file:
        passwords = [row["password"] for row in csv.DictReader(file)]
    assert len(passwords) == 59
    assert not any(password in result.output for password in passwords)


def test_the_command_names_a_folder_it_cannot_write(tmp_path):
    (tmp_path / "file").touch()
    arguments = ["broker", "credentials", "--plan", "geofence/sample/plan.toml"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "file" / "secrets")])
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")


def test_of_many_trucks_the_first_are_named_and_all_are_counted(tmp_path):
    arguments = ["broker", "credentials", "--plan", "geofence/sample/plan.toml"]
    added = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path)]).stdout.splitlines()[1]
    assert added.startswith("added 59: ")
    assert added.endswith(", ...")
    assert added.count(", ") == 10


def test_only_the_trucks_whose_credentials_changed_are_told(tmp_path, one_plan):
    run(one_plan, tmp_path / "secrets")
    again = run(one_plan, tmp_path / "secrets", "--rotate", "晋BQ0384")
    assert again.stdout == f"kept {len(SERVICES)}\nadded 0\nrenewed 1: 晋BQ0384\nremoved 0\n"


def test_credentials_without_a_plan_are_wrong_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["broker", "credentials", "--out", "secrets"])
    assert result.exit_code == 2
    assert "--plan" in result.stderr
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--port", "70000"], 2, "--port"),
        (["--port", "0", "--store", "plan.toml"], 1, "plan.toml"),
        (["--port", "0", "--host", "0.0.0.0"], 1, "credentials"),
    ],
)
def test_a_broker_that_cannot_be_started_as_asked_says_why(
    one_plan, monkeypatch, options, code, told
):
    monkeypatch.chdir(one_plan.parent)
    result = CliRunner().invoke(app, ["broker", *options])
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr
