"""What all commands share: how they fail and show progress."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ingest.plain_text import plain
from ingest.secret_text import has_password, url_without_secrets

if TYPE_CHECKING:
    from ingest.settings.settings import Settings


def _database_url(value: str | None) -> str | None:
    """Refuse an empty one, which a script gives whose variable is not set; warn of a password."""
    return None if value is None else file_or_database_url(value)


def file_or_database_url(value: str) -> str:
    """Refuse what is empty or a URL that lacks a slash; warn of a password."""
    if not value.strip():
        raise typer.BadParameter("it is empty; leave it out for the setting")
    if has_password(value):
        typer.echo(
            "note: a password on the command line can be read by everybody on this machine; set "
            "PINGCHENG_DATABASE, or database in pingcheng.toml, instead",
            err=True,
        )
    if re.match(r"(sqlite|postgresql)(\+\w+)?:(?!//)", value):
        raise typer.BadParameter(
            f"{url_without_secrets(value)!r} is no database URL; write sqlite:///pings.db or "
            "postgresql+psycopg://user@host/name"
        )
    return value


DatabaseOption = Annotated[
    str | None,
    typer.Option(
        help="SQLAlchemy URL of the ping log. [default: setting database]", callback=_database_url
    ),
]


def fail(reason: str) -> NoReturn:
    """End the command with one line on stderr and exit code 1."""
    typer.echo(plain(f"error: {reason}", keep="\n"), err=True)
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


def topic_or_refuse(value: str) -> str:
    """Take the topic of an option, or tell what to write."""
    from ingest.fault import SettingError
    from ingest.gateway.topic import check_topic

    try:
        return check_topic(value)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
