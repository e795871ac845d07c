"""Ctrl-C and SIGTERM as an event, for programs that end in their own time."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signalled() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set instead of ending the program at once."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
