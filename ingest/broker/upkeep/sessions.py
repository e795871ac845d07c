"""Who has a session at the embedded broker, what waits in it, and which of them nobody uses.

nats-server keeps a record for each client id, and for each topic filter of it a consumer, which
holds every message until it is acknowledged. A session that nobody comes back to therefore keeps
all that is published. One that was to end with its connection (clean) stays if the broker ends
first.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from ingest.broker.nats_config import topic_of_subject

_SHOWN_CHARACTERS = 16


class _ConsumerNamed(msgspec.Struct):
    durable_name: str = ""


class Record(msgspec.Struct):
    """What nats-server has written down of a session."""

    id: str
    clean: bool = False
    subs: dict[str, int] = {}
    cons: dict[str, _ConsumerNamed | None] = {}
    pubrel: _ConsumerNamed | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A record, and where it stands."""

    key: str
    """The hash of the client id, by which nats-server finds it."""
    sequence: int
    since: datetime
    record: Record

    @property
    def consumers(self) -> frozenset[str]:
        """The consumers that hold its messages, by name."""
        return frozenset(one.durable_name for one in self.record.cons.values() if one is not None)


@dataclass(frozen=True, slots=True)
class Consumer:
    """What holds messages for one topic filter of a session."""

    name: str
    subject: str
    since: datetime
    ack_wait_s: float
    max_ack_pending: int
    waiting: int
    """Messages, those on their way included."""
    is_bound: bool
    """Whether a connection takes them."""

    @property
    def topic(self) -> str:
        """The topic filter."""
        return topic_of_subject(self.subject)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as people see it."""

    key: str
    client_id: str
    is_kept: bool
    """Whether it outlives its connection."""
    is_connected: bool
    since: datetime
    """Of its last change, mostly its last connection."""
    consumers: Sequence[Consumer]

    @property
    def waiting(self) -> int:
        """How many messages wait in it."""
        return max((one.waiting for one in self.consumers), default=0)

    @property
    def topics(self) -> list[str]:
        """Its topic filters that keep messages."""
        return sorted(one.topic for one in self.consumers)

    @property
    def shown_id(self) -> str:
        """Its client id, without the end of a long one: whoever knows it can take the session."""
        short = self.client_id[:_SHOWN_CHARACTERS]
        return short if short == self.client_id else f"{short}…"


def sessions_of(
    stored: Iterable[Stored], consumers: Iterable[Consumer], connected: Collection[str]
) -> list[Session]:
    """Join records, consumers and connections, those first in which most waits."""
    by_name = {one.name: one for one in consumers}
    found = [
        Session(
            key=one.key,
            client_id=one.record.id,
            is_kept=not one.record.clean,
            is_connected=one.record.id in connected or any(each.is_bound for each in held),
            since=one.since,
            consumers=held,
        )
        for one in stored
        for held in [[by_name[name] for name in sorted(one.consumers) if name in by_name]]
    ]
    return sorted(found, key=lambda one: (-one.waiting, one.client_id))


def strays_of(stored: Iterable[Stored], consumers: Iterable[Consumer]) -> list[Consumer]:
    """Give the consumers that belong to no session: no client can ever have what they hold."""
    owned = {name for one in stored for name in one.consumers}
    return [one for one in consumers if one.name not in owned]


def ended_before(stored: Iterable[Stored], began: datetime) -> list[Stored]:
    """Give the clean sessions that an end of the broker at `began` or before has left behind.

    Whoever connects with such a client id clears its record and writes another, so the old one is
    nobody's.
    """
    return [one for one in stored if one.record.clean and one.since < began]


def outdated(
    consumers: Iterable[Consumer], ack_wait_s: float, max_ack_pending: int
) -> list[Consumer]:
    """Give the consumers that were made under other settings."""
    wanted = round(ack_wait_s, 3), max_ack_pending
    return [one for one in consumers if (round(one.ack_wait_s, 3), one.max_ack_pending) != wanted]
