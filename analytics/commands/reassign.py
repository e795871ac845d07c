"""The command ``pingcheng database reassign``: pings stored under the wrong truck, moved."""

import getpass
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.commands.fleet import timezone_of, vehicles_of
from ingest.plain_text import plain

_SHORTEST = "2022-03-28T12:00"


def reassign(
    from_vehicle: Annotated[
        str, typer.Option(help="Under whom the pings are stored.", metavar="VEHICLE")
    ],
    to_vehicle: Annotated[str, typer.Option(help="Whose they are.", metavar="VEHICLE")],
    from_instant: Annotated[
        str, typer.Option("--from", help="First instant, in the plan's zone.", metavar=_SHORTEST)
    ],
    until_instant: Annotated[
        str,
        typer.Option(
            "--until", help="First instant that is not moved any more.", metavar=_SHORTEST
        ),
    ],
    database: DatabaseOption = None,
    plan: Annotated[Path | None, typer.Option(help="The plan.toml in force now.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would happen.")] = False,
) -> None:
    """Move pings that were stored under the wrong vehicle, such as after a tracker was moved.

    The log then holds what it would if they had come under the right name, and
    the balance is kept. Nights that were judged are judged anew by the next
    pingcheng nightly. What is archived is not moved. Write the dates into
    devices.csv first, or what still comes goes wrong again. The audit log has an
    entry. A live page that runs shows it after it is started again.

    \b
    Examples:
      pingcheng database reassign --from-vehicle T02 --to-vehicle T01 \\
        --from 2022-03-28 \\
        --until "2022-03-28 12:00" --dry-run
      pingcheng database reassign --from-vehicle T02 --to-vehicle T01 \\
        --from 2022-03-28T07:00:00+08:00 --until 2022-03-28T12:00:00+08:00

    \b
    Exit codes: 0 moved or nothing to move, 1 failed, 2 wrong use.
    """
    from analytics.dashboard.access.audit_log import AuditLog
    from analytics.dashboard.serving.serving import now_ms
    from ingest.decoding.bounds import is_vehicle_id
    from ingest.decoding.instant import format_instant
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log
    from ingest.recovery.reassigning import Move
    from ingest.recovery.reassigning import reassign as move_pings

    settings = settings_or_fail()
    plan = plan or settings.plan
    zone = None if plan is None else timezone_of(plan)
    move = Move(
        from_vehicle,
        to_vehicle,
        _instant(from_instant, zone, "--from"),
        _instant(until_instant, zone, "--until"),
    )
    if from_vehicle == to_vehicle:
        raise typer.BadParameter("they are that vehicle's already", param_hint="--to-vehicle")
    if move.from_ms >= move.until_ms:
        raise typer.BadParameter("it must be later than --from", param_hint="--until")
    if not is_vehicle_id(to_vehicle):
        raise typer.BadParameter("no vehicle can be called so", param_hint="--to-vehicle")
    if plan is not None and to_vehicle not in vehicles_of(plan):
        fail(plain(f"{plan}: it has no vehicle {to_vehicle}, whose pings would judge nothing"))
    try:
        with open_log(database or settings.database, create=False) as log:
            moved = move_pings(log, move, dry_run=dry_run)
            beside = f" and {moved.events} events" if moved.events else ""
            span = f"{format_instant(move.from_ms)} until {format_instant(move.until_ms)}"
            if (moved.total or moved.events) and not dry_run:
                AuditLog(log, now_ms).write(
                    _user(), "console", "pings_reassigned",
                    f"{moved.total}{beside} of {from_vehicle} to {to_vehicle}, {span}",
                )  # fmt: skip
            told = log.counters().conservation()
    except IngestError as error:
        fail(str(error))
    verb = "would be moved" if dry_run else "moved"
    fixes = f"{moved.total} fixes{beside}"
    typer.echo(plain(f"{fixes} of {from_vehicle} {verb} to {to_vehicle}: {span}"))
    if moved.total != moved.stored:
        typer.echo(
            f"  of these {moved.stored} are new there, {moved.conflicting} more conflict, and "
            f"{moved.duplicate} were there already"
        )
    typer.echo(told)


def _instant(text: str, zone: str | None, option: str) -> int:
    from ingest.decoding.local_instant import read_local

    try:
        return read_local(text, zone)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {error}", param_hint=option) from None


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):  # a process may be of no user that has a name
        return getpass.getuser()
    return "unknown"
