"""The header of a message: JT/T 808-2013 and 2019, table 2 and figure 2.

======  =======================  ==================  =====================
bytes   field                    2013                2019
======  =======================  ==================  =====================
WORD    message id               0                   0
WORD    properties               2                   2; bit 14 is set
BYTE    version of the protocol                      4
BCD     number of the terminal   4, 6 bytes          5, 10 bytes
WORD    serial number            10                  15
WORD    packets in all           12, if bit 13 set   17, if bit 13 set
WORD    number of the packet     14, if bit 13 set   19, if bit 13 set
======  =======================  ==================  =====================

Bits 0 to 9 of the properties are the length of the body, 10 to 12 its encryption.
"""

import struct

from ingest.gateway.jt808.fault import Fault, FaultCode, fault
from ingest.gateway.jt808.framing import framed
from ingest.gateway.jt808.message import Message, Packet, Version

LONGEST_BODY = 0x3FF
_ENCRYPTION, _IN_PACKETS, _HAS_VERSION = 0x1C00, 1 << 13, 1 << 14
_FIRST_VERSION = 1
_SHORTEST = 12


def read(content: bytes) -> Message | Fault:
    """Read what stood between two marks, its checksum included and already checked."""
    layout = _layout(content)
    if isinstance(layout, FaultCode):
        return fault(layout, content)
    version, begin, end = layout
    digits = content[begin:end].hex()
    if not digits.isdecimal():
        return fault(FaultCode.BAD_TERMINAL, content)
    message_id, properties, serial = *struct.unpack_from(">HH", content), content[end : end + 2]
    packet, begin = None, end + 2
    if properties & _IN_PACKETS:
        packet, begin = Packet(*struct.unpack_from(">HH", content, end + 2)), end + 6
    message = Message(
        message_id,
        digits.lstrip("0") or "0",
        int.from_bytes(serial),
        content[begin:-1],
        version,
        packet,
    )
    if len(message.body) != properties & LONGEST_BODY:
        return fault(FaultCode.WRONG_LENGTH, content, message)
    if properties & _ENCRYPTION:
        return fault(FaultCode.ENCRYPTED, content, message)
    return message


def _layout(content: bytes) -> tuple[Version, int, int] | FaultCode:
    """Tell the version, and from where to where the terminal's number stands."""
    if len(content) <= _SHORTEST:
        return FaultCode.TORN
    properties, version, begin = int.from_bytes(content[2:4]), Version.V2013, 4
    if properties & _HAS_VERSION:
        version, begin = Version.V2019, 5
        if content[4] != _FIRST_VERSION:
            return FaultCode.UNKNOWN_VERSION
    end = begin + version.terminal_bytes
    header_bytes = end + (6 if properties & _IN_PACKETS else 2)
    return FaultCode.TORN if len(content) <= header_bytes else (version, begin, end)


def write(message: Message) -> bytes:
    """Write a message, or one sub-package, as a frame.

    Raises
    ------
    ValueError
        If the body is longer than 1,023 bytes: it must be cut into sub-packages.
    """
    if len(message.body) > LONGEST_BODY:
        raise ValueError(f"a body has at most {LONGEST_BODY} bytes, got {len(message.body)}")
    properties, version = len(message.body), b""
    if message.version is Version.V2019:
        properties, version = properties | _HAS_VERSION, bytes([_FIRST_VERSION])
    packet = b""
    if message.packet is not None:
        properties |= _IN_PACKETS
        packet = struct.pack(">HH", message.packet.total, message.packet.number)
    terminal = bytes.fromhex(message.terminal.zfill(2 * message.version.terminal_bytes))
    return framed(
        struct.pack(">HH", message.id, properties) + version + terminal
        + struct.pack(">H", message.serial) + packet + message.body
    )  # fmt: skip
