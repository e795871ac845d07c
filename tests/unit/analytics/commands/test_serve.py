import urllib.request

import pytest
from typer.testing import CliRunner

from analytics.dashboard.serving import together
from pingcheng import app
from tests.fixtures.reported_town import PLAN
from tests.fixtures.served_processes import Process


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run where no setting stands."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.mark.parametrize("command", ["serve", "up"])
def test_without_a_plan_it_is_asked_for_before_anything_is_made(run, tmp_path, command):
    result = run(command, "--port", 0)
    assert result.exit_code == 2
    assert "--plan" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_broken_plan_is_told_with_its_faults_before_anything_is_made(
    run, plan, tmp_path, command
):
    plan.write_text(PLAN.replace("07:00-10:00", "7-10"), encoding="utf-8")
    result = run(command, "--plan", plan, "--port", 0)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {plan}: ")
    assert "7-10" in result.stderr
    assert not (tmp_path / "pings.db").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--date", "28.3.2022"], "--date"),
        (["up", "--broker-port", "-1"], "--broker-port"),
    ],
)
def test_wrong_use_names_the_option(run, plan, arguments, told):
    result = run(*arguments, "--plan", plan)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_basemap_of_the_settings_that_is_absent_is_named_and_keeps_nobody_waiting(
    plan, tmp_path, monkeypatch
):
    settings = f'plan = "{plan}"\nbasemap = "底图.pmtiles"\n'
    (tmp_path / "pingcheng.toml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Process("--port", "0") as process:
        with urllib.request.urlopen(f"{process.url()}/state") as answer:
            assert answer.status == 200
        code, said = process.end()
    assert code == 0
    (line,) = [line for line in said.splitlines() if "底图.pmtiles" in line]
    assert "level=warning" in line


def test_up_starts_by_the_plan_in_force_although_the_one_to_come_is_broken(run, plan, monkeypatch):
    started = []
    monkeypatch.setattr(together, "run_together", lambda parts, **_: started.append(parts.plan))
    plan.with_name("plan.until-2060-12-06.toml").write_bytes(plan.read_bytes())
    plan.write_text("[broken", encoding="utf-8")
    result = run("up", "--plan", plan)
    assert (result.exit_code, started) == (0, [plan])
    plan.with_name("plan.until-2060-12-06.toml").write_text("[broken", encoding="utf-8")
    assert run("up", "--plan", plan).exit_code == 1
