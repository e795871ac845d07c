"""The ping log: a durable set of pings that takes any order, repetition and splitting.

Writing is `ingest.ping.resolve` done bit by bit: whatever the batches were, the log then holds
what `resolve` makes of all their pings together, and its counters obey

    received = stored + duplicate + conflicting + rejected

where ``stored`` counts distinct keys, ``conflicting`` the distinct fixes beyond one a key, and
``duplicate`` the pings that repeat one of these. One writer at a time: SQLite sees to it itself,
on PostgreSQL it is for now up to whoever starts ingest.
"""

import operator
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.exc import SQLAlchemyError

from ingest.batch import Batch
from ingest.log_rows import (
    LOG_COLUMNS,
    epoch_ms,
    frame_of_rows,
    key_of,
    read_frame,
    rows_of,
    rows_with_hash,
    select_columns,
)
from ingest.log_tables import (
    COUNTED,
    REJECTED_PREFIX,
    conflicts,
    connect,
    counters,
    log_error,
    pings,
    rejections,
    wanted_keys,
    writing,
)
from ingest.ping import (
    KEY_COLUMNS,
    PING_COLUMNS,
    PREFERENCE,
    resolve,
)
from ingest.rejection import Rejection

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Counters:
    """The conservation law in numbers."""

    received: int
    stored: int
    duplicate: int
    conflicting: int
    rejected: int
    rejected_by_code: dict[str, int]
    """Codes that occurred, in alphabetical order."""

    @property
    def balanced(self) -> bool:
        """True if nothing vanished."""
        accounted = self.stored + self.duplicate + self.conflicting + self.rejected
        return self.received == accounted and self.rejected == sum(self.rejected_by_code.values())

    def conservation(self) -> str:
        """Write the law out."""
        return (
            f"received {self.received} = stored {self.stored} + duplicate {self.duplicate} "
            f"+ conflicting {self.conflicting} + rejected {self.rejected}"
        )


class PingLog:
    """An open log. Safe to share between threads that read; one thread writes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        """Use as a context that closes the log."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the log."""
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, write: bool) -> Iterator[sa.Connection]:
        try:
            with writing(self._engine) if write else self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise log_error(self._engine, "written" if write else "read", error) from error

    def write(self, batch: Batch) -> None:
        """Add a batch in one transaction, which is on disk when this returns.

        Raises
        ------
        LogError
            If it cannot be committed; then nothing of it is in the log.
        """
        with self._transaction(write=True) as connection:
            change = _change(connection, frame_of_rows(batch.rows))
            _apply(connection, change)
            if batch.rejections:
                connection.execute(sa.insert(rejections), [_row(one) for one in batch.rejections])
            _count(connection, batch, change)

    def counters(self) -> Counters:
        """Read the counters of one instant."""
        with self._transaction(write=False) as connection:
            rows = connection.execute(sa.select(counters.c.name, counters.c.value)).all()
        values: dict[str, int] = dict(tuple(row) for row in rows)
        by_code = {
            name.removeprefix(REJECTED_PREFIX): value
            for name, value in sorted(values.items())
            if name.startswith(REJECTED_PREFIX) and value
        }
        return Counters(**{name: values.get(name, 0) for name in COUNTED}, rejected_by_code=by_code)

    def rejected(self) -> list[dict[str, Any]]:
        """Read all rejections in the order they were made, with their evidence."""
        with self._transaction(write=False) as connection:
            rows = connection.execute(sa.select(rejections).order_by(rejections.c.id))
            return [dict(row) for row in rows.mappings()]

    def conflicting(self) -> pd.DataFrame:
        """Read the fixes that lost, in the order and with the columns of `resolve`'s."""
        with self._transaction(write=False) as connection:
            lost = read_frame(connection, select_columns(conflicts))
        return lost.sort_values([*KEY_COLUMNS, *PREFERENCE], ignore_index=True)

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
        query = select_columns(pings).order_by(*key_of(pings))
        if start_ms is not None:
            query = query.where(pings.c.event_time_ms >= start_ms)
        if end_ms is not None:
            query = query.where(pings.c.event_time_ms < end_ms)
        if vehicles is not None:
            query = query.where(pings.c.vehicle_id.in_(sorted(vehicles)))
        with self._transaction(write=False) as connection:
            return read_frame(connection, query)

    def read_pings_since(self, sequence: int) -> tuple[pd.DataFrame, int]:
        """Read the pings that are new or changed since `sequence`, and the sequence to go on from.

        A ping changes when a better fix of its key takes its place, or when it turns out to have
        been received earlier. Start from 0. Columns and order as in `read_pings`.
        """
        with self._transaction(write=False) as connection:
            last = _last_sequence(connection)
            query = select_columns(pings).where(
                pings.c.sequence > sequence, pings.c.sequence <= last
            )
            frame = read_frame(connection, query.order_by(*key_of(pings)))
        return frame, max(last, sequence)


