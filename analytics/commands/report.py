"""The command ``pingcheng report``: verdicts recorded, and the report that the office opens."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.engine_options import (
    EngineOption,
    KeptOption,
    SchedulerOption,
    WorkerMemoryOption,
    engine_of,
    refuse_mismatched,
)
from analytics.commands.plan_reading import read_plan_or_fail
from analytics.reports.formats.formats import Format
from analytics.wording.words import Language
from ingest.commands.console import DatabaseOption, fail, settings_or_fail

if TYPE_CHECKING:
    from analytics.day import Day
    from analytics.reports.making import Maker
    from geofence.plan.plan import Plan

LanguageOption = Annotated[
    Language | None,
    typer.Option(
        help="Language of the report.", show_default="zh if the plan's time zone is Chinese"
    ),
]
FormatsOption = Annotated[str, typer.Option(help="Formats to write, with commas between them.")]
EVERY_FORMAT = ",".join(Format)
WorkersOption = Annotated[
    int, typer.Option(help="Vehicles matched at once; 0 for one a core.", min=0, max=1024)
]
MOST_DAYS = 366
_DAY = timedelta(days=1)
_STEPS_OF_A_DATE, _STEPS_OF_A_RANGE = 7, 4
"""Steps besides the formats."""


def report(
    out: Annotated[Path, typer.Option(help="Folder for the reports, one folder a date.")],
    service_date: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The service date.")
    ] = None,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First date of a range."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last date of a range.")
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            help="The plan.toml to judge by; it is stored. [default: the stored one in force]",
            metavar="PLAN",
        ),
    ] = None,
    database: DatabaseOption = None,
    language: LanguageOption = None,
    formats: FormatsOption = EVERY_FORMAT,
    workers: WorkersOption = 0,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Also report dates without any ping.")
    ] = False,
    engine: EngineOption = None,
    scheduler: SchedulerOption = None,
    worker_memory: WorkerMemoryOption = None,
    kept: KeptOption = True,
    timings: Annotated[bool, typer.Option("--timings", help="Tell where the time went.")] = False,
) -> None:
    """Judge a date or a range from the ping log, record the verdicts and write the report.

    Writes OUT/<date>/compliance-<date>.xlsx, .html and .pdf, and csv/ and
    parquet/ beside them; of a range also one report of all its dates. Run again
    it gives the same verdicts, and files that would say the same stay as they
    are. If nothing changed that it was made from, no ping is read again.
    Verdicts that late pings changed are revised, never overwritten, and named.

    \b
    Examples:
      pingcheng report --date 2022-03-28 --plan plan.toml --out reports
      pingcheng report --from 2022-03-01 --to 2022-03-31 --out reports \\
        --formats xlsx,pdf
      pingcheng report --date 2022-03-28 --out reports --language en --timings
      pingcheng report --from 2022-03-01 --to 2022-03-31 --out reports \\
        --engine dask

    \b
    Exit codes: 0 written, 1 log, plan or date cannot be used, 2 wrong use.
    """
    dates = _dates(service_date, first, last)
    wanted = read_formats(formats)
    now_ms = time.time_ns() // 1_000_000
    cores = workers or os.cpu_count() or 1
    url = database or settings_or_fail().database
    given = _given_plan(plan, dates)
    refuse_mismatched(engine, scheduler, worker_memory)
    began = time.perf_counter()
    lines = _standing(url, out, now_ms, dates, given, language, wanted)
    if lines is not None:
        for line in lines:
            typer.echo(line)
        if timings:
            _print_timings({"what changed": time.perf_counter() - began})
        return
    from analytics.engine.engine import LeftOutError, observing_all
    from analytics.reports.making import Maker
    from analytics.reports.steps import Steps
    from analytics.reports.tables.night import NoPingsError, NoServiceError
    from geofence.plan.fault import PlanError
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    count = len(dates) * (_STEPS_OF_A_DATE + len(wanted))
    count += (_STEPS_OF_A_RANGE + len(wanted)) * (len(dates) > 1)
    with (
        engine_of(engine, workers, scheduler, worker_memory, kept=kept) as working,
        _progress(dates, count) as tell,
    ):
        steps = Steps(time.perf_counter, tell)
        try:
            with open_log(url, create=False) as log:
                maker = Maker(
                    log, now_ms, out, language, wanted, steps, cores, observing_all(working)
                )
                lines = _make(maker, dates, given, allow_empty=allow_empty)
        except (PlanError, IngestError, NoPingsError, NoServiceError, LeftOutError) as error:
            fail(str(error))
        except OSError as error:
            fail(f"{error.filename or out}: cannot be written ({error.strerror or error})")
    for line in lines:
        typer.echo(line)
    if timings:
        _print_timings(steps.seconds)


def _standing(
    url: str,
    out: Path,
    now_ms: int,
    dates: Sequence[date],
    given: "Plan | None",
    language: Language | None,
    formats: Sequence[Format],
) -> list[str] | None:
    """Give what is to be said if all asked for stands as written and nothing has changed."""
    from analytics.reports.formats.mark import placed

    if not all(placed(out, day.isoformat()).basis for day in dates):
        return None
    from analytics.reports.standing import Standing
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    try:
        with open_log(url, create=False) as log:
            known = Standing(log, out, now_ms, language, formats)
            return known.lines(dates, given.version if given else None)
    except (IngestError, OSError):
        return None  # of which it is told when it is done again


def _make(
    maker: "Maker", dates: Sequence[date], given: "Plan | None", *, allow_empty: bool
) -> list[str]:
    """Report on each date and, if they are several, on all of them."""
    plans = {day: given or maker.history.plan_in_force(day) for day in dates}
    for day, plan in plans.items():
        _refuse_future(day, plan, maker.now_ms)
    if given is not None:
        maker.history.store_plan(given, maker.now_ms)
    days: list[Day] = []
    lines: list[str] = []
    for day, plan in plans.items():
        judged, told = maker.report_on_night(day, plan, allow_empty=allow_empty)
        lines += told
        # the cases hold every pass of the fleet, which the report of the range has no need of
        days.append(replace(judged, judgement=replace(judged.judgement, cases=())))
    return lines + maker.write(days) if len(days) > 1 else lines


def _dates(
    service_date: datetime | None, first: datetime | None, last: datetime | None
) -> list[date]:
    if (service_date is None) == (first is None and last is None):
        raise typer.BadParameter("give --date, or --from and --to", param_hint="--date")
    if service_date is not None:
        first = last = service_date
    if first is None or last is None:
        raise typer.BadParameter("a range needs both --from and --to", param_hint="--from")
    begin, end = first.date(), last.date()
    for day in (begin, end):
        if not 2000 <= day.year < 2100:
            raise typer.BadParameter(f"{day} is no date of this century", param_hint="--date")
    if begin > end:
        raise typer.BadParameter(f"{begin} is later than {end}", param_hint="--from")
    count = (end - begin).days + 1
    if count > MOST_DAYS:
        raise typer.BadParameter(
            f"{count} dates; a range has {MOST_DAYS} at most", param_hint="--to"
        )
    return [begin + number * _DAY for number in range(count)]


def read_formats(text: str) -> list[Format]:
    """Read a list of formats with commas between them."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in list(Format)]
    if unknown or not names:
        raise typer.BadParameter(
            f"{', '.join(unknown) or 'nothing'} is none of {', '.join(Format)}",
            param_hint="--formats",
        )
    return [each for each in Format if each.value in names]


