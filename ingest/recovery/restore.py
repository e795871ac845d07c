"""Puts a backup back: never over anything, and the database last, so that a log is whole or absent.

Cut short, it may be run again: what is there already with the right content is left as it is.
"""

import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import sync_folder
from ingest.log.database import connect, driver_errors, log_error, shown_url, writing
from ingest.log.schema import check_known, make_schema
from ingest.log.tables import EVERY_TABLE, segments
from ingest.recovery import postgres_copy
from ingest.recovery.backup import SQLITE_FILE
from ingest.recovery.manifest import (
    ARCHIVE,
    DATABASE,
    STORE,
    Advance,
    Entry,
    Manifest,
    Progress,
    copy,
    entry_of,
    read_manifest,
    verify,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is put where."""

    manifest: Manifest
    url: str
    archive: Path | None
    """None if there are no archived days."""
    store: Path | None

    @property
    def days(self) -> int:
        """How many archived days there are."""
        return len(self.manifest.files_in(ARCHIVE))


def plan_restore(
    folder: Path, url: str, *, archive: Path | None, store: Path | None, progress: Progress
) -> Plan:
    """Look whether a backup is whole and nothing is in its way; change nothing.

    Raises
    ------
    LogError
        If it is not, or something is.
    """
    manifest = read_manifest(folder)
    check_known(manifest.schema, f"the backup {folder}")
    target = _archive_of(folder, manifest, archive)
    if store is not None and not manifest.has_store:
        raise LogError(f"the backup {folder} has no broker's store; leave out --store")
    _refuse_database(manifest, url)
    if store is not None:
        _store_is_there(store, manifest)
    verify(folder, manifest, progress)
    if target is not None:
        for entry in manifest.files_in(ARCHIVE):
            _is_there(target / Path(entry.path).name, entry)
    return Plan(manifest, url, target, store)


def restore(folder: Path, plan: Plan, progress: Progress) -> None:
    """Do what was planned.

    Raises
    ------
    LogError
        If it cannot be done; the database is then not there, or as empty as it was.
    """
    manifest = plan.manifest
    try:
        with progress("restoring", manifest.size) as advance:
            if plan.archive is not None:
                _restore_archive(folder, manifest, plan.archive, advance)
            if plan.store is not None and not _store_is_there(plan.store, manifest):
                _restore_store(folder, manifest, plan.store, advance)
            if manifest.database == "sqlite":
                _restore_sqlite(folder, plan, advance)
            else:
                _restore_postgres(folder, plan, advance)
    except OSError as error:
        if isinstance(error, LogError):
            raise
        raise LogError(
            f"the backup {folder} cannot be restored: {error.strerror or error}"
            + (f" ({error.filename})" if error.filename else "")
        ) from error


def _archive_of(folder: Path, manifest: Manifest, archive: Path | None) -> Path | None:
    if not manifest.files_in(ARCHIVE):
        return None
    if archive is not None:
        return archive.resolve()
    if len(manifest.archive) != 1:
        raise LogError(
            f"the archived days of the backup {folder} come from {len(manifest.archive)} folders; "
            "say with --archive where they shall be"
        )
    return Path(manifest.archive[0])


def _refuse_database(manifest: Manifest, url: str) -> None:
    """Refuse a database of another kind, and one that is there."""
    engine = connect(url, create=True)
    try:
        if engine.dialect.name != manifest.database:
            raise LogError(
                f"the backup is of a database of {manifest.database}, but {shown_url(url)} is one "
                f"of {engine.dialect.name}"
            )
        if engine.dialect.name == "sqlite":
            path = Path(engine.url.database or "")
            for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), Path(f"{path}-journal")):
                if each.exists() or each.is_symlink():
                    raise LogError(
                        f"{each} is there already, and nothing is overwritten; move it away with "
                        f"all files {path.name}*"
                    )
            return
        with engine.connect() as connection:
            if tables := sorted(sa.inspect(connection).get_table_names()):
                raise LogError(
                    f"the database {shown_url(url)} has tables ({', '.join(tables[:3])}, …), and "
                    "nothing is overwritten; make an empty one"
                )
    except driver_errors(engine) as error:
        raise log_error(engine, "restored", error) from error
    finally:
        engine.dispose()


def _is_there(path: Path, entry: Entry) -> bool:
    """Tell whether a file is in its place already; refuse another of its name."""
    if not path.exists():
        return False
    try:
        found = entry_of(path.parent, path.name, lambda _: None)
    except OSError as error:
        raise LogError(f"{path} cannot be read: {error.strerror or error}") from error
    if (found.bytes, found.sha256) != (entry.bytes, entry.sha256):
        raise LogError(
            f"{path} is there already with other content, and nothing is overwritten; move it away"
        )
    return True


def _put(source: Path, target: Path, advance: Advance) -> None:
    """Copy a file to a name that it gets once it is whole, and only if that is free."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.restoring")
    try:
        copy(source, unfinished, advance)
        os.link(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _restore_archive(folder: Path, manifest: Manifest, target: Path, advance: Advance) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in manifest.files_in(ARCHIVE):
        path = target / Path(entry.path).name
        if not _is_there(path, entry):
            _put(folder / entry.path, path, advance)
    sync_folder(target)


def _store_is_there(store: Path, manifest: Manifest) -> bool:
    """Tell whether a store is in its place already; refuse another one."""
    if not store.exists() or not (store.is_dir() and any(store.iterdir())):
        return False
    within = {str(Path(entry.path).relative_to(STORE)) for entry in manifest.files_in(STORE)}
    found = {str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()}
    try:
        is_same = within == found and all(
            entry_of(store, str(Path(entry.path).relative_to(STORE)), lambda _: None).sha256
            == entry.sha256
            for entry in manifest.files_in(STORE)
        )
    except OSError as error:
        raise LogError(f"the store {store} cannot be read: {error.strerror or error}") from error
    if not is_same:
        raise LogError(f"the store {store} is not empty, and nothing is overwritten; move it away")
    return True


def _restore_store(folder: Path, manifest: Manifest, store: Path, advance: Advance) -> None:
    unfinished = store.with_name(f".{store.name}.restoring")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was cut short
    unfinished.mkdir(mode=0o700, parents=True)
    for entry in manifest.files_in(STORE):
        path = unfinished / Path(entry.path).relative_to(STORE)
        path.parent.mkdir(parents=True, exist_ok=True)
        copy(folder / entry.path, path, advance)
        sync_folder(path.parent)
    if store.is_dir():
        store.rmdir()
    unfinished.rename(store)
    sync_folder(store.parent)


def _restore_sqlite(folder: Path, plan: Plan, advance: Advance) -> None:
    path = Path(sa.make_url(plan.url).database or "")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.restoring")
    try:
        copy(folder / DATABASE / SQLITE_FILE, unfinished, advance)
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(unfinished)))
        try:
            with engine.begin() as connection:
                _point_to(connection, plan.archive)
                _forget_segments(connection)
        finally:
            engine.dispose()
        try:
            os.link(unfinished, path)
        except FileExistsError:
            raise LogError(
                f"{path} has come into being meanwhile, and nothing is overwritten"
            ) from None
        sync_folder(path.parent)
    except (sqlite3.Error, sa.exc.SQLAlchemyError) as error:
        raise LogError(f"the database {path} cannot be restored: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _restore_postgres(folder: Path, plan: Plan, advance: Advance) -> None:
    engine = connect(plan.url, create=True)
    manifest = plan.manifest
    try:
        with writing(engine) as connection:
            make_schema(connection, manifest.schema)
            # of an earlier version it may have others, too, that were in the same database
            columns = {name: told for name, told in manifest.columns.items() if name in EVERY_TABLE}
            known = postgres_copy.sequences_of(connection, list(columns))
            sequences = {name: at for name, at in manifest.sequences.items() if name in known}
            postgres_copy.copy_in(connection, columns, sequences, folder / DATABASE, advance)
            _point_to(connection, plan.archive)
            _forget_segments(connection)
    except driver_errors(engine) as error:
        raise log_error(engine, "restored", error) from error
    finally:
        engine.dispose()


def _point_to(connection: sa.Connection, archive: Path | None) -> None:
    """Let the database find its archive files where they are now."""
    if archive is None:
        return
    for name in ("archived_days", "superseded_files"):
        if not sa.inspect(connection).has_table(name):
            continue
        table = sa.table(name, sa.column("path"))
        known = set(connection.scalars(sa.select(table.c.path)))
        for path in sorted(known):
            here = table.c.path == path
            new = str(archive / Path(path).name)
            is_gone = not Path(new).is_file()  # a backup has no superseded files
            if name == "superseded_files" and (is_gone or (new != path and new in known)):
                connection.execute(sa.delete(table).where(here))
            else:
                known.add(new)
                connection.execute(sa.update(table).where(here).values(path=new))


def _forget_segments(connection: sa.Connection) -> None:
    """Forget what was sealed: its files are in no backup, and are made anew."""
    if sa.inspect(connection).has_table(segments.name):
        connection.execute(sa.delete(segments))
