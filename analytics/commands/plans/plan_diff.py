"""The command ``pingcheng plan diff``: what changes from one plan to the next, and for whom."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.plans.plan_choice import chosen_plan, trouble
from analytics.commands.report import LanguageOption, WorkersOption
from ingest.commands.console import DatabaseOption, progress_bar
from ingest.output_file import write_file

if TYPE_CHECKING:
    from analytics.plan_changes.effects import DayEffect
    from geofence.difference.comparison import Comparison
    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog

PAGE_FILE = "plan-changes.html"
WEEK = 7
_DAY = timedelta(days=1)


def diff(
    old: Annotated[
        str,
        typer.Argument(
            help="A plan.toml; with --database also a stored plan, by version or a date.",
            metavar="OLD",
        ),
    ],
    new: Annotated[str, typer.Argument(help="The one to compare it with.", metavar="NEW")],
    out: Annotated[
        Path | None, typer.Option(help=f"Folder for {PAGE_FILE}: a map, and all that is said.")
    ] = None,
    language: LanguageOption = None,
    database: DatabaseOption = None,
    week_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Judge the week, from Monday on, that this date lies in.",
            show_default="the last seven days",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    workers: WorkersOption = 0,
) -> None:
    """Tell what changes from one plan to another, in words that a manager reads.

    A headline first, then grid by grid: windows, vehicles, kilometres of
    streets. Cuts and another order, which change no verdict, are told as such.
    With --out also on a map. With --database the last seven days are judged by
    both plans from the log, and it is told which verdicts would have been
    others; nothing is recorded.

    \b
    Examples:
      pingcheng plan diff plan.toml spring/plan.toml
      pingcheng plan diff plan.toml spring/plan.toml --out changes --language en
      pingcheng plan diff plan.toml new.toml --database sqlite:///pings.db \\
        --week-of 2022-03-28
      pingcheng plan diff 2022-03-25 plan.toml --database sqlite:///pings.db \\
        --json

    \b
    Exit codes: 0 the plans say the same, 1 they differ, 2 wrong use, or one
    cannot be read.
    """
    from analytics.plan_changes.document import document_of
    from analytics.plan_changes.effect_lines import effect_lines
    from analytics.plan_changes.page import write_page
    from analytics.plan_changes.sentences import lines
    from analytics.wording.words import language_of
    from geofence.difference.comparison import compare
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    if week_of is not None and database is None:
        raise typer.BadParameter(
            "give --database too, whose pings are judged", param_hint="--week-of"
        )
    found: Sequence[DayEffect] = ()
    try:
        with ExitStack() as stack:
            log = None
            if database is not None:
                log = stack.enter_context(open_log(database, create=False))
            before, after = chosen_plan(old, log), chosen_plan(new, log)
            comparison = compare(before, after)
            if log is not None and comparison.is_judged:
                days = _days(after, week_of.date() if week_of else None)
                found = _judged(log, comparison, days, workers)
        wanted = language or language_of(after.timezone)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            write_file(out / PAGE_FILE, write_page(comparison, found, wanted))
    except IngestError as error:
        trouble(str(error))
    except OSError as error:
        trouble(f"{error.filename or out}: cannot be written ({error.strerror or error})")
    if as_json:
        document = document_of(comparison, found, wanted)
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join([*lines(comparison, wanted), *effect_lines(found, wanted)]))
    if out is not None:
        typer.echo(str(out / PAGE_FILE), err=as_json)
    raise typer.Exit(1 if comparison.changes else 0)


def _days(plan: "Plan", week_of: date | None) -> list[date]:
    """Give the days to be judged: a week from Monday on, or the last seven that are over."""
    if week_of is None:
        today = datetime.fromtimestamp(time.time(), ZoneInfo(plan.timezone)).date()
        first = today - WEEK * _DAY
    else:
        first = week_of - week_of.weekday() * _DAY
    return [first + number * _DAY for number in range(WEEK)]


def _judged(
    log: "PingLog", comparison: "Comparison", days: Sequence[date], workers: int
) -> list["DayEffect"]:
    import os

    from analytics.plan_changes.effects import effects

    cores = workers or os.cpu_count() or 1
    with progress_bar("days by both plans", 2 * len(days)) as advance:
        return list(effects(log, comparison, days, cores, lambda: advance(1)))
