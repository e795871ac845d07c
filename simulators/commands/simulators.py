"""The commands ``pingcheng simulate``, ``replay``, ``city`` and ``score``."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulators.receivers.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from geofence.plan.plan import Plan
    from ingest.broker.address import BrokerAddress
    from simulators.fleet.fleet import SimulatedDay, SimulationSettings
    from simulators.truth.score import Score

simulators_app = typer.Typer(
    help="Simulated trucks and cities, replay of recorded days, scores against the truth.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

SYNTHETIC_PREFACE = "Made up by pingcheng city: no operator, plate or street here is real."
SCHEMATIC_MARK = '"schematic": true'
SHOWN_ERRORS = 20

BurstOption = Annotated[
    int, typer.Option(min=1, max=1000, help="Fixes a tracker sends in one message.")
]
SpeedOption = Annotated[
    str, typer.Option(help="Times faster than recorded, such as 60, or max.", metavar="X|max")
]


@simulators_app.command("simulate")
def simulate(
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The service date.")],
    scenario: Annotated[
        Scenario, typer.Option(help="What goes wrong: nothing, or one kind, or a mixture.")
    ] = Scenario.CLEAN,
    plan: Annotated[
        Path | None, typer.Option(help="The plan.toml to drive. [default: setting plan]")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same day.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write pings here: .parquet, .csv or .ndjson.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Write the ground truth here (CSV).")] = None,
    broker: Annotated[
        str | None, typer.Option(help="Publish pings to mqtt://HOST:PORT instead.")
    ] = None,
    speed: SpeedOption = "1",
    interval: Annotated[float, typer.Option(help="Seconds between two fixes.")] = 10.0,
    sigma_m: Annotated[
        float, typer.Option("--sigma-m", help="Standard deviation of GPS errors, metres.")
    ] = 4.0,
    burst: BurstOption = 1,
    grids: Annotated[
        str, typer.Option(help="Only the trucks of these grids.", metavar="JY01,JY02")
    ] = "",
    working: Annotated[
        bool, typer.Option("--working", help="Let trackers report whether the truck collects.")
    ] = False,
) -> None:
    """Drive every truck of a plan through a service date, into a file or over MQTT.

    \b
    Scenarios:
      clean    all done in time
      late     some streets after their window
      skip     some streets missed or half done
      gap      trackers silent for 5 to 40 minutes
      make_up  some streets missed, and collected later that day
      mixed    late, skip and gap, over a bad wire

    \b
    Examples:
      pingcheng simulate --plan plan.toml --date 2022-04-01 \\
          --scenario skip --seed 1 --out pings.parquet --truth truth.csv
      pingcheng simulate --plan plan.toml --date 2022-04-01 \\
          --broker mqtt://127.0.0.1:1883 --speed 60 --burst 6

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    if (out is None) == (broker is None):
        raise typer.BadParameter("give either --out FILE or --broker URL")
    if out is not None and burst > 1:
        raise typer.BadParameter("--burst groups messages: it needs --broker")
    if not 2000 <= date.year < 2100:
        raise typer.BadParameter(f"{date:%Y-%m-%d} is no date of this century", param_hint="--date")
    factor = _factor(speed)
    address = None if broker is None else _address(broker)
    from ingest.fault import PingFileError
    from ingest.files.ping_file import write_ping_file

    read = _read_plan(plan or _plan_in_force())
    settings = _settings(interval, sigma_m, working)
    day = _simulated(read, date, scenario, seed, settings, grids)
    try:
        if truth is not None:
            from simulators.truth.truth import write_truth

            write_truth(day.truth, truth)
        if out is not None:
            write_ping_file(day.pings, out)
    except (OSError, PingFileError) as error:
        raise _failure(str(error)) from None
    typer.echo(
        f"simulated {len(day.kinds)} grids, {len(day.trucks)} vehicles, {len(day.pings)} pings, "
        f"{len(day.truth)} streets and windows"
    )
    if address is not None:
        typer.echo(f"published {_published(day.pings, address, factor, burst)} pings")


