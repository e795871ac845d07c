"""The command group ``pingcheng plan``: check a plan, import a notice, write the sample."""

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geofence.commands.console import fail, refuse_overwriting
from ingest.output_file import write_file
from ingest.plain_text import plain

if TYPE_CHECKING:
    from geofence.network.network import Network
    from geofence.notice.notice import Imported, NoticeTerms
    from geofence.plan.plan import Plan
    from geofence.review.trackers import Tracker

FitOf = Callable[["Plan", "Network", Path | str], tuple[str, str | None, Sequence["Tracker"]]]
"""Of a plan, its network and a file of pings or the URL of a log: what was looked at, what to warn
of, and which tasks were told."""
TrackersOf = Callable[["Plan"], Sequence["Tracker"]]
"""Of a plan, the devices that tell tasks, as far as they are known."""
_handed_in: list[FitOf] = []
_trackers_of: list[TrackersOf] = []

plan_app = typer.Typer(
    name="plan",
    help="Service plans: check one, make one of a published notice, write the sample.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

PLAN_FILE = "plan.toml"
REPORT_STEM = "import-report"
SAMPLE_FILES = (PLAN_FILE, "streets.geojson", "facilities.geojson")


def ask_fit_with(fit_of: FitOf) -> None:
    """Take who can read pings, which geofence cannot; raises ValueError if there are none."""
    _handed_in[:] = [fit_of]


def ask_trackers_with(trackers_of: TrackersOf) -> None:
    """Take who knows the trackers, which geofence does not."""
    _trackers_of[:] = [trackers_of]


@plan_app.command("check")
def check(
    plan: Annotated[Path, typer.Argument(help="The plan.toml to check.", metavar="PLAN")],
    pings: Annotated[
        Path | None,
        typer.Option(
            help="Recorded pings (.csv, .ndjson, .parquet): do they lie on the streets?",
            metavar="FILE",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="URL of a ping log: do the fixes of its last week lie on the streets?",
            metavar="URL",
        ),
    ] = None,
) -> None:
    """Read a plan and say what it holds, or everything that is wrong with it.

    Faults go to stderr, each with file, place, value and how to mend it.
    Sections that did not quite meet and were joined are listed with the place
    and the gap. Warnings tell what is odd but usable. With --pings or
    --database, also whether the streets fit what the plan's vehicles drove: a
    map in GCJ-02 or BD-09, or of another place, lies beside every fix.
    Where pingcheng.toml and devices.csv tell the types of trackers, also
    whether they can tell the tasks that their streets want; of pings, whether
    they ever did.

    \b
    Examples:
      pingcheng plan check plan.toml
      pingcheng plan check city/plan.toml && echo sound
      pingcheng plan check plan.toml --pings monday.csv
      pingcheng plan check plan.toml --database sqlite:///pings.db

    \b
    Exit codes: 0 sound, 1 broken or pings cannot be read, 2 wrong use.
    """
    from geofence.network.join_candidates import GAP_M
    from geofence.network.network import build_network
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan
    from geofence.review.review import warnings_of

    if pings is not None and database is not None:
        raise typer.BadParameter("give --pings or --database, not both", param_hint="--database")
    try:
        read = read_plan(plan)
    except PlanError as error:
        typer.echo(plain(f"{plan}: {error}", keep="\n"), err=True)
        raise typer.Exit(1) from None
    network = build_network(read.sections)
    trackers = [each for trackers_of in _trackers_of for each in trackers_of(read)]
    looked_at, of_fit = None, None
    source = pings if database is None else database
    if source is not None:
        try:
            looked_at, of_fit, seen = _handed_in[0](read, network, source)
        except ValueError as error:
            fail(str(error))
        trackers += seen
    warnings = [str(warning) for warning in warnings_of(read, network, trackers)]
    warnings += [of_fit] if of_fit else []
    typer.echo("\n".join(map(plain, _summary(read, network))))
    if network.joins:
        typer.echo(f"joins       {len(network.joins)}, across gaps of up to {GAP_M:g} m")
        for join in network.joins:
            typer.echo(plain(f"  {join}"))
    if looked_at is not None:
        typer.echo(f"pings       {looked_at}")
    typer.echo(f"warnings    {len(warnings)}")
    for warning in warnings:
        typer.echo(plain(f"  {warning}"))


def _summary(plan: "Plan", network: "Network") -> list[str]:
    streets = {(grid, section.name) for section in plan.sections for grid in section.grids}
    served = [bool(section.grids) for section in plan.sections]
    vehicles = {vehicle for grid in plan.grids for vehicle in grid.vehicles}
    drawn_km = network.section_length_m.sum() / 1000
    served_km = network.section_length_m[served].sum() / 1000
    unlocated = sum(len(plan.unlocated(grid)) for grid in plan.grids)
    lines = [
        plan.name,
        f"version     {plan.version[:12]}",
        f"valid from  {plan.effective_from.isoformat()}, {plan.timezone}",
        f"operators   {len(plan.operators)}",
        f"grids       {len(plan.grids)}",
        f"vehicles    {len(vehicles)}",
        f"windows     {sum(len(grid.windows) for grid in plan.grids)} a day at most",
        f"streets     {len(streets)} of grids, {unlocated} more unlocated",
        f"sections    {len(plan.sections)}, {drawn_km:.1f} km",
        f"  of grids  {sum(served)}, {served_km:.1f} km",
        f"facilities  {len(plan.facilities)}",
    ]
    if spares := {vehicle for operator in plan.operators for vehicle in operator.spares}:
        lines.append(f"spares      {len(spares)}")
    if plan.exemptions:
        lines.append(f"exceptions  {len(plan.exemptions)}, not judged")
    if plan.schematic:
        lines.append("geometry    SCHEMATIC: drawn by a program, not surveyed")
    return lines


@plan_app.command("import")
def import_(
    notice: Annotated[
        Path, typer.Argument(help="The published table: .tsv, .csv or .xlsx.", metavar="NOTICE")
    ],
    out: Annotated[Path, typer.Option(help="Folder for plan.toml and the report.")],
    name: Annotated[
        str, typer.Option(help="Name of the plan.", show_default="the file's name")
    ] = "",
    timezone: Annotated[str, typer.Option(help="Time zone of the windows.")] = "Asia/Shanghai",
    effective_from: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of the plan.", show_default="today"),
    ] = None,
    default_windows: Annotated[
        str, typer.Option(help="Windows of rows that state none.")
    ] = "08:00-21:00",
    night_windows: Annotated[
        str, typer.Option(help="Windows of night-shift rows that state none.")
    ] = "19:00-21:30",
    with_contacts: Annotated[
        bool, typer.Option("--with-contacts", help="Keep the operators' contacts in plan.toml.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files in the folder.")] = False,
) -> None:
    """Make a plan of a published table of collection grids.

    Writes plan.toml, and import-report.md and import-report.csv with
    everything that needed a decision. Drivers are never read; contacts
    only with --with-contacts.

    \b
    Examples:
      pingcheng plan import notice.tsv --out pingcheng
      pingcheng plan import notice.xlsx --out p --effective-from 2022-03-25
      pingcheng plan import notice.csv --out p --default-windows 08:00-20:00

    \b
    Exit codes: 0 written, 1 the notice cannot be read, 2 wrong use.
    """
    from geofence.commands.terms import today, windows_of
    from geofence.notice.notice import NoticeTerms, import_notice
    from geofence.plan.fault import GeofenceError

    now = today(timezone)
    terms = NoticeTerms(
        name=name.strip() or f"Collection plan of {notice.name}",
        effective_from=effective_from.date() if effective_from else now.date(),
        timezone=timezone,
        date_is_assumed=effective_from is None,
        default_windows=windows_of(default_windows, "--default-windows"),
        night_windows=windows_of(night_windows, "--night-windows"),
        keep_contacts=with_contacts,
    )
    report = [f"{REPORT_STEM}.md", f"{REPORT_STEM}.csv"]
    try:
        imported = import_notice(notice, terms)
        refuse_overwriting(out, [PLAN_FILE, *report], force=force)
        _write_import(out, imported, terms, notice.name)
    except (GeofenceError, OSError) as error:
        fail(str(error))
    plan = imported.plan
    typer.echo(f"{len(plan.grids)} grids of {len(plan.operators)} operators -> {out / PLAN_FILE}")
    typer.echo(f"{len(imported.decisions)} decisions to look through -> {out / report[0]}, .csv")
    typer.echo("The notice draws no street. To find its streets on a map:")
    typer.echo(f"  pingcheng plan locate {out / PLAN_FILE} --osm FILE")
    typer.echo("Without a map, to draw schematic ones:")
    typer.echo(f"  pingcheng city {out / PLAN_FILE} --out {out}")


