"""What the commands of plans share: how they fail, spare files and show progress."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from ingest.plain_text import plain


def fail(reason: str) -> NoReturn:
    """End the command with its reason on stderr and exit code 1."""
    typer.echo(plain(f"error: {reason}", keep="\n"), err=True)
    raise typer.Exit(1)


def refuse_overwriting(folder: Path, names: Sequence[str], *, force: bool) -> None:
    """Raise FileExistsError if a file would be overwritten unasked."""
    present = [name for name in names if (folder / name).exists()]
    if present and not force:
        raise FileExistsError(
            f"{folder} already holds {', '.join(present)}; give --force to overwrite"
        )


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr if that is a terminal; what it gives takes how much of how much."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
