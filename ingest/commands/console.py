"""What the commands of ingest share: how they fail, wait for a signal, and learn the vehicles."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from ingest.decoding.acceptance import Area
    from ingest.settings.settings import Settings


def _not_empty(value: str | None) -> str | None:
    """Refuse an empty option, which a script gives whose variable is not set."""
    if value is not None and not value.strip():
        raise typer.BadParameter("it is empty; leave it out for the setting")
    return value


DatabaseOption = Annotated[
    str | None,
    typer.Option(
        help="SQLAlchemy URL of the ping log. [default: setting database]", callback=_not_empty
    ),
]


def fail(reason: str) -> NoReturn:
    """End the command with one line on stderr and exit code 1."""
    typer.echo(f"error: {reason}", err=True)
    raise typer.Exit(1)


def settings_or_fail() -> "Settings":
    """Read the settings; fail if one cannot be used."""
    from ingest.fault import SettingError
    from ingest.settings.settings import read_settings

    try:
        return read_settings()
    except SettingError as error:
        fail(str(error))


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while it lasts, if that is a terminal; what it gives moves it on."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.update(task, advance=count)


@contextmanager
def signalled() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set instead of ending the program at once."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def vehicles_of(plan: Path) -> frozenset[str]:
    """Read which vehicles a plan knows, own, lent and spare; fail if the plan is faulty."""
    # the plan's reader tells its faults with ValueError's subclass PlanError
    from geofence.plan.reader import read_roster

    try:
        return read_roster(plan).vehicles
    except ValueError as error:
        fail(f"{plan}: {error}")


def area_of(plan: Path) -> "Area | None":
    """Draw the area where a plan's fleet can be; None if no street of it can be read."""
    from geofence.plan.reader import read_extent
    from ingest.decoding.acceptance import Area

    try:
        extent = read_extent(plan)
    except ValueError as error:
        fail(f"{plan}: {error}")
    if extent is None:
        typer.echo(f"note: {plan}: no street can be read, so fixes may lie anywhere", err=True)
        return None
    return Area.around(*extent)
