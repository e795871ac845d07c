"""How much the embedded broker may keep, so that it never comes to keep nothing any more.

nats-server lets nobody in once `max_file_store` is reached, not even ingest, which alone could
empty it. So its messages are bounded below that, and what exceeds their bound is refused: its
publisher is not acknowledged and sends it again later. The bound follows the disk.
"""

from dataclasses import dataclass

MIB = 1024 * 1024
MOST_BYTES = 16 * 1024 * MIB
"""Of messages that wait: two weeks of 57 trucks at 1 Hz."""
MOST_COUNTED_BYTES = 2**62
"""nats-server takes no number of 64 bits, and some is added to what is given."""
RESERVE_BYTES = 1024 * MIB
SIDE_BYTES = 64 * MIB
"""What retained messages and those of QoS 2 that are half handed over may take, each."""
SESSION_BYTES = 256 * MIB
"""What is left for sessions, so that clients can always connect: a million of them."""
ALARM_SHARE = 0.7
"""So full, somebody must look."""
_CALM_SHARE = 0.65
_LEAST_STEP_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """Bounds of what is kept."""

    most_bytes: int = MOST_BYTES
    """Of messages that wait."""
    reserve_bytes: int = RESERVE_BYTES
    """Of the disk that stay free for others, and for what the broker writes besides messages."""

    def messages_bytes(self, waiting_bytes: int, free_bytes: int) -> int:
        """Give the bound of messages by what waits and what the disk has left; never 0."""
        room_bytes = max(0, free_bytes - self.reserve_bytes)
        return max(1, min(self.most_bytes, waiting_bytes + room_bytes))

    def max_file_store(self, present_bytes: int) -> int:
        """Give the bound at which nobody is let in, by what a store takes at the start."""
        return max(self.most_bytes, present_bytes) + 2 * SIDE_BYTES + SESSION_BYTES


def reserve_of(total_bytes: int) -> int:
    """Give the reserve on a disk of some size: 1 GiB, and of small ones a twentieth."""
    return min(RESERVE_BYTES, total_bytes // 20)


def is_due(present_bytes: int | None, wanted_bytes: int) -> bool:
    """Tell whether a bound is far enough from the wanted one to be set anew; None is no bound."""
    if present_bytes is None:
        return True
    step_bytes = max(_LEAST_STEP_BYTES, present_bytes // 100)
    return abs(wanted_bytes - present_bytes) >= step_bytes


def is_alarming(share: float, *, alarmed: bool) -> bool:
    """Tell whether a store that is full to some share is worth an alarm, without flapping."""
    return share >= (_CALM_SHARE if alarmed else ALARM_SHARE)
