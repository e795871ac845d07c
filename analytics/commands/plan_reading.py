"""What the commands of analytics share: the option ``--plan``, and how a plan is read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.commands.console import fail

if TYPE_CHECKING:
    from geofence.plan.plan import Plan

PlanOption = Annotated[
    Path | None,
    typer.Option(help="The plan.toml to judge by. [default: setting plan]", metavar="PLAN"),
]


def given(path: Path | None) -> Path:
    """Insist on a path: a command that needs a plan was told of none."""
    if path is None:
        raise typer.BadParameter("give --plan, or the setting plan", param_hint="--plan")
    return path


def read_plan_or_fail(path: Path) -> "Plan":
    """Read a plan; fail with all its faults if it cannot be used."""
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan

    try:
        return read_plan(path)
    except PlanError as error:
        fail(f"{path}: {error}")
