"""What waits at the embedded broker for one session, and up to where it is acknowledged."""

import hashlib
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.broker.nats_config import subjects_of

MESSAGES_STREAM = "$MQTT_msgs"
SUBJECT = "$MQTT.msgs."
"""What the subjects of messages that are kept begin with."""
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one topic filter of a session; nats-server calls it a consumer."""

    subject: str
    count: int
    """Messages, delivered or not, that the session has not acknowledged."""
    floor: int
    """All messages up to this number are acknowledged."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a session at an instant."""

    parts: tuple[Waiting, ...]
    newest: int
    """Number of the newest message that the broker has taken."""

    @property
    def count(self) -> int:
        """How many messages wait."""
        return sum(part.count for part in self.parts)

    def is_done_to(self, number: int) -> bool:
        """Whether nothing waits that the broker had taken when its newest was `number`."""
        return all(part.count == 0 or part.floor >= number for part in self.parts)

    def keeps(self, topic_filters: Iterable[str]) -> bool:
        """Whether the broker keeps for the session all that matches these filters."""
        kept = {part.subject for part in self.parts}
        wanted = {subject for topic in topic_filters for subject in subjects_of(topic)}
        return wanted <= kept


def backlog_in(document: Mapping[str, Any], client_id: str) -> Backlog:
    """Read what waits for the session of a client in ``/jsz`` of nats-server.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If it is no such page.
    """
    streams = [
        stream
        for account in document.get("account_details") or []
        for stream in account.get("stream_detail") or []
        if stream["name"] == MESSAGES_STREAM
    ]
    return Backlog(
        tuple(
            _waiting(consumer)
            for stream in streams
            for consumer in stream.get("consumer_detail") or []
            if consumer["name"].startswith(f"{_session_hash(client_id)}_")
        ),
        max((stream["state"]["last_seq"] for stream in streams), default=0),
    )


def _waiting(consumer: dict[str, Any]) -> Waiting:
    return Waiting(
        consumer["config"]["filter_subject"].removeprefix(SUBJECT),
        consumer["num_pending"] + consumer["num_ack_pending"],
        consumer["ack_floor"]["stream_seq"],
    )


def _session_hash(client_id: str) -> str:
    """Say how nats-server begins the names of all that it keeps for a client."""
    digest = hashlib.sha256(client_id.encode()).digest()
    return "".join(_DIGITS[byte % len(_DIGITS)] for byte in digest[:8])