def _given_plan(path: Path | None, dates: Sequence[date]) -> "Plan | None":
    if path is None:
        return None
    plan = read_plan_or_fail(path)
    if dates[0] < plan.effective_from:
        fail(
            f"{path}: the plan is valid from {plan.effective_from.isoformat()}, so it does not "
            f"cover {dates[0].isoformat()}; leave out --plan to judge by the stored plan in force"
        )
    return plan


def _refuse_future(day: date, plan: "Plan", now_ms: int) -> None:
    today = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(plan.timezone)).date()
    if day > today:
        raise typer.BadParameter(
            f"{day.isoformat()} lies in the future: in {plan.timezone} it is {today.isoformat()}",
            param_hint="--date",
        )


@contextmanager
def _progress(dates: Sequence[date], count: int) -> Iterator[Callable[[str], None]]:
    """Show a bar on stderr while it lasts; where that is no terminal, one line."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    what = dates[0].isoformat() + (f" to {dates[-1].isoformat()}" if len(dates) > 1 else "")
    if not console.is_terminal:
        typer.echo(f"report of {what} ...", err=True)
        yield lambda _step: None
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what, total=count)

        def tell(step: str) -> None:
            progress.update(task, description=f"{what}: {step}", advance=1)

        yield tell


def _print_timings(seconds: "dict[str, float]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("step", "seconds", title="Where the time went", title_justify="left")
    table.columns[1].justify = "right"
    for step, took in seconds.items():
        table.add_row(step, f"{took:.2f}")
    table.add_row("in all", f"{sum(seconds.values()):.2f}")
    Console().print(table)
