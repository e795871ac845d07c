"""Alerts on their way out: Apprise for people, MQTT for machines.

A channel's URL holds its password. It is named by its kind and a short hash instead, and no text
that comes back from it is told before its URL's parts are taken out.
"""

import hashlib
import logging
import re
import ssl
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from threading import Event
from urllib.parse import unquote

import structlog
from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from analytics.alerts.channel import Channel, DeliveryError
from analytics.alerts.outbox import MQTT, Outgoing
from analytics.alerts.robots import RobotChannel
from analytics.alerts.store import AlertStore, Delivery
from ingest.broker.address import BrokerAddress
from ingest.broker.client_id import own_client_id
from ingest.fault import SettingError
from ingest.mqtt.connection import Login
from ingest.plain_text import unmarked
from ingest.settings.alerts import AlertSettings

LEASE_MS = 5 * 60_000
"""So long nobody else sends what one alerter has claimed."""
_LEAST_SECRET = 4
"""Shorter parts of a URL are no secret, and would be found in any text."""

VERBATIM = frozenset({"mailtos", "jsons", "xmls", "forms"})
"""Services, by their secure schema, that show texts as they are or hand them to a program."""

log = structlog.get_logger(__name__)


class AppriseChannel:
    """A service that Apprise knows, such as ``mailto://``.

    Most chats take markup, mentions or links in what they are sent as text, and Apprise escapes
    none of it. So texts are written without, but where they are shown as they are.
    """

    def __init__(
        self, apprise: Apprise, name: str, timeout_s: float, mask: Callable[[str], str]
    ) -> None:
        self._apprise, self.name, self._timeout_s, self._mask = apprise, name, timeout_s, mask
        schemas = {str(plugin.secure_protocol) for plugin in apprise}
        self._write = _as_it_is if schemas <= VERBATIM else unmarked

    def send(self, outgoing: Sequence[Outgoing]) -> Iterator[None]:
        """Send texts one after the other."""
        for each in outgoing:
            result = self._apprise.notify(
                title=self._write(each.title),
                body=self._write(each.body),
                notify_type=NotifyType.WARNING,
                body_format=NotifyFormat.TEXT,
                timeout=self._timeout_s,
            )
            if not result:
                told = [entry.message for entry in result.logs()]
                raise DeliveryError(self._mask(told[-1] if told else "it was not taken"))
            yield


