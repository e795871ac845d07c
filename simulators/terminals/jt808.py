"""A terminal that speaks JT/T 808-2013 or 2019: bodies, frames, and a connection with answers."""

import asyncio
import contextlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Self

from ingest.gateway.jt808.fault import Fault
from ingest.gateway.jt808.framing import Frames
from ingest.gateway.jt808.header import LONGEST_BODY, read, write
from ingest.gateway.jt808.message import Message, Packet, Version

REGISTER, AUTHENTICATE, HEARTBEAT, LOGOUT = 0x0100, 0x0102, 0x0002, 0x0003
REPORT, BATCH = 0x0200, 0x0704
ACC, POSITIONED, SOUTH, WEST = 1, 2, 4, 8
AGAIN_S = 2.0
"""What has no answer for so long is sent again."""
_BEIJING = timezone(timedelta(hours=8))
_SERIALS = 1 << 16


@dataclass(frozen=True, slots=True)
class Position:
    """A fix as a terminal has it."""

    at: datetime
    longitude: float
    latitude: float
    speed_kmh: float = 0.0
    direction_deg: int = 0
    altitude_m: int = 0
    acc: bool = True
    positioned: bool = True
    alarm: int = 0
    bits: int = 0
    """Further bits of the status."""
    items: Mapping[int, bytes] = field(default_factory=dict)
    """Additional items, by id."""

    def body(self) -> bytes:
        """Write the body of 0x0200."""
        status = self.bits | (ACC if self.acc else 0) | (POSITIONED if self.positioned else 0)
        status |= (SOUTH if self.latitude < 0 else 0) | (WEST if self.longitude < 0 else 0)
        digits = self.at.astimezone(_BEIJING).strftime("%y%m%d%H%M%S")
        return struct.pack(
            ">IIIIHHH6s",
            self.alarm,
            status,
            round(abs(self.latitude) * 1e6),
            round(abs(self.longitude) * 1e6),
            self.altitude_m,
            round(self.speed_kmh * 10),
            self.direction_deg,
            bytes.fromhex(digits),
        ) + b"".join(bytes([key, len(value)]) + value for key, value in self.items.items())


def batch(positions: Sequence[Position], *, blind: bool = False) -> bytes:
    """Write the body of 0x0704."""
    bodies = [position.body() for position in positions]
    return struct.pack(">HB", len(bodies), blind) + b"".join(
        struct.pack(">H", len(body)) + body for body in bodies
    )


def registration(plate: str, version: Version, serial: str = "T000001") -> bytes:
    """Write the body of 0x0100."""
    lengths = (11, 30, 30) if version is Version.V2019 else (5, 20, 7)
    texts = (b"PCSIM", b"PC-1", serial.encode("ascii"))
    fixed = b"".join(text.ljust(n, b"\0")[:n] for text, n in zip(texts, lengths, strict=True))
    return struct.pack(">HH", 14, 213) + fixed + bytes([1]) + plate.encode("gbk")


def authentication(code: str, version: Version, imei: str = "350000000000001") -> bytes:
    """Write the body of 0x0102."""
    text = code.encode("ascii")
    if version is Version.V2013:
        return text
    return bytes([len(text)]) + text + imei.encode("ascii") + b"1.0".ljust(20, b"\0")


class Encoder:
    """Numbers the messages of one terminal, and cuts the long ones into sub-packages."""

    def __init__(self, terminal: str, version: Version = Version.V2013) -> None:
        self.terminal, self.version = terminal, version
        self.serial = 0

    def message(self, message_id: int, body: bytes = b"", piece: int = LONGEST_BODY) -> list[bytes]:
        """Write a message as one frame, or as some of at most `piece` bytes of body each."""
        if len(body) <= piece:
            return [self._frame(message_id, body, None)]
        pieces = [body[begin : begin + piece] for begin in range(0, len(body), piece)]
        return [
            self._frame(message_id, part, Packet(len(pieces), number))
            for number, part in enumerate(pieces, start=1)
        ]

    def _frame(self, message_id: int, body: bytes, packet: Packet | None) -> bytes:
        serial, self.serial = self.serial, (self.serial + 1) % _SERIALS
        return write(Message(message_id, self.terminal, serial, body, self.version, packet))


class Terminal:
    """A connection of a terminal to a gateway; a context that ends it."""

    def __init__(
        self,
        encoder: Encoder,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.encoder = encoder
        self._reader, self._writer = reader, writer
        self._frames = Frames()
        self._heard: list[Message] = []
        self._last = b""

    @classmethod
    async def connect(cls, host: str, port: int, encoder: Encoder) -> Self:
        """Open a connection."""
        return cls(encoder, *await asyncio.open_connection(host, port))

    async def introduce(self, plate: str, code: str = "") -> int:
        """Register unless there is a code, authenticate, and give the result of that."""
        if not code:
            await self.send(REGISTER, registration(plate, self.encoder.version))
            answer = await self.hear(0x8100)
            if answer.body[2]:
                return answer.body[2]
            code = answer.body[3:].decode("gbk")
        serial = await self.send(AUTHENTICATE, authentication(code, self.encoder.version))
        return await self.result_of(serial)

    async def send(self, message_id: int, body: bytes = b"", piece: int = LONGEST_BODY) -> int:
        """Send a message; give the serial number of its last frame."""
        self._last = b"".join(self.encoder.message(message_id, body, piece))
        await self.send_raw(self._last)
        return (self.encoder.serial - 1) % _SERIALS

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def result_of(self, serial: int) -> int:
        """Wait for the 0x8001 that answers a message; give its result."""
        while True:
            answer = await self.hear(0x8001)
            answered, _, result = struct.unpack(">HHB", answer.body)
            if answered == serial:
                return int(result)

    async def insist(self, serial: int, again_s: float = AGAIN_S) -> int:
        """Wait for the answer to the message sent last, and send it again as long as there is none.

        A gateway answers nothing while it has no broker, as in the first instants after its start.

        Raises
        ------
        ConnectionError
            If the connection ends before.
        """
        answer = asyncio.ensure_future(self.result_of(serial))
        try:
            while not (await asyncio.wait({answer}, timeout=again_s))[0]:
                await self.send_raw(self._last)
            return answer.result()
        finally:
            answer.cancel()

    async def hear(self, message_id: int) -> Message:
        """Wait for the next message of a kind; others are forgotten.

        Raises
        ------
        ConnectionError
            If the connection ends before.
        """
        while True:
            while self._heard:
                message = self._heard.pop(0)
                if message.id == message_id:
                    return message
            data = await self._reader.read(4096)
            if not data:
                raise ConnectionError("the gateway ended the connection")
            for frame in self._frames.feed(data):
                found = frame if isinstance(frame, Fault) else read(frame)
                if isinstance(found, Message):
                    self._heard.append(found)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it, at once."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


def beijing(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    """Give an instant by the clocks of China."""
    return datetime(year, month, day, hour, minute, second, tzinfo=_BEIJING).astimezone(UTC)
