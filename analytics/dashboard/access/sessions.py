"""Sessions: a random token with the browser, its hash with us."""

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from analytics.dashboard.access.access_tables import sessions, users
from analytics.dashboard.access.users import Role, User
from analytics.dashboard.access.write_behind import WriteBehind
from ingest.fault import LogError
from ingest.log.pinglog import PingLog

IDLE_MS = 12 * 3_600_000
"""A session that is not used for so long ends."""
LONGEST_MS = 7 * 24 * 3_600_000
FRESH_MS = 5_000
"""How long a session that was looked up is not looked up again."""
AGAIN_MS = 5_000
"""How long the database is not asked again once it was away."""
STALE_MS = 45_000
"""For so long who was found lately stays in, while the database takes its time."""
AHEAD_MS = 3_600_000
"""A session that began so much later than now was begun by a clock that was wrong."""
SEEN_STEP_MS = 60_000
SEEN_WAIT_S = 0.2
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

    While the database is away, sessions that were seen lately stay good; while it takes nothing,
    new ones are good here and written later.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds, and never jumps.
    behind
        Writes what the database does not take now.
    """

    def __init__(
        self, log: PingLog, clock_ms: Callable[[], int], behind: WriteBehind | None = None
    ) -> None:
        self._log = log
        self._clock_ms = clock_ms
        self._behind = behind or WriteBehind()
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, Session]] = {}
        self._unwritten: dict[str, Session] = {}
        self._ended: set[str] = set()
        """Logged out, though it may not be written yet."""
        self._noted_ms: dict[str, int] = {}
        """Of which use was noted last, and when."""
        self._away_ms: int | None = None

    def begin(self, user: User) -> tuple[str, Session]:
        """Log a user in; give the token for the browser."""
        token, csrf, now_ms = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._clock_ms()
        key = _hash(token)
        row = {
            "token_hash": key, "user_name": user.name, "csrf": csrf,
            "created_ms": now_ms, "seen_ms": now_ms,
        }  # fmt: skip
        over = sa.or_(
            sessions.c.seen_ms < now_ms - IDLE_MS, sessions.c.created_ms < now_ms - LONGEST_MS
        )
        session = Session(user.name, user.role, csrf, now_ms, now_ms)
        with self._lock:
            self._unwritten[key] = session

        def write() -> None:
            with self._log.transaction(write=True) as connection:
                connection.execute(sa.delete(sessions).where(over))
                is_user = connection.scalar(
                    sa.select(users.c.name).where(users.c.name == user.name)
                )
                if is_user is not None:
                    connection.execute(sa.insert(sessions).values(row))
            with self._lock:
                self._unwritten.pop(key, None)
                # to be looked up with its first use, unless the database is away by then
                self._keep(key, now_ms - FRESH_MS, session)

        self._behind.hand_over(write, f"a session of {user.name}")
        return token, session

    def recall(self, token: str, *, stale: bool = False) -> Session | None:
        """Give the session of a token without asking the database; None if that is needed.

        Parameters
        ----------
        stale
            Also one that should be looked up by now: for when the database does not answer.
        """
        key, now_ms = _hash(token), self._clock_ms()
        with self._lock:
            if key in self._ended:
                return None
            if (unwritten := self._unwritten.get(key)) is not None:
                return unwritten
            looked_ms, known = self._known.get(key, (0, None))
            is_away = self._away_ms is not None and 0 <= now_ms - self._away_ms < AGAIN_MS
        age_ms = now_ms - looked_ms
        good_ms = IDLE_MS if is_away else STALE_MS if stale else FRESH_MS - 1
        return known if known is not None and age_ms <= good_ms else None

    def note_silence(self) -> None:
        """Note that the database does not answer, so that it is not asked for some time."""
        with self._lock:
            self._away_ms = self._clock_ms()

    def find(self, token: str) -> Session | None:
        """Give the session of a token; None if it has none, or none any more.

        Raises
        ------
        LogError
            If the database is away and the session was not seen lately.
        """
        if (recalled := self.recall(token)) is not None:
            return recalled
        key, now_ms = _hash(token), self._clock_ms()
        with self._lock:
            looked_ms, known = self._known.get(key, (0, None))
            if key in self._ended:
                return None
        try:
            found = self._look_up(key, now_ms)
        except LogError:
            with self._lock:
                self._away_ms = self._clock_ms()
            if known is None or now_ms - looked_ms > IDLE_MS:
                raise
            return known
        with self._lock:
            self._away_ms = None
            self._known.pop(key, None)
            if key in self._ended:
                return None
            if found is not None:
                self._keep(key, now_ms, found)
            else:
                self._noted_ms.pop(key, None)
        if found is not None:
            self._note_use(key, found, now_ms)
        return found

    def end(self, token: str) -> None:
        """Log out."""
        key = _hash(token)
        with self._lock:
            self._known.pop(key, None)
            self._unwritten.pop(key, None)
            self._noted_ms.pop(key, None)
            self._ended.add(key)

        def write() -> None:
            with self._log.transaction(write=True) as connection:
                connection.execute(sa.delete(sessions).where(sessions.c.token_hash == key))
            with self._lock:
                self._known.pop(key, None)  # which its login, written late, may have put there
                self._ended.discard(key)

        self._behind.hand_over(write, "a logout")

    def _keep(self, key: str, looked_ms: int, session: Session) -> None:
        while len(self._known) >= MOST_KNOWN:
            self._noted_ms.pop(gone := next(iter(self._known)), None)
            self._known.pop(gone)
        self._known[key] = (looked_ms, session)

    def _note_use(self, key: str, found: Session, now_ms: int) -> None:
        """Note that a session is in use; nobody waits long for that."""
        with self._lock:
            noted_ms = self._noted_ms.get(key, found.seen_ms)
            if now_ms - noted_ms <= SEEN_STEP_MS:
                return
            self._noted_ms[key] = now_ms

        def write() -> None:
            with self._log.transaction(write=True) as connection:
                connection.execute(
                    sa.update(sessions).where(sessions.c.token_hash == key).values(seen_ms=now_ms)
                )

        self._behind.hand_over(write, f"use of a session of {found.user}", SEEN_WAIT_S)

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
        with self._lock:
            seen_ms = max(found.seen_ms, self._noted_ms.get(key, found.seen_ms))
        if now_ms - seen_ms > IDLE_MS or now_ms - found.created_ms > LONGEST_MS:
            return None
        return None if found.created_ms - now_ms > AHEAD_MS else found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
