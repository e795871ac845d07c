"""The command ``pingcheng alerts run``: watches a day in progress, or one that was recorded."""

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.plan_reading import PlanOption, given, read_plan_or_fail
from ingest.commands.console import DatabaseOption, fail, progress_bar, settings_or_fail
from ingest.stop_signal import signalled

if TYPE_CHECKING:
    from analytics.alerts.alerter import Alerter
    from analytics.alerts.dry_run import DryRun
    from analytics.alerts.plan_watch import WatchedPlans
    from analytics.alerts.store import AlertStore
    from analytics.alerts.watch import DaysInProgress, RecordedDays
    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog
    from ingest.settings.alerts import AlertSettings

_EVERY = re.compile(r"(\d+)(s|m)")
_LEAST_S, _MOST_S = 5, 3600
PLAN_LOOK_S = 2.0
"""Between two looks whether the plan has changed."""

BrokerOption = Annotated[
    str | None,
    typer.Option(
        help="Publish to this broker too. [default: setting broker, if alerts.mqtt]",
        metavar="mqtt://H:P",
    ),
]


def run(
    plan: PlanOption = None,
    database: DatabaseOption = None,
    broker: BrokerOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be said; send and store nothing.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="End after one look.")] = False,
    at: Annotated[
        str | None,
        typer.Option(
            help="One look as it was known then: a local time or RFC 3339.", metavar="INSTANT"
        ),
    ] = None,
    replay: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Print what a stored date would have said."),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            help="How often to look.", metavar="30s|5m", show_default="30s, with --replay 5m"
        ),
    ] = None,
) -> None:
    """Watch the day in the ping log and say what goes wrong, once each.

    Runs beside ingest until Ctrl-C or SIGTERM. The setting alerts tells to whom.
    What could not be sent is tried again; after a restart nothing is said twice.

    \b
    Examples:
      pingcheng alerts run --plan plan.toml --database sqlite:///pings.db
      pingcheng alerts run --plan plan.toml --dry-run --once
      pingcheng alerts run --plan plan.toml --replay 2022-03-28 --every 2m

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from analytics.alerts.alerter import Alerter, channels_of
    from analytics.alerts.plan_watch import WatchedPlans
    from analytics.alerts.store import AlertStore
    from analytics.alerts.watch import DaysInProgress, RecordedDays, dates_in_progress
    from geofence.installed.succession import day_at
    from geofence.plan.fault import PlanError
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log
    from ingest.program_log import log_to_stderr
    from ingest.settings.alerts import AlertSettings

    if (replay is not None) + (at is not None) + once > 1:
        raise typer.BadParameter("give one of --once, --at and --replay")
    settings = settings_or_fail()
    alerts = settings.alerts or AlertSettings()
    every_s = _seconds(every or ("5m" if replay else "30s"))
    path = given(plan or settings.plan)
    try:
        plans = WatchedPlans(path, now_ms())
    except PlanError as error:
        fail(f"{path}: {error}")
    read = plans.today
    at_ms = None if at is None else _instant(at, ZoneInfo(read.timezone))
    day = replay.date() if replay else None if at_ms is None else day_at(path, at_ms)
    if day is not None:
        read = read_plan_or_fail(path, day)
    zone = ZoneInfo(read.timezone)
    dry = dry_run or replay is not None
    try:
        channels, outbox = ({}, None) if dry else channels_of(settings, alerts, broker, zone)
        with open_log(database or settings.database, create=False) as log:
            if replay is not None:
                _replay(log, read, replay, alerts, every_s)
                return
            store = AlertStore(log)
            days: DaysInProgress | RecordedDays = DaysInProgress(log, read, plans.on)
            if at_ms is not None:
                days = RecordedDays(log, read, dates_in_progress(read, at_ms, zone))
            clock_ms = now_ms if at_ms is None else lambda: at_ms
            if outbox is None:
                pace = None if once or at else _Pace(every_s, plans)
                _rehearse(store, days, alerts, zone, clock_ms, pace)
                return
            log_to_stderr()
            _watch(
                Alerter(store, days, alerts, zone, outbox, channels, clock_ms),
                None if once or at else _Pace(every_s, plans),
            )
    except IngestError as error:
        fail(str(error))


class _Pace:
    """The time between two looks, in which the plan is looked at more often."""

    def __init__(self, every_s: float, plans: "WatchedPlans") -> None:
        self.every_s = every_s
        self._plans = plans

    def wait(self, stop: threading.Event, began_s: float) -> bool:
        """Wait until it is time; True if it is to end."""
        while True:
            left_s = self.every_s - (time.monotonic() - began_s)
            if stop.wait(max(1.0, min(left_s, PLAN_LOOK_S))):
                return True
            self._plans.look(now_ms())
            if left_s <= PLAN_LOOK_S:
                return False


def _watch(alerter: "Alerter", pace: _Pace | None) -> None:
    import structlog

    from ingest.fault import LogError

    program_log = structlog.get_logger(__name__)
    if pace is None:
        if failed := alerter.look():
            typer.echo(f"note: {failed} channels failed; the next run tries again", err=True)
        return
    with signalled() as stop:
        program_log.info("watching", every_s=pace.every_s)
        while True:
            began_s = time.monotonic()
            try:
                alerter.look()
            except LogError as error:  # a database that is away comes back
                program_log.warning("cannot look", error=str(error))
            if pace.wait(stop, began_s):
                return


def _rehearse(
    store: "AlertStore",
    days: "DaysInProgress | RecordedDays",
    settings: "AlertSettings",
    zone: ZoneInfo,
    clock_ms: Callable[[], int],
    pace: _Pace | None,
) -> None:
    """Print what would be said, going on from what is stored."""
    from analytics.alerts.dry_run import DryRun

    run = DryRun(store.states(clock_ms(), zone), settings, zone)

    def look(run: "DryRun") -> None:
        now_ms = clock_ms()
        for line in run.advance(*days.look(now_ms, settings), now_ms):
            typer.echo(line)

    if pace is None:
        look(run)
        for line in run.holding():
            typer.echo(line)
        return
    with signalled() as stop:
        while True:
            began_s = time.monotonic()
            look(run)
            if pace.wait(stop, began_s):
                return


def _replay(
    log: "PingLog", plan: "Plan", day: datetime, settings: "AlertSettings", every_s: float
) -> None:
    from analytics.alerts.dry_run import replay

    count, done = 0, 0
    with progress_bar(f"alerts of {day:%Y-%m-%d}", 100) as advance:

        def progress(percent: int) -> None:
            nonlocal done
            advance(percent - done)
            done = percent

        every_ms = round(every_s * 1000)
        for line in replay(log, plan, day.date(), settings, every_ms, progress):
            typer.echo(line)
            count += 1
    typer.echo(f"{count} messages on {day:%Y-%m-%d}")


def _seconds(text: str) -> int:
    found = _EVERY.fullmatch(text)
    seconds = int(found[1]) * (60 if found[2] == "m" else 1) if found else 0
    if not _LEAST_S <= seconds <= _MOST_S:
        raise typer.BadParameter(
            f"{text!r}: write {_LEAST_S}s to {_MOST_S}s, such as 30s or 5m", param_hint="--every"
        )
    return seconds


def _instant(text: str, zone: ZoneInfo) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r}: write 2022-03-28T09:30 or 2022-03-28T01:30:00Z", param_hint="--at"
        ) from None
    return round((instant if instant.tzinfo else instant.replace(tzinfo=zone)).timestamp() * 1000)


def now_ms() -> int:
    """Ask the clock."""
    return time.time_ns() // 1_000_000
