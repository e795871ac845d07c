"""Sessions: a random token with the browser, its hash with us."""

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from analytics.dashboard.access.access_tables import sessions, users
from analytics.dashboard.access.users import Role, User
from ingest.fault import LogError
from ingest.log.pinglog import PingLog

IDLE_MS = 12 * 3_600_000
"""A session that is not used for so long ends."""
LONGEST_MS = 7 * 24 * 3_600_000
FRESH_MS = 5_000
"""How long a session that was looked up is not looked up again."""
SEEN_STEP_MS = 60_000
MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """A user who is logged in."""

    user: str
    role: Role
    csrf: str
    created_ms: int
    seen_ms: int


class Sessions:
    """The sessions in the database of a ping log.

    While the database is away, sessions that were seen lately stay good.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    """

    def __init__(self, log: PingLog, clock_ms: Callable[[], int]) -> None:
        self._log = log
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, Session]] = {}

    def begin(self, user: User) -> tuple[str, Session]:
        """Log a user in; give the token for the browser."""
        token, csrf, now_ms = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock_ms()
        row = {
            "token_hash": _hash(token), "user_name": user.name, "csrf": csrf,
            "created_ms": now_ms, "seen_ms": now_ms,
        }  # fmt: skip
        over = sa.or_(
            sessions.c.seen_ms < now_ms - IDLE_MS, sessions.c.created_ms < now_ms - LONGEST_MS
        )
        with self._log.transaction(write=True) as connection:
            connection.execute(sa.delete(sessions).where(over))
            connection.execute(sa.insert(sessions).values(row))
        return token, Session(user.name, user.role, csrf, now_ms, now_ms)

    def find(self, token: str) -> Session | None:
        """Give the session of a token; None if it has none, or none any more.

        Raises
        ------
        LogError
            If the database is away and the session was not seen lately.
        """
        key, now_ms = _hash(token), self._clock_ms()
        with self._lock:
            looked_ms, known = self._known.get(key, (0, None))
        if known is not None and now_ms - looked_ms < FRESH_MS:
            return known
        try:
            found = self._look_up(key, now_ms)
        except LogError:
            if known is None or now_ms - looked_ms > IDLE_MS:
                raise
            return known
        with self._lock:
            self._known.pop(key, None)
            if found is not None:
                while len(self._known) >= MOST_KNOWN:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = (now_ms, found)
        return found

    def end(self, token: str) -> None:
        """Log out."""
        key = _hash(token)
        with self._lock:
            self._known.pop(key, None)
        with self._log.transaction(write=True) as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.token_hash == key))

    def _look_up(self, key: str, now_ms: int) -> Session | None:
        query = (
            sa.select(
                users.c.name, users.c.role, sessions.c.csrf, sessions.c.created_ms,
                sessions.c.seen_ms,
            )
            .join_from(sessions, users, sessions.c.user_name == users.c.name)
            .where(sessions.c.token_hash == key)
        )  # fmt: skip
        with self._log.transaction(write=False) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        found = Session(row.name, Role(row.role), row.csrf, row.created_ms, row.seen_ms)
        if now_ms - found.seen_ms > IDLE_MS or now_ms - found.created_ms > LONGEST_MS:
            return None
        if now_ms - found.seen_ms > SEEN_STEP_MS:
            with self._log.transaction(write=True) as connection:
                connection.execute(
                    sa.update(sessions).where(sessions.c.token_hash == key).values(seen_ms=now_ms)
                )
        return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
