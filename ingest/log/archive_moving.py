"""Moves old days of a ping log into Parquet files.

A file is whole and on disk before the one transaction that records its hash and deletes the rows.
So whatever is cut short leaves the log as it was, and at worst a file that nothing refers to.
While a day is moved no one else writes: ingest tries again until it is let in.

A day that has a file and late pings gets a new one. The old one stays for a grace time: who began
to read before still needs it, and so does a backup of the database that was made before.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import (
    ArchivedDay,
    FileLabel,
    identity_of,
    label_of,
    moves_of,
    read_file,
    recorded_days,
    write_file,
)
from ingest.log.pinglog import PingLog
from ingest.log.rivals import is_in, put
from ingest.log.rows import (
    DAY_MS,
    LOG_COLUMNS,
    each_vehicle,
    key_of,
    read_frame,
    select_columns,
    vehicles_of,
)
from ingest.log.segments.records import forget_segments
from ingest.log.tables import SEQUENCE, archived_days, conflicts, pings, superseded_files
from ingest.log.writing import lock_sequence
from ingest.ping import KEY_COLUMNS, PING_COLUMNS


def move_days(log: PingLog, before_ms: int, folder: Path, *, now_ms: int) -> Iterator[ArchivedDay]:
    """Move the UTC days before an instant, one a step, the oldest first; give each once it is done.

    A day that has a file already, and rows that came later, gets a new file with both; from
    `now_ms` on the old one counts as superseded.

    Raises
    ------
    LogError
        If the folder cannot be written to, or as writing to the log does. What was moved stays so.
    """
    folder = folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _folder_error(folder, error) from error
    while True:
        with log.transaction(write=True) as connection:
            lock_sequence(connection)
            first_ms = _first_ms(connection)
            if first_ms is None or first_ms - first_ms % DAY_MS + DAY_MS > before_ms:
                return
            day_ms = first_ms - first_ms % DAY_MS
            before = next((day for day in recorded_days(connection) if day.day_ms == day_ms), None)
            moved = _move(connection, log, day_ms, before, folder)
            if before is not None and before.path != moved.path:
                supersede(connection, before, now_ms)
        yield moved


def supersede(connection: sa.Connection, file: ArchivedDay, now_ms: int) -> None:
    """Note that another file stands in the place of one from now on."""
    row = {"path": file.path, "day_ms": file.day_ms, "sha256": file.sha256}
    put(connection, superseded_files, [{**row, "superseded_ms": now_ms}])


def remove_superseded(log: PingLog, now_ms: int, grace_ms: int) -> Iterator[str]:
    """Remove files that have been superseded for longer than the grace time; give their paths.

    Each is compared with the log before: one that holds a row which the log has not, is another
    file than it was, or cannot be read, stays; `ingest.log.check` tells of it.

    Raises
    ------
    LogError
        As reading the log does, or if a file cannot be removed.
    """
    with log.transaction(write=False) as connection:
        due = sa.select(superseded_files).where(
            superseded_files.c.superseded_ms <= now_ms - grace_ms
        )
        candidates = connection.execute(due.order_by(superseded_files.c.path)).all()
    for path, day_ms, sha256, _ in candidates:
        file = Path(path)
        with log.transaction(write=True) as connection:
            lock_sequence(connection)
            is_used = any(day.path == path for day in recorded_days(connection))
            is_there = not is_used and file.exists()
            if is_there and not _is_spare(connection, log, file, day_ms, sha256):
                continue
            connection.execute(sa.delete(superseded_files).where(superseded_files.c.path == path))
            if is_there:
                try:
                    file.unlink()
                except OSError as error:
                    raise LogError(f"{path} cannot be removed: {error.strerror}") from error
        if is_there:
            yield path


def _is_spare(
    connection: sa.Connection, log: PingLog, path: Path, day_ms: int, sha256: str
) -> bool:
    """Tell whether a file is what it was, and the log has all that it holds."""
    try:
        file, _, rows = read_file(path)
        is_same = (file.day_ms, file.sha256) == (day_ms, sha256)
        return is_same and lacking(connection, log, day_ms, rows).empty
    except LogError:
        return False


def lacking(
    connection: sa.Connection, log: PingLog, day_ms: int, rows: pd.DataFrame
) -> pd.DataFrame:
    """Give those of some rows of a day that the log has not, or heard of later.

    Raises
    ------
    LogError
        If the file that the log has of the day cannot be read.
    """
    held = [live_rows(connection, day_ms)]
    held += [log.files.read(day) for day in recorded_days(connection) if day.day_ms == day_ms]
    columns = list(LOG_COLUMNS)
    known = pd.concat([part[columns] for part in held], ignore_index=True)
    missing = rows[~is_in(rows, known, columns)]
    if missing.empty:
        return missing
    # the same fix, heard of earlier: a row has one time of reception only, the first
    both = pd.concat([known, missing[columns]], ignore_index=True)
    first = both.groupby(list(PING_COLUMNS), sort=False, dropna=False)["received_time"]
    is_first = both["received_time"] <= first.transform("min")
    is_known = is_in(missing, known, PING_COLUMNS)
    return missing[is_first.to_numpy()[len(known) :] | ~is_known]


def days_before(log: PingLog, before_ms: int) -> int:
    """Count the UTC days from the first that has rows in the tables to an instant."""
    with log.transaction(write=False) as connection:
        first_ms = _first_ms(connection)
    return 0 if first_ms is None else max(before_ms // DAY_MS - first_ms // DAY_MS, 0)


def _move(
    connection: sa.Connection, log: PingLog, day_ms: int, before: ArchivedDay | None, folder: Path
) -> ArchivedDay:
    rows = live_rows(connection, day_ms)
    replaces: tuple[str, ...] = ()
    if before is not None:
        rows = _merged(log.files.read(before), rows)
        replaces = before.sha256, *label_of(before.path).replaces
    rows = rows.sort_values([*KEY_COLUMNS, "won"], ascending=[True, True, False], kind="stable")
    try:
        label = FileLabel(identity_of(connection), replaces, moves_of(connection, day_ms))
        path, sha256 = write_file(folder, day_ms, rows, label)
    except OSError as error:
        raise _folder_error(folder, error) from error
    won = int(rows["won"].sum())
    day = ArchivedDay(day_ms, str(path), sha256, won, len(rows) - won, int(rows["sequence"].max()))
    columns = [column.name for column in archived_days.c]
    put(connection, archived_days, [{name: getattr(day, name) for name in columns}])
    remove_live(connection, day_ms)
    return day


def remove_live(connection: sa.Connection, day_ms: int) -> None:
    """Delete what `live_rows` gives, and forget that it is sealed."""
    forget_segments(connection, [day_ms])
    vehicles = vehicles_of(connection)
    for table in (conflicts, pings):
        connection.execute(sa.delete(table).where(*_of_day(table, day_ms, vehicles)))


def live_rows(connection: sa.Connection, day_ms: int) -> pd.DataFrame:
    """Read what the tables hold of a day: ``LOG_COLUMNS``, ``sequence`` and ``won``."""
    vehicles = vehicles_of(connection)
    of_day = _of_day(pings, day_ms, vehicles)
    won = read_frame(connection, select_columns(pings).where(*of_day).order_by(*key_of(pings)))
    numbers = connection.scalars(
        sa.select(pings.c.sequence).where(*of_day).order_by(*key_of(pings))
    )
    won = won.assign(sequence=pd.array(list(numbers), dtype="Int64"), won=True)
    lost = read_frame(
        connection, select_columns(conflicts).where(*_of_day(conflicts, day_ms, vehicles))
    )
    lost = lost.assign(sequence=pd.array([pd.NA] * len(lost), dtype="Int64"), won=False)
    return pd.concat([won, lost], ignore_index=True)


def _merged(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Join a file's rows and later ones, which stand in the place of those they have replaced."""
    old = old.assign(sequence=old["sequence"].astype("Int64"))
    won, lost = new[new["won"]], new[~new["won"]]
    replaced = (old["won"] & is_in(old, won, KEY_COLUMNS)) | (
        ~old["won"] & is_in(old, lost, PING_COLUMNS)
    )
    return pd.concat([old[~replaced], new], ignore_index=True)[[*LOG_COLUMNS, SEQUENCE, "won"]]


def _of_day(
    table: sa.Table, day_ms: int, vehicles: list[str]
) -> tuple[sa.ColumnElement[bool], ...]:
    time_ms = table.c.event_time_ms
    in_day = time_ms >= day_ms, time_ms < day_ms + DAY_MS
    # of conflicts there are few, and their winner may be in a file
    return in_day if table is conflicts else (table.c.vehicle_id.in_(vehicles), *in_day)


def _first_ms(connection: sa.Connection) -> int | None:
    """Give the first event time in the tables, by one search of the index for each vehicle."""
    each = each_vehicle()
    first = (
        sa.select(sa.func.min(pings.c.event_time_ms))
        .where(pings.c.vehicle_id == each.c.vehicle_id)
        .scalar_subquery()
    )
    found = [
        connection.scalar(sa.select(sa.func.min(first)).select_from(each)),
        connection.scalar(sa.select(sa.func.min(conflicts.c.event_time_ms))),
    ]
    return min((time_ms for time_ms in found if time_ms is not None), default=None)


def _folder_error(folder: Path, error: OSError) -> LogError:
    return LogError(f"the archive {folder} cannot be written to: {error.strerror or error}")
