"""What the commands of analytics share: the option ``--plan``, and how a plan is read."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.commands.console import fail

if TYPE_CHECKING:
    from geofence.installed.watch import PlanWatch
    from geofence.plan.plan import Plan

PlanOption = Annotated[
    Path | None,
    typer.Option(help="The plan.toml to judge by. [default: setting plan]", metavar="PLAN"),
]


def given(path: Path | None, option: str = "--plan") -> Path:
    """Insist on a path: a command that needs a plan was told of none by that option."""
    if path is None:
        raise typer.BadParameter(f"give {option}, or the setting plan", param_hint=option)
    return path


def read_plan_or_fail(path: Path, day: date | None = None) -> "Plan":
    """Read a plan; fail with all its faults if it cannot be used.

    Of a plan.toml that followed others at a date the one in force on `day` is read.
    """
    from geofence.installed.succession import file_in_force
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan

    chosen = path if day is None else file_in_force(path, day)
    try:
        return read_plan(chosen)
    except PlanError as error:
        fail(f"{chosen}: {error}")


def watch_plan_or_fail(path: Path, day: date | None, now_ms: int) -> "tuple[Plan, PlanWatch[Plan]]":
    """Read the plan in force on a date, by default today, and begin to watch its files."""
    from geofence.installed.succession import day_at, file_in_force
    from geofence.installed.watch import watch_plans
    from geofence.plan.fault import PlanError

    # what followed a date of the past is none to come
    watch = watch_plans(path, looks_ahead=day is None)
    shown = day or day_at(path, now_ms)
    try:
        return watch.begin([shown]), watch
    except PlanError as error:
        fail(f"{file_in_force(path, shown)}: {error}")
