"""Rows of the ping log ⇄ frames, and whose rows there are."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray
from pandas.api.types import pandas_dtype

from ingest.log.tables import pings
from ingest.ping import PING_COLUMNS, PING_DTYPES, RECEIVED_COLUMN
from ingest.ping_frame import as_instants

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
LOG_COLUMNS = (*PING_COLUMNS, RECEIVED_COLUMN)
_TIME_COLUMNS = ("event_time", RECEIVED_COLUMN)
_ROWS_AT_ONCE = 512
"""So few that the objects made of them stay in a core's cache until they are numbers."""
_KINDS = {
    "str": pa.large_string(),
    "float64": pa.float64(),
    "Int16": pa.int16(),
    "boolean": pa.bool_(),
    "Int32": pa.int32(),
}
_ARROW = tuple(
    pa.int64() if name in _TIME_COLUMNS else _KINDS[PING_DTYPES[name]] for name in LOG_COLUMNS
)
"""How each of ``LOG_COLUMNS`` is gathered."""
DB_COLUMNS = tuple(f"{name}_ms" if name in _TIME_COLUMNS else name for name in LOG_COLUMNS)


def rows_with_hash(losers: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn losers into rows with the hash that stands for their content."""
    rows = rows_of(losers)
    for row in rows:
        content = [row[name] for name in DB_COLUMNS[2:-1]]
        if row["tasks"] is None:
            content.pop()  # as logs had it before there were tasks
        text = repr(content).encode()
        row["content_hash"] = hashlib.blake2b(text, digest_size=16).digest()
    return rows


def key_of(table: sa.Table) -> tuple[sa.Column[Any], sa.Column[Any]]:
    """Give the columns of a fix's key, in the order that rows are read in."""
    return table.c.vehicle_id, table.c.event_time_ms


def select_columns(table: sa.Table) -> sa.Select[Any]:
    """Begin a query for `read_frame`."""
    return sa.select(*(table.c[name] for name in DB_COLUMNS))


def read_frame(connection: sa.Connection, query: sa.Select[Any]) -> pd.DataFrame:
    """Run a query of `select_columns` and give its rows as a frame of ``LOG_COLUMNS``."""
    # straight from the driver: a Row object for each of millions of pings would take most time
    cursor = connection.execute(query).cursor
    return _frame(iter(lambda: cursor.fetchmany(_ROWS_AT_ONCE), []))


def vehicles_of(connection: sa.Connection) -> list[str]:
    """Name the vehicles that have pings in the tables: one search of the index for each."""
    return list(connection.scalars(sa.select(each_vehicle().c.vehicle_id)))


def each_vehicle() -> sa.Subquery:
    """Query the vehicles that have pings by going from each to the next in the index."""
    each = sa.select(sa.func.min(pings.c.vehicle_id).label("vehicle_id")).cte(
        "each_vehicle", recursive=True
    )
    following = (
        sa.select(sa.func.min(pings.c.vehicle_id))
        .where(pings.c.vehicle_id > each.c.vehicle_id)
        .scalar_subquery()
    )
    each = each.union_all(sa.select(following).where(each.c.vehicle_id.is_not(None)))
    return sa.select(each.c.vehicle_id).where(each.c.vehicle_id.is_not(None)).subquery()


def _frame(batches: Iterable[Sequence[tuple[Any, ...]]]) -> pd.DataFrame:
    """Turn rows, some at a time, into a frame; of Python's objects there are only those of some."""
    parts: list[list[pa.Array]] = [[] for _ in LOG_COLUMNS]
    for rows in batches:
        for column, kind, cells in zip(parts, _ARROW, zip(*rows, strict=True), strict=True):
            # SQLite gives 0 and 1 for truth values
            is_truth = kind == pa.bool_()
            array = pa.array(cells) if is_truth else pa.array(cells, kind)
            column.append(array.cast(kind) if is_truth else array)
    read = {
        name: _series(name, pa.chunked_array(column, kind))
        for name, kind, column in zip(LOG_COLUMNS, _ARROW, parts, strict=True)
    }
    return pd.DataFrame(read, copy=False)


def _series(name: str, column: pa.ChunkedArray) -> pd.Series | pd.DatetimeIndex:
    if name in _TIME_COLUMNS:
        return as_instants(column.to_numpy())
    if pa.types.is_floating(column.type):
        return pd.Series(column.to_numpy())
    dtype: Any = pandas_dtype(PING_DTYPES[name])
    return pd.Series(dtype.__from_arrow__(column))


def epoch_ms(times: pd.Series) -> NDArray[np.int64]:
    """Turn aware instants of millisecond precision into epoch milliseconds."""
    return times.to_numpy(dtype="datetime64[ms]").view(np.int64)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn rows into what a statement takes: epoch milliseconds, and None where missing."""
    return [dict(zip(DB_COLUMNS, row, strict=True)) for row in tuples_of(frame)]


def frame_of_rows(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Turn rows in the order of ``LOG_COLUMNS`` into a frame of them."""
    return _frame([rows] if rows else [])


def tuples_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Turn rows into tuples in the order of ``LOG_COLUMNS``, None where a value is missing."""
    columns = [
        epoch_ms(frame[name]).tolist() if name in _TIME_COLUMNS else _objects(frame[name])
        for name in LOG_COLUMNS
    ]
    return list(zip(*columns, strict=True))


def _objects(values: pd.Series) -> list[Any]:
    known = values.notna()
    if not known.any():
        return [None] * len(values)
    return values.astype(object).where(known, None).tolist()
