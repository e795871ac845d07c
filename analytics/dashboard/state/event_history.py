"""Numbered events for many readers, of which the latest are kept so that a reader can resume.

Written by one thread, read by coroutines. Each event is encoded once, however many read it.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

MOST_EVENTS = 4_000
MOST_BYTES = 16 * 1024 * 1024


def encode_event(name: str, document: object, event_id: str) -> bytes:
    """Write a server-sent event."""
    data = msgspec.json.encode(document)  # JSON on one line: it escapes line breaks
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event_id.encode(), name.encode(), data)


class EventHistory:
    """The latest events of a feed.

    Parameters
    ----------
    epoch
        Tells the numbers of this history from those of others, such as before a restart: letters
        and digits.
    """

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch
        self._lock = threading.Lock()
        self._events: deque[bytes] = deque()
        self._bytes = 0
        self._last = 0
        self._readers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._closed = False

    @property
    def last(self) -> int:
        """Number of the latest event, 0 before the first."""
        return self._last

    @property
    def closed(self) -> bool:
        """Whether no more events come."""
        return self._closed

    def event_id(self, number: int) -> str:
        """Write a number as readers hand it back."""
        return f"{self._epoch}-{number}"

    def number_of(self, event_id: str) -> int | None:
        """Read the number of an id; None if it is not of this history."""
        epoch, _, number = event_id.rpartition("-")
        if epoch != self._epoch or not (number.isascii() and number.isdigit()) or len(number) > 15:
            return None
        return int(number) if int(number) <= self._last else None

    def publish(self, events: Sequence[tuple[str, Any]]) -> None:
        """Append events, each a name and a document, and wake the readers."""
        with self._lock:
            for name, document in events:
                self._last += 1
                encoded = encode_event(name, document, self.event_id(self._last))
                self._events.append(encoded)
                self._bytes += len(encoded)
            while len(self._events) > MOST_EVENTS or self._bytes > MOST_BYTES:
                self._bytes -= len(self._events.popleft())
            readers = list(self._readers)
        _wake(readers)

    def close(self) -> None:
        """Send the readers home."""
        with self._lock:
            self._closed = True
            readers = list(self._readers)
        _wake(readers)

    def since(self, number: int) -> tuple[list[bytes], int] | None:
        """Give the events after a number, and the number of the last; None if some are gone."""
        with self._lock:
            missed = self._last - number
            if missed < 0 or missed > len(self._events):
                return None
            first = len(self._events) - missed
            return [self._events[place] for place in range(first, len(self._events))], self._last

    async def wait(self, number: int, timeout_s: float) -> bool:
        """Wait until there is an event after a number, or no more come; False if neither."""
        reader = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if self._last > number or self._closed:
                return True
            self._readers.add(reader)
        try:
            await asyncio.wait_for(reader[1].wait(), timeout_s)
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._readers.discard(reader)
        return True


def _wake(readers: Sequence[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    for loop, event in readers:
        try:
            loop.call_soon_threadsafe(event.set)
        except RuntimeError:  # the loop has ended meanwhile
            continue
