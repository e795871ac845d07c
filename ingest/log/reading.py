"""How pings are read within a transaction: from tables, segments, and files of archived days."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ingest.log.archive import ArchiveFiles, parted, recorded_days
from ingest.log.rivals import is_in
from ingest.log.rows import (
    HOUR_MS,
    LOG_COLUMNS,
    each_vehicle,
    epoch_ms,
    key_of,
    read_frame,
    select_columns,
    vehicles_of,
)
from ingest.log.segments.files import SegmentFiles
from ingest.log.segments.records import late_rows, segments_between
from ingest.log.tables import SEQUENCE, counters, pings
from ingest.ping import KEY_COLUMNS


def pings_between(
    connection: sa.Connection,
    files: ArchiveFiles,
    sealed: SegmentFiles,
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> pd.DataFrame:
    """Read pings with event times in ``[start_ms, end_ms)``, sorted by vehicle and time."""
    nobody = vehicles is not None and not vehicles
    parts: list[pd.DataFrame] = []
    from_ms = start_ms
    for segment in [] if nobody else segments_between(connection, start_ms, end_ms):
        rows = sealed.read(segment, start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
        if rows is None:
            continue
        if from_ms is None or from_ms < segment.day_ms:
            parts.append(_rows_between(connection, from_ms, segment.day_ms, vehicles))
        parts += [rows, late_rows(connection, segment, start_ms, end_ms, vehicles)]
        from_ms = segment.end_ms
    if from_ms is None or end_ms is None or from_ms < end_ms or not parts:
        parts.append(_rows_between(connection, from_ms, end_ms, vehicles))
    old = [
        files.read(day, start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
        for day in recorded_days(connection)
        if day.overlaps(start_ms, end_ms) and not nobody
    ]
    return _with_archived(_joined(parts), old)


def _rows_between(
    connection: sa.Connection,
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> pd.DataFrame:
    query = select_columns(pings).order_by(*key_of(pings))
    if start_ms is not None:
        query = query.where(pings.c.event_time_ms >= start_ms)
    if end_ms is not None:
        query = query.where(pings.c.event_time_ms < end_ms)
    if vehicles is None and (start_ms is not None or end_ms is not None):
        # one search of the primary key a vehicle, however many days there are
        vehicles = vehicles_of(connection)
    if vehicles is not None:
        query = query.where(pings.c.vehicle_id.in_(sorted(vehicles)))
    return read_frame(connection, query)


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put sorted parts in order, each later than the one before; of a key the last row stays."""
    some = [part for part in parts if not part.empty]
    if len(some) < 2:
        return some[0] if some else parts[0]
    rows = pd.concat(some, ignore_index=True)
    numbers, vehicles = pd.factorize(rows["vehicle_id"], sort=True)
    number = numbers.astype(np.min_scalar_type(len(vehicles)))  # small integers sort by counting
    time_ms = epoch_ms(rows["event_time"])
    order = np.argsort(number, kind="stable")
    same = number[order][1:] == number[order][:-1]
    onward = np.diff(time_ms[order]) > 0
    if not (onward | ~same).all():  # what came late for a sealed day stands behind it
        order = np.lexsort((time_ms, number))
        ordered = number[order], time_ms[order]
        is_last = np.ones(len(order), np.bool_)
        is_last[:-1] = (ordered[0][1:] != ordered[0][:-1]) | (ordered[1][1:] != ordered[1][:-1])
        order = order[is_last]
    return rows.take(order).reset_index(drop=True)


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


def _with_archived(live: pd.DataFrame, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the winners of archived days where nothing came later for their keys."""
    if not parts:
        return live
    old, _ = parted(parts)
    both = pd.concat([live, old[~is_in(old, live, KEY_COLUMNS)]], ignore_index=True)
    return both[list(LOG_COLUMNS)].sort_values(list(KEY_COLUMNS), ignore_index=True)
