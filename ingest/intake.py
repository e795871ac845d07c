"""The bounded queue between the network thread and the thread that commits.

The network thread must never wait here: it also answers the broker's keep-alive, and a client that
stops reading is thrown off. So a message that does not fit is turned away at once. It stays
unacknowledged, and the broker, which has it on disk, sends it again.

MQTT itself bounds the number: packet ids have 16 bits, so a broker cannot have more than 65,535
messages unacknowledged at a time. What can overflow is memory, if the messages are huge.
"""

import threading
from collections import deque
from dataclasses import dataclass

from ingest.message import Message

MOST_MESSAGES = 65_535
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with what it takes to acknowledge it."""

    message: Message
    packet_id: int
    connection: int
    """Number of the connection it came on: an acknowledgement is only good there."""


class Intake:
    """Deliveries in order of arrival; one thread puts, one thread takes."""

    def __init__(self, *, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES) -> None:
        self._most_messages, self._most_bytes = most_messages, most_bytes
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._wanted = 1
        self._closed = False
        self._changed = threading.Condition()

    def put(self, delivery: Delivery) -> bool:
        """Add a delivery; False if it is turned away, for want of room or because of the end."""
        size = len(delivery.message.payload)
        with self._changed:
            full = len(self._waiting) >= self._most_messages or (
                # one message always fits, or a huge one would come back for ever
                self._waiting and self._bytes + size > self._most_bytes
            )
            if self._closed or full:
                return False
            self._waiting.append(delivery)
            self._bytes += size
            if len(self._waiting) >= self._wanted:
                self._changed.notify()
            return True

    def take(self, count: int, wait_s: float) -> list[Delivery]:
        """Take up to `count` deliveries, waiting up to `wait_s` for the first and for the rest.

        Gives none if none came in time; after `close`, gives what is left without waiting.
        """
        with self._changed:
            self._wait_for(1, wait_s)
            if self._waiting:
                self._wait_for(count, wait_s)
            taken = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
            self._bytes -= sum(len(delivery.message.payload) for delivery in taken)
            return taken

    def _wait_for(self, wanted: int, wait_s: float) -> None:
        self._wanted = wanted
        self._changed.wait_for(lambda: self._closed or len(self._waiting) >= wanted, wait_s)

    def close(self) -> None:
        """Turn away what comes from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def empty(self) -> bool:
        """True if nothing waits."""
        return not self._waiting
