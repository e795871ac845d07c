"""The ping log: a durable set of pings that takes any order, repetition and splitting.

Writing is `ingest.ping.resolve` done bit by bit: whatever the batches were, the log then holds
what `resolve` makes of all their pings together, and its counters obey

    received = stored + duplicate + conflicting + rejected

where ``stored`` counts distinct keys of pings, and events beside them, ``conflicting`` the distinct
fixes beyond one a key, ``duplicate`` what repeats one of these, and ``rejected``
those that are kept in quarantine or, beyond what there is room for, only counted. Any number of
processes may write: each locks the counters first, so that batches come one after the other.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Self, TypeVar

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ingest.deadlines import Deadlines
from ingest.event import Event
from ingest.fault import GoneFileError, LogError
from ingest.log.archive import ArchiveFiles, parted, recorded_days
from ingest.log.batch import Batch
from ingest.log.counters import Counters, count, read_counters
from ingest.log.database import connect, driver_errors, log_error, reading, writing
from ingest.log.events.event_rows import add_events, events_between
from ingest.log.quarantine.quarantine import Quarantine
from ingest.log.quarantine.rejections import mark_released
from ingest.log.quarantine.room import MOST_MIB, store_rejections
from ingest.log.reading import (
    LogInstant,
    hours_since,
    newest_event_ms,
    pings_between,
    pings_since,
)
from ingest.log.rivals import is_in
from ingest.log.rows import DAY_MS, read_frame, select_columns
from ingest.log.schema import make_ready
from ingest.log.segments.files import SegmentFiles
from ingest.log.segments.records import note_changed
from ingest.log.tables import EVENTS, IGNORED_PREFIX, REJECTED_PREFIX, SEQUENCE, conflicts
from ingest.log.writing import add, lock_sequence
from ingest.ping import KEY_COLUMNS, PING_COLUMNS, PREFERENCE

Found = TypeVar("Found")


class PingLog:
    """An open log. Safe to share between threads.

    Parameters
    ----------
    most_quarantine_mib
        What the rejections that are kept may take.
    """

    def __init__(self, engine: sa.Engine, most_quarantine_mib: int = MOST_MIB) -> None:
        self._engine = engine
        self._most_quarantine_bytes = most_quarantine_mib * 1024 * 1024
        self._errors = driver_errors(engine)
        self._files = ArchiveFiles()
        self._segments = SegmentFiles()
        self._quarantine = Quarantine(self.transaction)

    def __enter__(self) -> Self:
        """Use as a context that closes the log."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the log."""
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @property
    def files(self) -> ArchiveFiles:
        """Reads what was archived."""
        return self._files

    @property
    def quarantine(self) -> Quarantine:
        """What was refused."""
        return self._quarantine

    @property
    def segments(self) -> SegmentFiles:
        """Reads what is sealed."""
        return self._segments

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[sa.Connection]:
        """Begin a transaction whose errors are those of a log.

        Raises
        ------
        UnstorableError
            If the data itself is what the database refuses.
        LogError
            If it fails otherwise, which may pass.
        """
        try:
            with writing(self._engine) if write else reading(self._engine) as connection:
                try:
                    yield connection
                except self._engine.dialect.loaded_dbapi.Error as error:
                    # SQLAlchemy has not seen it, and would hand a broken connection out again
                    if self._engine.dialect.name == "sqlite":
                        connection.connection.rollback()  # or its lock lives on with the traceback
                    connection.invalidate(error)
                    raise
        except self._errors as error:
            raise log_error(self._engine, "written" if write else "read", error) from error

    def _ask(self, question: Callable[[sa.Connection], Found]) -> Found:
        """Read what needs archive files; anew where one has another in its place by now.

        A transaction knows the record of the instant at which it began.
        """
        while True:
            try:
                with self.transaction(write=False) as connection:
                    return question(connection)
            except GoneFileError as error:
                with self.transaction(write=False) as connection:
                    if any(day.path == error.path for day in recorded_days(connection)):
                        raise

    def write(self, batch: Batch) -> None:
        """Add a batch in one transaction, which is on disk when this returns.

        Raises
        ------
        UnstorableError
            If the database will never take it.
        LogError
            If it cannot be committed now. It may have been if the connection broke just then; to
            write it again is right in either case, as pings that are there count as duplicates.
        """
        with self.transaction(write=True) as connection:
            self._write(connection, batch, Counter())

    def write_again(self, batch: Batch) -> int:
        """Add pings that were received once before, and tell how many were not there.

        What the log has already is not counted a second time.

        Raises
        ------
        LogError
            As `write` does.
        """
        with self.transaction(write=True) as connection:
            return self._write(connection, batch, Counter(), is_new=False)

    def release(self, ids: Collection[int], batch: Batch, now_ms: int) -> None:
        """Write the batch that came of deciding anew about rejections, which are then released.

        They count as rejected and as received no more; what came of them does.

        Raises
        ------
        LogError
            If there is no such rejection, or it was released before; or as `write` does.
        """
        with self.transaction(write=True) as connection:
            lock_sequence(connection)
            codes = mark_released(connection, ids, now_ms)
            if absent := sorted(set(ids) - codes.keys()):
                told = ", ".join(map(str, absent[:10]))
                raise LogError(f"no such rejection, or it was released before: {told}")
            given_back = Counter(REJECTED_PREFIX + code for code in codes.values())
            given_back.update({"received": len(codes), "rejected": len(codes)})
            self._write(connection, batch, given_back)

    def _write(
        self,
        connection: sa.Connection,
        batch: Batch,
        given_back: Counter[str],
        *,
        is_new: bool = True,
    ) -> int:
        before = lock_sequence(connection)
        days = recorded_days(connection)
        gain, after = add(
            connection,
            batch.rows,
            before,
            days_ms=np.array([day.day_ms for day in days], np.int64),
            archived=lambda keys: self._files.with_keys(days, keys),
        )
        if after > before:
            note_changed(connection, batch.rows, after)
        events = add_events(connection, batch.events)
        change = store_rejections(connection, batch.rejections, self._most_quarantine_bytes)
        stored, good = gain.stored + events, len(batch.rows) + len(batch.events)
        duplicate = good - stored - gain.conflicting if is_new else 0
        change.update(
            {
                "received": stored + gain.conflicting + duplicate + len(batch.rejections),
                "stored": stored,
                EVENTS: events,
                "conflicting": gain.conflicting,
                "duplicate": duplicate,
                "rejected": len(batch.rejections),
                SEQUENCE: after - before,
            }
        )
        change.update(REJECTED_PREFIX + one.code for one in batch.rejections)
        change.update({IGNORED_PREFIX + key: times for key, times in batch.ignored.items()})
        change.subtract(given_back)
        count(connection, change)
        return stored + gain.conflicting

    def counters(self) -> Counters:
        """Read the counters of one instant."""
        with self.transaction(write=False) as connection:
            return read_counters(connection)

    def retention_ms(self, days: float, now_ms: int) -> int | None:
        """Give the instant before which nothing is to be kept any more; None if that is not known.

        A server whose clock is far ahead must not delete what is new. So days are reckoned back
        from the newest fix that vehicles sent, which have clocks of their own, if that is earlier.
        """
        with self.transaction(write=False) as connection:
            newest_ms = newest_event_ms(connection)
            if newest_ms is None and (archived := recorded_days(connection)):
                newest_ms = max(day.day_ms for day in archived) + DAY_MS
        return None if newest_ms is None else min(newest_ms, now_ms) - round(days * DAY_MS)

    def conflicting(self) -> pd.DataFrame:
        """Read the fixes that lost, in the order and with the columns of `resolve`'s."""
        lost = self._ask(self._losers)
        return lost.sort_values([*KEY_COLUMNS, *PREFERENCE], ignore_index=True)

    def _losers(self, connection: sa.Connection) -> pd.DataFrame:
        lost = read_frame(connection, select_columns(conflicts))
        days = [day for day in recorded_days(connection) if day.conflicts]
        if not days:
            return lost
        _, old = parted([self._files.read(day) for day in days])
        old = old[~is_in(old, lost, PING_COLUMNS)]
        return pd.concat([lost, old], ignore_index=True)

    def read_pings(
        self,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        vehicles: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Read pings with event times in ``[start_ms, end_ms)``, sorted by vehicle and time.

        Columns: ``PING_COLUMNS`` and ``received_time``.
        """
        return self._ask(
            lambda connection: pings_between(
                connection, self._files, self._segments, start_ms, end_ms, vehicles
            )
        )

    @contextmanager
    def at_one_instant(self) -> Iterator[LogInstant]:
        """Read in many steps, all of them the state of the instant of the first.

        Raises
        ------
        LogError
            If it cannot be read, also if a day was archived twice meanwhile and its first file is
            gone: then begin anew.
        """
        try:
            opened = reading(self._engine)
        except self._errors as error:
            raise log_error(self._engine, "read", error) from error
        # no `transaction`: what is done meanwhile may fail without being the log's fault
        with opened as connection:
            yield LogInstant(connection, self._files, self._segments)

    def read_events(
        self, *, start_ms: int, end_ms: int, vehicles: Collection[str] | None = None
    ) -> list[Event]:
        """Read events with times in ``[start_ms, end_ms)``, sorted by vehicle, time and content."""
        with self.transaction(write=False) as connection:
            return events_between(connection, start_ms, end_ms, vehicles)

    def read_pings_since(self, sequence: int) -> tuple[pd.DataFrame, int]:
        """Read the pings that are new or changed since `sequence`, and the sequence to go on from.

        A ping changes when a better fix of its key takes its place, or when it turns out to have
        been received earlier. Start from 0. Columns and order as in `read_pings`.
        """
        return self._ask(lambda connection: pings_since(connection, self._files, sequence))

    def hours_changed_since(self, sequence: int) -> pd.DataFrame:
        """Tell of which hours pings are new or changed since `sequence`.

        Returns
        -------
        DataFrame
            Columns ``hour_ms`` (UTC, ascending) and ``last_sequence``. Of days in files it is known
            only that something in them changed: they are there with all their hours.
        """
        with self.transaction(write=False) as connection:
            return hours_since(connection, sequence)


def open_log(
    url: str,
    *,
    create: bool = True,
    most_quarantine_mib: int = MOST_MIB,
    deadlines: Deadlines | None = None,
) -> PingLog:
    """Open the log at a SQLAlchemy URL and make its tables in a database that is empty.

    Who must not be kept waiting gives `deadlines`: a statement that misses them is a `LogError`.

    Raises
    ------
    LogError
        If that cannot be done, there is no log and none is to be created, or the log has the
        schema of another version.
    """
    engine = connect(url, create=create, deadlines=deadlines)
    try:
        make_ready(engine, url, create=create)
    except LogError:
        engine.dispose()
        raise
    return PingLog(engine, most_quarantine_mib)
