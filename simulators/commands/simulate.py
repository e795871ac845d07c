"""The command ``pingcheng simulate``."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulators.commands.console import failure, progress, read_plan_or_fail
from simulators.commands.wire import BurstOption, SpeedOption, address_of, publish_all, speed_factor
from simulators.receivers.scenario import Scenario

if TYPE_CHECKING:
    from geofence.plan.plan import Plan
    from simulators.fleet.fleet import SimulatedDay, SimulationSettings


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
    tasks: Annotated[
        bool, typer.Option("--tasks", help="Let trackers report the tasks that the plan wants.")
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
    factor = speed_factor(speed)
    address = None if broker is None else address_of(broker)
    from ingest.fault import PingFileError
    from ingest.files.ping_file import write_ping_file

    read = read_plan_or_fail(plan or _plan_in_force())
    settings = _settings(interval, sigma_m, working, tasks)
    day = _simulated(read, date, scenario, seed, settings, grids)
    try:
        if truth is not None:
            from simulators.truth.truth import write_truth

            write_truth(day.truth, truth)
        if out is not None:
            write_ping_file(day.pings, out)
    except (OSError, PingFileError) as error:
        raise failure(str(error)) from None
    typer.echo(
        f"simulated {len(day.kinds)} grids, {len(day.trucks)} vehicles, {len(day.pings)} pings, "
        f"{len(day.truth)} streets and windows"
    )
    if address is not None:
        typer.echo(f"published {publish_all(day.pings, address, factor, burst)} pings")


def _plan_in_force() -> Path:
    from ingest.fault import SettingError
    from ingest.settings.settings import read_settings

    try:
        path = read_settings().plan
    except SettingError as error:
        raise failure(str(error)) from None
    if path is None:
        raise typer.BadParameter("give --plan, or the setting plan", param_hint="--plan")
    return path


def _settings(
    interval_s: float, sigma_m: float, working: bool, tasks: bool
) -> "SimulationSettings":
    from simulators.fleet.fleet import SimulationSettings
    from simulators.receivers.receiver import ReceiverSettings

    try:
        receiver = ReceiverSettings(
            interval_s=interval_s, sigma_m=sigma_m, reports_working=working, reports_tasks=tasks
        )
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
    with progress("driving", len(vehicles)) as advance:
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