def _write_import(out: Path, imported: "Imported", terms: "NoticeTerms", source: str) -> None:
    from geofence.notice.report import render_csv, render_imported_plan, render_markdown

    preface = (
        f"Imported from {source} by pingcheng plan import.\n"
        f"{REPORT_STEM}.md lists what had to be decided. The notice draws no street: pingcheng\n"
        "plan locate finds them on a map, writes streets.geojson and takes the line schematic away."
    )
    if terms.keep_contacts:
        preface += "\nContains contacts: keep this file private."
    out.mkdir(parents=True, exist_ok=True)
    texts = {
        PLAN_FILE: render_imported_plan(imported, preface),
        f"{REPORT_STEM}.md": render_markdown(imported, source),
        f"{REPORT_STEM}.csv": render_csv(imported.decisions),
    }
    for name, text in texts.items():
        write_file(out / name, text)


@plan_app.command("sample")
def sample(
    folder: Annotated[Path, typer.Argument(help="Folder to write to.", metavar="DIR")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite files in the folder.")] = False,
) -> None:
    """Write the plan that ships with pingcheng: 57 grids, schematic streets.

    \b
    Examples:
      pingcheng plan sample pingcheng
      pingcheng plan sample pingcheng && pingcheng plan check pingcheng/plan.toml

    \b
    Exit codes: 0 written, 1 the folder cannot be written, 2 wrong use.
    """
    shipped = resources.files("geofence") / "sample"
    try:
        refuse_overwriting(folder, SAMPLE_FILES, force=force)
        folder.mkdir(parents=True, exist_ok=True)
        for name in SAMPLE_FILES:
            write_file(folder / name, (shipped / name).read_bytes())
            typer.echo(str(folder / name))
    except OSError as error:
        fail(str(error))
    typer.echo("The streets are SCHEMATIC: drawn by a program, not surveyed.")
