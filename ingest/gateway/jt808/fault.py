"""What can be wrong with a frame: a code, and the bytes that prove it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ingest.gateway.jt808.message import Message

LONGEST_EVIDENCE = 1024
"""Bytes of a faulty frame that are kept."""


class FaultCode(StrEnum):
    """A reason why bytes are no message; ``meaning`` says what it is."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make the member `code` with its documentation."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    TORN = "torn", "There are fewer bytes between two marks than a header has."
    TOO_LONG = "too_long", "There is no mark (0x7e) after more bytes than a frame can have."
    BAD_ESCAPE = "bad_escape", "0x7d is followed by neither 0x01 nor 0x02."
    WRONG_CHECKSUM = "wrong_checksum", "The bytes of the frame do not XOR to its checksum."
    UNKNOWN_VERSION = (
        "unknown_version",
        "The header says that it names its version, and it is another than 1 (2019).",
    )
    BAD_TERMINAL = "bad_terminal", "The terminal's number is not in decimal digits (BCD)."
    WRONG_LENGTH = "wrong_length", "The body is not as long as the header says."
    ENCRYPTED = "encrypted", "The body is encrypted, and there is no key."
    BAD_PACKET = (
        "bad_packet",
        "The number of a sub-package is 0 or beyond their total, or the whole would be too long.",
    )
    PACKETS_MISSING = (
        "packets_missing",
        "Other sub-packages of a message did not come in time, or too many messages are begun.",
    )
    BAD_BODY = "bad_body", "The body is shorter than its fields, or counts what it does not hold."


@dataclass(frozen=True, slots=True)
class Fault:
    """Bytes that are no message, or a message that cannot be read."""

    code: FaultCode
    evidence: bytes
    """What was sent, at most its first KiB."""
    message: Message | None = None
    """Whose header could be read."""


def fault(code: FaultCode, evidence: bytes, message: Message | None = None) -> Fault:
    """Make a fault, clipped to what is worth keeping."""
    return Fault(code, bytes(evidence[:LONGEST_EVIDENCE]), message)
