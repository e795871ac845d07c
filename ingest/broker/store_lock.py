"""A store is one broker's at a time: others would not see its messages."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.fault import BrokerError

_LOCK_S = 3.0


@contextmanager
def locked(store: Path) -> Iterator[int]:
    """Lock a store against other brokers, and give the descriptor that holds the lock.

    One that was killed a moment ago may not have let go of its files yet.

    Raises
    ------
    BrokerError
        If another broker uses it.
    """
    deadline = time.monotonic() + _LOCK_S
    lock = os.open(store / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _taken(lock):
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"another broker uses the store {store}; stop it, or give this one another"
                )
            time.sleep(0.05)
        yield lock
    finally:
        os.close(lock)


def is_used(store: Path) -> bool:
    """Tell whether a broker has a store just now.

    Raises
    ------
    BrokerError
        If its lock cannot be read.
    """
    try:
        lock = os.open(store / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BrokerError(f"{store / 'lock'}: it cannot be read ({error.strerror})") from error
    try:
        return not _taken(lock)
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
