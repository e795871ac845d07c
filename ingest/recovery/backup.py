"""Makes a backup: one folder with a database, its archived days and a broker's store, which fit.

The store comes first. What ingest takes out of it meanwhile is in the database, which is copied
after it and as of one instant; what is in both is a duplicate to ingest. Last come the archive
files that the copy of the database names, each compared with its hash.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import sync_folder
from ingest.log.database import connect, driver_errors, log_error, reading, shown_url
from ingest.log.schema import check_known, revision_of
from ingest.log.tables import EVERY_TABLE, archived_days, counters, log_identity
from ingest.recovery import postgres_copy
from ingest.recovery.manifest import (
    ARCHIVE,
    DATABASE,
    FORMAT,
    STORE,
    Advance,
    Entry,
    Manifest,
    Progress,
    copy,
    entry_of,
    write_manifest,
)
from ingest.recovery.sqlite_copy import copy_sqlite
from ingest.recovery.store_copy import copy_store, files_below, files_of, without_newcomer

SQLITE_FILE = "pings.db"


def back_up(
    url: str, out: Path, *, store: Path | None, now_ms: int, progress: Progress
) -> Manifest:
    """Make a backup of a log in a new folder, which has its name once all of it is on disk.

    Raises
    ------
    LogError
        If the folder is there already or cannot be written to, there is no log or no
        store, or a file of an archived day is not as it was written.
    """
    if out.exists() or out.is_symlink():
        raise LogError(f"{out} is there already, and nothing is overwritten; give another name")
    if not out.parent.is_dir():
        raise LogError(f"{out} cannot be made: {out.parent} is no folder")
    if store is not None:
        files_of(store)  # tells at once what is wrong with it
    engine = connect(url, create=False)
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        with _made(unfinished, out):
            if store is not None:
                with without_newcomer(store):
                    size = _size_of(store)
                    with progress("broker's store", size) as advance:
                        copy_store(store, unfinished / STORE, advance)
            manifest = _copy_log(engine, url, unfinished, now_ms, progress)
            with progress("checksums", _size_of(unfinished)) as advance:
                files = _entries(unfinished, advance)
            manifest = msgspec.structs.replace(manifest, files=files, has_store=store is not None)
            write_manifest(unfinished, manifest)
    except OSError as error:
        if isinstance(error, LogError):
            raise
        raise LogError(f"the backup {out} cannot be made: {error.strerror or error}") from error
    finally:
        engine.dispose()
    return manifest


@contextmanager
def _made(unfinished: Path, out: Path) -> Iterator[None]:
    """Make a folder that gets its name at the end, or is removed."""
    if unfinished.exists():
        raise LogError(
            f"{unfinished} is left of a backup that was cut short, or one is being made; delete it "
            "if none is"
        )
    unfinished.mkdir(mode=0o700)  # it holds hashes of passwords, and of sessions
    try:
        yield
        if out.exists():
            raise LogError(f"{out} has come into being meanwhile, and nothing is overwritten")
        unfinished.rename(out)
        sync_folder(out.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _copy_log(
    engine: sa.Engine, url: str, folder: Path, now_ms: int, progress: Progress
) -> Manifest:
    """Copy database and archive files; give the manifest but for the list of files."""
    (folder / DATABASE).mkdir()
    (folder / ARCHIVE).mkdir()
    try:
        if engine.dialect.name == "sqlite":
            manifest, days = _copy_sqlite(engine, url, folder / DATABASE, now_ms, progress)
        else:
            manifest, days = _copy_postgres(engine, url, folder / DATABASE, now_ms, progress)
    except driver_errors(engine) as error:
        raise log_error(engine, "copied", error) from error
    with progress("archived days", len(days)) as advance:
        for path, sha256 in days:
            _copy_day(Path(path), sha256, folder / ARCHIVE)
            advance(1)
    return manifest


def _copy_sqlite(
    engine: sa.Engine, url: str, folder: Path, now_ms: int, progress: Progress
) -> tuple[Manifest, list[tuple[str, str]]]:
    database, copied = Path(engine.url.database or ""), folder / SQLITE_FILE
    with progress("database", database.stat().st_size) as advance:
        copy_sqlite(database, copied, advance)
    # of the copy: the log may have gone on
    own = sa.create_engine(sa.URL.create("sqlite", database=str(copied)))
    try:
        with own.connect() as connection:
            return _facts(connection, url, now_ms)
    finally:
        own.dispose()


def _copy_postgres(
    engine: sa.Engine, url: str, folder: Path, now_ms: int, progress: Progress
) -> tuple[Manifest, list[tuple[str, str]]]:
    with reading(engine) as connection:
        manifest, days = _facts(connection, url, now_ms)
        columns = postgres_copy.columns_of(connection, EVERY_TABLE)
        left_out = tuple(sorted(set(sa.inspect(connection).get_table_names()) - EVERY_TABLE))
        with progress("database", postgres_copy.size_of(connection, list(columns))) as advance:
            postgres_copy.copy_out(connection, columns, folder, advance)
        # last: numbers that were given meanwhile are not given again
        told = postgres_copy.sequences_of(connection, list(columns))
    sequences = {name: value for name, value in told.items() if value is not None}
    more = {"columns": columns, "sequences": sequences, "left_out": left_out}
    return msgspec.structs.replace(manifest, **more), days


def _facts(
    connection: sa.Connection, url: str, now_ms: int
) -> tuple[Manifest, list[tuple[str, str]]]:
    """Read what a manifest tells of a log of any schema, and path and hash of its archive files."""
    schema = revision_of(connection)
    if schema is None:
        raise LogError(f"{shown_url(url)} holds no ping log, so there is nothing to back up")
    check_known(schema, f"the ping log {shown_url(url)}")
    tables = set(sa.inspect(connection).get_table_names())
    days: list[tuple[str, str]] = []
    if archived_days.name in tables:
        query = sa.select(archived_days.c.path, archived_days.c.sha256)
        days = [tuple(row) for row in connection.execute(query.order_by(archived_days.c.day_ms))]
    identity = None
    if log_identity.name in tables:
        identity = connection.scalar(sa.select(log_identity.c.id))
    told = connection.execute(sa.select(counters.c.name, counters.c.value))
    manifest = Manifest(
        format=FORMAT,
        made=datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds"),
        log=identity or "",
        database=connection.dialect.name,
        schema=schema,
        archive=tuple(sorted({str(Path(path).parent) for path, _ in days})),
        counters=dict(sorted((row[0], row[1]) for row in told)),
        columns={},
        sequences={},
        has_store=False,
        files=(),
    )
    return manifest, days


def _copy_day(source: Path, sha256: str, folder: Path) -> None:
    try:
        _, found = copy(source, folder / source.name, lambda _: None)
    except FileNotFoundError as error:
        raise LogError(
            f"the archived day {source} is gone, so the backup would not be whole; see pingcheng "
            "database check"
        ) from error
    if found != sha256:
        raise LogError(
            f"the archived day {source} was altered since it was written, so the backup would not "
            "be whole; see pingcheng database check"
        )


def _size_of(folder: Path) -> int:
    total = 0
    for path in files_below(folder):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _entries(folder: Path, advance: Advance) -> tuple[Entry, ...]:
    """Describe all files as they lie on the disk, in order."""
    every = sorted(path for path in folder.rglob("*") if path.is_file())
    for each in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        sync_folder(each)
    return tuple(entry_of(folder, str(path.relative_to(folder)), advance) for path in every)
