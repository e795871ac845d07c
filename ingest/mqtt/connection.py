"""One connection to the broker, from CONNECT to its end, driven by the thread that made it.

Every connection has a paho client of its own. Packet ids are good on one connection only, so what
is to be acknowledged names the connection it came on: an acknowledgement that comes too late finds
its connection ended and goes nowhere, and the broker delivers again.
"""

import select
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker.address import BrokerAddress
from ingest.fault import BrokerError, SettingError

KEEPALIVE_S = 4
"""A broker that says nothing for twice as long is given up: within 10 s of falling silent."""
CONNECT_TIMEOUT_S = 3.0
_MOST_READ = 256
"""Packets read in one step, so that acknowledgements and keep-alives get their turn."""
_LONGEST_PAUSE_S = 2.0
"""So long a connection goes unread for want of room; longer, and its keep-alive would suffer."""
_LOOK_AGAIN_S = 0.01

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """Who ingest is at the broker, and whom it trusts."""

    client_id: str
    """Names the session: keep it from run to run, and give every log its own."""
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    """Certificates of those who may vouch for the broker; None trusts those of the system."""
    certificate_file: Path | None = None
    key_file: Path | None = None

    def __repr__(self) -> str:
        return f"Login({self.client_id!r}, {self.username!r})"


@dataclass(frozen=True, slots=True)
class Received:
    """A PUBLISH as it was delivered."""

    topic: str
    payload: bytes
    packet_id: int
    """0 for QoS 0, which is not acknowledged."""
    retained: bool


