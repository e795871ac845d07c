"""The command ``pingcheng evaluate``: pings and a plan in, verdicts out."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.commands.engine_options import (
    EngineOption,
    KeptOption,
    SchedulerOption,
    WorkerMemoryOption,
    end_well,
    engine_of,
)
from analytics.commands.plan_reading import PlanOption, given, read_plan_or_fail
from ingest.commands.console import fail, file_or_database_url, settings_or_fail
from ingest.commands.file_terms import (
    DateOrderOption,
    DatumOption,
    DecimalOption,
    DelimiterOption,
    EncodingOption,
    FileTerms,
    FormatOption,
    MapOption,
    TimezoneOption,
    VehicleOption,
)
from ingest.plain_text import plain

if TYPE_CHECKING:
    from analytics.engine.engine import Engine
    from analytics.verdicts.evaluation import PingSource
    from analytics.verdicts.judge import Judgement
    from geofence.plan.plan import Plan
    from ingest.files.mapping.file_format import FileFormat


def evaluate(
    pings: Annotated[
        str,
        typer.Argument(
            help="A file of pings (.csv, .xlsx, .ndjson, .parquet) or a database URL.",
            metavar="PINGS",
            callback=file_or_database_url,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for streets.csv and grids.csv.")],
    plan: PlanOption = None,
    service_date: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="Judge this service date only.",
            show_default="every date that the pings touch",
        ),
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Also write the record behind each verdict.")
    ] = False,
    columns: MapOption = None,
    named_format: FormatOption = None,
    timezone: TimezoneOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    datum: DatumOption = None,
    encoding: EncodingOption = None,
    date_order: DateOrderOption = None,
    vehicle: VehicleOption = None,
    workers: Annotated[
        int, typer.Option(help="Vehicles to match at once; 0 for one a core.", min=0, max=1024)
    ] = 1,
    engine: EngineOption = None,
    scheduler: SchedulerOption = None,
    worker_memory: WorkerMemoryOption = None,
    kept: KeptOption = True,
) -> None:
    """Judge every street and grid of a plan in each of its windows.

    Writes streets.csv and grids.csv, with --evidence also evidence.ndjson,
    and prints how many streets of each operator have which verdict.

    \b
    Examples:
      pingcheng evaluate pings.csv --plan plan.toml --out verdicts
      pingcheng evaluate sqlite:///pings.db --plan plan.toml --out v \\
        --date 2022-03-28
      pingcheng evaluate day.parquet --plan plan.toml --out verdicts --workers 0
      pingcheng evaluate export.csv --plan plan.toml --out verdicts \\
        --format beidou
      pingcheng evaluate month.parquet --out verdicts \\
        --engine dask --workers 4

    \b
    Exit codes: 0 judged, 1 pings or plan cannot be used, 2 wrong use.
    """
    from analytics.verdicts.tables import write_tables

    day = service_date.date() if service_date else None
    if day and not 2000 <= day.year < 2100:
        raise typer.BadParameter(f"{day} is no date of this century", param_hint="--date")
    terms = FileTerms(
        columns, named_format, timezone, delimiter, decimal, datum, encoding, date_order, vehicle
    )
    if "://" in pings and terms.is_told:
        raise typer.BadParameter("--map, --format and the like go with a file")
    with (
        _progress() as show,
        # first, as its workers start while the plan is read
        engine_of(engine, workers, scheduler, worker_memory, kept=kept, tell=show) as working,
    ):
        read = read_plan_or_fail(given(plan or settings_or_fail().plan), day)
        try:
            with _source_of(pings, read, day, terms.file_format()) as (source, rejected):
                out.mkdir(parents=True, exist_ok=True)
                judgement = _judge(source, read, day, out, working, show, evidence=evidence)
                write_tables(judgement, out, read.timezone)
        except OSError as error:
            fail(f"{error.filename or out}: cannot be written ({error.strerror})")
    _tell_omissions(judgement, read, day)
    _print_summary(judgement, read, rejected)
    end_well(working)


@contextmanager
def _source_of(
    pings: str, plan: "Plan", day: date | None, file_format: "FileFormat"
) -> "Iterator[tuple[PingSource, Counter[str]]]":
    """Give where the pings of the plan's vehicles are, and how many rows were rejected, by code.

    Those of one date are read from a log while they are judged, as it is when that begins.
    """
    from analytics.verdicts.evaluation import HeldPings, ReadPings
    from ingest.fault import IngestError

    try:
        if "://" not in pings:
            yield _read_file(pings, plan, file_format)
            return
        from ingest.log.pinglog import open_log

        with open_log(pings, create=False) as log:
            rejected = Counter(log.counters().rejected_by_code)
            if day is None:
                yield HeldPings(log.read_pings(vehicles=plan.vehicles)), rejected
                return

            with log.at_one_instant() as read:
                yield ReadPings(read, [day]), rejected
    except IngestError as error:
        fail(str(error))


def _read_file(
    path: str, plan: "Plan", file_format: "FileFormat"
) -> "tuple[PingSource, Counter[str]]":
    from analytics.verdicts.evaluation import HeldPings
    from ingest.files.ping_file import read_ping_file

    recorded = read_ping_file(Path(path), known_vehicles=plan.vehicles, file_format=file_format)
    for note in recorded.notes:
        _tell(note)
    rejected = Counter(each.code.value for each in recorded.rejections)
    if recorded.pings.empty and rejected:
        told = ", ".join(f"{code} {count}" for code, count in rejected.most_common(3))
        fail(f"{path}: not one of its {rejected.total()} rows can be used ({told})")
    # at once, so that the pings as recorded do not stay in memory beside those judged
    return HeldPings(recorded.pings), rejected


def _judge(
    pings: "PingSource",
    plan: "Plan",
    day: date | None,
    out: Path,
    engine: "Engine",
    show: Callable[[str], None],
    *,
    evidence: bool,
) -> "Judgement":
    """Judge one date after the other, writing the evidence of each before the next."""
    from analytics.engine.dates import judged_dates
    from analytics.verdicts.judge import join
    from analytics.verdicts.tables import EVIDENCE_FILE
    from ingest.output_file import remove, replacing

    judgements = []
    with ExitStack() as stack:
        records = None
        if evidence:
            records = stack.enter_context(replacing(out / EVIDENCE_FILE))
        else:
            remove(out / EVIDENCE_FILE)  # it would be that of other verdicts
        dates = [day] if day else None
        write = records.writelines if records else None
        for judged_date, judged in judged_dates(pings, plan, dates, engine, evidence=write):
            judgements.append(judged)
            show(f"judged {judged_date.isoformat()}")
    return join(judgements)


@contextmanager
def _progress() -> "Iterator[Callable[[str], None]]":
    """Show what is done on stderr while it lasts, if that is a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("matching and judging ...") as status:
        yield status.update


