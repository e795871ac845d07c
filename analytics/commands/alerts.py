"""The commands ``pingcheng alerts``: what is said of a day in progress, and who saw to it."""

import getpass
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import structlog
import typer

from ingest.commands.console import DatabaseOption, fail, progress_bar, settings_or_fail, signalled

if TYPE_CHECKING:
    from analytics.alerts.alerter import Alerter
    from analytics.alerts.dry_run import DryRun
    from analytics.alerts.store import AlertStore, StoredAlert
    from analytics.alerts.watch import DaysInProgress, RecordedDays
    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog
    from ingest.settings.alerts import AlertSettings

alerts_app = typer.Typer(
    name="alerts", help="Say what goes wrong while it can still be mended.", no_args_is_help=True
)
program_log = structlog.get_logger(__name__)

_EVERY = re.compile(r"(\d+)(s|m)")
_LEAST_S, _MOST_S = 5, 3600

PlanOption = Annotated[
    Path | None,
    typer.Option(help="The plan.toml to judge by. [default: setting plan]", metavar="PLAN"),
]
BrokerOption = Annotated[
    str | None,
    typer.Option(
        help="Publish to this broker too. [default: setting broker, if alerts.mqtt]",
        metavar="mqtt://H:P",
    ),
]


@alerts_app.command()
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
    from analytics.alerts.plan_watch import PlanWatch
    from analytics.alerts.store import AlertStore
    from analytics.alerts.watch import DaysInProgress, RecordedDays, dates_in_progress
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log
    from ingest.program_log import log_to_stderr
    from ingest.settings.alerts import AlertSettings

    if (replay is not None) + (at is not None) + once > 1:
        raise typer.BadParameter("give one of --once, --at and --replay")
    settings = settings_or_fail()
    alerts = settings.alerts or AlertSettings()
    every_s = _seconds(every or ("5m" if replay else "30s"))
    path = _given(plan or settings.plan)
    watch = PlanWatch(path)  # before the plan is read, so that a change meanwhile is seen
    read = _read_plan(path)
    zone = ZoneInfo(read.timezone)
    at_ms = None if at is None else _instant(at, zone)
    dry = dry_run or replay is not None
    try:
        channels, outbox = ({}, None) if dry else channels_of(settings, alerts, broker, zone)
        with open_log(database or settings.database, create=False) as log:
            if replay is not None:
                _replay(log, read, replay, alerts, every_s)
                return
            store = AlertStore(log)
            days: DaysInProgress | RecordedDays = DaysInProgress(log, read, watch.changed)
            if at_ms is not None:
                days = RecordedDays(log, read, dates_in_progress(read, at_ms, zone))
            clock_ms = _now_ms if at_ms is None else lambda: at_ms
            if outbox is None:
                _rehearse(store, days, alerts, zone, clock_ms, None if once or at else every_s)
                return
            log_to_stderr()
            _watch(
                Alerter(store, days, alerts, zone, outbox, channels, clock_ms),
                None if once or at else every_s,
            )
    except IngestError as error:
        fail(str(error))


@alerts_app.command("list")
def list_alerts(
    database: DatabaseOption = None,
    service_date: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Of this service date only."),
    ] = None,
    only_open: Annotated[
        bool, typer.Option("--open", help="Only what has not ended and nobody acknowledged.")
    ] = False,
    plan: PlanOption = None,
) -> None:
    """List the alerts there were, with their numbers.

    Times are in the plan's time zone, without a plan in UTC.

    \b
    Examples:
      pingcheng alerts list --open
      pingcheng alerts list --date 2022-03-28 --database sqlite:///pings.db

    \b
    Exit codes: 0 done, 1 there is no such log, 2 wrong use.
    """
    from rich.console import Console
    from rich.table import Table

    from analytics.alerts.store import AlertStore
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    settings = settings_or_fail()
    path = plan or settings.plan
    zone = ZoneInfo("UTC" if path is None else _read_plan(path).timezone)
    try:
        with open_log(database or settings.database, create=False) as log:
            day = service_date.date() if service_date else None
            found = AlertStore(log).said(day, only_open=only_open)
    except IngestError as error:
        fail(str(error))
    if not found:
        typer.echo("no open alerts" if only_open else "no alerts")
        return
    table = Table("no.", "date", "window", "kind", "grid", "vehicle", "raised", "said", "state")
    for each in found:
        table.add_row(*_cells(each, zone))
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 120))
    console.print(table)


