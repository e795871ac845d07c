"""Alerts in the database: their states, and the outbox of what is to be sent.

What is said is written in the transaction of the state that counts it as said, so that no restart
and no second alerter says it again. It is sent afterwards and then marked: if the program ends in
between, it is sent again with the same id. So each is sent at least once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from analytics.alerts.alert import AlertKey, AlertState, Condition, Facts, Message, step
from analytics.alerts.outbox import Outgoing
from analytics.alerts.tables import alerts, deliveries
from ingest.fault import LogError
from ingest.log.pinglog import PingLog
from ingest.settings.alerts import AlertKind, AlertSettings

GIVE_UP_MS = 12 * 3_600_000
"""An alert that could not be sent for so long is of no use any more."""
FIRST_RETRY_MS = 30_000
LONGEST_RETRY_MS = 15 * 60_000
_LOCK = 0x616C7274  # of PostgreSQL, so that alerters take turns
_LOOK_BACK = timedelta(days=2)
_INSTANTS = (
    "held_since_ms",
    "raised_ms",
    "said_ms",
    "clear_since_ms",
    "ended_ms",
    "end_said_ms",
    "escalated_ms",
    "acknowledged_ms",
)


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert with the number by which it is acknowledged."""

    number: int
    state: AlertState


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that waits to be sent to a channel."""

    outgoing: Outgoing
    created_ms: int
    attempts: int


Write = Callable[[Message, tuple[int, ...], int], Iterable[Outgoing]]
"""Gives what a message becomes, from it, the numbers of its alerts and the instant."""


class AlertStore:
    """The alerts beside a ping log. Any number of alerters may share them."""

    def __init__(self, log: PingLog) -> None:
        self._log = log

    def advance(
        self,
        conditions: Sequence[Condition],
        watched: Collection[str],
        now_ms: int,
        settings: AlertSettings,
        zone: ZoneInfo,
        write: Write,
    ) -> tuple[Message, ...]:
        """Bring the alerts up to an instant and put what is to be said into the outbox.

        Raises
        ------
        LogError
            If it cannot be committed; nothing is changed then.
        """
        with self._log.transaction(write=True) as connection:
            _lock(connection)
            numbers, before = _read_states(connection, now_ms, zone)
            after, messages = step(before, conditions, watched, now_ms, settings, zone)
            _write_states(connection, numbers, before, after)
            for message in messages:
                told = tuple(numbers[alert.key] for alert in message.alerts)
                rows = [_row_of(each, now_ms) for each in write(message, told, now_ms)]
                if rows:
                    connection.execute(sa.insert(deliveries), rows)
        return messages

    def states(self, now_ms: int, zone: ZoneInfo) -> dict[AlertKey, AlertState]:
        """Read what `advance` would go on from."""
        with self._log.transaction(write=False) as connection:
            return _read_states(connection, now_ms, zone)[1]

    def said(self, service_date: date | None = None, *, only_open: bool) -> list[StoredAlert]:
        """Read the alerts that were raised, in that order."""
        query = sa.select(alerts).where(alerts.c.raised_ms.is_not(None))
        if service_date is not None:
            query = query.where(alerts.c.service_date == service_date.isoformat())
        if only_open:
            query = query.where(alerts.c.ended_ms.is_(None), alerts.c.acknowledged_ms.is_(None))
        with self._log.transaction(write=False) as connection:
            rows = connection.execute(query.order_by(alerts.c.raised_ms, alerts.c.id)).mappings()
            return [StoredAlert(row["id"], _state_of(row)) for row in rows]

    def acknowledge(self, number: int, name: str, now_ms: int) -> StoredAlert:
        """Note that somebody sees to an alert; who was first stays.

        Raises
        ------
        LogError
            If there is no such alert.
        """
        chosen = sa.and_(alerts.c.id == number, alerts.c.raised_ms.is_not(None))
        with self._log.transaction(write=True) as connection:
            _lock(connection)
            connection.execute(
                sa.update(alerts)
                .where(chosen, alerts.c.acknowledged_ms.is_(None))
                .values(acknowledged_ms=now_ms, acknowledged_by=name)
            )
            row = connection.execute(sa.select(alerts).where(chosen)).mappings().first()
        if row is None:
            raise LogError(f"there is no alert {number}; pingcheng alerts list shows them")
        return StoredAlert(number, _state_of(row))

    def claim(self, now_ms: int, lease_ms: int) -> list[Delivery]:
        """Take what is due to be sent, for so long; whoever takes it does not send it meanwhile.

        What waits for longer than `GIVE_UP_MS` is given up.
        """
        waiting = sa.and_(deliveries.c.sent_ms.is_(None), deliveries.c.given_up_ms.is_(None))
        due = sa.and_(waiting, deliveries.c.next_try_ms <= now_ms)
        with self._log.transaction(write=True) as connection:
            _lock(connection)
            connection.execute(
                sa.update(deliveries)
                .where(due, deliveries.c.created_ms <= now_ms - GIVE_UP_MS)
                .values(given_up_ms=now_ms)
            )
            query = sa.select(deliveries).where(due)
            # what failed before comes last, so that one that nobody takes holds no other up
            order = (deliveries.c.attempts, deliveries.c.created_ms, deliveries.c.id)
            rows = connection.execute(query.order_by(*order)).mappings().all()
            connection.execute(
                sa.update(deliveries).where(due).values(next_try_ms=now_ms + lease_ms)
            )
        return [
            Delivery(
                Outgoing(row["id"], row["channel"], row["title"], row["body"]),
                row["created_ms"],
                row["attempts"],
            )
            for row in rows
        ]

    def mark_sent(self, delivery: Delivery, now_ms: int) -> None:
        """Note that the channel took it."""
        self._change(delivery, sent_ms=now_ms, attempts=delivery.attempts + 1, error="")

    def mark_failed(self, delivery: Delivery, now_ms: int, error: str, least_ms: int = 0) -> int:
        """Note why the channel did not take it; give when to try again: ever more seldom.

        `least_ms` is how long no try can succeed.
        """
        doubled: int = FIRST_RETRY_MS << min(delivery.attempts, 10)
        next_ms = now_ms + max(least_ms, min(doubled, LONGEST_RETRY_MS))
        self._change(delivery, next_try_ms=next_ms, attempts=delivery.attempts + 1, error=error)
        return next_ms

    def give_up(self, delivery: Delivery, now_ms: int, error: str) -> None:
        """Note that it will never be sent."""
        self._change(delivery, given_up_ms=now_ms, error=error)

    def let_go(self, delivery: Delivery, next_ms: int) -> None:
        """Give back what was claimed and not tried, to be tried from an instant on."""
        self._change(delivery, next_try_ms=next_ms)

    def _change(self, delivery: Delivery, **values: object) -> None:
        with self._log.transaction(write=True) as connection:
            connection.execute(
                sa.update(deliveries)
                .where(deliveries.c.id == delivery.outgoing.id)
                .values(**values)
            )


def _lock(connection: sa.Connection) -> None:
    # SQLite lets one writer in at a time anyway
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _read_states(
    connection: sa.Connection, now_ms: int, zone: ZoneInfo
) -> tuple[dict[AlertKey, int], dict[AlertKey, AlertState]]:
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    since = (local.date() - _LOOK_BACK).isoformat()
    query = sa.select(alerts).where(alerts.c.service_date >= since)
    numbers, states = {}, {}
    for row in connection.execute(query).mappings():
        state = _state_of(row)
        numbers[state.key], states[state.key] = row["id"], state
    return numbers, states


def _write_states(
    connection: sa.Connection,
    numbers: dict[AlertKey, int],
    before: Mapping[AlertKey, AlertState],
    after: Mapping[AlertKey, AlertState],
) -> None:
    """Write what has changed; `numbers` gets those of new alerts."""
    for key in sorted(before.keys() - after.keys()):
        connection.execute(sa.delete(alerts).where(alerts.c.id == numbers.pop(key)))
    for key in sorted(after):
        state = after[key]
        if key not in before:
            added = sa.insert(alerts).values(**_values_of(state)).returning(alerts.c.id)
            numbers[key] = connection.execute(added).scalar_one()
        elif state != before[key]:
            chosen = alerts.c.id == numbers[key]
            connection.execute(sa.update(alerts).where(chosen).values(**_values_of(state)))


def _values_of(state: AlertState) -> dict[str, Any]:
    return {
        "service_date": state.key.service_date,
        "window": state.key.window,
        "kind": state.key.kind.value,
        "subject": state.key.subject,
        "facts": msgspec.json.encode(state.facts).decode(),
        "acknowledged_by": state.acknowledged_by,
        **{name: getattr(state, name) for name in _INSTANTS},
    }


def _state_of(row: sa.RowMapping) -> AlertState:
    key = AlertKey(row["service_date"], row["window"], AlertKind(row["kind"]), row["subject"])
    return AlertState(
        key,
        msgspec.json.decode(row["facts"], type=Facts),
        acknowledged_by=row["acknowledged_by"],
        **{name: row[name] for name in _INSTANTS},
    )


def _row_of(outgoing: Outgoing, now_ms: int) -> dict[str, Any]:
    return {
        "id": outgoing.id,
        "channel": outgoing.channel,
        "title": outgoing.title,
        "body": outgoing.body,
        "created_ms": now_ms,
        "next_try_ms": now_ms,
    }
