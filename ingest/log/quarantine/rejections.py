"""The rows of what was refused, read and marked within a transaction."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from ingest.log.tables import quarantine_hours, rejections


def read_hours(connection: sa.Connection, vehicle: str | None, limit: int) -> list[dict[str, Any]]:
    """Read the hours in which refusals were only counted, in order; of more than `limit` the last.

    Columns of `quarantine_hours`.
    """
    table = quarantine_hours.c
    query = sa.select(quarantine_hours).where(table.counted > 0)
    if vehicle is not None:
        query = query.where(table.vehicle_id == vehicle)
    query = query.order_by(table.hour_ms.desc(), table.vehicle_id, table.code).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()][::-1]


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
    query = chosen(codes, vehicle, released=released)
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
    query = chosen(codes, vehicle, released=False).where(
        rejections.c.id > after, rejections.c.id <= last
    )
    page = query.order_by(rejections.c.id).limit(size)
    return [dict(row) for row in connection.execute(page).mappings()]


def read_rejection(connection: sa.Connection, number: int) -> dict[str, Any] | None:
    """Read one rejection by its id; None if there is none."""
    query = sa.select(rejections).where(rejections.c.id == number)
    found = connection.execute(query).mappings().first()
    return None if found is None else dict(found)


def refused_of(connection: sa.Connection, code: str, start_ms: int, end_ms: int) -> frozenset[str]:
    """Name the vehicles of which something received in ``[start_ms, end_ms)`` was refused so."""
    query = sa.select(rejections.c.vehicle_id).where(
        rejections.c.received_time_ms >= start_ms,
        rejections.c.received_time_ms < end_ms,
        rejections.c.code == code,
    )
    return frozenset(connection.scalars(query.distinct()))


def mark_released(connection: sa.Connection, ids: Collection[int], now_ms: int) -> dict[int, str]:
    """Mark those of the rejections that still stand as released; give their codes by id."""
    standing = sa.and_(
        rejections.c.id.in_(sorted(set(ids))), rejections.c.released_time_ms.is_(None)
    )
    query = sa.select(rejections.c.id, rejections.c.code).where(standing)
    codes: dict[int, str] = dict(tuple(row) for row in connection.execute(query))
    connection.execute(sa.update(rejections).where(standing).values(released_time_ms=now_ms))
    return codes


def chosen(
    codes: Collection[str] | None, vehicle: str | None, *, released: bool | None = None
) -> sa.Select[Any]:
    """Begin a query of the rejections that are meant; None stands for all.

    With `released` those that were released, or that still stand.
    """
    column = rejections.c.released_time_ms
    query = sa.select(rejections)
    if released is not None:
        query = query.where(column.is_not(None) if released else column.is_(None))
    if codes is not None:
        query = query.where(rejections.c.code.in_([str(code) for code in codes]))
    if vehicle is not None:
        query = query.where(rejections.c.vehicle_id == vehicle)
    return query
