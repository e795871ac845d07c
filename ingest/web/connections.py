"""Connections of the server: so many, and none that keeps its place without asking anything.

A connection that sends no request, or half of one, costs nothing to make. So it has some seconds,
and if there is no room, the one that has been silent longest goes. Whoever takes no answer goes
too.
"""

import asyncio
import contextlib
import resource
from typing import Any, Protocol

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

HEADERS_S = 10.0
"""How long a request's headers may take."""
ANSWER_S = 30.0
"""How long a reader may take nothing of its answer."""
MOST = 2_000
FILES = 8_192
"""Open files that are asked for; what else is open is small beside it."""
AT_ONCE = 64
"""So many are accepted before it is looked whether there is room."""
RESERVED_FILES = 384
"""For the database, the plan, the page's files, and those that were just accepted or dropped."""
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: 43\r\n\r\n"
    b'{"detail": "too many connections are open"}'
)


class Connection(Protocol):
    """What is to be known of a connection."""

    @property
    def silent_since_s(self) -> float | None:
        """Since when a request is waited for; None while one is being answered."""

    @property
    def stuck_since_s(self) -> float | None:
        """Since when its reader takes nothing; None if it does, or there is nothing to take."""

    @property
    def has_asked(self) -> bool:
        """Whether it ever sent a request."""

    @property
    def is_asking(self) -> bool:
        """Whether it has begun to send one, or never did anything else."""

    def drop(self, farewell: bytes = b"") -> None:
        """End it at once."""


class Connections:
    """Those that are open. For the loop of the server.

    Parameters
    ----------
    most
        How many may be open.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def admit(self, connection: Connection) -> None:
        """Take one more; if there is no room, the most useless one goes, or this one."""
        if len(self._open) >= self.most:
            silent = [each for each in self._open if each.silent_since_s is not None]
            if not silent:
                connection.drop(_FULL)
                return
            useless = min(silent, key=lambda each: (each.has_asked, each.silent_since_s))
            self._open.discard(useless)
            useless.drop()
        self._open.add(connection)

    def forget(self, connection: Connection) -> None:
        """One has ended."""
        self._open.discard(connection)

    def sweep(self, now_s: float) -> None:
        """End those that take too long."""
        for each in list(self._open):
            silent_s, stuck_s = each.silent_since_s, each.stuck_since_s
            is_slow = silent_s is not None and each.is_asking and now_s - silent_s > HEADERS_S
            if is_slow or (stuck_s is not None and now_s - stuck_s > ANSWER_S):
                self._open.discard(each)
                each.drop()


class WatchedConnection(H11Protocol):
    """A connection of the server that is counted and timed."""

    connections_of_all: Connections

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._silent_since_s = self.loop.time()
        self._stuck_since_s: float | None = None
        self._is_asking = True
        self.has_asked = False

    @property
    def silent_since_s(self) -> float | None:
        """Since when a request is waited for; None while one is being answered."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        return None if is_answering else self._silent_since_s

    @property
    def stuck_since_s(self) -> float | None:
        """Since when its reader takes nothing; None if it does, or there is nothing to take."""
        return self._stuck_since_s

    @property
    def is_asking(self) -> bool:
        """Whether it has begun to send a request, or never did anything else."""
        return self._is_asking

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place."""
        super().connection_made(transport)
        self.connections_of_all.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self.connections_of_all.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Note since when a request is being sent."""
        before = self.cycle
        if self.silent_since_s is not None and not self._is_asking:
            self._is_asking, self._silent_since_s = True, self.loop.time()
        super().data_received(data)
        if self.cycle is not before:
            self._is_asking, self.has_asked = False, True

    def on_response_complete(self) -> None:
        """Note since when the next request is waited for."""
        self._silent_since_s = self.loop.time()
        super().on_response_complete()
        if self.transport.is_closing() and self.transport.get_write_buffer_size():
            self._stuck_since_s = self._stuck_since_s or self.loop.time()

    def pause_writing(self) -> None:
        """Note since when the reader takes nothing."""
        self._stuck_since_s = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that it does again."""
        self._stuck_since_s = None
        super().resume_writing()

    def drop(self, farewell: bytes = b"") -> None:
        """End it at once."""
        if farewell:
            self.transport.write(farewell)
            self.transport.close()
        else:
            self.transport.abort()


def make_room() -> int:
    """Ask for as many open files as are allowed; give how many connections there is room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(16, min(MOST, soft - RESERVED_FILES))
