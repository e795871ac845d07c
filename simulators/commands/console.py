"""What the commands of the simulators share: how they fail, read a plan and show progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ingest.plain_text import plain

if TYPE_CHECKING:
    from geofence.plan.plan import Plan


def failure(message: str) -> typer.Exit:
    """Say on stderr what failed; raise what this gives, for exit code 1."""
    typer.echo(plain(f"error: {message}", keep="\n"), err=True)
    return typer.Exit(1)


def note(message: str) -> None:
    """Say on stderr what goes on; from any thread."""
    typer.echo(plain(f"note: {message}", keep="\n"), err=True)


def read_plan_or_fail(path: Path, *, with_streets: bool = True) -> "Plan":
    """Read a plan; fail with all its faults."""
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan, read_roster

    try:
        return read_plan(path) if with_streets else read_roster(path)
    except PlanError as error:
        raise failure(f"{path}: {error}") from None


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
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
