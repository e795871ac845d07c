"""The bounded queue between the network thread and the thread that commits.

While there is no room the network thread leaves the broker waiting, but never for long: it also
answers the broker's keep-alive, and a client that stops reading is thrown off. So a message that
comes when nothing fits is turned away at once. It stays unacknowledged, and the broker, which has
it on disk, sends it again.

The broker's window (`max_inflight_messages`, `max_ack_pending`) bounds the number of messages that
it has on the way at a time, MQTT itself to 65,535. What can overflow is memory, if they are huge.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from ingest.decoding.message import Message
from ingest.mqtt.network_thread import Acknowledgement

BATCH_COUNT = 4_000
BATCH_BYTES = 1024 * 1024
BATCH_WAIT_S = 0.1
MOST_MESSAGES = 65_535
MOST_BYTES = 8 * 1024 * 1024
_OVERHEAD_BYTES = 500
"""What a waiting message takes beside its payload."""
_BUSY_COUNT = 256
_QUIET_S = 0.004
"""A pause so long in a busy stream says that the broker's window is full: it waits for us."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message, and what it takes to acknowledge it."""

    message: Message
    acknowledgement: Acknowledgement | None
    """None for a message of QoS 0."""
    taken_s: float = field(default_factory=time.monotonic, compare=False)
    """When it came, on the monotonic clock."""


class Intake:
    """Deliveries in order of arrival; one thread puts, one thread takes them in batches.

    Parameters
    ----------
    batch_count, batch_wait_s
        A batch is given when so many messages wait, or so long after its first. It holds no more of
        them than ``BATCH_BYTES`` allow.
    most_messages, most_bytes
        When so much waits no more is let in; the last may go beyond it, or a huge one never would.
    """

    def __init__(
        self,
        *,
        batch_count: int = BATCH_COUNT,
        batch_wait_s: float = BATCH_WAIT_S,
        most_messages: int = MOST_MESSAGES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._batch_count, self._batch_wait_s = batch_count, batch_wait_s
        self._most_messages, self._most_bytes = most_messages, most_bytes
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._wanted = 1
        self._closed = False
        self._changed = threading.Condition()

    def put(self, delivery: Delivery) -> bool:
        """Add a delivery; False if it is turned away, for want of room or because of the end."""
        size = _size(delivery)
        with self._changed:
            if self._closed or not self.has_room:
                return False
            self._waiting.append(delivery)
            self._bytes += size
            if len(self._waiting) >= self._wanted:
                self._changed.notify()
            return True

    def take(self) -> list[Delivery]:
        """Take a batch: wait for its first message and, unless many came and no more do, the rest.

        Gives none if none came in time; after `close`, gives what is left without waiting.
        """
        count, wait_s = self._batch_count, self._batch_wait_s
        with self._changed:
            self._wait_for(1, wait_s)
            if self._waiting:
                self._wait_for(min(count, _BUSY_COUNT), wait_s)
                self._wait_while_they_come(count, wait_s)
            return self._pop()

    def _pop(self) -> list[Delivery]:
        taken: list[Delivery] = []
        size = 0
        while self._waiting and len(taken) < self._batch_count and size < BATCH_BYTES:
            taken.append(self._waiting.popleft())
            size += _size(taken[-1])
        self._bytes -= size
        return taken

    def _wait_while_they_come(self, count: int, wait_s: float) -> None:
        until_s = time.monotonic() + wait_s
        while _BUSY_COUNT <= len(self._waiting) < count and time.monotonic() < until_s:
            before = len(self._waiting)
            self._wait_for(count, _QUIET_S)
            if len(self._waiting) == before:
                return

    def _wait_for(self, wanted: int, wait_s: float) -> None:
        self._wanted = wanted
        self._changed.wait_for(lambda: self._closed or len(self._waiting) >= wanted, wait_s)

    def close(self) -> None:
        """Turn away what comes from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def has_room(self) -> bool:
        """True if another message is let in."""
        return len(self._waiting) < self._most_messages and self._bytes < self._most_bytes

    @property
    def empty(self) -> bool:
        """True if nothing waits."""
        return not self._waiting

    @property
    def oldest_s(self) -> float | None:
        """When the first that waits came, on the monotonic clock; None if none does."""
        with self._changed:
            return self._waiting[0].taken_s if self._waiting else None

    @property
    def depth(self) -> int:
        """How many messages wait."""
        return len(self._waiting)

    @property
    def bytes(self) -> int:
        """Roughly how much memory they take."""
        return self._bytes


def _size(delivery: Delivery) -> int:
    return len(delivery.message.payload) + _OVERHEAD_BYTES
