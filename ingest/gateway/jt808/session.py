"""One connection: what a terminal sends → what to publish, and what to answer once it is safe.

It has no socket and no clock. A report is answered by 0x8001 only after the broker has acknowledged
what was published of it; what is not answered, the terminal sends again.
"""

import json
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.gateway.jt808 import location
from ingest.gateway.jt808.admission import (
    Gate,
    Registered,
    read_authentication,
    read_registration,
)
from ingest.gateway.jt808.fault import Fault, FaultCode
from ingest.gateway.jt808.framing import Frames
from ingest.gateway.jt808.header import read, write
from ingest.gateway.jt808.message import Message
from ingest.gateway.jt808.packets import Packets, Whole

DONE, FAILED, UNREADABLE, UNSUPPORTED = 0, 1, 2, 3
"""Results of 0x8001."""
MOST_FAULTS = 100
"""Faulty frames of a connection without a sound one between, after which it is ended."""
MOST_ATTEMPTS = 5
"""Codes that a connection may get wrong."""
REPORTS_AT_ONCE = 200
"""Of a batch, in one message to the broker: ingest takes 1,000, and 256 KiB."""
_ANSWER, _REGISTERED = 0x8001, 0x8100
_REGISTER, _AUTHENTICATE = 0x0100, 0x0102
_SERIALS = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes to send at once."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """Payloads for the broker, and the bytes to send once it has acknowledged them all."""

    payloads: Sequence[bytes]
    answer: bytes
    """Empty if there is nobody to be answered."""
    key: tuple[int, int, int]
    """Id and serial number, and a hash of the body: the same again is a repetition."""
    reports: int


@dataclass(frozen=True, slots=True)
class End:
    """The connection is to be ended."""

    reason: str


Step = Answer | Delivery | End


class Session:
    """What one connection has said so far.

    Parameters
    ----------
    counts
        Where to count, by name: messages by what became of them, faults by code.
    tell
        Hears what is worth telling of a terminal, and its number.
    """

    def __init__(
        self,
        gate: Gate,
        counts: Counter[str],
        tell: Callable[[str, str], None] = lambda _what, _terminal: None,
    ) -> None:
        self._gate, self._counts, self._tell = gate, counts, tell
        self._frames, self._packets = Frames(), Packets()
        self._serial = 0
        self._faults = self._attempts = 0
        self._is_over = False
        self.terminal = ""
        """Who has said its code; empty as long as nobody has."""

    @property
    def is_amid(self) -> bool:
        """Whether a frame was begun and not ended."""
        return self._frames.is_amid

    @property
    def ended(self) -> int:
        """How many frames have ended."""
        return self._frames.ended

    @property
    def is_known(self) -> bool:
        """Whether it has been let in."""
        return bool(self.terminal)

    def feed(self, data: bytes, now_s: float) -> list[Step]:
        """Take the next bytes of the connection; it never raises.

        `now_s` is any clock that only goes forward.
        """
        steps: list[Step] = []
        if self._is_over:
            return steps
        for frame in self._frames.feed(data):
            found = frame if isinstance(frame, Fault) else read(frame)
            if isinstance(found, Message):
                steps += self._collect(found, now_s)
            else:
                steps += self._refuse(found)
            if steps and isinstance(steps[-1], End):
                self._is_over = True
                break
        return steps

    # --- messages

    def _collect(self, message: Message, now_s: float) -> list[Step]:
        """Take a message, or a part of one; what nobody has vouched for is short, or not kept."""
        if message.packet is not None and not (self.terminal or self._gate.is_open):
            self._counts["before authentication"] += 1
            return []
        found = self._packets.add(message, now_s)
        for dropped in self._packets.drop_stale(now_s):
            self._counts[f"fault {dropped.code}"] += 1
        if isinstance(found, Whole):
            self._faults = 0
            return self._take(found)
        return [] if found is None else self._refuse(found)

    def _take(self, whole: Whole) -> list[Step]:
        message = whole.message
        if message.id == _REGISTER:
            return self._register(message)
        if message.id == _AUTHENTICATE:
            return self._authenticate(message)
        if self._gate.is_open and not self.terminal:
            self.terminal = message.terminal
        if not self.terminal:
            # without an answer it is sent again once the terminal has said its code
            self._counts["before authentication"] += 1
            return []
        if message.terminal != self.terminal and not self._gate.is_open:
            self._counts["another terminal"] += 1
            return [self._answer(whole, FAILED)]
        return self._hear(whole)

    def _hear(self, whole: Whole) -> list[Step]:
        """Take what somebody says who is let in."""
        match whole.message.id:
            case location.REPORT:
                return [self._report(whole)]
            case location.BATCH:
                return [self._batch(whole)]
            case 0x0001:  # an answer, which is not answered
                return []
            case 0x0002:
                self._counts["heartbeat"] += 1
            case 0x0003:
                self._counts["logout"] += 1
                self.terminal = ""
            case _:
                self._counts["not supported"] += 1
                return [self._answer(whole, UNSUPPORTED)]
        return [self._answer(whole, DONE)]

    def _register(self, message: Message) -> list[Step]:
        said = read_registration(message.body, message.version)
        if isinstance(said, FaultCode):
            return self._refuse(Fault(said, message.body, message))
        result, code = self._gate.register(message.terminal)
        self._counts["registered" if result is Registered.DONE else "not registered"] += 1
        if result is not Registered.DONE:
            self._tell("it may not register", message.terminal)
        body = struct.pack(">HB", message.serial, result) + code.encode("gbk")
        return [Answer(self._write(message, _REGISTERED, body))]

    def _authenticate(self, message: Message) -> list[Step]:
        said = read_authentication(message.body, message.version)
        if isinstance(said, FaultCode):
            return self._refuse(Fault(said, message.body, message))
        if self._gate.knows(message.terminal, said.code):
            self.terminal = message.terminal
            self._counts["authenticated"] += 1
            return [Answer(self._general(message, message.serial, DONE))]
        self.terminal = ""
        self._attempts += 1
        self._counts["wrong code"] += 1
        self._tell("its code is wrong", message.terminal)
        steps: list[Step] = [Answer(self._general(message, message.serial, FAILED))]
        if self._attempts >= MOST_ATTEMPTS:
            steps.append(End("it does not know its code"))
        return steps

    def _report(self, whole: Whole) -> Delivery:
        message = whole.message
        report = location.report_of(message.body)
        if isinstance(report, FaultCode):
            self._counts[f"fault {report}"] += 1
            return self._deliver(whole, [_evidence(report, message.body, message)], UNREADABLE)
        return self._deliver(whole, [_named(report, message)], DONE)

    def _batch(self, whole: Whole) -> Delivery:
        message = whole.message
        reports = location.batch_of(message.body)
        if isinstance(reports, FaultCode):
            self._counts[f"fault {reports}"] += 1
            return self._deliver(whole, [_evidence(reports, message.body, message)], UNREADABLE)
        contents = []
        for report in reports:
            if isinstance(report, tuple):
                self._counts[f"fault {report[0]}"] += 1
                contents.append(_evidence(*report, message))
            else:
                contents.append(_named(report, message))
        return self._deliver(whole, contents, DONE)

    def _deliver(self, whole: Whole, contents: list[dict[str, Any]], result: int) -> Delivery:
        message = whole.message
        payloads = [
            _json(contents[begin : begin + REPORTS_AT_ONCE] if len(contents) > 1 else contents[0])
            for begin in range(0, len(contents), REPORTS_AT_ONCE)
        ]
        key = (message.id, message.serial, hash(message.body))
        return Delivery(payloads, self._generals(whole, result), key, len(contents))

    # --- faults

    def _refuse(self, found: Fault) -> list[Step]:
        """Count it; of whom we know it is evidence, of others it would fill the quarantine."""
        self._counts[f"fault {found.code}"] += 1
        self._faults += 1
        message = found.message
        if self._faults >= MOST_FAULTS:
            return [End("too many faulty frames")]
        if not self.terminal or (message is not None and message.terminal != self.terminal):
            return []
        payload = _json(_evidence(found.code, found.evidence, message, self.terminal))
        key = (-1, self._faults, hash(found.evidence))
        answer = b"" if message is None else self._general(message, message.serial, UNREADABLE)
        return [Delivery([payload], answer, key, 0)]

    # --- answers

    def _answer(self, whole: Whole, result: int) -> Answer:
        return Answer(self._generals(whole, result))

    def _generals(self, whole: Whole, result: int) -> bytes:
        return b"".join(self._general(whole.message, each, result) for each in whole.serials)

    def _general(self, message: Message, serial: int, result: int) -> bytes:
        return self._write(message, _ANSWER, struct.pack(">HHB", serial, message.id, result))

    def _write(self, message: Message, message_id: int, body: bytes) -> bytes:
        serial, self._serial = self._serial, (self._serial + 1) % _SERIALS
        return write(Message(message_id, message.terminal, serial, body, message.version))


def _named(report: dict[str, Any], message: Message) -> dict[str, Any]:
    return {
        "msgid": location.REPORT,
        "terminal": message.terminal,
        "version": int(message.version),
        "serial": message.serial,
        **report,
    }


def _evidence(
    code: FaultCode, evidence: bytes, message: Message | None, terminal: str = ""
) -> dict[str, Any]:
    """Make what ingest quarantines."""
    told: dict[str, Any] = {"terminal": message.terminal if message else terminal}
    if message is not None:
        told |= {"msgid": message.id, "version": int(message.version), "serial": message.serial}
    return {**told, "fault": code.value, "bytes": evidence[:1024].hex()}


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode("ascii")
