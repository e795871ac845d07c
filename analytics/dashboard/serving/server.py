"""The web server: uvicorn, told where to listen, and ended with its streams."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from ingest.fault import SettingError

END_S = 5
"""How long answers may take to end once the server is told to."""
TRUSTED_PROXIES = ["127.0.0.1", "::1"]
"""Reverse proxies whose word on who asks is taken."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """A server whose streams end when it is told to end."""

    def __init__(self, app: FastAPI, listener: socket.socket, close: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            proxy_headers=True,
            forwarded_allow_ips=TRUSTED_PROXIES,
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
        """Serve until SIGINT or SIGTERM."""
        self.run(sockets=[self._listener])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that end a program, and once ended, end well.

        The server's own way is to send itself the signal again.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
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
        listener = socket.create_server(address[:2], family=family, backlog=512)
    except (OSError, UnicodeError) as error:  # of a name with an empty label
        raise SettingError(
            f"{host}:{port}: cannot listen there ({getattr(error, 'strerror', None) or error}); "
            "choose another --host or --port"
        ) from error
    listener.setblocking(False)
    return listener
