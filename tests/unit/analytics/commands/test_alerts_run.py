import pytest
from typer.testing import CliRunner

from analytics.alerts.store import AlertStore
from pingcheng import app
from tests.fixtures import watched_city
from tests.fixtures.watched_city import command

folder, log, missed, plan = (
    watched_city.folder, watched_city.log, watched_city.missed, watched_city.plan,
)  # fmt: skip


def test_a_replay_prints_the_alerts_in_order_and_stores_nothing(log, folder, missed):
    result = command(folder, "run", "--replay", "2022-03-28", "--every", "10m")
    assert result.exit_code == 0, result.output
    lines = [line for line in result.output.splitlines() if line.startswith("2022-")]
    assert lines == sorted(lines, key=lambda line: line[:16])
    assert sum("【漏收】" in line for line in lines) == len(missed)
    assert AlertStore(log).said(only_open=False) == []


def test_a_dry_run_tells_what_would_be_said_and_stores_nothing(log, folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = command(folder, "run", "--dry-run", "--at", "2022-03-28T10:30")
    assert result.exit_code == 0, result.output
    assert "2022-03-28 10:30  【漏收】JY01 07:00-10:00" in result.output
    assert AlertStore(log).said(only_open=False) == []
    early = command(folder, "run", "--dry-run", "--at", "2022-03-28T09:40")
    assert "holds since 2022-03-28 09:40, not said yet: at_risk JY01 07:00-10:00" in early.output


@pytest.mark.parametrize(
    "when", [["--replay", "2022-03-28"], ["--dry-run", "--at", "2022-03-28T10:30"]]
)
def test_a_day_of_the_past_is_watched_by_the_plan_in_force_on_it(
    folder, monkeypatch, tmp_path, when
):
    monkeypatch.chdir(tmp_path)
    for each in folder.iterdir():
        if each.suffix in {".toml", ".geojson"}:
            (tmp_path / each.name).write_bytes(each.read_bytes())
    now = tmp_path / "plan.toml"
    (tmp_path / "plan.until-2022-04-01.toml").write_bytes(now.read_bytes())
    text = now.read_text(encoding="utf-8")
    now.write_text(text.replace("07:00-10:00", "05:00-06:00"), encoding="utf-8")
    database = f"sqlite:///{folder / 'pings.db'}"
    options = ["--plan", str(now), "--database", database, "--every", "10m"]
    result = CliRunner().invoke(app, ["alerts", "run", *when, *options])
    assert result.exit_code == 0, result.output
    assert "【漏收】JY01 07:00-10:00" in result.output
    assert "05:00-06:00" not in result.output


def test_without_anyone_to_tell_it_is_an_error_that_says_how_to_mend_it(
    folder, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    result = command(folder, "run", "--once")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: nobody is told: set alerts.channels")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--once", "--replay", "2022-03-28"], "one of --once, --at and --replay"),
        (["run", "--every", "1h"], "such as 30s or 5m"),
        (["run", "--dry-run", "--at", "noon"], "2022-03-28T09:30"),
    ],
)
def test_wrong_use_is_told(folder, arguments, told):
    result = command(folder, *arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())


def test_a_log_that_is_not_there_is_an_error(folder, tmp_path):
    arguments = ["run", "--dry-run", "--once", "--plan", str(folder / "plan.toml")]
    url = f"sqlite:///{tmp_path / 'none.db'}"
    result = CliRunner().invoke(app, ["alerts", *arguments, "--database", url])
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
