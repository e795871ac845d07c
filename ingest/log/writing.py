"""How a batch gets into the tables: most rows straight away, rivals by way of `settle`.

A row whose key is in neither the log nor the batch a second time is inserted as it is; one that
repeats what is stored to the last bit is only counted. Both happen in a few statements a batch, in
which the database works and other threads run. What is left is for `ingest.log.rivals`.
"""

import operator
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects import postgresql

from ingest.log.batch import Row
from ingest.log.rivals import Archived, settle
from ingest.log.rows import (
    DAY_MS,
    DB_COLUMNS,
    frame_of_rows,
    key_of,
)
from ingest.log.tables import SEQUENCE, counters, pings, staged

Numbered = tuple[Any, ...]
"""A `Row` and its sequence."""
_key = operator.itemgetter(0, 1)
_COLUMNS = tuple(column.name for column in staged.c)
_TYPES = ["text", "int8", *["float8"] * 6, "int2", "bool", "int4", "int8", "int8"]
"""Of the columns, in PostgreSQL."""
_LAST_TIMES = """
    SELECT vehicle, (SELECT max(event_time_ms) FROM pings WHERE vehicle_id = vehicle)
      FROM unnest(CAST(:vehicles AS text[]) COLLATE "C") AS vehicle
"""
_CONTENT = DB_COLUMNS[2:-1]
# rows of one statement: large enough to leave other threads in peace, and of few kinds, so that
# SQLite has each of them prepared
_SIZES = (512, 32, 1)


@dataclass(frozen=True, slots=True)
class Gain:
    """What a batch added."""

    stored: int
    conflicting: int


def lock_sequence(connection: sa.Connection) -> int:
    """Read the last sequence; from then until the commit no one else writes."""
    query = sa.select(counters.c.value).where(counters.c.name == SEQUENCE).with_for_update()
    return int(connection.scalar(query) or 0)


def add(
    connection: sa.Connection,
    rows: Sequence[Row],
    sequence: int,
    *,
    days_ms: NDArray[np.int64],
    archived: Archived,
) -> tuple[Gain, int]:
    """Add rows after the last `sequence`; give what that added, and the last sequence then.

    Rows of archived days, whose beginnings are `days_ms`, are compared with what `archived` gives.
    """
    single, rivals = _split(rows, days_ms)
    stored, contested = _insert_new(connection, single, sequence)
    rivals += contested
    last = sequence + len(single) if stored else sequence
    if not rivals:
        return Gain(stored, 0), last
    new, losers, last = settle(connection, frame_of_rows(rivals), last, archived)
    return Gain(stored + new, losers), last


def _split(rows: Sequence[Row], days_ms: NDArray[np.int64]) -> tuple[Sequence[Row], list[Row]]:
    """Part rows that are alone with their key from those that are not, or not of a live day."""
    keys = list(map(_key, rows))
    alone = np.ones(len(rows), dtype=np.bool_)
    if len(set(keys)) < len(rows):
        times = Counter(keys)
        alone = np.fromiter((times[key] == 1 for key in keys), np.bool_, len(rows))
    if len(days_ms) and rows:
        event_ms = np.array([key[1] for key in keys], np.int64)
        alone &= ~np.isin(event_ms - event_ms % DAY_MS, days_ms)
    if alone.all():
        return rows, []
    single = [row for row, is_alone in zip(rows, alone.tolist(), strict=True) if is_alone]
    return single, [row for row, is_alone in zip(rows, alone.tolist(), strict=True) if not is_alone]


def _insert_new(
    connection: sa.Connection, rows: Sequence[Row], sequence: int
) -> tuple[int, list[Row]]:
    """Insert what is new; give how many that were, and the rows that contest what is stored."""
    if not rows:
        return 0, []
    numbered = [(*row, number) for number, row in enumerate(rows, sequence + 1)]
    insert_all = _insert_sqlite if connection.dialect.name == "sqlite" else _insert_postgres
    stored = insert_all(connection, numbered)
    if stored == len(rows):
        return stored, []
    differing = connection.execute(_DIFFERENT, {"last": sequence}).cursor.fetchall()
    return stored, [rows[number - sequence - 1] for (number,) in differing]


