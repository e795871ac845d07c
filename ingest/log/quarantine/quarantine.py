"""The quarantine of a ping log: what was refused, with its evidence."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa

from ingest.decoding.rejection import RejectionCode
from ingest.fault import LogError
from ingest.log.counters import count
from ingest.log.quarantine.rejections import (
    last_rejection,
    read_hours,
    read_page,
    read_rejection,
    read_rejections,
    refused_of,
)
from ingest.log.quarantine.room import forget_hours, forget_page
from ingest.log.reading import received_of
from ingest.log.rows import HOUR_MS
from ingest.log.writing import lock_sequence

CLOCK_BLOCK_MS = 600_000
"""Whether this server's clock was wrong is asked of such stretches of time as a whole."""
_PAGE = 2_000


class Transaction(Protocol):
    """Begins a transaction of the log."""

    def __call__(self, *, write: bool) -> AbstractContextManager[sa.Connection]:
        """Begin one; its errors are those of a log."""


class Quarantine:
    """What was refused. Safe to share between threads."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def rejected(
        self,
        codes: Collection[str] | None = None,
        vehicle: str | None = None,
        since_ms: int | None = None,
        limit: int | None = None,
        *,
        released: bool = False,
    ) -> list[dict[str, Any]]:
        """Read rejections in the order they were made, with their evidence.

        Given a `limit`, the last so many. With `released` those that were released, else those
        that still stand.
        """
        with self._transaction(write=False) as connection:
            return read_rejections(connection, codes, vehicle, since_ms, limit, released=released)

    def rejected_pages(
        self, codes: Collection[str] | None = None, vehicle: str | None = None, *, size: int
    ) -> Iterator[list[dict[str, Any]]]:
        """Read the rejections that stand now from the first on, so many at a time.

        What is released or refused while they are read does no harm.
        """
        with self._transaction(write=False) as connection:
            last = last_rejection(connection)
        after = 0
        while True:
            with self._transaction(write=False) as connection:
                found = read_page(connection, codes, vehicle, after, last, size)
            if not found:
                return
            yield found
            after = found[-1]["id"]

    def rejection(self, number: int) -> dict[str, Any]:
        """Read one rejection by its id.

        Raises
        ------
        LogError
            If there is none.
        """
        with self._transaction(write=False) as connection:
            found = read_rejection(connection, number)
        if found is None:
            raise LogError(f"there is no rejection {number}; pingcheng quarantine list shows them")
        return found

    def counted_hours(self, vehicle: str | None = None, *, limit: int) -> list[dict[str, Any]]:
        """Read the hours in which refusals were only counted, in order; of more the last."""
        with self._transaction(write=False) as connection:
            return read_hours(connection, vehicle, limit)

    def forget(
        self,
        before_ms: int,
        codes: Collection[str] | None = None,
        vehicle: str | None = None,
    ) -> int:
        """Delete rejections received before the hour of an instant; give how many.

        Those that stood are counted from then on, as others are that there was no room for. Done
        in many small transactions: ingest need not wait.
        """
        before_ms -= before_ms % HOUR_MS
        deleted, page = 0, _PAGE
        while page == _PAGE:
            with self._transaction(write=True) as connection:
                lock_sequence(connection)
                page, change = forget_page(connection, codes, vehicle, before_ms, _PAGE)
                count(connection, change)
            deleted += page
        if codes is None and vehicle is None:
            with self._transaction(write=True) as connection:
                lock_sequence(connection)
                forget_hours(connection, before_ms)
        return deleted

    def was_clock_behind(self, at_ms: int) -> bool:
        """Tell whether this server's clock was behind when it showed an instant.

        That most vehicles were in the future then, and more than one, speaks for it.
        """
        start_ms = at_ms - at_ms % CLOCK_BLOCK_MS
        end_ms = start_ms + CLOCK_BLOCK_MS
        with self._transaction(write=False) as connection:
            ahead = refused_of(connection, RejectionCode.TIME_IN_FUTURE, start_ms, end_ms)
            on_time = received_of(connection, start_ms, end_ms, HOUR_MS) - ahead
        return len(ahead) > max(1, len(on_time))
