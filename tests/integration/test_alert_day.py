"""A simulated day in a small city, watched as it would be, with restarts; and the command."""

import signal
import subprocess
import sys
from dataclasses import replace

import pandas as pd

from analytics.alerts.alert import Event
from analytics.alerts.dry_run import replay
from analytics.alerts.store import AlertStore
from analytics.alerts.watch import DaysInProgress, RecordedDays
from ingest.broker.broker import Broker
from ingest.log.batch import batches_of
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertKind, AlertSettings
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Scenario
from tests.fixtures import watched_city
from tests.fixtures.watched_city import DAY, OUTBOX, ZONE, at

folder, log, missed, plan = (
    watched_city.folder, watched_city.log, watched_city.missed, watched_city.plan,
)  # fmt: skip
MINUTE = 60_000
STEP_MS = 8 * MINUTE


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
    said = watched(log, plan, settings, restart_every=16)
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
    fewer = replace(plan, grids=plan.grids[:1])
    plans = [plan]
    days = DaysInProgress(log, plan, lambda _: plans[-1])
    seen = []
    for now in (plan, fewer, fewer):
        plans.append(now)
        seen.append({each.facts.grid_id for each in days.look(at("11:50"), AlertSettings())[0]})
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
