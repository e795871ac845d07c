"""Long messages, put together of their sub-packages, within bounds of memory and time."""

from dataclasses import dataclass, field, replace

from ingest.gateway.jt808.fault import Fault, FaultCode, fault
from ingest.gateway.jt808.message import Message

LONGEST_MESSAGE = 64 * 1024
"""Bytes of a message put together, and of all that a connection has begun."""
MOST_BEGUN = 8
"""Messages of a connection that may be begun at once."""
MOST_PACKETS = 512
"""Sub-packages of a message; those that the standard's own length makes are 64."""
PATIENCE_S = 120.0
"""How long to wait for the next sub-package."""
_SERIALS = 1 << 16


@dataclass(slots=True)
class Whole:
    """A message, and the serial numbers of its sub-packages, each of which wants an answer."""

    message: Message
    serials: list[int]


@dataclass(slots=True)
class _Begun:
    total: int
    last_s: float
    parts: dict[int, Message] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(len(part.body) for part in self.parts.values())


class Packets:
    """What one connection has begun.

    Sub-packages belong together if id, total and the serial number that the first must have are the
    same, as serial numbers of one message follow each other.
    """

    def __init__(self) -> None:
        self._begun: dict[tuple[int, int, int], _Begun] = {}

    def add(self, message: Message, now_s: float) -> Whole | Fault | None:
        """Take a sub-package; give the whole if it was the last that was missing."""
        packet = message.packet
        if packet is None:
            return Whole(message, [message.serial])
        if not 1 <= packet.number <= packet.total <= MOST_PACKETS:
            return fault(FaultCode.BAD_PACKET, message.body, message)
        key = (message.id, packet.total, (message.serial - packet.number + 1) % _SERIALS)
        begun = self._begun.setdefault(key, _Begun(packet.total, now_s))
        begun.parts[packet.number], begun.last_s = message, now_s
        if begun.size > LONGEST_MESSAGE:
            del self._begun[key]
            return fault(FaultCode.BAD_PACKET, message.body, message)
        if len(begun.parts) < begun.total:
            return None
        del self._begun[key]
        parts = [begun.parts[number] for number in range(1, begun.total + 1)]
        body = b"".join(part.body for part in parts)
        return Whole(replace(message, body=body, packet=None), [part.serial for part in parts])

    def drop_stale(self, now_s: float) -> list[Fault]:
        """Forget what has waited too long, and the oldest of too much; none of it was answered."""
        dropped = []
        for key, begun in sorted(self._begun.items(), key=lambda each: each[1].last_s):
            size = sum(each.size for each in self._begun.values())
            is_stale = now_s - begun.last_s > PATIENCE_S
            if is_stale or len(self._begun) > MOST_BEGUN or size > LONGEST_MESSAGE:
                del self._begun[key]
                part = next(iter(begun.parts.values()))
                dropped.append(fault(FaultCode.PACKETS_MISSING, part.body, part))
        return dropped
