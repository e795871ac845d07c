"""What was refused: kept with its evidence, read again, decided anew, and in the end forgotten.

A flood of refusals must not fill the disk. So there is room for what a vehicle sends in an hour
under a code, for all that it sends in a day, and for all vehicles together; what does not fit is
only counted. Nothing goes uncounted: of every code, rejected = rows that stand + only counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection, RejectionCode
from ingest.log.batch import Batch, Decode, Row, row_of
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
CLOCK_BLOCK_MS = 600_000
"""Whether this server's clock was wrong is asked of such stretches of time as a whole."""
_CLOCK_CODES = frozenset({RejectionCode.TIME_IN_FUTURE, RejectionCode.OUTDATED})
_ZONE_STEP_MS, _ZONE_SLACK_MS, _LARGEST_ZONE_MS = 1_800_000, 120_000, 14 * 3_600_000

WasWrong = Callable[[int], bool]
"""Tells whether most vehicles seemed to be in the future when this server's clock said so."""


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
    by_present: int = 0
    """How many of the first hold pings by the present time only: this server's clock was wrong."""
    doubtful: int = 0
    """How many of those still refused would hold pings by the present time, but it may as well have
    been the vehicle's clock that was wrong."""


def reconsider(
    refused_before: Sequence[Mapping[str, Any]],
    decode: Decode,
    now_ms: int | None = None,
    was_wrong: WasWrong = lambda _: False,
) -> Reconsidered:
    """Decode refused payloads again, as received when they were.

    A message that was retained is taken as if it had not been: whoever releases it says so. Given
    `now_ms`, what was refused for its time is judged by the present time too, and then taken as
    received now, as when it came is not known: if `was_wrong` speaks for it, or the log says that
    it came at a time that is still to come.
    """
    ids: list[int] = []
    rows: list[Row] = []
    still: list[Rejection] = []
    refused: Counter[str] = Counter()
    clipped = by_present = doubtful = 0
    for rejection in refused_before:
        if len(rejection["payload"]) < rejection["payload_bytes"]:
            clipped += 1
            continue
        message = Message(rejection["topic"], rejection["payload"], rejection["received_time_ms"])
        good, bad = decode(message)
        if now_ms is not None and any(one.code in _CLOCK_CODES for one in bad):
            late = Message(message.topic, message.payload, now_ms)
            better, worse = decode(late)
            if len(better) > len(good):
                ahead_ms = min(each.event_time_ms for each in better) - message.received_ms
                is_servers = message.received_ms > now_ms or (
                    not _is_like_a_zone(ahead_ms) and was_wrong(message.received_ms)
                )
                if is_servers:
                    good, bad, message = better, worse, late
                    by_present += 1
                else:
                    doubtful += not good
        if not good:
            refused[bad[0].code if bad else RejectionCode.EMPTY_BURST] += 1
            continue
        ids.append(rejection["id"])
        rows += [row_of(ping, message.received_ms) for ping in good]
        still += bad
    batch = Batch(rows, tuple(still))
    return Reconsidered(tuple(ids), batch, refused, clipped, by_present, doubtful)


def _is_like_a_zone(ahead_ms: int) -> bool:
    """Tell whether a clock is ahead as one is that tells local time for UTC."""
    off_ms = (ahead_ms + _ZONE_STEP_MS // 2) % _ZONE_STEP_MS - _ZONE_STEP_MS // 2
    is_zone = _ZONE_STEP_MS // 2 < ahead_ms < _LARGEST_ZONE_MS + _ZONE_SLACK_MS
    return is_zone and abs(off_ms) <= _ZONE_SLACK_MS


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
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(quarantine_hours)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["vehicle_id", "hour_ms", "code"],
            set_={name: quarantine_hours.c[name] + statement.excluded[name] for name in names},
        ),
        [
            {"vehicle_id": vehicle, "hour_ms": hour_ms, "code": code}
            | {name: change.get(name, 0) for name in names}
            for (vehicle, hour_ms, code), change in sorted(tally.items())
        ],
    )


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
    query = _chosen(codes, vehicle).where(rejections.c.received_time_ms < before_ms)
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


def _chosen(
    codes: Collection[str] | None, vehicle: str | None, *, released: bool | None = None
) -> sa.Select[Any]:
    column = rejections.c.released_time_ms
    query = sa.select(rejections)
    if released is not None:
        query = query.where(column.is_not(None) if released else column.is_(None))
    if codes is not None:
        query = query.where(rejections.c.code.in_([str(code) for code in codes]))
    if vehicle is not None:
        query = query.where(rejections.c.vehicle_id == vehicle)
    return query


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
