"""Many publishers in one thread, each with a window of messages that are not acknowledged yet.

They cost so little that on two cores the broker is measured and not they: packets are joined, and
acknowledgements compared with what they must be in one go.
"""

import contextlib
import select
import socket
import struct
import time
from typing import Self

from benchmarks.ingest.raw_client import connect_packet
from ingest.broker.address import BrokerAddress
from ingest.decoding.wire import topic_of

_IDS = 65_535
_PUBLISH_QOS_1 = 0x32
_ID = [struct.pack(">H", number % _IDS + 1) for number in range(_IDS)]
_PUBACKS = b"".join(b"\x40\x02" + each for each in _ID) * 2
_PUBACK_BYTES = 4
_CONNACK = b"\x20\x02\x00\x00"
_PATIENCE_S = 60.0
_PING = (
    b'{"event_time":"2022-03-28T07:03:10.%07dZ","longitude":113.3012345,"latitude":40.0921234,'
    b'"speed_mps":2.4,"heading_deg":271.5,"accuracy_m":4.2,"of":%05d}'
)
"""150 bytes, as a tracker sends them; whose and which can be read from them again."""


class Crowd:
    """Connections to a broker; a context.

    Each sends messages in order and again, after `reconnect`, those that were not acknowledged. As
    a broker acknowledges in order, too, a number says all of a connection.

    Parameters
    ----------
    connections
        How many publish at once.
    window
        How many messages each has on their way at most.

    Raises
    ------
    OSError
        If the broker does not take a connection.
    """

    def __init__(self, broker: BrokerAddress, connections: int, window: int) -> None:
        self._broker, self._window = broker, window
        self._publishers = [_Publisher(number, window) for number in range(connections)]
        self._poll = select.epoll()
        self._by_file: dict[int, _Publisher] = {}

    def __enter__(self) -> Self:
        """Connect all."""
        self.reconnect()
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections without a word."""
        self._close()
        self._poll.close()

    @property
    def acknowledged(self) -> int:
        """How many messages the broker has promised to keep."""
        return sum(each.acknowledged for each in self._publishers)

    def promised(self) -> set[tuple[int, int]]:
        """Give connection and number of all messages that were acknowledged."""
        return {
            (each.number, place) for each in self._publishers for place in range(each.acknowledged)
        }

    def reconnect(self) -> None:
        """Connect all, for the first time or again."""
        self._close()
        for each in self._publishers:
            each.connect(self._broker)
            self._by_file[each.socket.fileno()] = each
            self._poll.register(each.socket, select.EPOLLIN)

    def publish(self, seconds: float, most: int | None = None) -> int:
        """Publish for some seconds, or until `most` were acknowledged since; give how many were.

        Raises
        ------
        OSError
            If the broker ends a connection.
        ValueError
            If it acknowledges something else than is due.
        """
        before, now_s = self.acknowledged, time.monotonic()
        end_s, came = now_s + seconds, 0
        for each in self._publishers:
            each.fill()
        while time.monotonic() < end_s and (most is None or came < most):
            for file, _ in self._poll.poll(0.05):
                came += self._by_file[file].read()
                self._by_file[file].fill()
        return self.acknowledged - before

    def settle(self) -> None:
        """Send nothing more, and wait until all that is on its way is acknowledged.

        Raises
        ------
        OSError
            If the broker ends a connection, or says nothing for a minute.
        """
        while any(each.sent > each.acknowledged for each in self._publishers):
            told = self._poll.poll(_PATIENCE_S)
            if not told:
                raise TimeoutError(f"no acknowledgement for {_PATIENCE_S:g} s")
            for file, _ in told:
                self._by_file[file].read()

    def read_rest(self) -> None:
        """Read what a broker had sent before it ended."""
        for each in self._publishers:
            with contextlib.suppress(OSError):
                while each.read():
                    pass

    def _close(self) -> None:
        for file, each in self._by_file.items():
            self._poll.unregister(file)
            each.socket.close()
        self._by_file.clear()


def read_ping(payload: bytes) -> tuple[int, int]:
    """Give connection and number of a message."""
    return int(payload[-6:-1]), int(payload[35:42])


class _Publisher:
    """One connection: how many of its messages were sent, and how many acknowledged."""

    def __init__(self, number: int, window: int) -> None:
        self.number, self._window = number, window
        self.sent = self.acknowledged = 0
        self._torn = b""
        topic = topic_of(f"T{number:05d}").encode()
        rest = struct.pack(">H", len(topic)) + topic
        size = len(rest) + 2 + len(_PING % (0, number))
        self._head = bytes([_PUBLISH_QOS_1, size % 128 | 128, size // 128]) + rest
        self.socket: socket.socket
        """There is one after `connect`."""

    def connect(self, broker: BrokerAddress) -> None:
        """Open the connection; what was not acknowledged goes out again."""
        self.socket = socket.create_connection((broker.host, broker.port), _PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(connect_packet(f"crowd-{self.number}"))
        answer = self.socket.recv(4)
        if answer != _CONNACK:
            raise ConnectionRefusedError(f"the broker answered {answer!r} to CONNECT")
        self.sent, self._torn = self.acknowledged, b""

    def fill(self) -> None:
        """Send as many messages as the window has room for."""
        until = self.acknowledged + self._window
        if until > self.sent:
            head, own = self._head, self.number
            self.socket.sendall(
                b"".join([head + _ID[n % _IDS] + _PING % (n, own) for n in range(self.sent, until)])
            )
            self.sent = until

    def read(self) -> int:
        """Read acknowledgements; give how many."""
        data = self.socket.recv(65_536)
        if not data:
            raise ConnectionResetError("the broker closed the connection")
        data = self._torn + data
        count, torn = divmod(len(data), _PUBACK_BYTES)
        at = self.acknowledged % _IDS * _PUBACK_BYTES
        if data != _PUBACKS[at : at + len(data)] or self.acknowledged + count > self.sent:
            raise ValueError(f"the broker sent {data[:40]!r} where PUBACKs in order are due")
        self._torn = data[len(data) - torn :]
        self.acknowledged += count
        return count