def _make_staged(connection: sa.Connection) -> None:
    connection.execute(sa.schema.CreateTable(staged, if_not_exists=True))
    connection.execute(sa.delete(staged))


def _insert_sqlite(connection: sa.Connection, rows: Sequence[Numbered]) -> int:
    """Insert what has a new key and stage what has not; give how many were inserted."""
    stored = _insert_into(connection, "pings", rows)
    if stored < len(rows):
        _make_staged(connection)
        inserted = connection.exec_driver_sql(
            "SELECT sequence FROM pings WHERE sequence >= ?", (rows[0][-1],)
        )
        new = {number for (number,) in inserted.cursor.fetchall()}
        _insert_into(connection, "staged", [row for row in rows if row[-1] not in new])
    return stored


def _insert_into(connection: sa.Connection, table: str, rows: Sequence[Numbered]) -> int:
    """Insert into SQLite what has a new key; give how many rows that were.

    One statement takes many rows: the driver hands other threads the interpreter once a step, and
    with a step a row would wait for it as often.
    """
    cursor = connection.connection.cursor()
    inserted = 0
    for start, size in _pieces(len(rows)):
        values = ", ".join([f"({', '.join('?' * len(_COLUMNS))})"] * size)
        ignoring = " ON CONFLICT (vehicle_id, event_time_ms) DO NOTHING" if table == "pings" else ""
        statement = f"INSERT INTO {table} ({', '.join(_COLUMNS)}) VALUES {values}{ignoring}"  # noqa: S608
        cursor.execute(statement, tuple(chain.from_iterable(rows[start : start + size])))
        inserted += cursor.rowcount
    cursor.close()
    return inserted


def _pieces(count: int) -> Iterator[tuple[int, int]]:
    start = 0
    for size in _SIZES:
        while count - start >= size:
            yield start, size
            start += size


def _insert_postgres(connection: sa.Connection, rows: Sequence[Numbered]) -> int:
    """Insert what has a new key and stage what may not; give how many were inserted.

    A row later than all that is stored of its vehicle needs no comparison, and most are: these go
    straight into the table, which is twice as fast.
    """
    query = sa.text(_LAST_TIMES), {"vehicles": list({row[0] for row in rows})}
    last_ms: dict[str, int] = {
        vehicle: -1 if last is None else last for vehicle, last in connection.execute(*query)
    }
    ahead = [row for row in rows if row[1] > last_ms[row[0]]]
    if ahead:
        _copy(connection, "pings", ahead)
    if len(ahead) == len(rows):
        return len(rows)
    _make_staged(connection)
    _copy(connection, "staged", [row for row in rows if row[1] <= last_ms[row[0]]])
    inserted = connection.execute(_INSERT_STAGED, execution_options={"preserve_rowcount": True})
    return len(ahead) + inserted.rowcount


def _copy(connection: sa.Connection, table: str, rows: Sequence[Numbered]) -> None:
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table} ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(_TYPES)
        write = copy.write_row
        try:
            for row in rows:
                write(row)
        except TypeError:
            raise ValueError("it does not fit the column") from None
    cursor.close()


_INSERT_STAGED = (
    postgresql.insert(pings)
    .from_select(_COLUMNS, sa.select(*staged.c))
    .on_conflict_do_nothing(index_elements=["vehicle_id", "event_time_ms"])
)


def _different() -> sa.Select[Any]:
    """Query the staged rows that say something else than what was stored before them."""
    same = [pings.c[name].is_not_distinct_from(staged.c[name]) for name in _CONTENT]
    told_nothing = sa.and_(*same, pings.c.received_time_ms <= staged.c.received_time_ms)
    return (
        sa.select(staged.c.sequence)
        .select_from(staged.join(pings, sa.and_(*map(operator.eq, key_of(staged), key_of(pings)))))
        .where(pings.c.sequence <= sa.bindparam("last"), sa.not_(told_nothing))
    )


_DIFFERENT = _different()
