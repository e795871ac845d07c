"""How pings are read within a transaction: from the tables, and from the files of archived days."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ingest.log.archive import ArchiveFiles, parted, recorded_days
from ingest.log.rivals import is_in
from ingest.log.rows import HOUR_MS, LOG_COLUMNS, key_of, read_frame, select_columns
from ingest.log.tables import SEQUENCE, counters, pings
from ingest.ping import KEY_COLUMNS


def pings_between(
    connection: sa.Connection,
    files: ArchiveFiles,
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> pd.DataFrame:
    """Read pings with event times in ``[start_ms, end_ms)``, sorted by vehicle and time."""
    query = select_columns(pings).order_by(*key_of(pings))
    if start_ms is not None:
        query = query.where(pings.c.event_time_ms >= start_ms)
    if end_ms is not None:
        query = query.where(pings.c.event_time_ms < end_ms)
    chosen = vehicles
    if chosen is None and (start_ms is not None or end_ms is not None):
        # one search of the primary key a vehicle, however many days there are
        chosen = vehicles_of(connection)
    if chosen is not None:
        query = query.where(pings.c.vehicle_id.in_(sorted(chosen)))
    live = read_frame(connection, query)
    nobody = vehicles is not None and not vehicles
    parts = [
        files.read(day, start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
        for day in recorded_days(connection)
        if day.overlaps(start_ms, end_ms) and not nobody
    ]
    return _with_archived(live, parts)


def pings_since(
    connection: sa.Connection, files: ArchiveFiles, sequence: int
) -> tuple[pd.DataFrame, int]:
    """Read the pings that are new or changed since `sequence`, and the sequence to go on from."""
    last = connection.scalar(sa.select(counters.c.value).where(counters.c.name == SEQUENCE))
    query = select_columns(pings).where(pings.c.sequence > sequence)
    # sorted here: asked for that order, SQLite would go through all pings by their key
    live = read_frame(connection, query).sort_values(list(KEY_COLUMNS), ignore_index=True)
    days = recorded_days(connection)
    old = [files.read(day) for day in days if day.last_sequence > sequence]
    newer = [rows[rows["sequence"] > sequence] for rows in old]
    return _with_archived(live, newer), max(last or 0, sequence)


def hours_since(connection: sa.Connection, sequence: int) -> pd.DataFrame:
    """Tell of which hours pings are new or changed: columns ``hour_ms, last_sequence``."""
    hour = (pings.c.event_time_ms // HOUR_MS).label("hour")
    query = (
        sa.select(hour, sa.func.max(pings.c.sequence))
        .where(pings.c.sequence > sequence)
        .group_by("hour")
    )
    found = {int(number) * HOUR_MS: int(last) for number, last in connection.execute(query)}
    for day in recorded_days(connection):
        if day.last_sequence > sequence:
            for hour_ms in range(day.day_ms, day.day_ms + 24 * HOUR_MS, HOUR_MS):
                found[hour_ms] = max(found.get(hour_ms, 0), day.last_sequence)
    hours = sorted(found)
    return pd.DataFrame(
        {
            "hour_ms": np.array(hours, np.int64),
            "last_sequence": np.array([found[each] for each in hours], np.int64),
        }
    )


def vehicles_of(connection: sa.Connection) -> list[str]:
    """Name the vehicles that have pings in the tables: one search of the index for each."""
    return list(connection.scalars(sa.select(each_vehicle().c.vehicle_id)))


def newest_event_ms(connection: sa.Connection) -> int | None:
    """Give the latest event time in the tables: one search of the index for each vehicle."""
    each = each_vehicle()
    last = sa.select(sa.func.max(pings.c.event_time_ms)).where(
        pings.c.vehicle_id == each.c.vehicle_id
    )
    query = sa.select(sa.func.max(last.scalar_subquery())).select_from(each)
    newest: int | None = connection.scalar(query)
    return newest


def received_of(
    connection: sa.Connection, start_ms: int, end_ms: int, within_ms: int
) -> frozenset[str]:
    """Name the vehicles of which a ping was received in ``[start_ms, end_ms)``.

    Only among those whose event time is not further than `within_ms` from that.
    """
    each = each_vehicle()
    heard = (
        sa.select(pings.c.vehicle_id)
        .where(
            pings.c.vehicle_id == each.c.vehicle_id,
            pings.c.event_time_ms >= start_ms - within_ms,
            pings.c.event_time_ms < end_ms + within_ms,
            pings.c.received_time_ms >= start_ms,
            pings.c.received_time_ms < end_ms,
        )
        .exists()
    )
    return frozenset(connection.scalars(sa.select(each.c.vehicle_id).where(heard)))


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


def _with_archived(live: pd.DataFrame, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the winners of archived days where nothing came later for their keys."""
    if not parts:
        return live
    old, _ = parted(parts)
    both = pd.concat([live, old[~is_in(old, live, KEY_COLUMNS)]], ignore_index=True)
    return both[list(LOG_COLUMNS)].sort_values(list(KEY_COLUMNS), ignore_index=True)
