"""What of a message goes to which channel: texts for people, JSON for machines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from analytics.alerts.alert import AlertState, Event, Facts, Message
from analytics.alerts.text import Language, text_of

MQTT = "mqtt"
"""The channel whose titles are topics and whose bodies are payloads."""
SCHEMA = 1
_TEST = {
    "zh": ("【测试】pingcheng 告警", "这是一条测试消息，无需处理。"),
    "en": ("[Test] pingcheng alerts", "This is a test; nothing needs to be done."),
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to one channel. Sent again, it has the same id."""

    id: str
    channel: str
    title: str
    body: str


class AlertNotice(msgspec.Struct, frozen=True):
    """The JSON object that is published for each alert."""

    schema: int
    id: str
    """Of this delivery: the same if it comes twice."""
    alert: int
    """By which it is acknowledged."""
    event: Event
    kind: str
    service_date: str
    window: str
    grid_id: str
    operator_id: str
    vehicles: tuple[str, ...]
    raised_at: str
    """Instants are RFC 3339 in the plan's time zone."""
    said_at: str
    ended_at: str | None
    deadline: str
    streets: tuple[str, ...]
    unknown: tuple[str, ...]
    lacking_m: float
    last_seen_at: str | None
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """Who is told of what, and in which language."""

    channels: Sequence[str]
    """Names of those who are told."""
    escalation: Sequence[str]
    """Names of those who are told when nobody acknowledged."""
    mqtt: bool
    zone: ZoneInfo
    language: Language

    def outgoing(
        self, message: Message, numbers: tuple[int, ...], now_ms: int
    ) -> Iterator[Outgoing]:
        """Write a message out for each of its channels; `numbers` are those of its alerts.

        An alert is in one message of an event only, so that its number and the event are a name.
        """
        text = text_of(message, numbers, self.zone, self.language)
        told = self.escalation if message.event is Event.ESCALATED else self.channels
        for channel in told:
            name = f"{min(numbers)}-{message.event}-{channel}"
            yield Outgoing(name, channel, text.title, text.body)
        if self.mqtt:
            for alert, number in zip(message.alerts, numbers, strict=True):
                yield self._notice(alert, number, message.event, now_ms)

    def _notice(self, alert: AlertState, number: int, event: Event, now_ms: int) -> Outgoing:
        key, facts = alert.key, alert.facts
        text = text_of(Message(event, (alert,)), (number,), self.zone, self.language)
        name = f"{number}-{event}-{MQTT}"
        notice = AlertNotice(
            schema=SCHEMA,
            id=name,
            alert=number,
            event=event,
            kind=key.kind.value,
            service_date=key.service_date,
            window=key.window,
            grid_id=facts.grid_id,
            operator_id=facts.operator_id,
            vehicles=facts.vehicles,
            raised_at=self._local(alert.raised_ms) or "",
            said_at=self._local(now_ms) or "",
            ended_at=self._local(alert.ended_ms),
            deadline=self._local(facts.due_ms) or "",
            streets=facts.streets,
            unknown=facts.unknown,
            lacking_m=round(facts.lacking_m, 1),
            last_seen_at=self._local(facts.last_seen_ms),
            title=text.title,
            body=text.body,
        )
        return Outgoing(name, MQTT, topic_of(key.kind.value, facts), _json(notice))

    def _local(self, at_ms: int | None) -> str | None:
        if at_ms is None:
            return None
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        return local.isoformat(timespec="seconds")


def topic_of(kind: str, facts: Facts) -> str:
    """Give ``alerts/{kind}/{grid}``; what means something to MQTT becomes ``_`` in the grid."""
    return f"alerts/{kind}/{re.sub(r'[/+#$]', '_', facts.grid_id)}"


def _json(notice: AlertNotice) -> str:
    return msgspec.json.encode(notice).decode()


def trial(channel: str, language: Language, *, mqtt: bool) -> Outgoing:
    """Write a message that tells of nothing, to try a channel."""
    title, body = _TEST[language]
    if mqtt:
        told = {"schema": SCHEMA, "id": "test", "event": "test", "title": title, "body": body}
        return Outgoing("test", channel, "alerts/test/none", msgspec.json.encode(told).decode())
    return Outgoing("test", channel, title, body)
