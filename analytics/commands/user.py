"""The commands ``pingcheng user``: who may log in."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.commands.console import DatabaseOption, fail, settings_or_fail

if TYPE_CHECKING:
    from analytics.dashboard.access.audit_log import AuditLog
    from analytics.dashboard.access.users import Users

user_app = typer.Typer(
    name="user", help="Who may log in to the live page.", no_args_is_help=True,
    rich_markup_mode="rich",
)  # fmt: skip

NameArgument = Annotated[str, typer.Argument(help="The user's name.", metavar="NAME")]


@user_app.command("add")
def add(
    name: NameArgument,
    role: Annotated[
        str, typer.Option(help="viewer looks, operator acknowledges, admin also reads the audit.")
    ] = "viewer",
    database: DatabaseOption = None,
) -> None:
    """Add a user; the password is asked for, or read from the first line of stdin.

    \b
    Examples:
      pingcheng user add 值班员 --role operator
      pingcheng user add admin --role admin < password.txt

    \b
    Exit codes: 0 added, 1 it cannot be, 2 wrong use.
    """
    from analytics.dashboard.access.users import Role

    if role not in set(Role):
        raise typer.BadParameter(
            f"there is no role {role}; there are {', '.join(Role)}", param_hint="--role"
        )
    with _opened(database) as (users, audit):
        users.add(name, _read_password(), Role(role))
        audit.write(name, "console", "user_added", role)
    typer.echo(f"added {name}, {role}")


@user_app.command("list")
def list_users(database: DatabaseOption = None) -> None:
    """List the users with their roles.

    \b
    Examples:
      pingcheng user list --database sqlite:///pings.db

    \b
    Exit codes: 0 listed, 1 there is no such log, 2 wrong use.
    """
    with _opened(database) as (users, _):
        for user in users.all():
            typer.echo(f"{user.role.value:<9} {user.name}")


@user_app.command("remove")
def remove(name: NameArgument, database: DatabaseOption = None) -> None:
    """Remove a user and end their sessions.

    \b
    Examples:
      pingcheng user remove 值班员

    \b
    Exit codes: 0 removed, 1 there is no such user, 2 wrong use.
    """
    with _opened(database) as (users, audit):
        users.remove(name)
        audit.write(name, "console", "user_removed")
    typer.echo(f"removed {name}")


@user_app.command("password")
def password(name: NameArgument, database: DatabaseOption = None) -> None:
    """Give a user another password and end their sessions; it is asked for, or read from stdin.

    \b
    Examples:
      pingcheng user password 值班员

    \b
    Exit codes: 0 changed, 1 there is no such user, 2 wrong use.
    """
    with _opened(database) as (users, audit):
        users.set_password(name, _read_password())
        audit.write(name, "console", "password_changed")
    typer.echo(f"changed the password of {name}")


@user_app.command("prune")
def prune(
    older_than: Annotated[
        int | None,
        typer.Option(
            help="Delete entries older than this. [default: setting audit_days]",
            metavar="DAYS",
            min=1,
            max=36_500,
        ),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Delete old entries of the audit log: who logged in, from where, and what they did.

    Days are reckoned back from now, or from the newest fix that was stored if
    that is earlier: a clock that is far ahead deletes nothing new.
    `pingcheng nightly` does the same every night.

    \b
    Examples:
      pingcheng user prune --older-than 365 --database sqlite:///pings.db

    \b
    Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use.
    """
    from analytics.dashboard.access.audit_log import AuditLog
    from analytics.dashboard.serving.serving import now_ms
    from ingest.decoding.instant import format_instant
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    settings = settings_or_fail()
    days = settings.audit_days if older_than is None else older_than
    try:
        with open_log(database or settings.database, create=False) as log:
            before_ms = log.retention_ms(days, now_ms())
            if before_ms is None:
                fail("no ping was ever stored, so nothing tells whether this clock is right")
            deleted = AuditLog(log, now_ms).forget(before_ms)
    except IngestError as error:
        fail(str(error))
    typer.echo(f"deleted {deleted} entries from before {format_instant(before_ms)}")


@contextmanager
def _opened(database: str | None) -> "Iterator[tuple[Users, AuditLog]]":
    from analytics.dashboard.access.audit_log import AuditLog
    from analytics.dashboard.access.users import UserError, Users
    from analytics.dashboard.access.write_behind import WriteBehind
    from analytics.dashboard.serving.serving import now_ms
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    settings = settings_or_fail()
    try:
        with open_log(database or settings.database) as log, closing(WriteBehind()) as behind:
            yield Users(log, now_ms), AuditLog(log, now_ms, behind)
    except (IngestError, UserError) as error:
        fail(str(error))


def _read_password() -> str:
    """Ask for a password twice, or take the first line of stdin if that is no terminal."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
