"""Rows of a batch that contest a key with each other or with what is stored, and who wins.

Rare as they are, they are put in order by `ingest.ping.resolve` and written row by row.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects import postgresql, sqlite

from ingest.log.rows import (
    LOG_COLUMNS,
    key_of,
    read_frame,
    rows_of,
    rows_with_hash,
    select_columns,
)
from ingest.log.tables import SEQUENCE, conflicts, pings, wanted_keys
from ingest.ping import KEY_COLUMNS, PING_COLUMNS, resolve

Mask = NDArray[np.bool_]
Archived = Callable[[Sequence[tuple[str, int]]], tuple[pd.DataFrame, pd.DataFrame]]
"""Gives the winners and losers in archived days that have one of these keys."""


def settle(
    connection: sa.Connection, rivals: pd.DataFrame, sequence: int, archived: Archived
) -> tuple[int, int, int]:
    """Write what rivals change; give how many keys and losers are new, and the last sequence."""
    change = _change(connection, rivals, archived)
    _apply(connection, change, sequence)
    last = sequence + len(change.new) + len(change.changed)
    return len(change.new), len(change.new_losers), last


def want(connection: sa.Connection, keys: Sequence[tuple[str, int]]) -> None:
    """Set the keys that `fetch` looks for."""
    connection.execute(sa.schema.CreateTable(wanted_keys, if_not_exists=True))
    connection.execute(sa.delete(wanted_keys))
    _insert(
        connection,
        wanted_keys,
        [{"vehicle_id": vehicle, "event_time_ms": time_ms} for vehicle, time_ms in keys],
    )


def fetch(connection: sa.Connection, table: sa.Table) -> pd.DataFrame:
    """Read the rows of `table` whose keys are wanted."""
    same_key = sa.and_(*map(operator.eq, key_of(wanted_keys), key_of(table)))
    query = select_columns(table).select_from(wanted_keys.join(table, same_key))
    return read_frame(connection, query)


def is_in(frame: pd.DataFrame, others: pd.DataFrame, columns: Sequence[str]) -> Mask:
    """Tell which rows agree in `columns` with any of `others`; missing values agree."""
    if others.empty or frame.empty:
        return np.zeros(len(frame), dtype=np.bool_)
    names = list(columns)
    both = pd.concat([others[names], frame[names]], ignore_index=True)
    group = both.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    found: Mask = np.isin(group[len(others) :], group[: len(others)])
    return found


@dataclass(frozen=True, slots=True)
class _Change:
    """What rivals do to the tables: frames of ``LOG_COLUMNS``."""

    new: pd.DataFrame
    changed: pd.DataFrame
    """Winners that differ from what is stored for their key."""
    new_losers: pd.DataFrame
    changed_losers: pd.DataFrame
    """Losers that turn out to have been received earlier."""


def _change(connection: sa.Connection, candidates: pd.DataFrame, archived: Archived) -> _Change:
    distinct = candidates.drop_duplicates(list(KEY_COLUMNS))
    keys = [(row["vehicle_id"], row["event_time_ms"]) for row in rows_of(distinct)]
    want(connection, keys)
    live, live_losers = fetch(connection, pings), fetch(connection, conflicts)
    old, old_losers = archived(keys)
    stored = pd.concat([live, old[~is_in(old, live, KEY_COLUMNS)]], ignore_index=True)
    losers = pd.concat(
        [live_losers, old_losers[~is_in(old_losers, live_losers, PING_COLUMNS)]],
        ignore_index=True,
    )
    after = resolve(pd.concat([stored, losers, candidates], ignore_index=True))
    known = is_in(after.pings, stored, KEY_COLUMNS)
    lost = is_in(after.conflicting, losers, PING_COLUMNS)
    return _Change(
        new=after.pings[~known],
        changed=after.pings[known & ~is_in(after.pings, stored, LOG_COLUMNS)],
        new_losers=after.conflicting[~lost],
        changed_losers=after.conflicting[lost & ~is_in(after.conflicting, losers, LOG_COLUMNS)],
    )


def _apply(connection: sa.Connection, change: _Change, sequence: int) -> None:
    winners = rows_of(change.new) + rows_of(change.changed)
    for number, row in enumerate(winners, sequence + 1):
        row[SEQUENCE] = number
    put(connection, pings, winners)
    losers = rows_with_hash(change.new_losers) + rows_with_hash(change.changed_losers)
    put(connection, conflicts, losers)


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, if there are any."""
    if rows:
        connection.execute(sa.insert(table), rows)


def put(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, each in the place of the one with its primary key if there is one."""
    if not rows:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    key = [column.name for column in table.primary_key]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=key,
            set_={name: statement.excluded[name] for name in rows[0] if name not in key},
        ),
        rows,
    )
