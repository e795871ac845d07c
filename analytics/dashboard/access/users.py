"""Who may use the page: names, roles and hashed passwords."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from analytics.dashboard.access.access_tables import sessions, users
from analytics.dashboard.access.devices import device_of, looks_like_mark, new_mark
from ingest.log.pinglog import PingLog

LEAST_PASSWORD = 10
MOST_PASSWORD = 256
MOST_NAME = 64


class UserError(ValueError):
    """A user that cannot be made, changed or found; says why."""


class Role(StrEnum):
    """What a user may do; each role may also do what those before it may."""

    VIEWER = "viewer"
    """Look at everything."""
    OPERATOR = "operator"
    """Acknowledge alerts."""
    ADMIN = "admin"
    """Read the audit log."""

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what the other may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class User:
    """Someone who may log in."""

    name: str
    role: Role
    created_ms: int


class Users:
    """The users in the database of a ping log.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    hasher
        How passwords are hashed, by default as argon2 advises.
    """

    def __init__(
        self, log: PingLog, clock_ms: Callable[[], int], hasher: PasswordHasher | None = None
    ) -> None:
        self._log = log
        self._clock_ms = clock_ms
        self._hasher = hasher or PasswordHasher()
        self._hashing = threading.Semaphore(2)  # each takes 64 MiB and half a core for a while

    def add(self, name: str, password: str, role: Role) -> None:
        """Add a user.

        Raises
        ------
        UserError
            If the name is taken or no name, or the password too short or too long.
        """
        _check_name(name)
        hashed = self._hash(password)
        row = {
            "name": name, "password_hash": hashed, "role": role.value,
            "created_ms": self._clock_ms(),
        }  # fmt: skip
        with self._log.transaction(write=True) as connection:
            query = sa.select(users.c.name).where(users.c.name == name)
            is_taken = connection.scalar(query) is not None
            if not is_taken:
                connection.execute(sa.insert(users).values(row))
        if is_taken:  # said outside, where a ValueError is not taken for one of the database
            raise UserError(f"there is a user {name} already; pingcheng user password changes it")

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password, and end their sessions.

        Raises
        ------
        UserError
            If there is no such user, or the password is too short or too long.
        """
        hashed = self._hash(password)
        with self._log.transaction(write=True) as connection:
            changed = connection.execute(
                sa.update(users).where(users.c.name == name).values(password_hash=hashed)
            )
            connection.execute(sa.delete(sessions).where(sessions.c.user_name == name))
        _require(changed.rowcount, name)

    def remove(self, name: str) -> None:
        """Remove a user and end their sessions.

        Raises
        ------
        UserError
            If there is no such user.
        """
        with self._log.transaction(write=True) as connection:
            removed = connection.execute(sa.delete(users).where(users.c.name == name))
            connection.execute(sa.delete(sessions).where(sessions.c.user_name == name))
        _require(removed.rowcount, name)

    def all(self) -> list[User]:
        """Give the users by name."""
        query = sa.select(users.c.name, users.c.role, users.c.created_ms).order_by(users.c.name)
        with self._log.transaction(write=False) as connection:
            rows = connection.execute(query).all()
        return [User(name, Role(role), created_ms) for name, role, created_ms in rows]

    def exist(self) -> bool:
        """Whether there is any user."""
        with self._log.transaction(write=False) as connection:
            return connection.scalar(sa.select(users.c.name).limit(1)) is not None

    def check(self, name: str, password: str) -> User | None:
        """Give the user if the password is theirs; takes as long if there is no such user."""
        row = self._row(name)
        try:
            with self._hashing:
                nobodys = self._nobodys_hash  # asked for always: the first one takes its time
                hashed = nobodys if row is None else row.password_hash
                self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return None
        return None if row is None else User(name, Role(row.role), row.created_ms)

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash("nobody has this password")

    def device(self, name: str, mark: str | None) -> str | None:
        """Give the number of the device that a mark is of, if the user logged in there before."""
        row = self._row(name) if looks_like_mark(mark) else None
        return None if row is None else device_of(mark, row.password_hash, name)

    def new_mark(self, name: str) -> str | None:
        """Make the mark of a device from which a user has just logged in."""
        row = self._row(name)
        return None if row is None else new_mark(row.password_hash, name)

    def _row(self, name: str) -> sa.Row[Any, Any, Any] | None:
        if not _is_storable(name):
            return None
        query = sa.select(users.c.password_hash, users.c.role, users.c.created_ms)
        with self._log.transaction(write=False) as connection:
            return connection.execute(query.where(users.c.name == name)).first()

    def _hash(self, password: str) -> str:
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            raise UserError(f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters")
        with self._hashing:
            return self._hasher.hash(password)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable() or name != name.strip():
        raise UserError(
            f"{name!r} is no name: 1 to {MOST_NAME} characters, no line break, no space at its ends"
        )


def _is_storable(name: str) -> bool:
    """Whether a database could hold a name: PostgreSQL takes no NUL, and none half a character."""
    return "\0" not in name and name.isprintable()


def _require(count: int, name: str) -> None:
    if count == 0:
        raise UserError(f"there is no user {name}; pingcheng user list shows them")
