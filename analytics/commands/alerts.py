"""The commands ``pingcheng alerts``: what was said of a day in progress, and who saw to it."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.alerts_run import BrokerOption, now_ms, run
from analytics.commands.plan_reading import PlanOption, read_plan_or_fail
from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.plain_text import cell, plain

if TYPE_CHECKING:
    from analytics.alerts.store import StoredAlert

alerts_app = typer.Typer(
    name="alerts", help="Say what goes wrong while it can still be mended.", no_args_is_help=True
)
alerts_app.command()(run)


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
    zone = ZoneInfo("UTC" if path is None else read_plan_or_fail(path).timezone)
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
        table.add_row(*map(cell, _cells(each, zone)))
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
            found = AlertStore(log).acknowledge(number, by or getpass.getuser(), now_ms())
    except IngestError as error:
        fail(str(error))
    state = found.state
    told = (
        f"alert {number} ({state.key.kind} {state.key.subject} {state.key.service_date} "
        f"{state.key.window}) is seen to by {state.acknowledged_by}"
    )
    typer.echo(plain(told))


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
    from analytics.alerts.channel import DeliveryError
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
