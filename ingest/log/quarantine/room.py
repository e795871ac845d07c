"""The room that rejections have, so that a flood of them does not fill the disk.

There is some for what a vehicle sends in an hour under a code, for all that it sends in a day, and
for all vehicles together; what does not fit is only counted. Nothing goes uncounted: of every code,
rejected = rows that stand + only counted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ingest.decoding.rejection import Rejection, RejectionCode
from ingest.log.counters import add_up
from ingest.log.quarantine.rejections import chosen
from ingest.log.rows import DAY_MS, HOUR_MS
from ingest.log.tables import COUNTED_PREFIX, KEPT_BYTES, counters, quarantine_hours, rejections

MOST_MIB = 2048
"""What all rejections that are kept may take, unless the settings say otherwise."""
_HOURS_SHARE, _DAYS_SHARE = 1024, 64
"""Parts of that: of a vehicle under one code in an hour, and of a vehicle in a day. 2 MiB an hour
are more than a truck with a fix a second sends, so that a wrong clock costs none of them."""
_NOBODYS_HOURS, _NOBODYS_DAYS = 32, 8
"""Those that the plan does not know have so many shares together: names can be made up."""
_ROW_BYTES = 64
_NAMES_AT_ONCE = 500


def store_rejections(
    connection: sa.Connection, refused: Iterable[Rejection], most_bytes: int
) -> Counter[str]:
    """Keep what was refused, with the evidence, as far as there is room, and count the rest.

    Gives what that changes in the counters, beside the rejections themselves. The sequence must be
    locked.
    """
    rows = [_row(one) for one in refused]
    if not rows:
        return Counter()
    hours, days = _held(connection, rows)
    total = connection.scalar(sa.select(counters.c.value).where(counters.c.name == KEPT_BYTES)) or 0
    kept: list[dict[str, Any]] = []
    tally: dict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    change: Counter[str] = Counter()
    for row in rows:
        hour = _hour_of(row)
        day = hour[0], hour[1] - hour[1] % DAY_MS
        size = _size_of(row)
        hours_shares, days_shares = (1, 1) if hour[0] else (_NOBODYS_HOURS, _NOBODYS_DAYS)
        if (
            total + size <= most_bytes
            and hours[hour] + size <= most_bytes // _HOURS_SHARE * hours_shares
            and days[day] + size <= most_bytes // _DAYS_SHARE * days_shares
        ):
            kept.append(row)
            total, hours[hour], days[day] = total + size, hours[hour] + size, days[day] + size
            tally[hour].update(kept=1, kept_bytes=size)
            change[KEPT_BYTES] += size
        else:
            tally[hour]["counted"] += 1
            change[COUNTED_PREFIX + row["code"]] += 1
    if kept:
        connection.execute(sa.insert(rejections), kept)
    _add_to_hours(connection, tally)
    return change


def _held(
    connection: sa.Connection, rows: Sequence[Mapping[str, Any]]
) -> tuple[dict[tuple[str, int, str], int], dict[tuple[str, int], int]]:
    """Give how many bytes are kept by vehicle, hour and code, and by vehicle and day."""
    names = sorted({_hour_of(row)[0] for row in rows})
    times_ms = [row["received_time_ms"] for row in rows]
    from_ms = min(times_ms) - min(times_ms) % DAY_MS
    table = quarantine_hours.c
    hours: dict[tuple[str, int, str], int] = defaultdict(int)
    days: dict[tuple[str, int], int] = defaultdict(int)
    for first in range(0, len(names), _NAMES_AT_ONCE):
        query = sa.select(table.vehicle_id, table.hour_ms, table.code, table.kept_bytes).where(
            table.vehicle_id.in_(names[first : first + _NAMES_AT_ONCE]),
            table.hour_ms >= from_ms,
            table.hour_ms < max(times_ms) - max(times_ms) % DAY_MS + DAY_MS,
        )
        for vehicle, hour_ms, code, kept_bytes in connection.execute(query):
            hours[vehicle, hour_ms, code] = kept_bytes
            days[vehicle, hour_ms - hour_ms % DAY_MS] += kept_bytes
    return hours, days


def _add_to_hours(
    connection: sa.Connection, tally: Mapping[tuple[str, int, str], Mapping[str, int]]
) -> None:
    names = ("kept", "kept_bytes", "counted")
    rows = [
        {"vehicle_id": vehicle, "hour_ms": hour_ms, "code": code}
        | {name: change.get(name, 0) for name in names}
        for (vehicle, hour_ms, code), change in sorted(tally.items())
    ]
    add_up(connection, quarantine_hours, rows)


def forget_page(
    connection: sa.Connection,
    codes: Collection[str] | None,
    vehicle: str | None,
    before_ms: int,
    size: int,
) -> tuple[int, Counter[str]]:
    """Delete at most `size` rejections received before an instant; what stood is only counted then.

    Gives how many there were, and what that changes in the counters. The sequence must be locked.
    """
    query = chosen(codes, vehicle).where(rejections.c.received_time_ms < before_ms)
    query = query.order_by(rejections.c.received_time_ms).limit(size)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if not rows:
        return 0, Counter()
    ids = [row["id"] for row in rows]
    connection.execute(sa.delete(rejections).where(rejections.c.id.in_(ids)))
    tally: dict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    change: Counter[str] = Counter()
    for row in rows:
        stands = int(row["released_time_ms"] is None)
        size_bytes = _size_of(row)
        tally[_hour_of(row)].update(kept=-1, kept_bytes=-size_bytes, counted=stands)
        change.update({COUNTED_PREFIX + row["code"]: stands, KEPT_BYTES: -size_bytes})
    _add_to_hours(connection, tally)
    return len(rows), change


def forget_hours(connection: sa.Connection, before_ms: int) -> None:
    """Forget by which vehicle and in which hour refusals came that nothing is kept of."""
    table = quarantine_hours.c
    connection.execute(
        sa.delete(quarantine_hours).where(table.hour_ms + HOUR_MS <= before_ms, table.kept == 0)
    )


def _hour_of(row: Mapping[str, Any]) -> tuple[str, int, str]:
    """Give whose room a rejection takes, in which hour, and its code."""
    is_nobodys = row["code"] in {RejectionCode.UNKNOWN_VEHICLE, RejectionCode.BAD_TOPIC}
    time_ms = row["received_time_ms"]
    return "" if is_nobodys else row["vehicle_id"], time_ms - time_ms % HOUR_MS, row["code"]


def _size_of(row: Mapping[str, Any]) -> int:
    texts = ("payload", "topic", "key", "value", "vehicle_id")
    return sum(len(row[name]) for name in texts) + _ROW_BYTES


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