def open_log(url: str, *, create: bool = True) -> PingLog:
    """Open the log at a SQLAlchemy URL and make its tables if they are absent.

    Raises
    ------
    LogError
        If that cannot be done, or there is no log and none is to be created.
    """
    return PingLog(connect(url, create=create))


@dataclass(frozen=True, slots=True)
class _Change:
    """What a batch does to the tables: frames of ``LOG_COLUMNS``."""

    new: pd.DataFrame
    changed: pd.DataFrame
    """Winners that differ from what is stored for their key."""
    new_losers: pd.DataFrame
    changed_losers: pd.DataFrame
    """Losers that turn out to have been received earlier."""


def _change(connection: sa.Connection, batch: pd.DataFrame) -> _Change:
    _want(connection, batch)
    stored = _fetch(connection, pings)
    contested = batch.duplicated(list(KEY_COLUMNS), keep=False) | _is_in(batch, stored, KEY_COLUMNS)
    uncontested = batch[~contested]
    if not contested.any():
        nothing = batch[:0]
        return _Change(uncontested, nothing, nothing, nothing)
    candidates = batch[contested]
    losers = _fetch(connection, conflicts)
    after = resolve(pd.concat([stored, losers, candidates], ignore_index=True))
    known = _is_in(after.pings, stored, KEY_COLUMNS)
    lost = _is_in(after.conflicting, losers, PING_COLUMNS)
    return _Change(
        new=pd.concat([uncontested, after.pings[~known]], ignore_index=True),
        changed=after.pings[known & ~_is_in(after.pings, stored, LOG_COLUMNS)],
        new_losers=after.conflicting[~lost],
        changed_losers=after.conflicting[lost & ~_is_in(after.conflicting, losers, LOG_COLUMNS)],
    )


def _is_in(frame: pd.DataFrame, others: pd.DataFrame, columns: Sequence[str]) -> Mask:
    """Tell which rows agree in `columns` with any of `others`; missing values agree."""
    if others.empty or frame.empty:
        return np.zeros(len(frame), dtype=np.bool_)
    names = list(columns)
    both = pd.concat([others[names], frame[names]], ignore_index=True)
    group = both.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    found: Mask = np.isin(group[len(others) :], group[: len(others)])
    return found


def _want(connection: sa.Connection, batch: pd.DataFrame) -> None:
    """Set the keys that `_fetch` looks for."""
    connection.execute(sa.schema.CreateTable(wanted_keys, if_not_exists=True))
    connection.execute(sa.delete(wanted_keys))
    keys = batch.drop_duplicates(list(KEY_COLUMNS))
    pairs = zip(keys["vehicle_id"], epoch_ms(keys["event_time"]).tolist(), strict=True)
    _insert(
        connection,
        wanted_keys,
        [{"vehicle_id": vehicle, "event_time_ms": time_ms} for vehicle, time_ms in pairs],
    )


def _fetch(connection: sa.Connection, table: sa.Table) -> pd.DataFrame:
    """Read the rows of `table` whose keys are wanted."""
    same_key = sa.and_(*map(operator.eq, key_of(wanted_keys), key_of(table)))
    query = select_columns(table).select_from(wanted_keys.join(table, same_key))
    return read_frame(connection, query)


def _apply(connection: sa.Connection, change: _Change) -> None:
    sequence = _last_sequence(connection)
    new, changed = rows_of(change.new), rows_of(change.changed)
    for offset, row in enumerate([*new, *changed], start=1):
        row["sequence"] = sequence + offset
    _insert(connection, pings, new)
    _update(connection, pings, changed)
    _insert(connection, conflicts, rows_with_hash(change.new_losers))
    _update(connection, conflicts, rows_with_hash(change.changed_losers))


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _update(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    statement = (
        sa.update(table)
        .where(*(table.c[name] == sa.bindparam(f"of_{name}") for name in key))
        .values({name: sa.bindparam(name) for name in rows[0] if name not in key})
    )
    connection.execute(
        statement,
        [{f"of_{name}" if name in key else name: row[name] for name in row} for row in rows],
    )


def _count(connection: sa.Connection, batch: Batch, change: _Change) -> None:
    stored, conflicting = len(change.new), len(change.new_losers)
    gained = {
        "received": batch.received,
        "stored": stored,
        "conflicting": conflicting,
        "duplicate": len(batch.rows) - stored - conflicting,
        "rejected": len(batch.rejections),
        **Counter(REJECTED_PREFIX + one.code for one in batch.rejections),
    }
    statement = (
        sa.update(counters)
        .where(counters.c.name == sa.bindparam("of_name"))
        .values(value=counters.c.value + sa.bindparam("gain"))
    )
    rows = [{"of_name": name, "gain": gain} for name, gain in gained.items() if gain]
    if rows:
        connection.execute(statement, rows)


def _row(rejection: Rejection) -> dict[str, Any]:
    return {
        "code": str(rejection.code),
        "topic": rejection.topic,
        "received_time_ms": rejection.received_time_ms,
        "key": rejection.key,
        "value": rejection.value,
        "payload": rejection.payload,
    }


def _last_sequence(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.max(pings.c.sequence))) or 0
