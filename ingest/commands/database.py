"""The commands ``pingcheng database …`` and ``pingcheng archive``."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.commands.console import DatabaseOption, fail, progress_bar, settings_or_fail
from ingest.plain_text import plain

database_app = typer.Typer(
    name="database", help="Look after the database of the ping log.", no_args_is_help=True
)
_NAMED = 5
"""Tables of others; whoever has more knows them."""


@database_app.command()
def migrate(
    database: DatabaseOption = None,
    to: Annotated[
        str | None,
        typer.Option(
            help="Bring it to this schema, such as 0006, for an older version.",
            show_default="that of this version",
        ),
    ] = None,
) -> None:
    """Bring the ping log to the schema of this version; make it if the database is empty.

    All happens in one transaction, so a migration that is cut short changes
    nothing. Stop ingest, and make a backup first. With --to a log goes back to
    the schema of an older version, with all its pings; what only the newer schema
    knows is dropped.

    \b
    Examples:
      pingcheng database migrate --database sqlite:///pings.db
      pingcheng database migrate --database sqlite:///pings.db --to 0006
      pingcheng database migrate \\
        --database postgresql+psycopg://pingcheng@127.0.0.1/pings

    \b
    Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.log.database import connect
    from ingest.log.schema import HEAD
    from ingest.log.schema import migrate as bring_up

    try:
        engine = connect(database or settings_or_fail().database, create=to is None)
        try:
            before, after = bring_up(engine, to or HEAD)
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
def check(
    database: DatabaseOption = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take in archive files that the log does not know.")
    ] = False,
    archive: Annotated[
        list[Path] | None,
        typer.Option(
            help="Look for archive files in this folder, too; may be given several times.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    segments: Annotated[
        bool, typer.Option("--segments", help="Compare sealed days with all their rows, too.")
    ] = False,
) -> None:
    """Look the ping log over and tell everything that is wrong with it.

    Compares the tables with the schema, SQLite's file with itself, the counters
    with the rows they count, the archived days with their hashes, and archive
    files that no day is recorded with, by their content, with the log. After a
    restore there may be some that are newer than the backup: --adopt takes in
    what they hold. It deletes nothing; a file of which the log has every row is
    noted as superseded, and pingcheng archive removes it after the grace time. A
    segment that is missing or was altered is a note, no error, for its day is
    read from the rows; --segments compares each with its rows, which takes some
    seconds for a million pings. Says which processes of ingest share the log, who
    holds which shares and what nobody holds, and by which release of the time
    zone database local times are reckoned.

    \b
    Examples:
      pingcheng database check --database sqlite:///pings.db
      pingcheng database check --adopt --archive /var/lib/pingcheng/archive
      pingcheng database check --segments --database sqlite:///pings.db

    \b
    Exit codes: 0 all is well, 1 something is wrong, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.leases.sharing import holders_told
    from ingest.log.check import faults_of, segment_faults, segment_notes
    from ingest.log.pinglog import open_log
    from ingest.recovery.adoption import adopt as take_in
    from ingest.time_zones import release, source

    folders = archive or []
    try:
        with open_log(database or settings_or_fail().database, create=False) as log:
            if adopt:
                for file in take_in(log, folders, _now_ms()):
                    how = "is its file now" if file.is_of_day else "were added to the log"
                    typer.echo(f"{file.date}: {file.rows} fixes of {file.path} {how}")
            faults, notes, told = list(faults_of(log, folders)), list[str](), ""
            holders = list[str]()
            if not faults:  # what is damaged may not be readable any further
                notes += segment_notes(log)
                faults += segment_faults(log) if segments else ()
                told, holders = log.counters().conservation(), holders_told(log)
    except IngestError as error:
        fail(str(error))
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    for fault in faults:
        typer.echo(f"error: {fault}", err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"the ping log is sound: {told}")
    for line in holders:
        typer.echo(line)
    typer.echo(f"time zones: release {release() or 'unknown'}, of {source()}")


@database_app.command()
def seal(
    database: DatabaseOption = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the segments, of this log only.",
            show_default="setting seal_folder, else beside the database: pings.db-segments",
        ),
    ] = None,
    quiet_hours: Annotated[
        int | None,
        typer.Option(
            help="Hours for which no ping has changed a day.",
            min=0,
            max=100_000,
            show_default="setting seal_quiet_hours: 6",
        ),
    ] = None,
) -> None:
    """Keep days that rest a second time as Parquet, from which they are read many times faster.

    A UTC day is sealed when it is over and no ping has changed it for some hours.
    The rows stay, and stay the truth: what comes later is read with the segment,
    and the next run seals the day anew. So is a segment that is missing or was
    altered. The folder may be deleted at any time. Broker, ingest and the page
    may go on meanwhile. May be stopped at any time and run again. A running
    ingest does the same by itself, unless the setting seal is false.

    \b
    Examples:
      pingcheng database seal --database sqlite:///pings.db
      pingcheng database seal --folder /var/lib/pingcheng/segments \\
        --quiet-hours 12

    \b
    Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.log.database import beside
    from ingest.log.pinglog import open_log
    from ingest.log.segments.files import SEGMENTS_SUFFIX
    from ingest.log.segments.sealing import seal_days, waiting_days

    settings = settings_or_fail()
    url = database or settings.database
    now_ms, count = _now_ms(), 0
    quiet_ms = settings.seal_quiet_ms if quiet_hours is None else quiet_hours * 3_600_000
    try:
        into = folder or settings.seal_folder or beside(url, SEGMENTS_SUFFIX)
        with (
            open_log(url, create=False) as log,
            progress_bar("days to seal", len(waiting_days(log, into, now_ms, quiet_ms))) as advance,
        ):
            for day in seal_days(log, into, now_ms=now_ms, quiet_ms=quiet_ms):
                count += 1
                each = Path(day.path).stat().st_size / day.pings
                typer.echo(f"{day.date}: {day.pings} pings, {each:.1f} bytes each → {day.path}")
                advance(1)
    except IngestError as error:
        fail(str(error))
    typer.echo(f"sealed {count} days")


