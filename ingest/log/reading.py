"""How pings are read within a transaction: from tables, segments, and files of archived days."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ingest.log.archive import ArchiveFiles, recorded_days
from ingest.log.database import driver_errors, log_error
from ingest.log.rows import (
    HOUR_MS,
    each_vehicle,
    key_of,
    read_frame,
    select_columns,
    vehicles_of,
)
from ingest.log.segments.files import SegmentFiles
from ingest.log.segments.portion import LogPortion, joined, with_archived
from ingest.log.segments.records import Segment, late_rows, segments_between
from ingest.log.tables import SEQUENCE, counters, pings
from ingest.ping import KEY_COLUMNS

Taken = TypeVar("Taken")


def pings_between(
    connection: sa.Connection,
    files: ArchiveFiles,
    sealed: SegmentFiles,
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> pd.DataFrame:
    """Read pings with event times in ``[start_ms, end_ms)``, sorted by vehicle and time."""

    def read(segment: Segment) -> pd.DataFrame | None:
        return sealed.read(segment, start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)

    parts = _parts_between(connection, read, start_ms, end_ms, vehicles)
    return with_archived(joined(parts), _archived(connection, files, start_ms, end_ms, vehicles))


class LogInstant:
    """A log as it is at one instant, read in many steps.

    Parameters
    ----------
    connection
        Which sees the log as it is then.
    """

    def __init__(
        self, connection: sa.Connection, files: ArchiveFiles, sealed: SegmentFiles
    ) -> None:
        self._connection, self._files, self._sealed = connection, files, sealed

    def __call__(self, start_ms: int, end_ms: int, vehicles: Collection[str]) -> pd.DataFrame:
        """Read pings as `PingLog.read_pings` does: from, before, and of which vehicles."""
        with self._told():
            return pings_between(
                self._connection, self._files, self._sealed, start_ms, end_ms, vehicles
            )

    def portion(self, start_ms: int, end_ms: int, vehicles: Collection[str]) -> LogPortion:
        """Give the same pings without reading what lies in sealed files: whoever has it may."""
        with self._told():
            parts = _parts_between(
                self._connection,
                lambda segment: segment if self._sealed.is_of_use(segment) else None,
                start_ms,
                end_ms,
                vehicles,
            )
            old = _archived(self._connection, self._files, start_ms, end_ms, vehicles)
        return LogPortion(start_ms, end_ms, tuple(sorted(vehicles)), tuple(parts), tuple(old))

    @contextmanager
    def _told(self) -> Iterator[None]:
        engine = self._connection.engine
        try:
            yield
        except driver_errors(engine) as error:
            raise log_error(engine, "read", error) from error


def _parts_between(
    connection: sa.Connection,
    take: Callable[[Segment], Taken | None],
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> list[Taken | pd.DataFrame]:
    """Give day by day what is taken of a segment, and rows; all rows where that is None."""
    parts: list[Taken | pd.DataFrame] = []
    from_ms = start_ms
    nobody = vehicles is not None and not vehicles
    for segment in [] if nobody else segments_between(connection, start_ms, end_ms):
        taken = take(segment)
        if taken is None:
            continue
        if from_ms is None or from_ms < segment.day_ms:
            parts.append(_rows_between(connection, from_ms, segment.day_ms, vehicles))
        parts += [taken, late_rows(connection, segment, start_ms, end_ms, vehicles)]
        from_ms = segment.end_ms
    if from_ms is None or end_ms is None or from_ms < end_ms or not parts:
        parts.append(_rows_between(connection, from_ms, end_ms, vehicles))
    return parts


def _archived(
    connection: sa.Connection,
    files: ArchiveFiles,
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> list[pd.DataFrame]:
    nobody = vehicles is not None and not vehicles
    return [
        files.read(day, start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
        for day in recorded_days(connection)
        if day.overlaps(start_ms, end_ms) and not nobody
    ]


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
    return with_archived(live, newer), max(last or 0, sequence)


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
