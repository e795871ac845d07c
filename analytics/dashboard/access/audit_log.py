"""The audit log: what users did, from where and when."""

from collections.abc import Callable

import sqlalchemy as sa

from analytics.dashboard.access.access_tables import audit
from ingest.log.pinglog import PingLog

_MOST_CHARACTERS = 300


class AuditLog:
    """The audit log in the database of a ping log; nothing in it is ever changed.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    """

    def __init__(self, log: PingLog, clock_ms: Callable[[], int]) -> None:
        self._log = log
        self._clock_ms = clock_ms

    def write(self, user: str, address: str, action: str, detail: str = "") -> None:
        """Add an entry."""
        row = {
            "at_ms": self._clock_ms(),
            "user_name": _clipped(user),
            "address": _clipped(address),
            "action": action,
            "detail": _clipped(detail),
        }
        with self._log.transaction(write=True) as connection:
            connection.execute(sa.insert(audit).values(row))

    def latest(self, limit: int) -> list[dict[str, str | int]]:
        """Give the last entries, the latest first."""
        columns = (
            audit.c.at_ms, audit.c.user_name, audit.c.address, audit.c.action, audit.c.detail,
        )  # fmt: skip
        query = sa.select(*columns).order_by(audit.c.id.desc()).limit(limit)
        with self._log.transaction(write=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _clipped(text: str) -> str:
    """Keep what a database takes: no NUL, no half characters, not too long."""
    sound = (
        text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
    return sound[:_MOST_CHARACTERS]
