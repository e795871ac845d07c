"""A TCP proxy between ingest and its broker: counts acknowledgements, cuts, stalls and delays."""

import contextlib
import socket
import threading
import time
from typing import Self

from ingest.broker.address import BrokerAddress

HOST = "127.0.0.1"
_CHUNK = 65_536
_PUBACK = 4


class PacketCounter:
    """Counts MQTT packets by kind in a stream that is cut anywhere."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(range(16), 0)
        self._skip = 0
        self._header = b""

    def feed(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                continue
            self._header += data[at : at + 1]
            at += 1
            if len(self._header) > 1 and self._header[-1] < 0x80:
                self.counts[self._header[0] >> 4] += 1
                self._skip = sum(
                    (byte & 0x7F) << 7 * place for place, byte in enumerate(self._header[1:])
                )
                self._header = b""


class Tap:
    """Listens on a free port and passes on to a broker; a context."""

    def __init__(self, broker: BrokerAddress) -> None:
        self._broker = broker
        self._listener = socket.create_server((HOST, 0))
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._counters: list[PacketCounter] = []
        self.delay_s = 0.0
        """How long every piece is held back."""
        self.accepted_s: list[float] = []
        """When connections came, on the monotonic clock."""

    @property
    def address(self) -> BrokerAddress:
        """Where it listens."""
        return BrokerAddress(HOST, self._listener.getsockname()[1])

    @property
    def acknowledged(self) -> int:
        """How many PUBACKs have come from the client."""
        return sum(counter.counts[_PUBACK] for counter in list(self._counters))

    def __enter__(self) -> Self:
        """Begin to listen."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End all."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._flowing.set()

    def cut(self) -> None:
        """End all connections; new ones are taken."""
        with self._guard:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def stall(self) -> None:
        """Pass nothing on, but leave connections open, and take new ones that hear nothing."""
        self._flowing.clear()

    def flow(self) -> None:
        """End a stall; what was connected meanwhile is cut, as a device that restarts would."""
        self.cut()
        self._flowing.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted_s.append(time.monotonic())
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            with self._guard:
                self._open.add(client)
            try:
                server = socket.create_connection((self._broker.host, self._broker.port), 5)
            except OSError:
                return
            server.settimeout(None)
            with server:
                with self._guard:
                    self._open.add(server)
                counter = PacketCounter()
                self._counters.append(counter)
                down = threading.Thread(target=self._pump, args=(server, client, None), daemon=True)
                down.start()
                self._pump(client, server, counter)
                down.join()
                with self._guard:
                    self._open -= {client, server}

    def _pump(
        self, source: socket.socket, target: socket.socket, counter: PacketCounter | None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flowing.wait()
                if self.delay_s:
                    time.sleep(self.delay_s)
                if counter is not None:
                    counter.feed(data)
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
