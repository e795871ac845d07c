"""A copy of the folder in which an embedded broker keeps what ingest has not acknowledged."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.fault import LogError
from ingest.recovery.manifest import Advance, copy

_LOCK = "lock"


def files_of(store: Path) -> list[Path]:
    """List the files of a store, relative to it, in order.

    Raises
    ------
    LogError
        If there is no such folder, or it is no broker's.
    """
    if not store.is_dir():
        raise LogError(f"there is no store {store}; give the folder that the broker has")
    if not (store / _LOCK).is_file():
        raise LogError(f"{store} is no store of a broker: it has no file {_LOCK!r}")
    every = (path.relative_to(store) for path in store.rglob("*") if path.is_file())
    return sorted(path for path in every if path != Path(_LOCK))


@contextmanager
def at_rest(store: Path) -> Iterator[None]:
    """Keep brokers from starting on a store while it is copied.

    Raises
    ------
    LogError
        If one runs on it: what it writes meanwhile could not be copied whole.
    """
    try:
        lock = os.open(store / _LOCK, os.O_RDWR)
    except OSError as error:
        raise LogError(f"the store {store} cannot be read: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LogError(
                f"a broker runs on the store {store}; stop it for the backup, trucks keep their "
                "pings meanwhile, or leave out --store"
            ) from None
        yield
    finally:
        os.close(lock)


def copy_store(store: Path, target: Path, advance: Advance) -> None:
    """Copy the files of a store at rest to a new folder.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    target.mkdir(mode=0o700)
    (target / _LOCK).touch(mode=0o600)  # by which it is known for a store
    for path in files_of(store):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        copy(store / path, target / path, advance)
