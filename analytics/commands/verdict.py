"""The command group ``pingcheng verdict``: what was said of a street or grid, and its proof."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.commands.plan_reading import read_plan_or_fail
from analytics.wording.words import Language
from ingest.commands.console import DatabaseOption, fail, settings_or_fail

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from analytics.history.history import History
    from analytics.history.lookup import Place
    from analytics.history.street_events import StreetEvent
    from analytics.verdicts.evidence import Evidence
    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog

verdict_app = typer.Typer(
    name="verdict",
    help="Recorded verdicts: what proves one, and how it came about.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

GridArgument = Annotated[str, typer.Argument(help="Id of the grid.", metavar="GRID")]
DateArgument = Annotated[
    datetime, typer.Argument(help="The service date.", metavar="DATE", formats=["%Y-%m-%d"])
]
WindowArgument = Annotated[
    str, typer.Argument(help="As the plan writes it, such as 07:00-10:00.", metavar="WINDOW")
]
StreetArgument = Annotated[
    str, typer.Argument(help="Name of the street; without, the grid and all.", metavar="[STREET]")
]
PlanOption = Annotated[
    Path | None,
    typer.Option(help="The plan.toml that was judged by. [default: the stored one]"),
]
LanguageOption = Annotated[
    Language | None,
    typer.Option(help="Language of the text.", show_default="zh if the time zone is Chinese"),
]


@verdict_app.command("show")
def show(
    grid: GridArgument,
    service_date: DateArgument,
    window: WindowArgument,
    street: StreetArgument = "",
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="Judge again, from the record alone and from the log."),
    ] = False,
    geojson: Annotated[
        Path | None, typer.Option(help="Also write the evidence as a map, in WGS 84.")
    ] = None,
    plan: PlanOption = None,
    database: DatabaseOption = None,
    language: LanguageOption = None,
) -> None:
    """Print a recorded verdict with all that proves it.

    Of a street: its verdict and revisions, the pings, the gaps, and for each
    section what was covered when, what is missing and what is ambiguous.
    Without STREET: the grid's verdict and those of its streets.

    \b
    Examples:
      pingcheng verdict show JY01 2022-03-28 07:00-10:00 云中街
      pingcheng verdict show JY01 2022-03-28 07:00-10:00 --recompute
      pingcheng verdict show JY01 2022-03-28 07:00-10:00 云中街 \\
        --geojson street.geojson

    \b
    Exit codes: 0 shown and, if recomputed, proved again, 1 not recorded or not
    proved, 2 wrong use.
    """
    from analytics.history.lookup import Place, absent, newest
    from analytics.history.revisions import EXEMPT, WITHDRAWN
    from analytics.history.street_events import read_events_on

    place = Place(grid, service_date.date(), window, street)
    with _history(database) as (log, history):
        rows = newest(history, place)
        own = rows[rows["street"] == street]
        if own.empty:
            fail(absent(history, place))
        judged = rows[~rows["verdict"].isin([EXEMPT, WITHDRAWN]) & (rows["street"] != "")]
        if street:
            judged = judged[judged["street"] == street]
        records = {
            name: history.evidence(place.day, grid, window, name)
            for name in judged["street"].astype(str)
        }
        read = _plan(history, place.day, plan)
        told = language or _language_of(read)
        events = read_events_on(log, records)
        _print(history, place, own, rows, records, read, told)
        if street:
            _print_events(events, read, told)
        if geojson is not None:
            _write_geojson(geojson, records.values(), events)
        is_proved = True
        if recompute:
            is_proved = _recompute(log, place, own, rows, records, (read, told))
    if not is_proved:
        raise typer.Exit(1)


@verdict_app.command("history")
def history(
    grid: GridArgument,
    service_date: DateArgument,
    window: WindowArgument,
    street: StreetArgument = "",
    plan: PlanOption = None,
    database: DatabaseOption = None,
    language: LanguageOption = None,
) -> None:
    """List every revision of a verdict: what it said, when, why and by which plan.

    \b
    Examples:
      pingcheng verdict history JY01 2022-03-28 07:00-10:00 云中街
      pingcheng verdict history JY01 2022-03-28 07:00-10:00 --language en

    \b
    Exit codes: 0 listed, 1 not recorded or the database cannot be used,
    2 wrong use.
    """
    from analytics.history.lookup import Place, absent
    from analytics.history.text import VerdictText

    place = Place(grid, service_date.date(), window, street)
    with _history(database) as (_, kept):
        found = kept.revisions(grid, place.day, window, street)
        if found.empty:
            fail(absent(kept, place))
        read = _plan(kept, place.day, plan)
    typer.echo(str(place))
    _print_table(VerdictText(language or _language_of(read), read.timezone).revisions(found))


@contextmanager
def _history(database: str | None) -> "Iterator[tuple[PingLog, History]]":
    from analytics.history.history import History
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    try:
        with open_log(database or settings_or_fail().database, create=False) as log:
            yield log, History(log)
    except IngestError as error:
        fail(str(error))


def _plan(history: "History", day: date, path: Path | None) -> "Plan":
    """Take the plan by which the date was judged last: the one stored, or the one given."""
    from analytics.history.history import HistoryError
    from analytics.history.lookup import judged_by

    version = judged_by(history, day)
    if path is None:
        try:
            return history.plan(version)
        except HistoryError as error:
            fail(f"{error}; or give it with --plan")
    read = read_plan_or_fail(path)
    if read.version != version:
        fail(
            f"{path}: the date was judged by the plan {version}, and this is {read.version}; "
            "leave out --plan to take the stored one"
        )
    return read


def _language_of(plan: "Plan") -> Language:
    from analytics.wording.words import language_of

    return language_of(plan.timezone)


def _print(
    history: "History",
    place: "Place",
    own: "pd.DataFrame",
    rows: "pd.DataFrame",
    records: "Mapping[str, Evidence]",
    plan: "Plan",
    language: Language,
) -> None:
    from analytics.history.text import VerdictText
    from analytics.wording.words import Words

    words, text = Words(language), VerdictText(language, plan.timezone)
    row = own.iloc[0]
    verdict = words.of("verdict", row["verdict"]) or "–"
    typer.echo(str(place))
    if plan.schematic:
        typer.echo(text.label("schematic"))
    typer.echo(f"{verdict} ({words.of('status', row['status'])})")
    if row["flags"]:
        typer.echo(words.of("flag", row["flags"]))
    revisions = history.revisions(place.grid, place.day, place.window, place.street)
    _print_table(text.revisions(revisions))
    if not place.street:
        _print_table(text.streets(rows[rows["street"] != ""]))
        return
    for record in records.values():
        for line in text.evidence(record):
            typer.echo(line)


def _print_events(
    events: "list[tuple[str, StreetEvent]]", plan: "Plan", language: Language
) -> None:
    from analytics.history.text import VerdictText

    for line in VerdictText(language, plan.timezone).events([found for _, found in events]):
        typer.echo(line)


def _print_table(table: "Table") -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 160))
    console.print(table)


def _write_geojson(
    path: Path, records: "Iterable[Evidence]", events: "list[tuple[str, StreetEvent]]"
) -> None:
    from analytics.history.evidence_geojson import evidence_geojson
    from ingest.output_file import replacing

    drawn = evidence_geojson(list(records), events)
    try:
        with replacing(path) as out:
            out.write(json.dumps(drawn, ensure_ascii=False).encode())
    except OSError as error:
        fail(f"{error.filename or path}: cannot be written ({error.strerror})")
    typer.echo(f"{path}: {len(drawn['features'])} features")


def _recompute(
    log: "PingLog",
    place: "Place",
    own: "pd.DataFrame",
    rows: "pd.DataFrame",
    records: "Mapping[str, Evidence]",
    judged_by: "tuple[Plan, Language]",
) -> bool:
    """Judge again and say what came out; tell whether all agrees."""
    from analytics.history.recompute import judge_again, recompute
    from analytics.history.text import VerdictText
    from analytics.verdicts.evaluation import plan_horizon

    plan, language = judged_by
    if not records:
        fail(f"{place} is not judged, so there is nothing to recompute")
    chosen = own if place.street else rows
    columns = (chosen[name].tolist() for name in ("street", "verdict", "served_ratio"))
    recorded = {
        street: (verdict, ratio)
        for street, verdict, ratio in zip(*columns, strict=True)
        if not street or street in records
    }
    start_ms, end_ms = plan_horizon(plan, place.day) or (0, 0)
    vehicles = {ping.vehicle_id for record in records.values() for ping in record.pings}
    pings = log.read_pings(start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
    judged = judge_again(pings, plan, place.day, place.grid, place.window)
    found = recompute(records, recorded, judged)
    for line in VerdictText(language, plan.timezone).recomputed(found):
        typer.echo(line)
    if not all(each.log_agrees for each in found):
        typer.echo(
            "note: the log may hold pings that came later; pingcheng report --date "
            f"{place.day.isoformat()} --out reports revises the verdicts by them",
            err=True,
        )
    return all(each.record_agrees and each.log_agrees for each in found)