@database_app.command()
def backup(
    out: Annotated[Path, typer.Argument(help="The folder to make; it must not be there.")],
    database: DatabaseOption = None,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder of the embedded broker's store, to be copied as well."),
    ] = None,
) -> None:
    """Copy the ping log, its archived days and a broker's store into a folder, as of one instant.

    Broker, ingest, the page and archive runs may go on meanwhile. The folder has
    its name once all of it is on disk; manifest.json in it tells what it holds,
    with checksums. It holds hashes of passwords: keep it as private as the
    database.

    \b
    Examples:
      pingcheng database backup /backup/pingcheng-2026-11-29
      pingcheng database backup backup-1 --database sqlite:///pings.db \\
        --store broker

    \b
    Exit codes: 0 done, 1 failed and nothing is left, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.recovery.backup import back_up

    try:
        made = back_up(
            database or settings_or_fail().database,
            out,
            store=store,
            now_ms=_now_ms(),
            progress=progress_bar,
        )
    except IngestError as error:
        fail(str(error))
    days = len(made.files_in("archive"))
    with_store = ", with the broker's store" if made.has_store else ""
    typer.echo(
        f"{out}: {made.counters.get('stored', 0)} pings, {days} archived days{with_store}; "
        f"{len(made.files)} files, {made.size / 1e6:.1f} MB"
    )
    if made.left_out:
        more = ", …" if len(made.left_out) > _NAMED else ""
        names = plain(", ".join(made.left_out[:_NAMED]))
        typer.echo(f"note: not of pingcheng, and not in the backup: {names}{more}", err=True)


@database_app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that backup made.")],
    database: DatabaseOption = None,
    archive: Annotated[
        Path | None,
        typer.Option(help="Where archived days shall be. [default: where they were]"),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Where the broker's store shall be; left out by default.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only look whether the backup is whole.")
    ] = False,
) -> None:
    """Put a backup back: a new database, its archived days, and a broker's store.

    Nothing is overwritten: an SQLite file that is there, a PostgreSQL database
    with tables, another file of a name in the archive, a store that is not empty
    are errors. Every checksum is compared first. Stop all of pingcheng before,
    and run as the user that it runs as. Afterwards, database check --adopt takes
    in archive files that are newer than the backup.

    \b
    Examples:
      pingcheng database restore /backup/pingcheng-2026-11-29 --dry-run
      pingcheng database restore backup-1 --database sqlite:///new.db \\
        --archive archive

    \b
    Exit codes: 0 done, 1 failed or damaged, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.log.database import shown_url
    from ingest.recovery.restore import plan_restore
    from ingest.recovery.restore import restore as put_back

    url = database or settings_or_fail().database
    try:
        plan = plan_restore(folder, url, archive=archive, store=store, progress=progress_bar)
        if not dry_run:
            put_back(folder, plan, progress_bar)
    except IngestError as error:
        fail(str(error))
    manifest = plan.manifest
    typer.echo(
        f"{'whole' if dry_run else 'restored'}: the log of {manifest.made}, "
        f"{manifest.counters.get('stored', 0)} pings, schema {manifest.schema} → {shown_url(url)}"
    )
    if plan.archive is not None:
        typer.echo(f"{plan.days} archived days → {plan.archive}")
    if manifest.has_store:
        typer.echo(f"broker's store → {store or 'left out; --store FOLDER puts it back'}")
    if not dry_run:
        look_in = "" if plan.archive is None else f" --archive {plan.archive}"
        typer.echo(f"next: pingcheng database check --adopt{look_in}")


def archive(
    before: Annotated[
        str, typer.Option(help="The first day, in UTC, that stays.", metavar="YYYY-MM-DD")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the files; it must stay where it is.")],
    database: DatabaseOption = None,
) -> None:
    """Move old days out of the database into Parquet files, which are read as if nothing had moved.

    One file a UTC day. Pings that come later for such a day stay in the database
    until the next run, which makes a new file with them. The old one is kept for
    the setting archive_grace_days and then removed, if the log has every row of
    it. May be stopped at any time and run again.

    \b
    Examples:
      pingcheng archive --before 2022-01-01 --out archive \\
        --database sqlite:///pings.db

    \b
    Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use.
    """
    from ingest.fault import IngestError
    from ingest.log.archive_moving import days_before, move_days, remove_superseded
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
    settings = settings_or_fail()
    try:
        with (
            open_log(database or settings.database, create=False) as log,
            progress_bar("days into files", days_before(log, before_ms)) as advance,
        ):
            for day in move_days(log, before_ms, out, now_ms=_now_ms()):
                count += 1
                typer.echo(f"{day.date}: {day.pings} pings, {day.conflicts} conflicts → {day.path}")
                advance(1)
            for path in remove_superseded(log, _now_ms(), settings.archive_grace_ms):
                typer.echo(f"removed {path}, superseded since {settings.archive_grace_days:g} days")
    except IngestError as error:
        fail(str(error))
    typer.echo(f"moved {count} days")


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
