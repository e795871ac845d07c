"""Rows of the ping log ⇄ frames, and whose rows there are."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
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
    return frame_of_rows(connection.execute(query).cursor.fetchall())


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


def _series(name: str, values: Sequence[Any]) -> pd.Series | pd.DatetimeIndex:
    if name in _TIME_COLUMNS:
        return as_instants(values)
    dtype = PING_DTYPES[name]
    if dtype == "float64":
        return pd.Series(np.array(values, np.float64))
    if len(values) and values.count(None) == len(values):
        return pd.Series(pd.NA, index=range(len(values)), dtype=pandas_dtype(dtype))
    if dtype == "boolean":  # SQLite gives 0 and 1
        values = [None if value is None else bool(value) for value in values]
    return pd.Series(list(values), dtype=pandas_dtype(dtype))


def epoch_ms(times: pd.Series) -> NDArray[np.int64]:
    """Turn aware instants of millisecond precision into epoch milliseconds."""
    return times.to_numpy(dtype="datetime64[ms]").view(np.int64)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn rows into what a statement takes: epoch milliseconds, and None where missing."""
    return [dict(zip(DB_COLUMNS, row, strict=True)) for row in tuples_of(frame)]


def frame_of_rows(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Turn rows in the order of ``LOG_COLUMNS`` into a frame of them."""
    columns = zip(*rows, strict=True) if rows else [()] * len(LOG_COLUMNS)
    read = {name: _series(name, cells) for name, cells in zip(LOG_COLUMNS, columns, strict=True)}
    return pd.DataFrame(read)


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
