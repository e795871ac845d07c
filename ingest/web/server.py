"""The web server: uvicorn, told where to listen, and ended with its streams."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from ingest.fault import SettingError
from ingest.stop_signal import stop_signals
from ingest.web.connections import (
    AT_ONCE,
    Connections,
    WatchedConnection,
    make_room,
)

END_S = 5
"""How long answers may take to end once the server is told to."""
IN_LINE = 1_024
"""How many connections Linux keeps until they are accepted."""
TRUSTED_PROXIES = ["127.0.0.1", "::1"]
"""Reverse proxies whose word on who asks is taken, if none are named."""


class Server(uvicorn.Server):
    """A server whose streams end when it is told to end.

    Parameters
    ----------
    proxies
        Addresses and networks of reverse proxies whose word on who asks is taken.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        close: Callable[[], None],
        proxies: Sequence[str] = TRUSTED_PROXIES,
    ) -> None:
        self.open_connections = Connections(make_room())
        of_mine = {"connections_of_all": self.open_connections}
        config = uvicorn.Config(
            app,
            backlog=AT_ONCE,
            http=type("Watched", (WatchedConnection,), of_mine),
            proxy_headers=True,
            forwarded_allow_ips=list(proxies),
            timeout_graceful_shutdown=END_S,
            timeout_keep_alive=75,
            server_header=False,
            date_header=True,
            access_log=False,
            log_level="warning",
            lifespan="off",
            h11_max_incomplete_event_size=32 * 1024,
        )
        super().__init__(config)
        self._listener = listener
        self._close = close

    def serve_until_told(self) -> None:
        """Serve until SIGINT, SIGTERM or SIGHUP."""
        self.run(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        self._listener.listen(IN_LINE)  # that of asyncio is also how many it accepts at once

    async def on_tick(self, counter: int) -> bool:
        """Once a second, end connections that take too long."""
        if counter % 10 == 0:
            self.open_connections.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that end a program, and once ended, end well.

        The server's own way is to send itself the signal again.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in stop_signals()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def end(self) -> None:
        """End, as if told to by a signal; from any thread."""
        self.handle_exit(signal.SIGTERM, None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End: first the streams, then the rest."""
        self._close()
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address.

    Raises
    ------
    SettingError
        If that cannot be done.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=IN_LINE)
    except (OSError, UnicodeError) as error:  # of a name with an empty label
        raise SettingError(
            f"{host}:{port}: cannot listen there ({getattr(error, 'strerror', None) or error}); "
            "choose another --host or --port"
        ) from error
    listener.setblocking(False)
    # its connections have it from the listener; asyncio sets it for sockets that it made alone, and
    # without it the body of an answer waits until the client has acknowledged the head, by 40 ms
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