class MqttChannel:
    """The broker: topics ``alerts/{kind}/{grid}``, QoS 1, not retained."""

    name = MQTT

    def __init__(self, address: BrokerAddress, login: Login, timeout_s: float) -> None:
        self._address, self._login, self._timeout_s = address, login, timeout_s

    def send(self, outgoing: Sequence[Outgoing]) -> Iterator[None]:
        """Publish one after the other; each is taken when the broker has acknowledged it.

        Of several nodes the next is asked if one is away, and has what none before acknowledged.
        """
        left, told = list(outgoing), list[str]()
        with own_client_id(self._login.client_id) as client_id:
            for node in self._address.nodes:
                try:
                    with closing(self._send(node, client_id, tuple(left))) as sending:
                        for _ in sending:
                            left.pop(0)
                            yield
                except DeliveryError as error:
                    told.append(str(error))
                else:
                    return
        raise DeliveryError("; ".join(told))

    def _send(
        self, node: BrokerAddress, client_id: str, outgoing: Sequence[Outgoing]
    ) -> Generator[None]:
        client = self._client(node, client_id)
        answered, refused = Event(), list[str]()

        def on_connect(
            _: Client, __: object, ___: object, reason: ReasonCode, *____: object
        ) -> None:
            if reason.is_failure:
                refused.append(str(reason))
            answered.set()

        client.on_connect = on_connect
        try:
            client.connect(node.host, node.port)
            client.loop_start()
            if not answered.wait(self._timeout_s):
                raise DeliveryError(f"{node} did not answer")
            if refused:
                raise DeliveryError(f"{node} refused it: {refused[0]}")
            for each in outgoing:
                sent = client.publish(each.title, each.body.encode(), qos=1)
                sent.wait_for_publish(self._timeout_s)
                if not sent.is_published():
                    raise DeliveryError(f"{node} did not acknowledge it")
                yield
        except (OSError, RuntimeError, ValueError) as error:
            raise DeliveryError(f"{node}: {error}") from error
        finally:
            client.disconnect()
            client.loop_stop()

    def _client(self, node: BrokerAddress, client_id: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = min(5.0, self._timeout_s)
        if self._login.username is not None:
            client.username_pw_set(self._login.username, self._login.password)
        if node.tls:
            context = _tls_context(self._login)
            client.tls_set_context(context)
        return client


def apprise_channels(
    settings: AlertSettings,
) -> tuple[tuple[Channel, ...], tuple[Channel, ...]]:
    """Open the channels of those who are told, and of those who are told of what nobody saw to.

    Raises
    ------
    SettingError
        If Apprise cannot use one; it names its place in the settings, not its secret.
    """
    told, escalation = (
        tuple(
            _open(url.get_secret_value(), f"{key}.{number}", settings.timeout_s)
            for number, url in enumerate(urls)
        )
        for key, urls in (("channels", settings.channels), ("escalation", settings.escalation))
    )
    return told, escalation or told


def _open(url: str, place: str, timeout_s: float) -> Channel:
    apprise = Apprise(asset=AppriseAsset(app_id="pingcheng", pem_autogen=False, pgp_autogen=False))
    logging.getLogger("apprise").propagate = False  # it is told by `DeliveryError` instead
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a plug-in's own imports
        known = apprise.add(url)
    schema = url.partition("://")[0]
    if not known:
        raise SettingError(
            f"setting alerts.{place} = {schema[:16]}://***: Apprise cannot use it; write it as "
            "told on https://github.com/caronc/apprise/wiki"
        )
    name = f"{schema}-{hashlib.sha256(url.encode()).hexdigest()[:6]}"
    secrets = _parts_of(url)

    def mask(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "***")
        return text.strip()

    (plugin,) = apprise
    if isinstance(plugin, NotifyWeComBot | NotifyDingTalk):
        return RobotChannel(plugin, name, timeout_s, mask)
    return AppriseChannel(apprise, name, timeout_s, mask)


def _as_it_is(text: str) -> str:
    return text


def _tls_context(login: Login) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=login.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if login.certificate_file is not None:
            context.load_cert_chain(login.certificate_file, login.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise DeliveryError(f"broker_ca and certificate of [alerts]: {error}") from error
    return context


def deliver(
    store: AlertStore, channels: Mapping[str, Channel], clock_ms: Callable[[], int]
) -> tuple[int, int]:
    """Send what is due; give how many were taken and how many were not.

    A channel that does not take one is left alone until the next try of that one.
    """
    started_ms = clock_ms()
    claimed = sorted(store.claim(started_ms, LEASE_MS), key=_channel_of)
    sent = failed = 0
    for name, group in groupby(claimed, key=_channel_of):
        waiting = list(group)
        channel = channels.get(name)
        if channel is None:
            for each in waiting:
                store.give_up(each, clock_ms(), "the settings have no such channel any more")
            continue
        # what is left when half the lease is over is sent in the next round
        if clock_ms() - started_ms > LEASE_MS // 2:
            for each in waiting:
                store.let_go(each, clock_ms())
            continue
        taken, error = _send(store, channel, waiting, clock_ms)
        sent += taken
        if error is None:
            continue
        refused, *others = waiting[taken:]
        if error.is_paced:
            retry_ms = clock_ms() + error.wait_ms
            store.let_go(refused, retry_ms)
        else:
            failed += 1
            retry_ms = store.mark_failed(refused, clock_ms(), str(error), error.wait_ms)
            log.warning("not sent", channel=name, error=str(error), code=error.code,
                        attempts=refused.attempts + 1)  # fmt: skip
        for each in others:
            store.let_go(each, retry_ms)
    return sent, failed


def _send(
    store: AlertStore,
    channel: Channel,
    waiting: Sequence[Delivery],
    clock_ms: Callable[[], int],
) -> tuple[int, DeliveryError | None]:
    taken = 0
    try:
        for _ in channel.send([each.outgoing for each in waiting]):
            store.mark_sent(waiting[taken], clock_ms())
            taken += 1
    except DeliveryError as error:
        return taken, error
    return taken, None


def _channel_of(delivery: Delivery) -> str:
    return delivery.outgoing.channel


def _parts_of(url: str) -> list[str]:
    """Give the parts of a URL after its scheme, the longest first."""
    parts = re.split(r"[/:@?&=+,]+", url.partition("://")[2])
    both = {*parts, *map(unquote, parts)}
    return sorted((part for part in both if len(part) >= _LEAST_SECRET), key=len, reverse=True)
