"""Broken frames of JT/T 808, through a session of the gateway and on to the decoder."""

import random
import struct
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, NamedTuple

from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import BYTE_DAMAGES, RECEIVED_MS, decoder_of
from ingest.decoding.bounds import MAX_PAYLOAD_BYTES
from ingest.decoding.message import Message as Published
from ingest.decoding.rejection import RejectionCode
from ingest.gateway.jt808.admission import Listed, OpenGate, TerminalGate
from ingest.gateway.jt808.framing import framed
from ingest.gateway.jt808.message import Version
from ingest.gateway.jt808.session import Delivery, Session, Step
from simulators.terminals import jt808 as terminal

_NUMBER, _CODE = "861050000000001", "5f1c2d3e4a5b6c7d"
_IDS = (0x0001, 0x0002, 0x0003, 0x0100, 0x0102, 0x0200, 0x0200, 0x0704, 0x0704, 0x0801, 0xFFFF)
_AT = datetime.fromtimestamp(RECEIVED_MS / 1000 - 60, UTC)


class Stream(NamedTuple):
    """What a connection sends, where it is cut, and whether the gate is open."""

    data: bytes
    cuts: tuple[int, ...]
    is_open: bool


class Frames(Subject):
    """Whatever comes, in whatever pieces, are the same steps, and what is published is read."""

    name: ClassVar[str] = "frames"
    share: ClassVar[float] = 0.10

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._gate = TerminalGate({_NUMBER[:12]: Listed(_CODE), _NUMBER: Listed(_CODE)})
        self._decoder = decoder_of("jt808")

    def make(self, chance: random.Random) -> Stream:
        """Draw some messages, and damage bodies, headers and frames."""
        version = chance.choice(list(Version))
        number = _NUMBER if version is Version.V2019 else _NUMBER[:12]
        encoder = terminal.Encoder(number, version)
        frames = []
        if chance.random() < 0.8:
            frames += encoder.message(0x0102, terminal.authentication(_CODE, version))
        for _ in range(chance.choice((1, 1, 2, 4))):
            message_id = chance.choice(_IDS)
            body = _body(chance, message_id, version)
            while chance.random() < 0.3:
                body = chance.choice(BYTE_DAMAGES)(chance, body)[:3000]
            pieces = encoder.message(message_id, body, chance.choice((1023, 1023, 40)))
            if chance.random() < 0.1:
                chance.shuffle(pieces)
            frames += [_damaged(chance, frame) for frame in pieces]
        data = b"".join(frames)
        while chance.random() < 0.15:
            data = chance.choice(BYTE_DAMAGES)(chance, data)
        cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 1, 9))))
        return Stream(data, tuple(cuts), chance.random() < 0.3)

    def throw(self, made: object) -> bool:
        """Feed it whole and in pieces, and decode what would be published."""
        assert isinstance(made, Stream)
        steps = self._steps(made, ())
        if made.cuts and self._steps(made, made.cuts) != steps:
            raise ThroughError("pieces give other steps than the whole")
        deliveries = [step for step in steps if isinstance(step, Delivery)]
        for delivery in deliveries:
            for payload in delivery.payloads:
                if len(payload) > MAX_PAYLOAD_BYTES:
                    raise ThroughError(f"a payload is too large: {len(payload)} bytes")
                self._read(payload)
        return not any(delivery.reports for delivery in deliveries)

    def _steps(self, made: Stream, cuts: tuple[int, ...]) -> list[Step]:
        session = Session(OpenGate() if made.is_open else self._gate, Counter())
        begins = (0, *cuts)
        ends = (*cuts, len(made.data))
        return [
            step
            for begin, end in zip(begins, ends, strict=True)
            for step in session.feed(made.data[begin:end], 0.0)
        ]

    def _read(self, payload: bytes) -> None:
        pings, rejections = self._decoder.decode(Published("gateway/jt808", payload, RECEIVED_MS))
        if not pings and not rejections:
            raise ThroughError("what was published vanishes")
        if any(each.code is RejectionCode.DIALECT_FAILED for each in rejections):
            raise ThroughError("the dialect breaks down")


def _body(chance: random.Random, message_id: int, version: Version) -> bytes:
    if message_id == terminal.REGISTER:
        return terminal.registration(chance.choice(("晋BQ0384", "", "A12345")), version)
    if message_id == terminal.AUTHENTICATE:
        return terminal.authentication(chance.choice((_CODE, "guess")), version)
    if message_id == terminal.REPORT:
        return _position(chance).body()
    if message_id == terminal.BATCH:
        reports = [_position(chance) for _ in range(chance.choice((1, 2, 3, 3, 3, 20)))]
        return terminal.batch(reports, blind=chance.random() < 0.5)
    return chance.randbytes(chance.choice((0, 5, 100)))


def _position(chance: random.Random) -> terminal.Position:
    items = {
        chance.choice((0x01, 0x25, 0x2A, 0x2B, 0x30, 0x31, 0xE1)): chance.randbytes(
            chance.choice((0, 1, 2, 4, 4, 60))
        )
        for _ in range(chance.choice((0, 0, 2)))
    }
    return terminal.Position(
        _AT,
        chance.choice((113.3, -113.3, 0.0, 200.0)),
        chance.choice((40.08, 40.08, -40.08, 0.0)),
        chance.choice((0.0, 18.0, 6553.5)),
        chance.choice((0, 90, 360, 65535)),
        positioned=chance.random() < 0.9,
        items=items,
    )


def _damaged(chance: random.Random, frame: bytes) -> bytes:
    """Leave it, damage its header under a sound checksum, or damage its bytes."""
    roll = chance.random()
    if roll < 0.6:
        return frame
    if roll < 0.8:
        content = bytearray(frame[1:-2].replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d"))
        at = chance.randrange(min(len(content), 21))
        content[at : at + 2] = struct.pack(">H", chance.choice((0, 1, 0x2001, 0x4001, 0xFFFF)))
        return framed(bytes(content))
    return chance.choice(BYTE_DAMAGES)(chance, frame)
