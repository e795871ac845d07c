"""What the log knows of its segments, and when its days changed last.

Who writes notes the days of a batch, and who takes rows out of a day forgets its segment, both in
the transaction that does it. So a segment and what is noted are right at every instant: what has a
sequence beyond that of a segment has come, or changed, since.
"""

import operator
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ingest.log.batch import Row
from ingest.log.rows import DAY_MS, frame_of_rows, key_of, read_frame, select_columns, vehicles_of
from ingest.log.tables import archived_days, changed_days, pings, segments

_MOST_PER_PING = 2
"""An entry of the index costs a part of what a row does."""
_event_ms, _received_ms = operator.itemgetter(1), operator.itemgetter(-1)


@dataclass(frozen=True, slots=True)
class Segment:
    """A file with the pings that a UTC day had in the tables when it was sealed."""

    day_ms: int
    """Epoch milliseconds of its midnight in UTC."""
    path: str
    sha256: str
    pings: int
    last_sequence: int
    """That of the log when it was sealed."""
    changed_sequence: int = 0
    """The last with which a batch changed the day; 0 if that is not known, and long ago."""

    @property
    def date(self) -> str:
        """The day as it is written."""
        return datetime.fromtimestamp(self.day_ms / 1000, UTC).date().isoformat()

    @property
    def end_ms(self) -> int:
        """The first instant after the day."""
        return self.day_ms + DAY_MS

    @property
    def is_late(self) -> bool:
        """Whether the day may have rows that the file has not."""
        return self.changed_sequence > self.last_sequence


def segments_between(
    connection: sa.Connection, start_ms: int | None, end_ms: int | None
) -> list[Segment]:
    """Read which days that overlap an interval have a segment, in order."""
    same_day = changed_days.c.day_ms == segments.c.day_ms
    query: sa.Select[Any] = (
        sa.select(*segments.c, sa.func.coalesce(changed_days.c.last_sequence, 0))
        .select_from(segments.outerjoin(changed_days, same_day))
        .where(segments.c.day_ms.not_in(sa.select(archived_days.c.day_ms)))
        .order_by(segments.c.day_ms)
    )
    if start_ms is not None:
        query = query.where(segments.c.day_ms > start_ms - DAY_MS)
    if end_ms is not None:
        query = query.where(segments.c.day_ms < end_ms)
    return [Segment(*row) for row in connection.execute(query)]


def late_rows(
    connection: sa.Connection,
    segment: Segment,
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> pd.DataFrame:
    """Read what came for a sealed day, or changed in it, since: sorted by vehicle and time."""
    if not segment.is_late:
        return frame_of_rows([])
    number, time_ms = pings.c.sequence, pings.c.event_time_ms
    first_ms = segment.day_ms if start_ms is None else max(segment.day_ms, start_ms)
    until_ms = segment.end_ms if end_ms is None else min(segment.end_ms, end_ms)
    query = select_columns(pings).where(time_ms >= first_ms, time_ms < until_ms)
    if segment.changed_sequence - segment.last_sequence <= _MOST_PER_PING * segment.pings:
        # all that came to the log meanwhile, by the index of the sequence
        query = query.where(number > segment.last_sequence, number <= segment.changed_sequence)
    else:  # all of the day, by its key: no index has the sum
        query = query.where(
            pings.c.vehicle_id.in_(vehicles_of(connection)), number + 0 > segment.last_sequence
        )
    rows = read_frame(connection, query.order_by(*key_of(pings)))
    if vehicles is None:
        return rows
    return rows[rows["vehicle_id"].isin(list(vehicles))].reset_index(drop=True)


def note_changed(connection: sa.Connection, rows: Sequence[Row], sequence: int) -> None:
    """Note the days of a batch that changed the log; days that it only repeated may be among them.

    `sequence` is the last that it was given.
    """
    days_ms = np.fromiter(map(_event_ms, rows), np.int64, len(rows)) // DAY_MS * DAY_MS
    received_ms = np.fromiter(map(_received_ms, rows), np.int64, len(rows))
    note = [
        {
            "day_ms": day_ms,
            "last_sequence": sequence,
            "changed_ms": int(received_ms[days_ms == day_ms].max()),
            "removals": 0,
        }
        for day_ms in np.unique(days_ms).tolist()
    ]
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(changed_days)
    kept = {name: statement.excluded[name] for name in ("last_sequence", "changed_ms")}
    statement = statement.on_conflict_do_update(index_elements=["day_ms"], set_=kept)
    if note:
        connection.execute(statement, note)


def forget_segments(connection: sa.Connection, days_ms: Collection[int]) -> None:
    """Forget that days are sealed: rows are taken out of them, by this transaction.

    What is being sealed of one of them meanwhile, as it was before, is void.
    """
    connection.execute(sa.delete(segments).where(segments.c.day_ms.in_(days_ms)))
    counted = changed_days.c.removals + 1
    of_days = changed_days.c.day_ms.in_(days_ms)
    connection.execute(sa.update(changed_days).where(of_days).values(removals=counted))
