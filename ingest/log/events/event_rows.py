"""How events get into their table, and out of it.

A set: the first of equal events is stored, what comes again only counts. That it was received
earlier than was known is remembered, so that batches in any order leave the same rows.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from ingest.event import Event, EventKind, Received
from ingest.log.tables import events

_AT_ONCE = 500
_KINDS = {str(kind): kind for kind in EventKind}
_FIELDS = tuple(events.c[name] for name in Event.__struct_fields__)


def add_events(connection: sa.Connection, received: Sequence[Received]) -> int:
    """Store events that are new; give how many were. The sequence must be locked."""
    rows: dict[bytes, dict[str, Any]] = {}
    for event, received_ms in received:
        row = rows.setdefault(event.id, _row(event, received_ms))
        row["received_time_ms"] = min(row["received_time_ms"], received_ms)
    known = dict(_known(connection, list(rows)))
    new = [row for key, row in rows.items() if key not in known]
    if new:
        connection.execute(sa.insert(events), new)
    earlier = [
        {"key": key, "first_ms": rows[key]["received_time_ms"]}
        for key, first_ms in known.items()
        if rows[key]["received_time_ms"] < first_ms
    ]
    if earlier:
        change = sa.update(events).where(events.c.id == sa.bindparam("key"))
        connection.execute(change.values(received_time_ms=sa.bindparam("first_ms")), earlier)
    return len(new)


def events_between(
    connection: sa.Connection, start_ms: int, end_ms: int, vehicles: Collection[str] | None
) -> list[Event]:
    """Read events with times in ``[start_ms, end_ms)``, sorted by vehicle, time and content."""
    query = sa.select(*_FIELDS).where(
        events.c.event_time_ms >= start_ms, events.c.event_time_ms < end_ms
    )
    if vehicles is not None:
        query = query.where(events.c.vehicle_id.in_(sorted(vehicles)))
    query = query.order_by(events.c.vehicle_id, events.c.event_time_ms, events.c.id)
    return [
        Event(vehicle_id, time_ms, _KINDS[kind], *details)
        for vehicle_id, time_ms, kind, *details in connection.execute(query)
    ]


def move_events(
    connection: sa.Connection, vehicles: tuple[str, str], start_ms: int, end_ms: int
) -> tuple[int, int]:
    """Make the events of the first vehicle in ``[start_ms, end_ms)`` the second's.

    Gives how many were moved, and how many of them the second did not have. The sequence must be
    locked.
    """
    wrong, right = vehicles
    meant = sa.and_(
        events.c.vehicle_id == wrong,
        events.c.event_time_ms >= start_ms,
        events.c.event_time_ms < end_ms,
    )
    rows = connection.execute(sa.select(*_FIELDS, events.c.received_time_ms).where(meant)).all()
    connection.execute(sa.delete(events).where(meant))
    moved = [
        (Event(right, time_ms, _KINDS[kind], *details), received_ms)
        for _, time_ms, kind, *details, received_ms in rows
    ]
    return len(moved), add_events(connection, moved)


def _known(connection: sa.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
    for first in range(0, len(keys), _AT_ONCE):
        query = sa.select(events.c.id, events.c.received_time_ms)
        for key, first_ms in connection.execute(
            query.where(events.c.id.in_(keys[first : first + _AT_ONCE]))
        ):
            yield bytes(key), first_ms


def _row(event: Event, received_ms: int) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(event),
        "id": event.id,
        "kind": str(event.kind),
        "received_time_ms": received_ms,
    }
