"""Leases of shares in the database, by the database's own clock.

Each member renews its own every few seconds, in one transaction under a lock, so that no share ever
has two holders. A transaction is all it takes: connections may be pooled.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa

from ingest.leases.allotment import allot
from ingest.log.pinglog import PingLog
from ingest.log.tables import share_leases, share_members

LEASE_S = 10.0
"""What is not renewed for so long is free."""

Clock = Callable[[sa.Connection], int]


@dataclass(frozen=True, slots=True)
class Held:
    """What a member has after a renewal."""

    shares: frozenset[int]
    surplus: frozenset[int]
    """Of these, what others are to have: it is given back once nothing is done with it any more."""
    members: int
    """How many are there, this one too."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A share and who has it."""

    share: int
    told: str
    """Which process that is, for people."""
    left_ms: int
    """Until it ends by itself; below 0 it has."""


def database_now_ms(connection: sa.Connection) -> int:
    """Read the database's clock in epoch milliseconds."""
    if connection.dialect.name == "sqlite":
        query = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    else:
        query = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    return int(connection.exec_driver_sql(query).scalar_one())


class Leases:
    """The leases of one member.

    Parameters
    ----------
    member
        Whom they belong to: another name for each run of a process.
    told
        Which process that is, for people.
    shares
        All that there are.
    """

    def __init__(
        self,
        log: PingLog,
        member: str,
        told: str,
        shares: Collection[int],
        *,
        lease_s: float = LEASE_S,
        now_ms: Clock = database_now_ms,
    ) -> None:
        self._log, self._member, self._told = log, member, told
        self._shares, self._lease_ms, self._now_ms = (
            frozenset(shares),
            round(lease_s * 1000),
            now_ms,
        )

    def renew(self, given_back: Collection[int] = ()) -> Held:
        """Stay a member, give some shares back, and take what is free up to a fair part.

        Raises
        ------
        LogError
            If the database does not answer: then nothing has changed, or all of it.
        """
        with self._log.transaction(write=True) as connection:
            _lock(connection)
            now_ms = self._now_ms(connection)
            self._give_back(connection, given_back)
            _forget_ended(connection, now_ms)
            members = set(connection.scalars(sa.select(share_members.c.member)))
            rows = connection.execute(sa.select(share_leases.c.share, share_leases.c.member)).all()
            holders: dict[int, str] = dict(tuple(row) for row in rows)
            members.add(self._member)
            new, surplus = allot(self._member, self._shares, members, holders)
            held = new | {share for share, member in holders.items() if member == self._member}
            self._write(connection, held, now_ms + self._lease_ms)
        return Held(frozenset(held), surplus, len(members))

    def leave(self) -> None:
        """Give everything back at once; what cannot be ends by itself.

        Raises
        ------
        LogError
            If the database does not answer.
        """
        with self._log.transaction(write=True) as connection:
            _lock(connection)
            for table in (share_leases, share_members):
                connection.execute(sa.delete(table).where(table.c.member == self._member))

    def _give_back(self, connection: sa.Connection, shares: Collection[int]) -> None:
        if shares:
            connection.execute(
                sa.delete(share_leases).where(
                    share_leases.c.member == self._member, share_leases.c.share.in_(shares)
                )
            )

    def _write(self, connection: sa.Connection, held: Collection[int], until_ms: int) -> None:
        mine = {"member": self._member, "until_ms": until_ms}
        for table, rows in (
            (share_members, [mine | {"told": self._told}]),
            (share_leases, [mine | {"share": share} for share in sorted(held)]),
        ):
            connection.execute(sa.delete(table).where(table.c.member == self._member))
            if rows:
                connection.execute(sa.insert(table), rows)


def leases_in(log: PingLog, now_ms: Clock = database_now_ms) -> tuple[list[Lease], int]:
    """Tell who holds which share, also those that have ended, and how many members are there.

    Raises
    ------
    LogError
        If the database does not answer.
    """
    with log.transaction(write=False) as connection:
        at_ms = now_ms(connection)
        rows = connection.execute(
            sa.select(share_leases.c.share, share_members.c.told, share_leases.c.until_ms)
            .join(share_members, share_members.c.member == share_leases.c.member, isouter=True)
            .order_by(share_leases.c.share)
        ).all()
        alive = connection.scalar(
            sa.select(sa.func.count()).where(share_members.c.until_ms > at_ms)
        )
    return [Lease(share, told or "?", until_ms - at_ms) for share, told, until_ms in rows], (
        alive or 0
    )


def _lock(connection: sa.Connection) -> None:
    """Have one member at a time look and take; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE share_members IN EXCLUSIVE MODE")


def _forget_ended(connection: sa.Connection, now_ms: int) -> None:
    for table in (share_leases, share_members):
        connection.execute(sa.delete(table).where(table.c.until_ms <= now_ms))
