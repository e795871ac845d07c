"""A copy of a SQLite database of one instant, beside whoever writes to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ingest.recovery.manifest import Advance

_PAGES_AT_ONCE = 1024


def copy_sqlite(source: Path, target: Path, advance: Advance) -> None:
    """Copy a database to a new file, which is on disk and needs no other when this returns.

    Raises
    ------
    sqlite3.Error, OSError
        If that cannot be done.
    """
    done = 0

    def tell(_: int, remaining: int, total: int) -> None:
        nonlocal done
        advance((total - remaining - done) * page_bytes)
        done = total - remaining

    with (
        closing(sqlite3.connect(source, isolation_level=None)) as original,
        closing(sqlite3.connect(target, isolation_level=None)) as copied,
    ):
        original.execute("PRAGMA busy_timeout = 5000")
        (page_bytes,) = original.execute("PRAGMA page_size").fetchone()
        # a reader keeps its instant: without, the copy would begin anew with every commit
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        original.backup(copied, pages=_PAGES_AT_ONCE, progress=tell)
        original.execute("ROLLBACK")
        copied.execute("PRAGMA journal_mode = DELETE")
    descriptor = os.open(target, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
