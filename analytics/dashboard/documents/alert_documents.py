"""Alerts as documents of the interface, and those of a date that have changed."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from analytics.alerts.alert import Event, Message
from analytics.alerts.store import AlertStore, StoredAlert
from analytics.alerts.tables import alerts
from analytics.alerts.text import Language, text_of
from analytics.dashboard.documents.documents import AlertDoc, TextsDoc
from ingest.log.pinglog import PingLog
from ingest.settings.alerts import AlertKind


class Alerts:
    """The alerts in the database of a ping log."""

    def __init__(self, log: PingLog, timezone: str) -> None:
        self._log = log
        self._store = AlertStore(log)
        self._zone = ZoneInfo(timezone)

    def show_times_of(self, timezone: str) -> None:
        """Write times as they are in another zone from now on."""
        self._zone = ZoneInfo(timezone)

    def of(self, service_date: date) -> list[AlertDoc]:
        """Give the alerts of a date, in the order in which they were raised."""
        return [self._document(each) for each in self._store.said(service_date, only_open=False)]

    def exists(self, number: int) -> bool:
        """Whether there is such an alert."""
        query = sa.select(alerts.c.id).where(alerts.c.id == number, alerts.c.raised_ms.is_not(None))
        with self._log.transaction(write=False) as connection:
            return connection.scalar(query) is not None

    def acknowledge(self, number: int, name: str, now_ms: int) -> AlertDoc:
        """Note that somebody sees to an alert; who was first stays."""
        return self._document(self._store.acknowledge(number, name, now_ms))

    def _document(self, stored: StoredAlert) -> AlertDoc:
        state = stored.state
        texts = TextsDoc(zh=self._text(stored, "zh"), en=self._text(stored, "en"))
        is_vehicle = state.key.kind is AlertKind.TRACKING_LOST
        return AlertDoc(
            id=str(stored.number),
            kind=state.key.kind.value,
            grid=state.facts.grid_id,
            window=state.key.window,
            vehicle=state.key.subject if is_vehicle else None,
            said_ms=state.said_ms or state.raised_ms or state.facts.at_ms,
            text=texts["zh"],
            texts=texts,
            acknowledged_by=state.acknowledged_by or None,
            acknowledged_ms=state.acknowledged_ms,
            ended_ms=state.ended_ms,
        )

    def _text(self, stored: StoredAlert, language: Language) -> str:
        message = Message(Event.RAISED, (stored.state,))
        text = text_of(message, (stored.number,), self._zone, language)
        return f"{text.title} {text.body}"


def changed_alerts(before: Sequence[AlertDoc], after: Sequence[AlertDoc]) -> list[AlertDoc]:
    """Give the alerts that are new or otherwise than before."""
    known = {alert["id"]: alert for alert in before}
    return [alert for alert in after if known.get(alert["id"]) != alert]
