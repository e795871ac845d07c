"""Pings and events that were stored under the wrong vehicle: moved to the right one.

The log then holds what it would if they had come under the right name from the first on: what
meets a fix of the same key there is settled by `ingest.ping.resolve`, and the balance is kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import recorded_days
from ingest.log.counters import count
from ingest.log.events.event_rows import move_events
from ingest.log.pinglog import PingLog
from ingest.log.rows import DAY_MS, epoch_ms, read_frame, select_columns, tuples_of
from ingest.log.segments.records import forget_segments
from ingest.log.tables import EVENTS, MOVED_PREFIX, SEQUENCE, conflicts, pings
from ingest.log.writing import add, lock_sequence


@dataclass(frozen=True, slots=True)
class Move:
    """Whose pings become whose, of which time."""

    from_vehicle: str
    to_vehicle: str
    from_ms: int
    until_ms: int
    """The first instant that is not moved any more."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the pings that were moved."""

    pings: int
    conflicts: int
    """Fixes that had lost against another one of the first vehicle, and went with it."""
    stored: int
    conflicting: int
    duplicate: int
    """How many repeat to the last bit what the other vehicle had."""
    events: int = 0
    """How many events beside fixes were moved."""

    @property
    def total(self) -> int:
        """How many fixes were moved."""
        return self.pings + self.conflicts


class _NotMeant(Exception):  # noqa: N818 - not an error: it takes a trial back
    pass


def reassign(log: PingLog, move: Move, *, dry_run: bool = False) -> Moved:
    """Move pings and events of a vehicle in an interval to another, in one transaction.

    Every ping that is moved, or that one of them meets, gets a new sequence: nights that were
    judged are found to be changed, as by pings that come late.

    Raises
    ------
    LogError
        If a day of it is archived, or as `PingLog.write` does.
    """
    found: list[Moved] = []
    try:
        with log.transaction(write=True) as connection:
            found.append(_move(log, connection, move))
            if dry_run:
                raise _NotMeant
    except _NotMeant:
        pass
    return found[0]


def _move(log: PingLog, connection: sa.Connection, move: Move) -> Moved:
    before = lock_sequence(connection)
    days = recorded_days(connection)
    if archived := [day.date for day in days if day.overlaps(move.from_ms, move.until_ms)]:
        told = ", ".join(archived[:5]) + (f" and {len(archived) - 5} more" if archived[5:] else "")
        raise LogError(
            f"{told}: archived, and what is in an archive file is never changed; move the pings of "
            "the other days by --from and --until"
        )
    won = _taken(connection, pings, move)
    won_ms = epoch_ms(won["event_time"])
    forget_segments(connection, np.unique(won_ms // DAY_MS * DAY_MS).tolist())
    lost = _taken(connection, conflicts, move)
    at_ms = np.concatenate([won_ms, epoch_ms(lost["event_time"])])
    # an archive file tells, so that a log of before is not given the same pings a second time
    moved = [f"{MOVED_PREFIX}{day_ms}" for day_ms in np.unique(at_ms // DAY_MS * DAY_MS).tolist()]
    count(connection, Counter(moved))
    vehicles = move.from_vehicle, move.to_vehicle
    events, new_events = move_events(connection, vehicles, move.from_ms, move.until_ms)
    repeated = events - new_events
    count(connection, Counter({"stored": -repeated, EVENTS: -repeated, "duplicate": repeated}))
    rows = tuples_of(pd.concat([won, lost], ignore_index=True))
    if not rows:
        return Moved(0, 0, 0, 0, 0, events)
    gain, after = add(
        connection,
        [(move.to_vehicle, *row[1:]) for row in rows],
        before,
        days_ms=np.array([day.day_ms for day in days], np.int64),
        archived=lambda keys: log.files.with_keys(days, keys),
    )
    after = _renumber(connection, move, won_ms.tolist(), (before, after))
    duplicate = len(rows) - gain.stored - gain.conflicting
    count(
        connection,
        Counter(
            {
                "stored": gain.stored - len(won),
                "conflicting": gain.conflicting - len(lost),
                "duplicate": duplicate,
                SEQUENCE: after - before,
            }
        ),
    )
    return Moved(len(won), len(lost), gain.stored, gain.conflicting, duplicate, events)


def _taken(connection: sa.Connection, table: sa.Table, move: Move) -> pd.DataFrame:
    """Read the rows to be moved and take them out."""
    meant = _is_meant(table, move.from_vehicle, move)
    frame = read_frame(connection, select_columns(table).where(meant))
    connection.execute(sa.delete(table).where(meant))
    return frame


def _is_meant(table: sa.Table, vehicle: str, move: Move) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.vehicle_id == vehicle,
        table.c.event_time_ms >= move.from_ms,
        table.c.event_time_ms < move.until_ms,
    )


def _renumber(
    connection: sa.Connection, move: Move, times_ms: Sequence[int], span: tuple[int, int]
) -> int:
    """Say of fixes that stayed what they were beside a moved one that they changed, too."""
    before, after = span
    old = sa.select(pings.c.event_time_ms).where(
        _is_meant(pings, move.to_vehicle, move), pings.c.sequence <= before
    )
    met = sorted({*connection.scalars(old)} & set(times_ms))
    update = (
        sa.update(pings)
        .where(pings.c.vehicle_id == move.to_vehicle, pings.c.event_time_ms == sa.bindparam("at"))
        .values(sequence=sa.bindparam("number"))
    )
    rows: list[dict[str, Any]] = [
        {"at": at, "number": number} for number, at in enumerate(met, after + 1)
    ]
    if rows:
        connection.execute(update, rows)
    return after + len(rows)