def _tell_omissions(judgement: "Judgement", plan: "Plan", day: date | None) -> None:
    """Say on stderr what has no verdict, and why."""
    if judgement.misfits:
        from analytics.tracking.faults import warnings_of

        for text, misfits in judgement.misfits:
            for warning in warnings_of(misfits):
                typer.echo(plain(f"warning: {text}: {warning}"), err=True)
    for grid in plan.grids:
        if grid.id not in plan.sections_of_grid:
            _tell(f"grid {grid.id} has no located street: no verdict")
    judged = sorted(set(judgement.grids["service_date"]))
    if not judged:
        when = f"on {day.isoformat()}" if day else "on a date that the pings touch"
        _tell(f"no grid has service {when}: the tables are empty")
    early = [text for text in judged if text < plan.effective_from.isoformat()]
    if early:
        _tell(
            f"the plan is valid from {plan.effective_from.isoformat()}; judged before: {early[0]}"
        )


def _print_summary(judgement: "Judgement", plan: "Plan", rejected: "Counter[str]") -> None:
    from rich.console import Console

    from analytics.verdicts.compliance import count_by_operator, count_table

    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 100))
    if plan.schematic:
        console.print("Geometry: SCHEMATIC. The streets are drawn by a program, not surveyed.")
    for frame, what in ((judgement.streets, "Streets"), (judgement.grids, "Grids")):
        title = f"{what} in their windows, by operator and verdict"
        console.print(count_table(count_by_operator(frame, plan), title))
    unlocated = sum(len(plan.unlocated(grid)) for grid in plan.grids)
    console.print(f"Unlocated streets, not judged: {unlocated}")
    codes = ", ".join(f"{code} {count}" for code, count in sorted(rejected.items()))
    console.print(f"Fixes not used, outliers or beside all streets: {judgement.outlier_count}")
    unbelieved = ", ".join(f"{why} {count}" for why, count in judgement.unbelieved.items() if count)
    if unbelieved:
        console.print(f"Fixes not believed: {unbelieved}")
    console.print(f"Rejected rows: {rejected.total()}{f' ({codes})' if codes else ''}")


def _tell(line: str) -> None:
    typer.echo(plain(f"note: {line}"), err=True)
