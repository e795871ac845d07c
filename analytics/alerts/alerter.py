"""One alerter: it looks at the day, keeps the alerts and sends what is due."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import structlog

from analytics.alerts.channel import Channel
from analytics.alerts.delivery import MqttChannel, apprise_channels, deliver
from analytics.alerts.outbox import MQTT, Outbox
from analytics.alerts.store import AlertStore
from analytics.alerts.watch import DaysInProgress, RecordedDays
from ingest.broker.address import BrokerAddress
from ingest.fault import SettingError
from ingest.mqtt.login import login_of
from ingest.settings.alerts import AlertSettings
from ingest.settings.settings import Settings

log = structlog.get_logger(__name__)


class Alerter:
    """What is looked at, and who is told."""

    def __init__(
        self,
        store: AlertStore,
        days: DaysInProgress | RecordedDays,
        settings: AlertSettings,
        zone: ZoneInfo,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        clock_ms: Callable[[], int],
    ) -> None:
        self._store, self._days, self._settings, self._zone = store, days, settings, zone
        self._outbox, self._channels, self._clock_ms = outbox, channels, clock_ms

    def look(self) -> int:
        """Look at the day once and send what is due; give how many could not be sent."""
        now_ms = self._clock_ms()
        found, watched = self._days.look(now_ms, self._settings)
        messages = self._store.advance(
            found, watched, now_ms, self._settings, self._zone, self._outbox.outgoing
        )
        for message in messages:
            for alert in message.alerts:
                key = alert.key
                log.info(
                    message.event.value,
                    kind=key.kind.value,
                    grid=alert.facts.grid_id,
                    subject=key.subject,
                    window=key.window,
                    service_date=key.service_date,
                )
        return deliver(self._store, self._channels, self._clock_ms)[1]


def channels_of(
    settings: Settings, alerts: AlertSettings, broker: str | None, zone: ZoneInfo
) -> tuple[dict[str, Channel], Outbox]:
    """Open the channels that the settings name.

    Raises
    ------
    SettingError
        If one cannot be used, or there is none.
    """
    told, escalation = apprise_channels(alerts)
    channels: dict[str, Channel] = {each.name: each for each in (*told, *escalation)}
    if broker is not None or alerts.mqtt:
        own = {
            "client_id": "pingcheng-alerts",
            "broker_username": alerts.broker_username,
            "broker_password_file": alerts.broker_password_file,
            "broker_certificate": alerts.broker_certificate,
            "broker_key": alerts.broker_key,
        }
        try:
            login = login_of(settings.model_copy(update=own))
        except SettingError as error:
            raise SettingError(f"in [alerts], {error}") from error
        address = BrokerAddress.parse(broker or settings.broker)
        channels[MQTT] = MqttChannel(address, login, alerts.timeout_s)
    if not channels:
        raise SettingError(
            "nobody is told: set alerts.channels or alerts.mqtt in pingcheng.toml, give --broker, "
            "or print with --dry-run"
        )
    names = [each.name for each in told], [each.name for each in escalation]
    return channels, Outbox(*names, MQTT in channels, zone, alerts.language)
