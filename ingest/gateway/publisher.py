"""Messages → the broker by QoS 1, and the word that it has acknowledged each.

A gateway tells its tracker yes only after that word. A message without it may or may not have
reached the broker: the tracker sends it again, and the log takes it once.
"""

import asyncio
import contextlib
import random
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import structlog
from paho.mqtt.client import Client, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker.address import BrokerAddress
from ingest.fault import BrokerError
from ingest.mqtt.connection import CONNECT_TIMEOUT_S, KEEPALIVE_S, Login, tls_context

TIMEOUT_S = 8.0
"""How long a message may wait for its acknowledgement."""
IN_FLIGHT = 500
"""Messages sent and not yet acknowledged; far below the 65,535 that MQTT can number."""
MOST_OPEN = 5000
"""Messages taken and not yet acknowledged, those in flight too; further ones are refused."""
BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.2, 5.0
_MOST_SENDS = 2
"""A message in flight on so many lost connections is given up, lest it be what ends them."""
_PROVEN_S = 5.0
_STEP_S = 0.5

log = structlog.get_logger(__name__)


class PublishError(BrokerError):
    """The broker has not acknowledged the message; it may have it nevertheless."""


class NotConnectedError(PublishError):
    """There is no connection to the broker just now; the message was not sent."""


class QueueFullError(PublishError):
    """Too many messages wait for the broker already; the message was not sent."""


class NotAcknowledgedError(PublishError):
    """No acknowledgement came in time."""


@dataclass(slots=True)
class _Message:
    topic: str
    payload: bytes
    deadline_s: float
    future: Future[None] = field(default_factory=Future)
    sends: int = 0