@simulators_app.command("replay")
def replay(
    file: Annotated[Path, typer.Argument(help="Pings as CSV, NDJSON or Parquet.", metavar="FILE")],
    broker: Annotated[str, typer.Option(help="Where to: mqtt://HOST:PORT.")],
    speed: SpeedOption = "1",
    burst: BurstOption = 1,
) -> None:
    """Publish a recorded day over MQTT with its own timing.

    A file with the column received_time is sent in its own order, at those
    instants; any other in order of event_time. Returns when the broker has
    acknowledged every message.

    \b
    Examples:
      pingcheng replay polls.csv.gz --broker mqtt://127.0.0.1 --speed max
      pingcheng replay pings.csv --broker mqtt://127.0.0.1 --speed 60

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    factor, address = _factor(speed), _address(broker)
    from ingest.fault import PingFileError
    from ingest.files.ping_file import read_ping_file

    try:
        recorded = read_ping_file(file)
    except PingFileError as error:
        raise _failure(str(error)) from None
    if recorded.rejections:
        typer.echo(f"{file}: {len(recorded.rejections)} rows are no pings, not sent", err=True)
    typer.echo(f"published {_published(recorded.pings, address, factor, burst)} pings")


@simulators_app.command("city")
def city(
    out: Annotated[Path, typer.Option(help="Folder for streets.geojson and facilities.geojson.")],
    plan: Annotated[
        Path | None, typer.Argument(help="A plan.toml whose streets to draw.", metavar="PLAN")
    ] = None,
    grids: Annotated[
        int | None, typer.Option(min=1, help="Make up a plan of so many grids instead.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same city.")] = 57,
) -> None:
    """Draw a schematic street network: a stage for trucks, not a map of any city.

    \b
    Examples:
      pingcheng city plan.toml --out .       streets for the grids of a plan
      pingcheng city --grids 500 --out big   a made-up plan and its streets

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    if (plan is None) == (grids is None):
        raise typer.BadParameter("give either a PLAN or --grids N")
    from simulators.city.city import generate_city, write_city
    from simulators.city.roster import synthetic_roster

    for name in ("streets.geojson", "facilities.geojson"):
        _refuse_to_overwrite(out / name, SCHEMATIC_MARK, "is not schematic")
    if grids is not None:
        _refuse_to_overwrite(out / "plan.toml", SYNTHETIC_PREFACE, "is no made-up plan")
        roster = synthetic_roster(grids, seed)
    elif plan is not None:
        roster = _read_plan(plan, with_streets=False)
    try:
        drawn = generate_city(roster.grids, seed)
        write_city(drawn, out)
        if grids is not None:
            from geofence.plan.writer import render_plan

            text = render_plan(roster, preface=SYNTHETIC_PREFACE)
            (out / "plan.toml").write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _failure(str(error)) from None
    typer.echo(
        f"drew {len(drawn.sections)} sections for {len(roster.grids)} grids in {out}: "
        "SCHEMATIC, not surveyed"
    )


