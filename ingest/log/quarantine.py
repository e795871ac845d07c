"""What was refused: kept with its evidence, read again, and decided anew.

That is done after the plan, the devices or the program have changed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection, RejectionCode
from ingest.log.batch import Batch, Decode, Row, row_of
from ingest.log.tables import rejections


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """What came of deciding anew about rejections."""

    ids: tuple[int, ...]
    """Rejections that hold pings now; the others stay as they are."""
    batch: Batch
    """The pings they hold, and what of them is still refused."""
    refused: Counter[str]
    """How many stay refused, by the code they would get now."""
    clipped: int
    """How many cannot be decided anew: they were too long to be kept whole."""


def reconsider(refused_before: Sequence[Mapping[str, Any]], decode: Decode) -> Reconsidered:
    """Decode refused payloads again, as received when they were.

    A message that was retained is taken as if it had not been: whoever releases it says so.
    """
    ids: list[int] = []
    rows: list[Row] = []
    still: list[Rejection] = []
    refused: Counter[str] = Counter()
    clipped = 0
    for rejection in refused_before:
        if len(rejection["payload"]) < rejection["payload_bytes"]:
            clipped += 1
            continue
        message = Message(rejection["topic"], rejection["payload"], rejection["received_time_ms"])
        good, bad = decode(message)
        if not good:
            refused[bad[0].code if bad else RejectionCode.EMPTY_BURST] += 1
            continue
        ids.append(rejection["id"])
        rows += [row_of(ping, message.received_ms) for ping in good]
        still += bad
    return Reconsidered(tuple(ids), Batch(rows, tuple(still)), refused, clipped)


def store_rejections(connection: sa.Connection, refused: Iterable[Rejection]) -> None:
    """Keep what was refused, with the evidence."""
    if rows := [_row(one) for one in refused]:
        connection.execute(sa.insert(rejections), rows)


def read_rejections(
    connection: sa.Connection,
    codes: Collection[str] | None,
    vehicle: str | None,
    since_ms: int | None,
    limit: int | None,
    *,
    released: bool,
) -> list[dict[str, Any]]:
    """Read rejections in the order they were made; of more than `limit` the last."""
    query = _chosen(codes, vehicle, released=released)
    if since_ms is not None:
        query = query.where(rejections.c.received_time_ms >= since_ms)
    query = query.order_by(rejections.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()][::-1]


def last_rejection(connection: sa.Connection) -> int:
    """Give the highest id; 0 if nothing was ever refused."""
    return connection.scalar(sa.select(sa.func.max(rejections.c.id))) or 0


def read_page(
    connection: sa.Connection,
    codes: Collection[str] | None,
    vehicle: str | None,
    after: int,
    last: int,
    size: int,
) -> list[dict[str, Any]]:
    """Read at most `size` standing rejections with ids above `after`, up to `last`."""
    query = _chosen(codes, vehicle, released=False).where(
        rejections.c.id > after, rejections.c.id <= last
    )
    page = query.order_by(rejections.c.id).limit(size)
    return [dict(row) for row in connection.execute(page).mappings()]


def read_rejection(connection: sa.Connection, number: int) -> dict[str, Any] | None:
    """Read one rejection by its id; None if there is none."""
    query = sa.select(rejections).where(rejections.c.id == number)
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)


def mark_released(connection: sa.Connection, ids: Collection[int], now_ms: int) -> dict[int, str]:
    """Mark those of the rejections that still stand as released; give their codes by id."""
    standing = sa.and_(
        rejections.c.id.in_(sorted(set(ids))), rejections.c.released_time_ms.is_(None)
    )
    query = sa.select(rejections.c.id, rejections.c.code).where(standing)
    codes: dict[int, str] = dict(tuple(row) for row in connection.execute(query))
    connection.execute(sa.update(rejections).where(standing).values(released_time_ms=now_ms))
    return codes


def _chosen(
    codes: Collection[str] | None, vehicle: str | None, *, released: bool
) -> sa.Select[Any]:
    column = rejections.c.released_time_ms
    query = sa.select(rejections).where(column.is_not(None) if released else column.is_(None))
    if codes is not None:
        query = query.where(rejections.c.code.in_([str(code) for code in codes]))
    if vehicle is not None:
        query = query.where(rejections.c.vehicle_id == vehicle)
    return query


def _row(rejection: Rejection) -> dict[str, Any]:
    return {
        "code": str(rejection.code),
        "topic": rejection.topic,
        "received_time_ms": rejection.received_time_ms,
        "key": rejection.key,
        "value": rejection.value,
        "payload": rejection.payload,
        "vehicle_id": rejection.vehicle_id,
        "payload_bytes": rejection.payload_bytes,
    }
