"""A stream of bytes ↔ what stands between two marks, without escapes: JT/T 808-2019, 4.4.

A mark is 0x7e; within a frame 0x7e is written 0x7d 0x02, and 0x7d is 0x7d 0x01. The last byte is
the XOR of all before it.
"""

from ingest.gateway.jt808.fault import Fault, FaultCode, fault

MARK = b"\x7e"
_ESCAPE, _ESCAPED_ESCAPE, _ESCAPED_MARK = b"\x7d", b"\x7d\x01", b"\x7d\x02"
LONGEST_FRAME = 2 * (21 + 1023 + 1)
"""Bytes between two marks: header, body and checksum, each byte of them escaped."""


class Frames:
    """Cuts what a connection sends into frames; keeps at most one frame's bytes."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._skips = False
        self.ended = 0
        """How many frames have come to their end, sound or not."""

    @property
    def is_amid(self) -> bool:
        """Whether a frame was begun and not ended."""
        return bool(self._kept) or self._skips

    def feed(self, data: bytes) -> list[bytes | Fault]:
        """Take the next bytes; give what they complete, unescaped, the checksum at its end.

        Two marks in a row, or one between two frames, are the same; so any pieces of a stream give
        the same frames.
        """
        found: list[bytes | Fault] = []
        first, *others = data.split(MARK)
        self._keep(first, found)
        for piece in others:
            if self._kept:
                found.append(unescaped(bytes(self._kept)))
                self._kept.clear()
                self.ended += 1
            self._skips = False
            self._keep(piece, found)
        return found

    def _keep(self, piece: bytes, found: list[bytes | Fault]) -> None:
        if self._skips:
            return
        self._kept += piece
        if len(self._kept) > LONGEST_FRAME:
            found.append(fault(FaultCode.TOO_LONG, bytes(self._kept)))
            self._kept.clear()
            self._skips = True


def unescaped(piece: bytes) -> bytes | Fault:
    """Undo the escapes, and check the checksum."""
    escapes = piece.count(_ESCAPE)
    if escapes:
        if escapes != piece.count(_ESCAPED_ESCAPE) + piece.count(_ESCAPED_MARK):
            return fault(FaultCode.BAD_ESCAPE, piece)
        content = piece.replace(_ESCAPED_MARK, MARK).replace(_ESCAPED_ESCAPE, _ESCAPE)
    else:
        content = piece
    if len(content) > 1 and checksum(content):
        return fault(FaultCode.WRONG_CHECKSUM, content)
    return content


def framed(content: bytes) -> bytes:
    """Add the checksum, escape, and put marks around."""
    whole = content + bytes([checksum(content)])
    return MARK + whole.replace(_ESCAPE, _ESCAPED_ESCAPE).replace(MARK, _ESCAPED_MARK) + MARK


def checksum(content: bytes) -> int:
    """XOR all bytes; 0 of a content that ends with its checksum."""
    folded, size = int.from_bytes(content), len(content)
    while size > 1:  # one half upon the other: bytes one by one take ten times as long
        half = (size + 1) // 2
        folded = (folded >> 8 * half) ^ (folded & ((1 << 8 * half) - 1))
        size = half
    return folded