@simulators_app.command("score")
def score(
    folder: Annotated[
        Path, typer.Argument(help="What evaluate wrote: holds streets.csv.", metavar="DIR")
    ],
    truth: Annotated[Path, typer.Option(help="The truth that simulate wrote.")],
    plan: Annotated[
        Path | None,
        typer.Option(help="The plan judged by, if it has thresholds of its own."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts as JSON.")] = False,
) -> None:
    """Compare verdicts with the simulated truth.

    A street whose true ratio lies within 0.03 of a threshold is left out.
    Unknown is accepted where the tracker was silent.

    \b
    Examples:
      pingcheng score report --truth truth.csv
      pingcheng score report --truth truth.csv --json

    \b
    Exit codes: 0 all right, 1 a wrong verdict or unreadable file, 2 wrong use.
    """
    import json

    from simulators.truth.score import ScoreError
    from simulators.truth.score import score as score_files

    try:
        rules = None if plan is None else _read_plan(plan, with_streets=False).rules
        result = score_files(folder / "streets.csv", truth, rules)
    except ScoreError as error:
        raise _failure(str(error)) from None
    typer.echo(json.dumps(result.counts()) if as_json else _rendered(result))
    if not result.passed:
        raise typer.Exit(1)


def _rendered(result: "Score") -> str:
    lines = ["verdicts (columns) against truth (rows)", result.confusion.to_string(), ""]
    lines += [f"{name:<20}{count:>7}" for name, count in result.counts().items()]
    if len(result.errors):
        lines += ["", result.errors.head(SHOWN_ERRORS).to_string(index=False)]
        if len(result.errors) > SHOWN_ERRORS:
            lines.append(f"… and {len(result.errors) - SHOWN_ERRORS} more")
    return "\n".join(lines)


def _read_plan(path: Path, *, with_streets: bool = True) -> "Plan":
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan, read_roster

    try:
        return read_plan(path) if with_streets else read_roster(path)
    except PlanError as error:
        raise _failure(f"{path}: {error}") from None


def _plan_in_force() -> Path:
    from ingest.fault import SettingError
    from ingest.settings.settings import read_settings

    try:
        path = read_settings().plan
    except SettingError as error:
        raise _failure(str(error)) from None
    if path is None:
        raise typer.BadParameter("give --plan, or the setting plan", param_hint="--plan")
    return path


def _settings(interval_s: float, sigma_m: float, working: bool) -> "SimulationSettings":
    from simulators.fleet.fleet import SimulationSettings
    from simulators.receivers.receiver import ReceiverSettings

    try:
        receiver = ReceiverSettings(interval_s=interval_s, sigma_m=sigma_m, reports_working=working)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return SimulationSettings(receiver=receiver)


def _simulated(
    plan: "Plan",
    date: datetime,
    scenario: Scenario,
    seed: int,
    settings: "SimulationSettings",
    grids: str,
) -> "SimulatedDay":
    from simulators.fleet.fleet import UnknownGridError, simulate_day

    only = tuple(name.strip() for name in grids.split(",") if name.strip())
    if grids and not only:
        raise typer.BadParameter(f"names no grid: {grids!r}", param_hint="--grids")
    vehicles = {vehicle for grid in plan.grids for vehicle in grid.vehicles}
    with _progress("driving", len(vehicles)) as advance:
        try:
            return simulate_day(
                plan,
                date.date(),
                scenario,
                seed,
                settings=settings,
                only_grids=only,
                on_truck=lambda _vehicle: advance(1),
            )
        except UnknownGridError as error:
            raise typer.BadParameter(str(error)) from None


def _published(pings: "pd.DataFrame", broker: "BrokerAddress", speed: float, burst: int) -> int:
    from simulators.replay.replay import ReplayError, messages, publish

    with _progress("publishing", len(pings)) as advance:
        try:
            return publish(messages(pings, burst), broker, speed, on_acknowledged=advance)
        except ReplayError as error:
            raise _failure(str(error)) from None


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress on stderr if it is a terminal; gives the function that advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.advance(task, count)


def _factor(text: str) -> float:
    try:
        factor = math.inf if text == "max" else float(text)
    except ValueError:
        factor = 0.0
    if not factor > 0:
        raise typer.BadParameter(f"--speed takes max or a number above 0, got {text!r}")
    return factor


def _address(text: str) -> "BrokerAddress":
    from ingest.broker.address import BrokerAddress
    from ingest.fault import SettingError

    try:
        return BrokerAddress.parse(text)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None


def _refuse_to_overwrite(path: Path, mark: str, complaint: str) -> None:
    """Protect a file that no earlier run of this command wrote."""
    if path.is_file() and mark not in path.read_text(encoding="utf-8", errors="replace")[:500]:
        raise _failure(f"{path} {complaint} and would be overwritten: choose another --out")


def _failure(message: str) -> typer.Exit:
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(1)
