"""An MQTT 3.1.1 client that sends whatever it is told, sound or not, and waits for the answer."""

import contextlib
import socket
import ssl
import struct
from typing import Self

_CONNACK, _PUBLISH, _PUBACK, _PUBREC, _PUBREL, _PUBCOMP = 0x2, 0x3, 0x4, 0x5, 0x6, 0x7
_SUBSCRIBE, _SUBACK, _PINGREQ, _PINGRESP = 0x8, 0x9, 0xC, 0xD
_TIMEOUT_S = 15.0
_KEEP_ALIVE_S = 300
REFUSED = 0x80
"""What SUBACK says of a subscription that is refused."""


class RawClient:
    """A connection; it exists only if the broker took it.

    Raises
    ------
    OSError
        If TLS fails or the broker refuses the client.
    """

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        client_id: str,
        login: tuple[str, str | None] | None = None,
        *,
        clean: bool = True,
    ) -> None:
        self.delivered: list[bytes] = []
        """Bodies of the PUBLISH packets that came."""
        self._packet_id = 0
        plain = socket.create_connection(address, _TIMEOUT_S)
        try:
            self._socket = context.wrap_socket(plain, server_hostname=address[0])
        except BaseException:
            plain.close()
            raise
        try:
            self._socket.sendall(connect_packet(client_id, login, clean=clean))
            kind, body = self._read()
            if kind != _CONNACK or body[1] != 0:
                raise ConnectionRefusedError(f"CONNACK {body.hex()}")
        except BaseException:
            self._socket.close()
            raise
        self.session_present = bool(body[0])

    def __enter__(self) -> Self:
        """Nothing is left to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the socket without a word."""
        self._socket.close()

    def publish(self, topic: bytes, payload: bytes, qos: int, *, retain: bool = False) -> bool:
        """Publish; True once the broker has taken it as MQTT has it, False if it hung up."""
        self._packet_id = self._packet_id % 65_535 + 1
        packet_id = struct.pack(">H", self._packet_id)
        head = _PUBLISH << 4 | qos << 1 | retain
        body = struct.pack(">H", len(topic)) + topic + (packet_id if qos else b"") + payload
        with contextlib.suppress(OSError):
            self._send(head, body)
            if qos == 0:
                self.ping()
            elif qos == 1:
                self._await(_PUBACK)
            else:
                self._await(_PUBREC)
                self._send(_PUBREL << 4 | 2, packet_id)
                self._await(_PUBCOMP)
            return True
        return False

    def subscribe(self, topic_filter: str, qos: int) -> int:
        """Subscribe and give the return code; that of a refusal if the broker hangs up."""
        self._packet_id = self._packet_id % 65_535 + 1
        name = topic_filter.encode()
        body = struct.pack(">HH", self._packet_id, len(name)) + name + bytes([qos])
        with contextlib.suppress(OSError):
            self._send(_SUBSCRIBE << 4 | 2, body)
            return self._await(_SUBACK)[2]
        return REFUSED

    def ping(self) -> None:
        """Ask for an answer: what was sent before has been read then."""
        self._send(_PINGREQ << 4, b"")
        self._await(_PINGRESP)

    def _await(self, wanted: int) -> bytes:
        while True:
            kind, body = self._read()
            if kind == wanted:
                return body
            if kind == _PUBLISH:
                self.delivered.append(body)

    def _send(self, head: int, body: bytes) -> None:
        self._socket.sendall(bytes([head]) + _length(len(body)) + body)

    def _read(self) -> tuple[int, bytes]:
        head = self._exactly(1)[0]
        size = shift = 0
        while True:
            byte = self._exactly(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return head >> 4, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise ConnectionResetError("the broker hung up")
            data += more
        return data


def connect_packet(
    client_id: str, login: tuple[str, str | None] | None = None, *, clean: bool = True
) -> bytes:
    """Write a CONNECT of MQTT 3.1.1; nothing need be said for 300 s, the most that is allowed."""
    flags, fields = 0x02 if clean else 0, [client_id]
    if login is not None:
        user, password = login
        flags |= 0x80 if password is None else 0xC0
        fields += [user] if password is None else [user, password]
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + struct.pack(">H", _KEEP_ALIVE_S)
    for field in fields:
        body += struct.pack(">H", len(field.encode())) + field.encode()
    return b"\x10" + _length(len(body)) + body


def _length(size: int) -> bytes:
    written = bytearray()
    while True:
        size, low = divmod(size, 128)
        written.append(low | (0x80 if size else 0))
        if not size:
            return bytes(written)
