"""A simulated day in a small city, watched as it would be, with restarts; and the commands."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from analytics.alerts.alert import Event
from analytics.alerts.dry_run import replay
from analytics.alerts.outbox import Outbox
from analytics.alerts.store import AlertStore
from analytics.alerts.watch import DaysInProgress, RecordedDays
from analytics.verdicts.evaluation import evaluate
from geofence.plan.reader import read_plan
from ingest.broker.broker import Broker
from ingest.log.batch import batches_of
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertKind, AlertSettings
from pingcheng import app
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Scenario

DAY = date(2022, 3, 28)
ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000
STEP_MS = 4 * MINUTE
OUTBOX = Outbox(["webhook"], ["boss"], mqtt=False, zone=ZONE, language="zh")


def at(clock, day=28):
    local = datetime.fromisoformat(f"2022-03-{day} {clock}").replace(tzinfo=ZONE)
    return round(local.timestamp() * 1000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two grids, of which each leaves streets out on this day; and all that their trucks sent."""
    made = tmp_path_factory.mktemp("city")
    result = CliRunner().invoke(app, ["city", "--grids", "2", "--out", str(made)])
    assert result.exit_code == 0, result.output
    day = simulate_day(read_plan(made / "plan.toml"), DAY, Scenario.SKIP, seed=2)
    with open_log(f"sqlite:///{made / 'pings.db'}") as log:
        for batch in batches_of(day.pings, []):
            log.write(batch)
    return made


@pytest.fixture(scope="module")
def plan(folder):
    return read_plan(folder / "plan.toml")


@pytest.fixture
def log(folder):
    with open_log(f"sqlite:///{folder / 'pings.db'}") as opened:
        yield opened
        with opened.transaction(write=True) as connection:
            for table in ("alerts", "alert_deliveries"):
                connection.execute(sa.text(f"DELETE FROM {table}"))


@pytest.fixture(scope="module")
def missed(folder, plan):
    """The windows of which verdicts say that something was not done in time."""
    with open_log(f"sqlite:///{folder / 'pings.db'}") as opened:
        streets = evaluate(opened.read_pings(), plan, [DAY]).streets
    bad = streets[streets["verdict"].isin(["late", "partial", "skipped"])]
    found = set(zip(bad["grid_id"], bad["window"], strict=True))
    assert len(found) == 6
    return found


WHOLE_DAY = [*range(at("06:50"), at("12:20"), STEP_MS), *range(at("14:20"), at("19:30"), STEP_MS)]


def watched(log, plan, settings, *, restart_every, instants=WHOLE_DAY):
    """Watch the day with a new alerter every so many looks; give what was said, in order."""
    said = []
    for count, now_ms in enumerate(instants):
        if count % restart_every == 0:
            days, store = RecordedDays(log, plan, [DAY]), AlertStore(log)
        found, dates = days.look(now_ms, settings)
        messages = store.advance(found, dates, now_ms, settings, ZONE, OUTBOX.outgoing)
        said += [(each.event, alert.key) for each in messages for alert in each.alerts]
    return said


def test_a_window_in_which_streets_are_left_out_is_at_risk_then_missed_once_each(log, plan, missed):
    settings = AlertSettings()
    said = watched(log, plan, settings, restart_every=25)
    assert len(said) == len(set(said))
    raised = [key for event, key in said if event is Event.RAISED]
    told = [(key.subject, key.window) for key in raised if key.kind is AlertKind.WINDOW_MISSED]
    assert set(told) == missed
    for subject, window in missed:
        kinds = [key.kind for key in raised if (key.subject, key.window) == (subject, window)]
        assert kinds[-2:] == [AlertKind.AT_RISK, AlertKind.WINDOW_MISSED]
    escalated = [key for event, key in said if event is Event.ESCALATED]
    assert {key for key in raised if key.kind is AlertKind.WINDOW_MISSED} <= set(escalated)
    assert AlertKind.TRACKING_LOST not in {key.kind for key in raised}
    # whoever looks again from the start says nothing
    again = WHOLE_DAY[::10]
    assert watched(log, plan, settings, restart_every=1000, instants=again) == []


