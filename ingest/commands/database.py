"""The commands ``pingcheng database …`` and ``pingcheng archive``."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.commands.console import DatabaseOption, fail, progress_bar, settings_or_fail

database_app = typer.Typer(
    name="database", help="Look after the database of the ping log.", no_args_is_help=True
)


@database_app.command()
def migrate(database: DatabaseOption = None) -> None:
    """Bring the ping log to the schema of this version; make it if the database is empty.

    All happens in one transaction, so a migration that is cut short changes nothing. Stop ingest,
    and make a backup first: there is no way back.

    \b
    Examples:
      pingcheng database migrate --database sqlite:///pings.db
      pingcheng database migrate --database postgresql+psycopg://pingcheng@127.0.0.1/pings

    \b
    Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.log.database import connect
    from ingest.log.schema import migrate as bring_up

    try:
        engine = connect(database or settings_or_fail().database, create=True)
        try:
            before, after = bring_up(engine)
        finally:
            engine.dispose()
    except IngestError as error:
        fail(str(error))
    if before == after:
        typer.echo(f"the schema is {after} already, nothing to do")
    elif before is None:
        typer.echo(f"made a ping log with the schema {after}")
    else:
        typer.echo(f"migrated the ping log from the schema {before} to {after}")


@database_app.command()
def check(database: DatabaseOption = None) -> None:
    """Look the ping log over and tell everything that is wrong with it.

    Compares the tables with the schema, SQLite's file with itself, the counters with the rows they
    count, and the archived days with their hashes. Says by which release of the time zone database
    local times are reckoned.

    \b
    Examples:
      pingcheng database check --database sqlite:///pings.db

    \b
    Exit codes: 0 all is well, 1 something is wrong, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.log.check import faults_of
    from ingest.log.pinglog import open_log
    from ingest.time_zones import release, source

    try:
        with open_log(database or settings_or_fail().database, create=False) as log:
            faults = list(faults_of(log))
            told = log.counters().conservation()
    except IngestError as error:
        fail(str(error))
    for fault in faults:
        typer.echo(f"error: {fault}", err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"the ping log is sound: {told}")
    typer.echo(f"time zones: release {release() or 'unknown'}, of {source()}")


def archive(
    before: Annotated[
        str, typer.Option(help="The first day, in UTC, that stays.", metavar="YYYY-MM-DD")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the files; it must stay where it is.")],
    database: DatabaseOption = None,
) -> None:
    """Move old days out of the database into Parquet files, which are read as if nothing had moved.

    One file a UTC day. Pings that come later for such a day stay in the database until the next
    run, which puts them into the file. May be stopped at any time and run again.

    \b
    Examples:
      pingcheng archive --before 2022-01-01 --out archive --database sqlite:///pings.db

    \b
    Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.log.archive_moving import days_before, move_days
    from ingest.log.pinglog import open_log

    try:
        first = date.fromisoformat(before)
    except ValueError:
        raise typer.BadParameter(
            f"{before!r} is no date; write YYYY-MM-DD", param_hint="--before"
        ) from None
    if first > datetime.now(UTC).date():
        raise typer.BadParameter(f"{first} is still to come", param_hint="--before")
    before_ms = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() * 1000)
    count = 0
    try:
        with (
            open_log(database or settings_or_fail().database, create=False) as log,
            progress_bar("days into files", days_before(log, before_ms)) as advance,
        ):
            for day in move_days(log, before_ms, out):
                count += 1
                typer.echo(f"{day.date}: {day.pings} pings, {day.conflicts} conflicts → {day.path}")
                advance(1)
    except IngestError as error:
        fail(str(error))
    typer.echo(f"moved {count} days")
