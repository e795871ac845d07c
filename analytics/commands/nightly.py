"""The command ``pingcheng nightly``: last night's report, and those of nights missed or changed."""

import os
import time
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.commands.plan_reading import read_plan_or_fail
from analytics.commands.report import (
    EVERY_FORMAT,
    FormatsOption,
    LanguageOption,
    WorkersOption,
    read_formats,
)
from ingest.commands.console import DatabaseOption, fail, settings_or_fail

if TYPE_CHECKING:
    from analytics.history.history import History
    from analytics.reports.nightly import Judged
    from geofence.plan.plan import Plan


def nightly(
    out: Annotated[Path, typer.Option(help="Folder for the reports, one folder a date.")],
    plan: Annotated[
        Path | None,
        typer.Option(
            help="A plan.toml to store before. [default: setting plan, or what is stored]",
            metavar="PLAN",
        ),
    ] = None,
    database: DatabaseOption = None,
    language: LanguageOption = None,
    formats: FormatsOption = EVERY_FORMAT,
    workers: WorkersOption = 0,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="The last night.",
            show_default="yesterday in the plan's time zone",
        ),
    ] = None,
) -> None:
    """Judge last night and every night that was missed or changed since, and write their reports.

    Each night is judged by the plan in force that day. A night that was never judged since the
    first one was, that was judged before it was final, for which pings came late, or whose report
    is not in OUT is judged again; at most a month back. A night without any ping is reported as
    unknown and counts as failed. Made for a timer; run again it finds nothing to do.

    \b
    Examples:
      pingcheng nightly --out reports --plan plan.toml --database sqlite:///pings.db
      pingcheng nightly --out reports --date 2022-03-28

    \b
    Exit codes: 0 all reports written, 1 a night could not be judged or had no ping, 2 wrong use.
    """
    wanted = read_formats(formats)
    from analytics.history.history import History
    from analytics.reports.making import Maker
    from analytics.reports.nightly import last_night, nights_due
    from analytics.reports.steps import Steps
    from analytics.reports.tables.night import NoServiceError
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    now_ms = time.time_ns() // 1_000_000
    settings = settings_or_fail()
    failed = False
    try:
        with open_log(database or settings.database, create=False) as log:
            history = History(log)
            newest = _plan(plan or settings.plan, history, now_ms)
            night = _past(last, last_night(now_ms, newest.timezone))
            judged = _judged(history, night)
            least = min((each.sequence for each in judged.values()), default=0)
            steps = Steps(time.perf_counter, lambda _: None)
            cores = workers or os.cpu_count() or 1
            maker = Maker(log, now_ms, out, language, wanted, steps, cores)
            due = nights_due(night, judged, log.hours_changed_since(least), maker.is_reported)
            for day in due:
                try:
                    plan_of_day = history.plan_in_force(day)
                    found, lines = maker.report_on_night(day, plan_of_day, allow_empty=True)
                    if not found.ping_count:
                        told = "no ping of any vehicle on duty; was ingest running?"
                        typer.echo(f"warning: {day.isoformat()}: {told}", err=True)
                        failed = True
                except NoServiceError as error:
                    lines = [str(error)]
                except IngestError as error:
                    typer.echo(f"error: {day.isoformat()}: {error}", err=True)
                    failed = True
                    continue
                for line in lines:
                    typer.echo(line)
            if not due:
                typer.echo(f"nothing to do: {night.isoformat()} and the nights before are judged")
    except IngestError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: cannot be written ({error.strerror or error})")
    if failed:
        raise typer.Exit(1)


def _past(wanted: datetime | None, last: date) -> date:
    """Choose the last night; one that is not over is refused, as its verdicts would be recorded."""
    night = last if wanted is None else wanted.date()
    if not date(2000, 1, 1) <= night <= last:
        raise typer.BadParameter(
            f"{night.isoformat()} is not over; the last night is {last.isoformat()}",
            param_hint="--date",
        )
    return night


def _plan(path: Path | None, history: "History", now_ms: int) -> "Plan":
    """Store the plan that is given and give it, or else the newest that is stored."""
    if path is not None:
        given = read_plan_or_fail(path)
        history.store_plan(given, now_ms)
        return given
    stored = history.plans()
    if not stored:
        fail("no plan is stored; give --plan, or store one with pingcheng plan store")
    return history.plan(stored[-1].version)


def _judged(history: "History", night: date) -> "dict[date, Judged]":
    """Read what was judged of each date last."""
    from analytics.reports.nightly import Judged

    plans: dict[str, Plan] = {}
    found: dict[date, Judged] = {}
    rows = history.judgings(date(2000, 1, 1), night)
    names = ("service_date", "plan_version", "sequence", "is_final")
    for text, version, sequence, is_final in zip(*(rows[name] for name in names), strict=True):
        if version not in plans:
            plans[version] = history.plan(version)
        found[date.fromisoformat(text)] = Judged(
            plans[version], int(sequence), is_final=bool(is_final)
        )
    return found
