"""Seals days of the ping log that rest: writes what the tables hold of them a second time.

A file is whole and on disk before the one transaction that records it, which happens only if the
day is as it was read. What is cut short leaves the log as it was, and at worst a file that nothing
refers to; the next run removes it.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

import pandas as pd
import sqlalchemy as sa

from ingest.fault import BusyFolderError, LogError
from ingest.log.archive import identity_of
from ingest.log.rivals import put
from ingest.log.rows import DAY_MS, each_vehicle, key_of, read_frame, select_columns, vehicles_of
from ingest.log.segments.files import SegmentFiles, writer_of
from ingest.log.segments.records import Segment, segments_between
from ingest.log.segments.stamps import Stamps
from ingest.log.segments.writing import UNFINISHED, encoded_of, folder_error, write_segment
from ingest.log.tables import SEQUENCE, archived_days, changed_days, counters, pings, segments
from ingest.log.writing import lock_sequence

_LOCK = ".lock"


class SealedLog(Protocol):
    """Of a ping log what sealing needs."""

    @property
    def segments(self) -> SegmentFiles:
        """Reads what is sealed."""

    def transaction(self, *, write: bool) -> AbstractContextManager[sa.Connection]:
        """Begin a transaction."""


def due_days(
    log: SealedLog,
    now_ms: int,
    quiet_ms: int,
    is_useless: Callable[[Segment], object] | None = None,
) -> list[int]:
    """Give the UTC days that are over, have not changed for a while, and have no sound segment.

    `is_useless` tells it of a file; without it, the file's hash does.

    Raises
    ------
    LogError
        As reading the log does.
    """
    with log.transaction(write=False) as connection:
        sealed = {each.day_ms: each for each in segments_between(connection, None, None)}
        archived = set(connection.scalars(sa.select(archived_days.c.day_ms)))
        noted = {row.day_ms: row.changed_ms for row in connection.execute(sa.select(changed_days))}
        days = sorted({*noted, *_unnoted(connection, noted)} - archived)
    is_useless = is_useless or log.segments.fault
    return [
        day_ms
        for day_ms in days
        if max(day_ms + DAY_MS, noted.get(day_ms, 0) + quiet_ms) <= now_ms
        and ((segment := sealed.get(day_ms)) is None or segment.is_late or is_useless(segment))
    ]


def waiting_days(log: SealedLog, folder: Path, now_ms: int, quiet_ms: int) -> list[int]:
    """Give the UTC days for which `seal_days` would have work, without a look into their files.

    A file that was not hashed for long is work, too.

    Raises
    ------
    LogError
        As reading the log does.
    """
    stamps = Stamps(folder.resolve(), now_ms)
    return due_days(log, now_ms, quiet_ms, lambda segment: not stamps.knows(segment))


def seal_days(
    log: SealedLog, folder: Path, *, now_ms: int, quiet_ms: int, most: int | None = None
) -> Iterator[Segment]:
    """Seal the days that are due, the oldest first, `most` of them; give each once it is done.

    Before, segments whose file is of no use are forgotten; at the end, files of this log in the
    folder that are recorded no more are removed: who still reads by their record takes the rows.
    What the folder has noted of a file stands for its hash, for a while.

    Raises
    ------
    BusyFolderError
        If another seals into the folder.
    LogError
        If it cannot be written to, or as reading and writing the log do. What was sealed stays so.
    """
    folder = folder.resolve()
    with _alone(folder):
        stamps = Stamps(folder, now_ms)

        def fault(segment: Segment) -> str | None:
            return stamps.fault(segment, log.segments)

        _settle(log, now_ms, fault)
        sealed = (_seal(log, folder, each) for each in due_days(log, now_ms, quiet_ms, fault))
        for segment in islice(filter(None, sealed), most):
            stamps.note(segment)
            yield segment
        recorded = _remove_unrecorded(log, folder)
        try:
            stamps.save(recorded)
        except OSError as error:
            raise folder_error(folder, error) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # to lock it takes no right to write: another user of the group may have made the file
        lock = os.open(folder / _LOCK, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError as error:
        raise folder_error(folder, error) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyFolderError(f"another seals into {folder} now; let it end") from None
        yield
    finally:
        os.close(lock)


def _settle(log: SealedLog, now_ms: int, fault: Callable[[Segment], str | None]) -> None:
    """Forget segments of no use, and see that each day is noted, where removals are counted."""
    with log.transaction(write=False) as connection:
        every = segments_between(connection, None, None)
        noted = set(connection.scalars(sa.select(changed_days.c.day_ms)))
        lacking = _unnoted(connection, noted)
    useless = [each.path for each in every if fault(each) is not None]
    with log.transaction(write=True) as connection:
        lock_sequence(connection)
        for path in useless:
            connection.execute(sa.delete(segments).where(segments.c.path == path))
        noted = set(connection.scalars(sa.select(changed_days.c.day_ms)))
        rows = [
            {"day_ms": day_ms, "last_sequence": 0, "changed_ms": 0, "removals": 0}
            for day_ms in lacking
            if day_ms not in noted
        ]
        put(connection, changed_days, rows)
        # a clock that was ahead must not keep a day from ever coming to rest
        ahead = changed_days.c.changed_ms > now_ms
        connection.execute(sa.update(changed_days).where(ahead).values(changed_ms=now_ms))


def _unnoted(connection: sa.Connection, noted: set[int] | dict[int, int]) -> list[int]:
    """Find days with pings of which nothing is noted: they changed last under an older schema."""
    each = each_vehicle()
    after_ms: sa.BindParameter[int] = sa.bindparam("after_ms")
    first = (
        sa.select(sa.func.min(pings.c.event_time_ms))
        .where(pings.c.vehicle_id == each.c.vehicle_id, pings.c.event_time_ms >= after_ms)
        .scalar_subquery()
    )
    query = sa.select(sa.func.min(first)).select_from(each)
    found: list[int] = []
    next_ms = connection.scalar(query, {"after_ms": -(2**62)})
    while next_ms is not None:
        day_ms = next_ms // DAY_MS * DAY_MS
        if day_ms not in noted:
            found.append(day_ms)
        day_ms += DAY_MS
        while day_ms in noted:  # no need to ask
            day_ms += DAY_MS
        next_ms = connection.scalar(query, {"after_ms": day_ms})
    return found


def _seal(log: SealedLog, folder: Path, day_ms: int) -> Segment | None:
    """Seal a day; None if it has no pings, or has changed meanwhile."""
    noted = sa.select(changed_days).where(changed_days.c.day_ms == day_ms)
    with log.transaction(write=False) as connection:
        last = connection.scalar(sa.select(counters.c.value).where(counters.c.name == SEQUENCE))
        before = connection.execute(noted).one_or_none()
        log_name = identity_of(connection)
        pings_of_day = encoded_of(day_ms, _by_vehicle(connection, day_ms))
    count = len(pings_of_day.table)
    if not count or before is None:
        return None
    path, sha256 = write_segment(folder, day_ms, log_name, pings_of_day)
    segment = Segment(day_ms, str(path), sha256, count, int(last or 0), before.last_sequence)
    archived = sa.select(archived_days.c.day_ms).where(archived_days.c.day_ms == day_ms)
    with log.transaction(write=True) as connection:
        lock_sequence(connection)
        now = connection.execute(noted).one_or_none()
        if now != before or connection.scalar(archived) is not None:
            return None
        put(
            connection,
            segments,
            [{column.name: getattr(segment, column.name) for column in segments.c}],
        )
    return segment


def rows_of_day(connection: sa.Connection, day_ms: int) -> pd.DataFrame:
    """Read the pings that the tables have of a day, sorted by vehicle and time."""
    some = list(_by_vehicle(connection, day_ms))
    return pd.concat(some, ignore_index=True) if some else read_frame(connection, _NOTHING)


def _by_vehicle(connection: sa.Connection, day_ms: int) -> Iterator[pd.DataFrame]:
    # one vehicle after the other: as Python's objects a day of all would take gigabytes
    for vehicle in vehicles_of(connection):
        query = select_columns(pings).where(
            pings.c.vehicle_id == vehicle,
            pings.c.event_time_ms >= day_ms,
            pings.c.event_time_ms < day_ms + DAY_MS,
        )
        part = read_frame(connection, query.order_by(*key_of(pings)))
        if not part.empty:
            yield part


_NOTHING = select_columns(pings).where(sa.false())


def _remove_unrecorded(log: SealedLog, folder: Path) -> set[str]:
    """Remove files of this log that it does not know any more; give those that it knows."""
    with log.transaction(write=False) as connection:
        recorded = set(connection.scalars(sa.select(segments.c.path)))
        name = identity_of(connection)
    for path in [*folder.glob("segment-*.parquet"), *folder.glob(UNFINISHED)]:
        is_ours = path.match(UNFINISHED) or writer_of(path) == name
        if str(path) in recorded or not is_ours:
            continue
        try:
            path.unlink(missing_ok=True)
        except IsADirectoryError:
            raise LogError(f"{path} is a folder among the segments; remove it") from None
        except OSError as error:
            raise folder_error(folder, error) from error
    return recorded