class Publisher:
    """Keeps a connection to a broker up and publishes on it; a context that starts and stops it.

    Parameters
    ----------
    address
        Of several nodes the next is taken whenever a connection ends, or none comes about.
    login
        Its client id must be of this program alone: `ingest.broker.client_id.own_client_id`.
    timeout_s
        Seconds a message may wait for its acknowledgement. So long a silent connection is kept.
    most_open, in_flight
        See `MOST_OPEN` and `IN_FLIGHT`.
    uniform
        Draws from a range of floats: the jitter of the backoff.
    """

    def __init__(
        self,
        address: BrokerAddress,
        login: Login,
        *,
        timeout_s: float = TIMEOUT_S,
        most_open: int = MOST_OPEN,
        in_flight: int = IN_FLIGHT,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._address, self._login, self._uniform = address, login, uniform
        self._timeout_s, self._most_open, self._most_in_flight = timeout_s, most_open, in_flight
        self._lock = threading.RLock()
        self._queue: deque[_Message] = deque()
        self._in_flight: dict[int, _Message] = {}  # touched by the network thread only
        self._heard_s = 0.0
        self._connected = threading.Event()
        self._closing = threading.Event()
        self._close_by_s = 0.0
        self._end = ""
        self._attempts = 0
        self.reason = "not connected yet"
        """Why there is no connection, or why the last one ended."""
        self._waker, self._alarm = socket.socketpair()
        self._alarm.setblocking(False)
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._tls = tls_context(login) if any(each.tls for each in address.nodes) else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and the connection stands."""
        return self._connected.is_set()

    @property
    def open(self) -> int:
        """Messages taken and not yet acknowledged."""
        with self._lock:
            return self._count()

    def wait_until_connected(self, timeout_s: float) -> bool:
        """Wait for a connection; False if there is none in time, `reason` tells why."""
        return self._connected.wait(timeout_s)

    def send(self, topic: str, payload: bytes) -> Future[None]:
        """Take a message, from any thread; the future is done once the broker has acknowledged it.

        Otherwise it fails with a `PublishError` after `timeout_s` at most.

        Raises
        ------
        NotConnectedError
            If there is no connection.
        QueueFullError
            If too many messages wait already.
        """
        message = _Message(topic, payload, time.monotonic() + self._timeout_s)
        with self._lock:
            if self._closing.is_set():
                raise NotConnectedError("the gateway is ending")
            if not self.connected:
                raise NotConnectedError(f"no connection to {self._address}: {self.reason}")
            if self._count() >= self._most_open:
                raise QueueFullError(
                    f"{self._count()} messages wait for {self._address} to acknowledge them already"
                )
            self._queue.append(message)
        self._wake()
        return message.future

    async def publish(self, topic: str, payload: bytes) -> None:
        """Publish, and return once the broker has acknowledged it.

        Raises
        ------
        PublishError
            If it has not: `NotConnectedError`, `QueueFullError` or `NotAcknowledgedError`.
        """
        waiting = asyncio.wrap_future(self.send(topic, payload))
        try:
            # the thread expires it itself, unless it is busy looking up the broker's name
            await asyncio.wait_for(waiting, self._timeout_s + _STEP_S)
        except TimeoutError:
            raise self._not_acknowledged() from None

    def stop(self, timeout_s: float = 10.0) -> None:
        """Wait for acknowledgements that are due, no longer than this; end the connection."""
        self._close_by_s = time.monotonic() + timeout_s
        with self._lock:
            self._closing.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(timeout_s + CONNECT_TIMEOUT_S)
        self._fail_all("the gateway ended")
        self._waker.close()
        self._alarm.close()

    # --- the thread itself

    def _run(self) -> None:
        backoff_s = BACKOFF_FIRST_S
        while not self._closing.is_set():
            began_s = time.monotonic()
            try:
                self._connect_once()
            except Exception as error:  # a broken packet must not end the thread
                log.exception("the connection failed", broker=str(self._address))
                self._lost(type(error).__name__)
            if time.monotonic() - began_s > _PROVEN_S:
                backoff_s = BACKOFF_FIRST_S
            self._pause(self._uniform(backoff_s / 2, backoff_s))
            backoff_s = min(2 * backoff_s, BACKOFF_LAST_S)

    def _connect_once(self) -> None:
        """Run one connection to its end; packet ids are good on one only, so each has a client."""
        node = self._address.turned(self._attempts)
        self._attempts += 1
        client = self._make_client(node)
        self._end = ""
        try:
            client.connect(node.host, node.port, keepalive=KEEPALIVE_S)
        except OSError as error:
            self.reason = str(error)
            log.warning("broker cannot be reached, will try again", broker=str(self._address),
                        reason=self.reason)  # fmt: skip
            return
        self._heard_s = time.monotonic()
        try:
            while not self._end:
                self._step(client)
        finally:
            if (connection := client.socket()) is not None:
                connection.close()
            self._lost(self._end)

    def _step(self, client: Client) -> None:
        if self.connected:
            self._send_queued(client)
        self._expire()
        if self._closing.is_set() and (not self.open or time.monotonic() > self._close_by_s):
            client.disconnect()
            self._end = "we closed it"
            return
        connection = client.socket()
        if connection is None:
            self._end = self._end or "it was closed"
            return
        waiting = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        writers = [connection] if client.want_write() else []
        readers: list[Any] = [connection, self._alarm]
        try:
            readable, writable, _ = select.select(readers, writers, [], 0 if waiting else _STEP_S)
        except (OSError, ValueError):
            self._end = "its socket was closed"
            return
        if self._alarm in readable:
            with contextlib.suppress(OSError):
                self._alarm.recv(4096)
        if connection in readable or waiting:
            self._check(client.loop_read())
        if writable:
            self._check(client.loop_write())
        self._check(client.loop_misc())
        self._mind_silence()

    def _send_queued(self, client: Client) -> None:
        # while the network is full, what the broker says is read first
        while len(self._in_flight) < self._most_in_flight and not client.want_write():
            with self._lock:
                if not self._queue:
                    return
                self._send(client, self._queue.popleft())

    def _send(self, client: Client, message: _Message) -> None:
        if not message.sends and not message.future.set_running_or_notify_cancel():
            return
        if not self._in_flight:
            self._heard_s = time.monotonic()  # before, there was nothing to be said
        try:
            sent = client.publish(message.topic, message.payload, qos=1)
        except ValueError as error:  # no topic or payload of MQTT
            message.future.set_exception(NotAcknowledgedError(str(error)))
            return
        message.sends += 1
        self._in_flight[sent.mid] = message

    def _expire(self) -> None:
        """Fail what has waited too long; what is in flight stays counted as such."""
        now_s = time.monotonic()
        for message in self._in_flight.values():
            if message.deadline_s > now_s:
                break
            self._fail(message)
        with self._lock:
            late = []
            while self._queue and self._queue[0].deadline_s <= now_s:
                late.append(self._queue.popleft())
        for message in late:
            self._fail(message)

    def _mind_silence(self) -> None:
        now_s = time.monotonic()
        since_s = now_s - self._heard_s
        if not self.connected:
            if since_s > CONNECT_TIMEOUT_S:
                self._end = self._end or "it does not speak MQTT"
        elif self._in_flight and since_s > self._timeout_s:
            self._end = self._end or "it acknowledges nothing"

    def _lost(self, reason: str) -> None:
        """Put what was in flight back to the front, in its order, for the next connection."""
        was_connected = self.connected
        with self._lock:
            self._connected.clear()
            self.reason = reason
        again = []
        for message in self._in_flight.values():
            if message.future.done():
                continue
            if message.sends < _MOST_SENDS:
                again.append(message)
            else:
                self._fail(message)
        self._in_flight.clear()
        with self._lock:
            self._queue.extendleft(reversed(again))
        if not self._closing.is_set():
            told = "connection lost" if was_connected else "no connection"
            log.warning(told, broker=str(self._address), reason=reason, open=len(self._queue))

    def _pause(self, pause_s: float) -> None:
        until_s = time.monotonic() + pause_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._expire()
            if self._closing.wait(min(left_s, _STEP_S)):
                return

    def _fail(self, message: _Message) -> None:
        if not message.sends and not message.future.set_running_or_notify_cancel():
            return
        if not message.future.done():
            message.future.set_exception(self._not_acknowledged())

    def _fail_all(self, reason: str) -> None:
        self.reason = reason
        with self._lock:
            waiting = [*self._in_flight.values(), *self._queue]
            self._queue.clear()
        for message in waiting:
            self._fail(message)

    def _not_acknowledged(self) -> NotAcknowledgedError:
        why = "" if self.connected else f" ({self.reason})"
        return NotAcknowledgedError(f"{self._address} did not acknowledge it in time{why}")

    def _check(self, outcome: MQTTErrorCode) -> None:
        if outcome is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._end = self._end or error_string(outcome)

    def _count(self) -> int:
        return len(self._queue) + len(self._in_flight)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # it is full of wakes already, or closed
            self._waker.send(b"\0")

    # --- what paho tells

    def _make_client(self, node: BrokerAddress) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._login.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        # no limit of its own: with one it looks through all open messages at every PUBACK
        client.max_inflight_messages_set(0)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        if self._login.username is not None:
            client.username_pw_set(self._login.username, self._login.password)
        if self._tls is not None and node.tls:
            client.tls_set_context(self._tls)
        return client

    def _on_connect(
        self, _: Client, __: object, ___: object, reason: ReasonCode, *____: object
    ) -> None:
        if reason.is_failure:
            self._end = f"the broker refused it: {reason}"
            return
        self._heard_s = time.monotonic()
        self._connected.set()
        log.info("connected", broker=str(self._address))

    def _on_publish(self, _: Client, __: object, mid: int, *___: object) -> None:
        self._heard_s = time.monotonic()
        message = self._in_flight.pop(mid, None)
        if message is not None and not message.future.done():
            message.future.set_result(None)
