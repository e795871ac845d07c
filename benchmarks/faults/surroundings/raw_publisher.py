"""A publisher that costs little: MQTT 3.1.1 packets of QoS 1 on a socket, acknowledgements counted.

paho's publisher takes more of a core than the broker it feeds, and on two cores that would be
measured instead of ingest.
"""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable
from typing import Self

from ingest.broker.address import BrokerAddress

_PUBLISH_QOS_1, _RETAIN, _PUBACK, _CONNACK = 0x32, 0x01, 0x40, 0x20
_MOST_IDS = 65_535
_CHUNK = 500
"""Packets that are joined into one call of the system."""
_POLL_S, _RECONNECT_S, _CONNECT_S, _STUCK_S = 0.2, 0.05, 5.0, 60.0
_ID = [struct.pack(">H", number) for number in range(_MOST_IDS + 1)]


class RawPublisher:
    """Publishes in a thread of its own until closed; a context.

    When the connection ends it opens another and sends again what was not acknowledged, as a truck
    would. So `acknowledged` is exactly what the broker has promised to keep.

    Parameters
    ----------
    window
        Messages on their way at most.
    """

    def __init__(self, broker: BrokerAddress, client_id: str, window: int = 1000) -> None:
        self._broker, self._client_id, self._window = broker, client_id, window
        self._messages: list[tuple[bytes, bytes]] = []
        self._unsent: list[int] = []
        self._next = 0
        self._in_flight: dict[int, int] = {}
        self._last_id = 0
        self._received = b""
        self._changed = threading.Condition()
        self._closing = False
        self.acknowledged: set[int] = set()
        """Numbers, in order of `send`, of the messages that were acknowledged."""
        self.connections = 0
        self.refusal = ""
        """Why the last attempt to connect failed."""
        self._wake_from, self._wake_to = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="raw-publisher", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, whatever is on its way."""
        self._closing = True
        self._wake_to.send(b"!")
        self._thread.join()
        self._wake_from.close()
        self._wake_to.close()

    @property
    def sent(self) -> int:
        """Number of messages given to `send`."""
        return len(self._messages)

    def send(self, topic: str, payloads: Iterable[bytes], *, retain: bool = False) -> None:
        """Hand over messages; they go out as the window allows."""
        name = topic.encode()
        first = bytes([_PUBLISH_QOS_1 | (_RETAIN if retain else 0)])
        rest = struct.pack(">H", len(name)) + name
        made = [
            (first + _length(len(rest) + 2 + len(payload)) + rest, payload) for payload in payloads
        ]
        with self._changed:
            self._messages += made
        self._wake_to.send(b"!")

    def settle(self, timeout_s: float) -> bool:
        """Wait until all is acknowledged; False if it is not in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: len(self.acknowledged) == len(self._messages), timeout_s
            )

    # --- thread

    def _run(self) -> None:
        while not self._closing:
            try:
                with contextlib.closing(self._connect()) as connection:
                    self.connections += 1
                    self.refusal = ""
                    self._exchange(connection)
            except (OSError, ValueError) as error:
                self.refusal = str(error)
                # a broker that is away answers at once: do not spin
                time.sleep(_RECONNECT_S)

    def _connect(self) -> socket.socket:
        connection = socket.create_connection((self._broker.host, self._broker.port), _CONNECT_S)
        try:
            connection.sendall(connect_packet(self._client_id))
            answer = connection.recv(4)
            if len(answer) != 4 or answer[0] != _CONNACK or answer[3] != 0:
                raise ConnectionRefusedError(f"the broker answered {answer!r} to CONNECT")
        except BaseException:
            connection.close()
            raise
        # a broker that syncs to disk may not read on for a while
        connection.settimeout(_STUCK_S)
        # what was on its way when the last connection ended goes first, in order
        self._unsent = sorted(set(self._in_flight.values()))
        self._in_flight, self._received = {}, b""
        return connection

    def _exchange(self, connection: socket.socket) -> None:
        while not self._closing:
            while packets := self._take():
                connection.sendall(b"".join(packets))
                self._read(connection, 0)
            self._read(connection, _POLL_S)

    def _take(self) -> list[bytes]:
        """Give the next packets that the window has room for, in pieces."""
        room = min(self._window - len(self._in_flight), _CHUNK)
        if room <= 0:
            return []
        numbers, self._unsent = self._unsent[:room], self._unsent[room:]
        until = min(self._next + room - len(numbers), len(self._messages))
        numbers += range(self._next, until)
        self._next = until
        pieces: list[bytes] = []
        for number in numbers:
            packet_id = self._last_id % _MOST_IDS + 1
            while packet_id in self._in_flight:
                packet_id = packet_id % _MOST_IDS + 1
            self._last_id = packet_id
            self._in_flight[packet_id] = number
            head, payload = self._messages[number]
            pieces += (head, _ID[packet_id], payload)
        return pieces

    def _read(self, connection: socket.socket, wait_s: float) -> None:
        readable, _, _ = select.select([connection, self._wake_from], [], [], wait_s)
        if self._wake_from in readable:
            self._wake_from.recv(4096)
        if connection not in readable:
            return
        data = connection.recv(65_536)
        if not data:
            raise ConnectionResetError("the broker closed the connection")
        self._received += data
        whole = len(self._received) // 4 * 4
        with self._changed:
            for at in range(0, whole, 4):
                kind, _, packet_id = struct.unpack_from(">BBH", self._received, at)
                if kind != _PUBACK:
                    raise ValueError(f"a packet of kind {kind:#x} where only PUBACK is expected")
                number = self._in_flight.pop(packet_id, None)
                if number is not None:
                    self.acknowledged.add(number)
            self._changed.notify_all()
        self._received = self._received[whole:]


def connect_packet(client_id: str) -> bytes:
    """Write a CONNECT of MQTT 3.1.1 for a clean session without keep-alive."""
    name = client_id.encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack(">H", len(name)) + name
    return b"\x10" + _length(len(body)) + body


def _length(size: int) -> bytes:
    written = bytearray()
    while True:
        size, low = divmod(size, 128)
        written.append(low | (0x80 if size else 0))
        if not size:
            return bytes(written)
