"""The command ``pingcheng worklist``: what each operator still has to collect today."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.wording.words import Language
from ingest.commands.console import DatabaseOption, fail, settings_or_fail

if TYPE_CHECKING:
    import pandas as pd

    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog


class ListFormat(StrEnum):
    """How a work list can be written."""

    TABLE = "table"
    CSV = "csv"
    GEOJSON = "geojson"


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    plan: "Plan"
    service_date: date
    now_ms: int
    listed: "pd.DataFrame"
    made_up_count: int
    unknown_count: int


def worklist(
    service_date: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], help="The service date.", show_default="today"
        ),
    ] = None,
    operator: Annotated[
        str | None, typer.Option(help="Only the list of this operator.", metavar="ID")
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            help="The plan.toml to judge by. [default: the stored one in force]", metavar="PLAN"
        ),
    ] = None,
    database: DatabaseOption = None,
    form: Annotated[
        ListFormat, typer.Option("--format", help="How to write it.")
    ] = ListFormat.TABLE,
    out: Annotated[
        Path | None, typer.Option(help="Write it to this file. [default: stdout]")
    ] = None,
    with_made_up: Annotated[
        bool, typer.Option("--all", help="Also list what was made up already.")
    ] = False,
    language: Annotated[
        Language | None,
        typer.Option(
            help="Language of the table.", show_default="zh if the plan's time zone is Chinese"
        ),
    ] = None,
) -> None:
    """List the streets that each operator missed and has not collected since, nearest first.

    The date is judged from the ping log as of now: a window counts as soon as its
    deadline is over. A street leaves the list by itself when pings prove that it
    was collected.

    \b
    Examples:
      pingcheng worklist --plan plan.toml
      pingcheng worklist --date 2022-03-28 --operator sweep-1 --all
      pingcheng worklist --format geojson --out open.geojson

    \b
    Exit codes: 0 listed, also if nothing is open, 1 log, plan or date cannot be
    used, 2 wrong use.
    """
    from analytics.wording.words import language_of
    from analytics.worklist.files import worklist_csv, worklist_geojson
    from geofence.plan.fault import PlanError
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    day = service_date.date() if service_date else None
    if day and not 2000 <= day.year < 2100:
        raise typer.BadParameter(f"{day} is no date of this century", param_hint="--date")
    url = database or settings_or_fail().database
    try:
        with open_log(url, create=False) as log:
            found = _find(log, plan, day, operator, with_made_up=with_made_up)
    except PlanError as error:
        fail(f"{plan}: {error}" if plan else str(error))
    except IngestError as error:
        fail(str(error))
    zone = ZoneInfo(found.plan.timezone)
    if form is ListFormat.CSV:
        content = worklist_csv(found.listed, zone)
    elif form is ListFormat.GEOJSON:
        content = worklist_geojson(found.listed, found.plan)
    else:
        content = _table(found, language or language_of(found.plan.timezone), operator, out)
    _write(content, out)
    if found.unknown_count:
        typer.echo(
            f"note: of {found.unknown_count} streets in windows that are over nobody can say "
            "whether they were collected; they are not on the list",
            err=True,
        )


def _find(
    log: "PingLog", path: Path | None, day: date | None, operator: str | None, *, with_made_up: bool
) -> _Found:
    """Judge the date as of now and put the lists together."""
    from analytics.dashboard.board.resident_reports import reports_of
    from analytics.live.live_day import LiveDay
    from analytics.verdicts.evaluation import plan_horizon
    from analytics.worklist.worklist import OPEN, starts_of, work_list
    from geofence.network.network import build_network

    now_ms = time.time_ns() // 1_000_000
    plan, day = _plan_and_date(log, path, day, now_ms)
    names = [each.id for each in plan.operators]
    if operator is not None and operator not in names:
        raise typer.BadParameter(
            f"the plan has no operator {operator}; it has {', '.join(names)}",
            param_hint="--operator",
        )
    span = plan_horizon(plan, day)
    if span is None:
        fail(f"no grid of the plan has service on {day}")
    vehicles = {v for grid in plan.grids for v in plan.vehicles_of(grid, day)}
    vehicles.update(v for each in plan.operators for v in each.spares)
    pings = log.read_pings(start_ms=span[0], end_ms=min(span[1], now_ms), vehicles=vehicles)
    if pings.empty:
        fail(f"the ping log has no ping that bears on {day}, so nothing is known of it")
    live = LiveDay(plan, day)
    with _working():
        live.add(pings)
        judgement = live.judgement()
        misses = live.make_ups(now_ms)
    network = build_network(plan.sections)
    starts = starts_of(plan, network, live.observations())
    listed = work_list(misses, plan, network, starts, reports_of(log, day))
    if operator is not None:
        listed = listed[listed["operator"] == operator]
    if not with_made_up:
        listed = listed[listed["state"] == OPEN]
    owners = {grid.id: grid.operator_id for grid in plan.grids}
    wanted = names if operator is None else [operator]
    made_up = misses[misses["made_up_at"].notna()]
    return _Found(
        plan=plan,
        service_date=day,
        now_ms=now_ms,
        listed=listed.reset_index(drop=True),
        made_up_count=int(made_up["grid_id"].map(owners).isin(wanted).sum()),
        unknown_count=sum(
            street.verdict == "unknown"
            for judged in judgement.cases
            if judged.case.window.period_end_ms <= now_ms and judged.case.grid.operator_id in wanted
            for street in judged.streets
        ),
    )


def _plan_and_date(
    log: "PingLog", path: Path | None, day: date | None, now_ms: int
) -> "tuple[Plan, date]":
    """Take the plan given, else the one in force; the date is today where the plan is."""
    from geofence.plan.reader import read_plan

    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    if path is not None:
        plan = read_plan(path)
        day = day or now.astimezone(ZoneInfo(plan.timezone)).date()
        if day < plan.effective_from:
            fail(f"{path}: the plan is valid from {plan.effective_from}, so it cannot judge {day}")
        return plan, day
    from analytics.history.history import History

    history = History(log)
    if day is None:
        day = now.astimezone(ZoneInfo(history.plan_in_force(now.date()).timezone)).date()
    return history.plan_in_force(day), day


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        typer.echo(content, nl=False)
        return
    from ingest.output_file import replacing

    try:
        with replacing(out) as file:
            file.write(content)
    except OSError as error:
        fail(f"{error.filename or out}: cannot be written ({error.strerror or error})")


@contextmanager
def _working() -> Iterator[None]:
    """Show on stderr that it is at work, if that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status("matching and judging ..."):
        yield


def _table(found: _Found, language: Language, operator: str | None, out: Path | None) -> bytes:
    from io import StringIO

    from rich.console import Console

    from analytics.worklist.table import print_worklist

    screen, text = Console(), StringIO()
    console = Console(
        file=text, force_terminal=screen.is_terminal and out is None, width=max(screen.width, 110)
    )
    operators = [each for each in found.plan.operators if operator in {None, each.id}]
    print_worklist(
        console,
        found.listed,
        found.plan,
        operators,
        (found.service_date, found.now_ms),
        found.made_up_count,
        language,
    )
    return text.getvalue().encode()
