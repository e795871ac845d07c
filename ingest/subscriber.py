"""The MQTT client of ingest: what it acknowledges is committed, and nothing before that.

Two threads. The network thread (paho's) puts messages into the `Intake` and answers keep-alives.
The commit thread takes batches out, has them committed, and only then acknowledges them. If a
commit fails it is tried again; meanwhile nothing is acknowledged, and should the process end the
broker delivers all of it again to the same session (fixed client id, clean session off).
"""

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker_address import BrokerAddress
from ingest.fault import BrokerError, LogError
from ingest.intake import Delivery, Intake
from ingest.message import Message
from ingest.wire import TOPIC_FILTER

Commit = Callable[[Sequence[Message]], None]
"""Makes messages durable or raises; it may be called again with messages it has seen."""

DEFAULT_CLIENT_ID = "pingcheng-ingest"
KEEPALIVE_S = 30
_RETRY_FIRST_S, _RETRY_LAST_S = 0.2, 10.0

log = structlog.get_logger(__name__)


class Subscriber:
    """Takes pings from a broker until told to stop; a context that starts and stops.

    Parameters
    ----------
    commit
        Called from one thread only. A `LogError` is tried again, anything else ends ingest.
    clock_ms
        Gives the time of reception as epoch milliseconds.
    client_id
        Names the session at the broker: keep it from run to run, and give every log its own.
    batch_count, batch_wait_s
        A batch is committed when it holds so many messages or so long after its first.
    """

    def __init__(
        self,
        address: BrokerAddress,
        commit: Commit,
        *,
        clock_ms: Callable[[], int],
        client_id: str = DEFAULT_CLIENT_ID,
        batch_count: int = 2_000,
        batch_wait_s: float = 0.1,
        intake: Intake | None = None,
    ) -> None:
        self._address, self._commit, self._clock_ms = address, commit, clock_ms
        self._client_id = client_id
        self._batch_count, self._batch_wait_s = batch_count, batch_wait_s
        self._intake = intake or Intake()
        self._client: Client | None = None
        self._connection = 0
        self._acknowledging = threading.Lock()
        self._network: threading.Thread | None = None
        self._subscribed = threading.Event()
        self._stopping = threading.Event()
        self._turned_away = False
        self._failure: BaseException | None = None
        self._last_message_s = time.monotonic()
        self._committer = threading.Thread(target=self._run, name="ingest-commit", daemon=True)

    def __enter__(self) -> Self:
        """Start, without waiting for the broker."""
        self._connect()
        self._committer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and drain."""
        self.stop()

    @property
    def idle_s(self) -> float:
        """Seconds since the last message came or the last one waiting was committed."""
        return time.monotonic() - self._last_message_s

    @property
    def has_subscribed(self) -> bool:
        """Whether the broker has ever confirmed the subscription."""
        return self._subscribed.is_set()

    def wait_until_subscribed(self, timeout_s: float) -> None:
        """Wait until the broker has taken the subscription.

        Raises
        ------
        BrokerError
            If it has not in time, or refuses it.
        """
        if not self._subscribed.wait(timeout_s) or self._failure is not None:
            self.check()
            raise BrokerError(f"{self._address} took no subscription within {timeout_s:g} s")

    def check(self) -> None:
        """Raise what ended a thread of ours, if anything did.

        Raises
        ------
        IngestError
            If a thread ended of a foreseeable fault; else what it ended of.
        """
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Take nothing more; commit and acknowledge what was taken; leave the session in place."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._intake.close()
        self._committer.join()
        self._disconnect()

    # --- network thread

    def _connect(self) -> None:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.connect_async(self._address.host, self._address.port, keepalive=KEEPALIVE_S)
        self._network = None
        self._client = client
        client.loop_start()

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.disconnect()  # goes out after the acknowledgements
            self._client.loop_stop()

    def _on_pre_connect(self, *_: object) -> None:
        self._network = threading.current_thread()

    def _on_connect(
        self, client: Client, _: object, flags: ConnectFlags, reason: ReasonCode, *__: object
    ) -> None:
        if reason.is_failure:
            log.warning(
                "broker refused the connection", broker=str(self._address), reason=str(reason)
            )
            return
        log.info("connected", broker=str(self._address), session_present=flags.session_present)
        client.subscribe(TOPIC_FILTER, qos=1)

    def _on_connect_fail(self, *_: object) -> None:
        log.warning("broker cannot be reached, will try again", broker=str(self._address))

    def _on_subscribe(
        self, _: Client, __: object, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._fail(BrokerError(f"{self._address} refuses the subscription to {TOPIC_FILTER}"))
        else:
            log.info("subscribed", broker=str(self._address), topic=TOPIC_FILTER)
        self._subscribed.set()

    def _on_disconnect(
        self, _: Client, __: object, ___: DisconnectFlags, reason: ReasonCode, *____: object
    ) -> None:
        with self._acknowledging:
            # paho would send an acknowledgement on whatever connection comes next, where its
            # packet id may belong to another message
            self._connection += 1
        if not self._stopping.is_set():
            log.warning("connection lost", broker=str(self._address), reason=str(reason))

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        try:
            self._last_message_s = time.monotonic()
            received = Message(_topic(message), bytes(message.payload), self._clock_ms())
            if not self._intake.put(Delivery(received, message.mid, self._connection)):
                self._turned_away = True
        except Exception as error:  # noqa: BLE001 - it would end the network thread unseen
            self._fail(error)

    # --- commit thread

    def _run(self) -> None:
        try:
            while not (self._stopping.is_set() and self._intake.empty):
                self._revive_network()
                deliveries = self._intake.take(self._batch_count, self._batch_wait_s)
                if deliveries and not self._commit_until_done(deliveries):
                    return
                self._acknowledge(deliveries)
                self._ask_again()
        except Exception as error:  # noqa: BLE001 - told by check() on the caller's thread
            self._fail(error)

    def _commit_until_done(self, deliveries: Sequence[Delivery]) -> bool:
        """Commit; False if that failed and we are to stop, so nothing may be acknowledged."""
        retry_s = _RETRY_FIRST_S
        messages = [delivery.message for delivery in deliveries]
        while True:
            try:
                self._commit(messages)
            except LogError as error:
                log.error("commit failed, will try again", reason=str(error), retry_s=retry_s)
                if self._stopping.wait(retry_s):
                    self._fail(error)
                    return False
                retry_s = min(2 * retry_s, _RETRY_LAST_S)
            else:
                self._last_message_s = time.monotonic()
                return True

    def _acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            with self._acknowledging:
                if delivery.connection == self._connection and self._client is not None:
                    self._client.ack(delivery.packet_id, qos=1)

    def _ask_again(self) -> None:
        """Once there is room, reconnect for what was turned away: only then is it sent again."""
        if self._turned_away and self._intake.empty and not self._stopping.is_set():
            self._turned_away = False
            log.warning("messages were turned away, reconnecting for them")
            self._disconnect()
            self._connect()

    def _revive_network(self) -> None:
        network = self._network
        if network is not None and not network.is_alive() and not self._stopping.is_set():
            log.error("the network thread ended, starting another")
            with self._acknowledging:
                self._connection += 1
            self._connect()

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._subscribed.set()


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""  # refused as a bad topic
