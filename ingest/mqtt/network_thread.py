"""The thread that talks to the broker: connects, delivers, acknowledges, and begins again.

It waits for nothing but the network, so a database that takes its time never makes the broker
believe that ingest is gone.
"""

import contextlib
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

import structlog

from ingest.broker.address import BrokerAddress
from ingest.mqtt.connection import Connection, Login, Received

BACKOFF_FIRST_S, BACKOFF_LAST_S = 0.5, 10.0
_PROVEN_S = 5.0
"""A connection that lived so long is no sign of a broker in trouble."""
_STEP_S = 0.5
STALLED_S = 9.0
"""A network thread that has not moved for so long is given up."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What to acknowledge where."""

    connection: Connection
    packet_id: int


class Network:
    """Keeps a connection to one broker up; a thread that is started, watched and stopped.

    Parameters
    ----------
    deliver
        Called on the network thread for every message; it must not block. False turns it away.
    has_room
        While it says no, the broker is left waiting.
    uniform
        Draws from a range of floats: the jitter of the backoff.
    """

    def __init__(
        self,
        address: BrokerAddress,
        login: Login,
        topic_filters: Sequence[str],
        deliver: Callable[[Connection, Received], bool],
        *,
        has_room: Callable[[], bool] = lambda: True,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._address, self._login, self._topic_filters = address, login, tuple(topic_filters)
        self._deliver, self._has_room, self._uniform = deliver, has_room, uniform
        self._acknowledgements: deque[Acknowledgement] = deque()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._closing = threading.Event()
        self._asked_again = False
        self._connection: Connection | None = None
        self._thread = threading.Thread()
        self._generation = count(1)
        self._current = 0
        self._moved_s = time.monotonic()
        self.subscribed = threading.Event()
        """Set while the broker has our subscription, and when it will not have it."""
        self.ever_subscribed = False
        self.failure: BaseException | None = None
        """What ended the thread for good."""
        self.reason = ""
        """Why the last attempt to connect failed, or the last connection ended."""
        self.connections = 0
        """How many connections were accepted so far."""
        self.connected_since_s: float | None = None
        """On the monotonic clock; None while there is no subscribed connection."""
        self.lost_since_s: float | None = time.monotonic()
        self._attempts = 0

    @property
    def connection(self) -> Connection | None:
        """The connection there is just now."""
        return self._connection

    def wait_subscribed(self, timeout_s: float) -> bool:
        """Wait until the broker has our subscription, or will not have it; False if too long."""
        return self.subscribed.wait(timeout_s)

    def start(self) -> None:
        """Begin, without waiting for the broker."""
        self._current = next(self._generation)
        self._moved_s = time.monotonic()
        self._thread = threading.Thread(
            target=self._run, args=(self._current,), name=f"mqtt-{self._current}", daemon=True
        )
        self._thread.start()

    def acknowledge(self, acknowledgements: Sequence[Acknowledgement]) -> None:
        """Have messages acknowledged, in this order, each only on the connection it came on."""
        self._acknowledgements.extend(acknowledgements)
        self._wake()

    def ask_again(self) -> bool:
        """Connect anew if messages were turned away: only then does a broker send them again."""
        connection = self._connection
        if connection is None or not connection.turned_away:
            return False
        self._asked_again = True
        self._wake()
        return True

    def revive(self) -> None:
        """Start another thread if ours has ended or does not move; call it now and then."""
        if self._closing.is_set() or self.failure is not None:
            return
        stalled = time.monotonic() - self._moved_s > STALLED_S
        if self._thread.is_alive() and not stalled:
            return
        log.error("the network thread " + ("does not move" if stalled else "ended"))
        self._lost()
        self.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Send what is still to be acknowledged, say goodbye and end the thread."""
        self._closing.set()
        self._wake()
        self._thread.join(timeout_s)
        self._wake_reader.close()
        self._wake_writer.close()

    # --- the thread itself

    def _run(self, generation: int) -> None:
        backoff_s = BACKOFF_FIRST_S
        try:
            while self._current == generation and not self._closing.is_set():
                began_s = time.monotonic()
                asked_again = self._connect_once(generation)
                if asked_again or time.monotonic() - began_s > _PROVEN_S:
                    backoff_s = BACKOFF_FIRST_S
                if asked_again or self._closing.is_set() or self.failure is not None:
                    if self.failure is not None:
                        return
                    continue
                self._pause(generation, self._uniform(backoff_s / 2, backoff_s))
                backoff_s = min(2 * backoff_s, BACKOFF_LAST_S)
        except Exception as error:  # noqa: BLE001 - told by the caller's check()
            self.failure = error
            self.subscribed.set()

    def _connect_once(self, generation: int) -> bool:
        """Run one connection to its end; True if it ended because we asked for another."""
        address = self._address.turned(self._attempts)  # of several nodes another each time
        self._attempts += 1
        connection = Connection(
            address,
            self._login,
            self._topic_filters,
            self._guarded(generation),
            self._has_room,
        )
        self._asked_again = False
        try:
            connection.open()
        except OSError as error:
            self.reason = str(error)
            log.warning(
                "broker cannot be reached, will try again",
                broker=str(address),
                reason=self.reason,
            )
            return False
        self._connection = connection
        try:
            self._drive(connection, generation)
        except Exception as error:  # a broken packet must not end the thread
            log.exception("the connection failed", broker=str(address))
            connection.reason = connection.reason or type(error).__name__
        finally:
            if self._current == generation:
                self._lost()
            connection.drop()
        self.reason = connection.reason
        if connection.refusal is not None:
            self.failure = connection.refusal
            self.subscribed.set()
        elif not self._closing.is_set() and not self._asked_again:
            log.warning("connection lost", broker=str(address), reason=connection.reason)
        return self._asked_again

    def _drive(self, connection: Connection, generation: int) -> None:
        while not connection.ended and self._current == generation:
            self._moved_s = time.monotonic()
            if connection.step(self._wake_reader.fileno(), _STEP_S):
                self._drain_wakes()
            if connection.subscribed and self.connected_since_s is None:
                self._found()
            self._send_acknowledgements(connection)
            if self._closing.is_set() and not self._acknowledgements:
                connection.close()
            elif self._asked_again:
                log.warning("messages were turned away, reconnecting for them")
                connection.close()

    def _guarded(self, generation: int) -> Callable[[Connection, Received], bool]:
        """Ignore what a thread that was given up may still deliver."""
        return lambda connection, received: (
            self._current == generation and self._deliver(connection, received)
        )

    def _send_acknowledgements(self, connection: Connection) -> None:
        while self._acknowledgements:
            one = self._acknowledgements.popleft()
            if one.connection is connection:
                connection.send_acknowledgement(one.packet_id)

    def _pause(self, generation: int, pause_s: float) -> None:
        until_s = time.monotonic() + pause_s
        while (left_s := until_s - time.monotonic()) > 0 and self._current == generation:
            self._moved_s = time.monotonic()
            if self._closing.wait(min(left_s, _STEP_S)):
                return

    def _found(self) -> None:
        self.connections += 1
        self.connected_since_s, self.lost_since_s = time.monotonic(), None
        self.ever_subscribed = True
        self.subscribed.set()

    def _lost(self) -> None:
        self._connection = None
        if self.connected_since_s is not None:
            self.connected_since_s, self.lost_since_s = None, time.monotonic()
            self.subscribed.clear()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # it is full of wakes already, or closed
            self._wake_writer.send(b"\0")

    def _drain_wakes(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_reader.recv(4096)