def test_a_plan_that_is_changed_is_looked_at_from_then_on(log, plan):
    plans = [None, replace(plan, grids=plan.grids[:1]), None]
    days = DaysInProgress(log, plan, lambda: plans.pop(0))
    seen = [
        {each.facts.grid_id for each in days.look(at("11:50"), AlertSettings())[0]}
        for _ in range(3)
    ]
    both = {grid.id for grid in plan.grids}
    assert seen == [both, {plan.grids[0].id}, {plan.grids[0].id}]


def test_a_clean_day_is_quiet(tmp_path, plan):
    day = simulate_day(plan, DAY, Scenario.CLEAN, seed=2)
    with open_log(f"sqlite:///{tmp_path / 'clean.db'}") as log:
        for batch in batches_of(day.pings, []):
            log.write(batch)
        said = list(replay(log, plan, DAY, AlertSettings(), 20 * MINUTE))
    assert not any("漏收" in line or "失联" in line for line in said), said


def test_the_running_alerter_sees_what_a_replay_sees(tmp_path, folder, plan):
    """Pings that come in bit by bit, read on from where the last look ended."""
    with open_log(f"sqlite:///{folder / 'pings.db'}") as log:
        pings = log.read_pings()
        settings, until_ms = AlertSettings(), at("11:00")
        recorded = RecordedDays(log, plan, [DAY])
        with open_log(f"sqlite:///{tmp_path / 'live.db'}") as live:
            days, last_ms = DaysInProgress(live, plan), 0
            for now_ms in range(at("09:00"), until_ms, 15 * MINUTE):
                known = pings["received_time"]
                new = (known > stamp(last_ms)) & (known <= stamp(now_ms))
                for batch in batches_of(pings[new], []):
                    live.write(batch)
                last_ms = now_ms
                assert days.look(now_ms, settings) == recorded.look(now_ms, settings)


def stamp(at_ms):
    return pd.Timestamp(at_ms, unit="ms", tz="UTC")


def command(folder, *arguments):
    base = ["--plan", str(folder / "plan.toml")] if arguments[0] in {"run", "list"} else []
    url = ["--database", f"sqlite:///{folder / 'pings.db'}"]
    return CliRunner().invoke(app, ["alerts", *arguments, *base, *url])


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


def test_without_anyone_to_tell_it_is_an_error_that_says_how_to_mend_it(
    folder, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    result = command(folder, "run", "--once")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: nobody is told: set alerts.channels")


def test_alerts_are_listed_and_acknowledged(log, folder, plan):
    settings = AlertSettings()
    found, dates = RecordedDays(log, plan, [DAY]).look(at("10:30"), settings)
    AlertStore(log).advance(found, dates, at("10:30"), settings, ZONE, OUTBOX.outgoing)
    (stored,) = AlertStore(log).said(only_open=True)
    listed = command(folder, "list", "--open")
    assert all(word in listed.output for word in ("window_missed", "JY01", "10:30", "open"))
    done = command(folder, "acknowledge", str(stored.number), "--by", "调度甲")
    assert "is seen to by 调度甲" in done.output
    assert command(folder, "list", "--open").output.strip() == "no open alerts"
    assert "seen to by 调度甲" in command(folder, "list", "--date", "2022-03-28").output
    unknown = command(folder, "acknowledge", "999")
    assert (unknown.exit_code, unknown.stderr[:27]) == (1, "error: there is no alert 99")


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


def test_it_runs_until_it_is_told_to_end(folder, tmp_path):
    arguments = ["--plan", str(folder / "plan.toml"), "--every", "5s"]
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}"):
        pass
    with Broker() as broker:
        process = subprocess.Popen(
            [sys.executable, "-m", "pingcheng", "alerts", "run", *arguments,
             "--database", "sqlite:///pings.db", "--broker", str(broker.address)],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert "event=watching" in process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
    assert (process.returncode, "Traceback" in told) == (0, False)
