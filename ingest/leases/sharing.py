"""One of several processes of ingest: its part of the sessions, by leases in the log's database."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ingest.broker.address import BrokerAddress
from ingest.broker.shares import ALL, REST, SHARES, filters_of, is_split, plain_topic, session_of
from ingest.deadlines import Deadlines
from ingest.fault import SettingError
from ingest.leases.keeper import Keeper
from ingest.leases.leases import Leases, leases_in
from ingest.log.database import is_file, shown_url
from ingest.log.pinglog import PingLog, open_log
from ingest.mqtt.connection import Connection, Login, Received
from ingest.mqtt.login import login_of
from ingest.mqtt.network_thread import Network
from ingest.mqtt.networks import Networks
from ingest.mqtt.session import keep_session
from ingest.settings.settings import Settings

_DEADLINES = Deadlines(silence_s=4.0, lock_s=4.0, statement_s=4.0)
"""Of the leases: who waits longer could not let go in time."""

Deliver = Callable[[Connection, Received], bool]


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the sessions of a fleet are made."""

    address: BrokerAddress
    login: Login
    patterns: Sequence[str]
    """All topic patterns of the settings."""
    database: str
    """URL of the log, where the leases are."""

    @property
    def shares(self) -> tuple[int, ...]:
        """All that there are: only the rest if no pattern can be split."""
        own = range(SHARES) if any(map(is_split, self.patterns)) else ()
        return (*own, REST)

    def networks(self, deliver: Deliver, has_room: Callable[[], bool]) -> Networks:
        """Make what connects the sessions that are held."""

        def plainly(connection: Connection, received: Received) -> bool:
            return deliver(connection, replace(received, topic=plain_topic(received.topic)))

        def make(share: int) -> Network:
            return Network(
                self.address.turned(share),
                replace(self.login, client_id=session_of(self.login.client_id, share)),
                filters_of(share, self.patterns),
                deliver if share == REST else plainly,
                has_room=has_room,
            )

        return Networks(make)


class Alone:
    """What a keeper is to a process that shares nothing."""

    def check(self) -> None:
        """Raise nothing."""

    def warnings(self) -> list[str]:
        """Give none."""
        return []


def sharing_of(settings: Settings, log: PingLog, address: BrokerAddress) -> Sharing | None:
    """Read from the settings how to share; None if ingest is to be alone.

    Raises
    ------
    SettingError
        If this log cannot be used so, or a setting of the login cannot.
    """
    if settings.share:
        refuse_file(settings.database)
        return Sharing(address, login_of(settings), settings.patterns, settings.database)
    refuse_alone(log, settings.database)
    return None


@contextmanager
def keeping(
    sharing: Sharing | None, network: Network | Networks, watch: Callable[[Keeper], None]
) -> Iterator[Keeper | Alone]:
    """Hold a part of the shares as long as the context lasts; `watch` is given who does.

    Raises
    ------
    LogError
        If the database cannot be opened.
    """
    if sharing is None or not isinstance(network, Networks):
        yield Alone()
        return
    with open_log(sharing.database, create=False, deadlines=_DEADLINES) as log:
        told = f"{socket.gethostname()}:{os.getpid()}"
        leases = Leases(log, secrets.token_hex(8), told, sharing.shares)
        with Keeper(leases, network.hold, len(sharing.shares)) as keeper:
            watch(keeper)
            yield keeper


def make_sessions(settings: Settings, address: BrokerAddress) -> None:
    """Have a broker keep from now on what ingest with these settings will take.

    Raises
    ------
    BrokerError, SettingError
        If it refuses, or a setting of the login cannot be used.
    """
    login = login_of(settings)
    sharing = Sharing(address, login, settings.patterns, settings.database)
    for share in sharing.shares if settings.share else (REST,):
        own = replace(login, client_id=session_of(login.client_id, share))
        keep_session(address, own, filters_of(share, settings.patterns))


def holders_told(log: PingLog) -> list[str]:
    """Say who holds how many shares, and which nobody holds; nothing of a log that none share.

    Raises
    ------
    LogError
        If the database does not answer.
    """
    leases, members = leases_in(log)
    if not leases and not members:
        return []
    held: dict[str, list[int]] = {}
    for lease in leases:
        if lease.left_ms > 0:
            held.setdefault(lease.told, []).append(lease.share)
    told = [f"{who} holds {_shares(shares)}" for who, shares in sorted(held.items())]
    # a share that was given back has no lease, and without any split one there is only the rest
    known = ALL if any(lease.share != REST for lease in leases) else (REST,)
    if free := set(known).difference(*held.values()):
        since_s = max((-lease.left_ms for lease in leases if lease.left_ms <= 0), default=0) // 1000
        since = f", the first for {since_s} s" if since_s else ""
        told.append(f"nobody holds {_shares(sorted(free))}{since}")
    return [f"processes of ingest that share this log: {members}", *told]


def _shares(shares: Sequence[int]) -> str:
    named = ", ".join("the rest" if share == REST else str(share) for share in shares)
    return f"{len(shares)} share{'s' if len(shares) > 1 else ''} ({named})"


def refuse_file(url: str) -> None:
    """Refuse a database that several processes on several machines cannot share.

    Raises
    ------
    SettingError
        If it is one.
    """
    if is_file(url):
        raise SettingError(
            f"the log {shown_url(url)} is a file, which processes of ingest cannot share; take "
            "--database postgresql+psycopg://user@host/name, or leave --share out"
        )


def refuse_alone(log: PingLog, url: str) -> None:
    """Refuse an ingest alone on a log of which others hold shares.

    Raises
    ------
    SettingError
        If it is one.
    """
    leases, members = leases_in(log)
    if members and any(lease.left_ms > 0 for lease in leases):
        raise SettingError(
            f"{members} processes of ingest share the log {shown_url(url)} (the first is "
            f"{leases[0].told}); start this one with --share, too, or end them and wait 10 s"
        )