class Connection:
    """A connection; every method but `acknowledge` is for the thread that drives it.

    Parameters
    ----------
    deliver
        Called for every message; it must not block. False turns the message away.
    has_room
        While it says no, nothing is read: the broker then waits, as TCP makes it.
    """

    def __init__(
        self,
        address: BrokerAddress,
        login: Login,
        topic_filters: Sequence[str],
        deliver: Callable[["Connection", Received], bool],
        has_room: Callable[[], bool],
    ) -> None:
        self._address, self._login, self._deliver = address, login, deliver
        self._topic_filters, self._has_room = topic_filters, has_room
        self._unread_since_s: float | None = None
        self._outstanding: set[int] = set()
        self._delivered = 0
        self.subscribed = False
        """Whether the broker has confirmed the subscription."""
        self.turned_away = False
        """Whether a message found no room: the broker sends it again on the next connection."""
        self.ended = False
        self.reason = ""
        """Why it ended."""
        self.refusal: BrokerError | None = None
        """Set if the broker will not have our subscription: trying again is of no use."""
        self._client = self._make_client()

    def open(self) -> None:
        """Connect the socket and send CONNECT.

        Raises
        ------
        OSError
            If nothing listens there, or it does not prove who it is.
        """
        self._client.connect(self._address.host, self._address.port, keepalive=KEEPALIVE_S)

    def step(self, waker: int, timeout_s: float) -> bool:
        """Read, write and keep alive what there is to; True if `waker` has something to read.

        Waits up to `timeout_s` for something to do. Sets `ended` when the connection has ended.
        """
        client = self._client
        socket = client.socket()
        if socket is None:
            self._end(self.reason or "it was closed")
            return False
        reading = self._may_read()
        waiting = reading and isinstance(socket, ssl.SSLSocket) and socket.pending() > 0
        timeout_s = 0.0 if waiting else timeout_s if reading else min(timeout_s, _LOOK_AGAIN_S)
        readers: list[Any] = [socket, waker] if reading else [waker]
        writers = [socket] if client.want_write() else []
        try:
            readable, writable, _ = select.select(readers, writers, [], timeout_s)
        except (OSError, ValueError):
            self._end("its socket was closed")
            return False
        if socket in readable or waiting:
            self._read()
        if writable:
            self._check(client.loop_write())
        self._check(client.loop_misc())
        return waker in readable

    def _may_read(self) -> bool:
        """Leave the broker waiting while there is no room, though not for long at a time.

        After that what comes is read and turned away, until there is room again.
        """
        if self._has_room():
            self._unread_since_s = None
            return True
        now_s = time.monotonic()
        if self._unread_since_s is None:
            self._unread_since_s = now_s
        return now_s - self._unread_since_s > _LONGEST_PAUSE_S

    def _read(self) -> None:
        """Read as long as messages come: it saves asking the system after each one."""
        for _ in range(_MOST_READ):
            before = self._delivered
            self._check(self._client.loop_read())
            if self.ended or self._delivered == before or not self._may_read():
                return

    def _check(self, outcome: MQTTErrorCode) -> None:
        if outcome is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._end(error_string(outcome))

    def _end(self, reason: str) -> None:
        self.reason = self.reason or reason
        self.ended = True

    def send_acknowledgement(self, packet_id: int) -> None:
        """Acknowledge one message of this connection; call in the order of delivery."""
        self._outstanding.discard(packet_id)
        if not self.ended:
            self._client.ack(packet_id, qos=1)

    def close(self, timeout_s: float = 2.0) -> None:
        """Say goodbye after all that is still to be sent; the session stays at the broker."""
        deadline = time.monotonic() + timeout_s
        self._client.disconnect()
        while (socket := self._client.socket()) is not None and time.monotonic() < deadline:
            if self._client.want_write():
                select.select([], [socket], [], 0.1)
                self._client.loop_write()
            else:
                break
        self._end("we closed it")
        self.drop()

    def drop(self) -> None:
        """Close the socket without a word."""
        socket = self._client.socket()
        if socket is not None:
            socket.close()
        self._end("we dropped it")

    # --- what paho tells

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._login.client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        if self._login.username is not None:
            client.username_pw_set(self._login.username, self._login.password)
        if self._address.tls:
            client.tls_set_context(tls_context(self._login))
        return client

    def _on_connect(
        self, client: Client, _: object, flags: ConnectFlags, reason: ReasonCode, *__: object
    ) -> None:
        if reason.is_failure:
            self._end(f"the broker refused it: {reason}")
            return
        log.info("connected", broker=str(self._address), session_present=flags.session_present)
        client.subscribe([(topic, 1) for topic in self._topic_filters])

    def _on_subscribe(
        self, _: Client, __: object, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        refused = [
            topic
            for topic, reason in zip(self._topic_filters, reasons, strict=False)
            if reason.is_failure
        ]
        if refused:
            self.refusal = BrokerError(
                f"{self._address} refuses the subscription to {', '.join(refused)}: this login may "
                "not read it, or there are more than the eight patterns that the embedded broker "
                "takes (# counts as two)"
            )
            self._end("it refuses the subscription")
            return
        self.subscribed = True
        log.info("subscribed", broker=str(self._address), topics=", ".join(self._topic_filters))

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        self._delivered += 1
        packet_id = message.mid if message.qos else 0
        # a broker that waited too long for our acknowledgement sends the same packet again
        if packet_id in self._outstanding:
            return
        received = Received(_topic(message), bytes(message.payload), packet_id, message.retain)
        if not self._deliver(self, received):
            self.turned_away = True
        elif packet_id:
            self._outstanding.add(packet_id)


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""  # refused as a bad topic


def tls_context(login: Login) -> ssl.SSLContext:
    """Make what a login needs to speak TLS with a broker.

    Raises
    ------
    SettingError
        If one of its files cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=login.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if login.certificate_file is not None:
            context.load_cert_chain(login.certificate_file, login.key_file)
    except OSError as error:  # ssl.SSLError is one
        files = ", ".join(
            str(file) for file in (login.ca_file, login.certificate_file, login.key_file) if file
        )
        raise SettingError(f"{files}: these cannot be used for TLS ({error})") from error
    return context