@alerts_app.command()
def acknowledge(
    number: Annotated[int, typer.Argument(help="The number in the alert's text.", metavar="ID")],
    by: Annotated[str | None, typer.Option(help="Who sees to it. [default: the user]")] = None,
    database: DatabaseOption = None,
) -> None:
    """Note that somebody sees to an alert, so that it is not escalated.

    \b
    Examples:
      pingcheng alerts acknowledge 12
      pingcheng alerts acknowledge 12 --by dispatch-2

    \b
    Exit codes: 0 done, 1 there is no such alert, 2 wrong use.
    """
    from analytics.alerts.store import AlertStore
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    settings = settings_or_fail()
    try:
        with open_log(database or settings.database, create=False) as log:
            found = AlertStore(log).acknowledge(number, by or getpass.getuser(), _now_ms())
    except IngestError as error:
        fail(str(error))
    state = found.state
    typer.echo(
        f"alert {number} ({state.key.kind} {state.key.subject} {state.key.service_date} "
        f"{state.key.window}) is seen to by {state.acknowledged_by}"
    )


@alerts_app.command("test")
def try_channels(broker: BrokerOption = None) -> None:
    """Send a test message to every channel of the settings and say which took it.

    \b
    Examples:
      pingcheng alerts test
      pingcheng alerts test --broker mqtt://127.0.0.1:1883

    \b
    Exit codes: 0 all took it, 1 one did not or there is none, 2 wrong use.
    """
    from analytics.alerts.alerter import channels_of
    from analytics.alerts.delivery import DeliveryError
    from analytics.alerts.outbox import MQTT, trial
    from ingest.fault import SettingError
    from ingest.settings.alerts import AlertSettings

    settings = settings_or_fail()
    alerts = settings.alerts or AlertSettings()
    try:
        channels, _ = channels_of(settings, alerts, broker, ZoneInfo("UTC"))
        failed = 0
        for name, channel in channels.items():
            try:
                for _ in channel.send([trial(name, alerts.language, mqtt=name == MQTT)]):
                    typer.echo(f"{name}: sent")
            except DeliveryError as error:
                failed += 1
                typer.echo(f"{name}: failed: {error}")
    except SettingError as error:
        fail(str(error))
    if failed:
        fail(f"{failed} of {len(channels)} channels did not take the test message")


def _watch(alerter: "Alerter", every_s: float | None) -> None:
    from ingest.fault import LogError

    if every_s is None:
        if failed := alerter.look():
            typer.echo(f"note: {failed} channels failed; the next run tries again", err=True)
        return
    with signalled() as stop:
        program_log.info("watching", every_s=every_s)
        while True:
            began_s = time.monotonic()
            try:
                alerter.look()
            except LogError as error:  # a database that is away comes back
                program_log.warning("cannot look", error=str(error))
            if stop.wait(max(1.0, every_s - (time.monotonic() - began_s))):
                return


def _rehearse(
    store: "AlertStore",
    days: "DaysInProgress | RecordedDays",
    settings: "AlertSettings",
    zone: ZoneInfo,
    clock_ms: Callable[[], int],
    every_s: float | None,
) -> None:
    """Print what would be said, going on from what is stored."""
    from analytics.alerts.dry_run import DryRun

    run = DryRun(store.states(clock_ms(), zone), settings, zone)

    def look(run: "DryRun") -> None:
        now_ms = clock_ms()
        for line in run.advance(*days.look(now_ms, settings), now_ms):
            typer.echo(line)

    if every_s is None:
        look(run)
        for line in run.holding():
            typer.echo(line)
        return
    with signalled() as stop:
        while True:
            look(run)
            if stop.wait(every_s):
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


def _given(path: Path | None) -> Path:
    if path is None:
        raise typer.BadParameter("give --plan, or the setting plan", param_hint="--plan")
    return path


def _read_plan(path: Path) -> "Plan":
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan

    try:
        return read_plan(path)
    except PlanError as error:
        fail(f"{path}: {error}")


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


def _cells(each: "StoredAlert", zone: ZoneInfo) -> list[str]:
    key, facts, state = each.state.key, each.state.facts, each.state
    is_grid = key.subject == facts.grid_id
    if state.ended_ms is not None:
        told = f"ended {_clock(state.ended_ms, zone)}"
    elif state.escalated_ms is not None:
        told = "escalated"
    else:
        told = "open"
    if state.acknowledged_ms is not None:
        told += f", seen to by {state.acknowledged_by}"
    return [
        str(each.number), key.service_date, key.window, key.kind.value, facts.grid_id,
        "" if is_grid else key.subject, _clock(state.raised_ms, zone),
        _clock(state.said_ms, zone) or "held back", told,
    ]  # fmt: skip


def _clock(at_ms: int | None, zone: ZoneInfo) -> str:
    if at_ms is None:
        return ""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone):%H:%M}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
