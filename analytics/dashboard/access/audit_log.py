"""The audit log: what users did, from where and when.

Who cannot log in must not fill the disk: of failed logins so many an hour have an entry of their
own, and of what a user does under one action. What goes beyond is counted in one entry more.
"""

from collections.abc import Callable

import sqlalchemy as sa

from analytics.dashboard.access.access_tables import audit
from analytics.dashboard.access.write_behind import WriteBehind
from ingest.log.pinglog import PingLog

_MOST_CHARACTERS = 300
MOST_ATTEMPTS = 100
"""Entries an hour of what anybody can cause, whatever name they give."""
MOST_DEEDS = 500
"""Entries an hour of a user under one action."""
ATTEMPT = "login_failed"
MORE = "_more"
"""Ends the action of the entry that counts what goes beyond; its detail is how many that are."""
_HOUR_MS = 3_600_000
_PAGE = 5_000


class AuditLog:
    """The audit log in the database of a ping log; nothing in it is ever changed but a count.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    behind
        Writes entries, later if the database does not take them now.
    """

    def __init__(
        self, log: PingLog, clock_ms: Callable[[], int], behind: WriteBehind | None = None
    ) -> None:
        self._log = log
        self._clock_ms = clock_ms
        self._behind = behind or WriteBehind()

    def write(self, user: str, address: str, action: str, detail: str = "") -> None:
        """Add an entry, or count it if there are too many of its kind in this hour."""
        at_ms = self._clock_ms()
        row: dict[str, str | int] = {
            "at_ms": at_ms,
            "user_name": _clipped(user),
            "address": _clipped(address),
            "action": action,
            "detail": _clipped(detail),
        }
        same = [audit.c.at_ms >= at_ms - at_ms % _HOUR_MS]
        if action != ATTEMPT:
            same.append(audit.c.user_name == row["user_name"])
        of_kind = sa.select(sa.func.count()).where(audit.c.action == action, *same)

        def write() -> None:
            with self._log.transaction(write=True) as connection:
                many = MOST_ATTEMPTS if action == ATTEMPT else MOST_DEEDS
                if (connection.scalar(of_kind) or 0) < many:
                    connection.execute(sa.insert(audit).values(row))
                else:
                    _count_more(connection, row, same)

        self._behind.hand_over(write, f"audit: {row}")

    def latest(self, limit: int) -> list[dict[str, str | int]]:
        """Give the last entries, the latest first."""
        columns = (
            audit.c.at_ms, audit.c.user_name, audit.c.address, audit.c.action, audit.c.detail,
        )  # fmt: skip
        query = sa.select(*columns).order_by(audit.c.id.desc()).limit(limit)
        with self._log.transaction(write=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def forget(self, before_ms: int) -> int:
        """Delete entries of before an instant; give how many.

        Done in many small transactions, so that nobody else waits for long.
        """
        deleted, page = 0, _PAGE
        while page == _PAGE:
            with self._log.transaction(write=True) as connection:
                old = sa.select(audit.c.id).where(audit.c.at_ms < before_ms).limit(_PAGE)
                ids = list(connection.scalars(old))
                connection.execute(sa.delete(audit).where(audit.c.id.in_(ids)))
            page = len(ids)
            deleted += page
        return deleted


def _count_more(
    connection: sa.Connection, row: dict[str, str | int], same: list[sa.ColumnElement[bool]]
) -> None:
    """Count one more in the entry of its hour; the entry tells who and when the last one was."""
    row = {**row, "action": f"{row['action']}{MORE}", "detail": "1"}
    query = sa.select(audit.c.id, audit.c.detail).where(audit.c.action == row["action"], *same)
    found = connection.execute(query.order_by(audit.c.id).limit(1).with_for_update()).first()
    if found is None:
        connection.execute(sa.insert(audit).values(row))
        return
    row["detail"] = str(int(found.detail) + 1)
    connection.execute(sa.update(audit).where(audit.c.id == found.id).values(row))


def _clipped(text: str) -> str:
    """Keep what a database takes: no NUL, no half characters, not too long."""
    sound = (
        text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
    return sound[:_MOST_CHARACTERS]
