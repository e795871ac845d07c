"""A copy of the folder in which an embedded broker keeps what ingest has not acknowledged.

It can be made while the broker runs. A message that waits lies in a block of its stream until
ingest acknowledges it, and ingest does once it is in the database; so whatever goes meanwhile is
in the copy of the database, which is made afterwards. What consumers have seen is copied
before the blocks: nats-server would never deliver what it believes to have delivered before. The
index of the blocks, which would fit neither, is left out: nats-server makes it anew from them.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ingest.broker.upkeep.access import ACCESS_FILE
from ingest.fault import LogError
from ingest.recovery.manifest import Advance, copy

_LOCK = "lock"
_OF_A_RUN = frozenset({_LOCK, "index.db", ACCESS_FILE, "nats.conf", "log"})
"""Files that are made anew at each start; one of them holds a password of the run."""
_CONSUMERS = "obs"
_BLOCK = ".blk"


def files_of(store: Path) -> list[Path]:
    """List the files of a store, relative to it, in the order in which they are to be copied.

    Raises
    ------
    LogError
        If there is no such folder, or it is no broker's.
    """
    if not store.is_dir():
        raise LogError(f"there is no store {store}; give the folder that the broker has")
    if not (store / _LOCK).is_file():
        raise LogError(f"{store} is no store of a broker: it has no file {_LOCK!r}")
    every = (path.relative_to(store) for path in files_below(store))
    kept = (path for path in every if path.name not in _OF_A_RUN and path.suffix != ".tmp")
    return sorted(kept, key=lambda path: (_CONSUMERS not in path.parts, path))


def files_below(folder: Path) -> list[Path]:
    """List the files of a folder in which a broker that runs makes and removes some meanwhile."""
    # unlike Path.rglob, this goes on where a folder has gone before it was looked into
    return [Path(root, name) for root, _, names in os.walk(folder) for name in names]


@contextmanager
def without_newcomer(store: Path) -> Iterator[None]:
    """Keep brokers from starting on a store meanwhile, unless one runs on it already.

    Raises
    ------
    LogError
        If it cannot be read.
    """
    try:
        lock = os.open(store / _LOCK, os.O_RDWR)
    except OSError as error:
        raise LogError(f"the store {store} cannot be read: {error.strerror or error}") from error
    try:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def copy_store(store: Path, target: Path, advance: Advance) -> None:
    """Copy the files of a store to a new folder.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    target.mkdir(mode=0o700)
    (target / _LOCK).touch(mode=0o600)  # by which it is known for a store
    waiting, done = files_of(store), set[Path]()
    while waiting:
        for path in waiting:
            done.add(path)
            _copy_file(store / path, target / path, advance)
        # blocks may have been begun, and filled from others, meanwhile
        waiting = [path for path in files_of(store) if path.suffix == _BLOCK and path not in done]


def _copy_file(source: Path, target: Path, advance: Advance) -> None:
    if not source.exists():
        return  # what it held was acknowledged
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        copy(source, target, advance)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
