"""One MQTT message as it came."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """What a broker delivered, and when."""

    topic: str
    payload: bytes
    received_ms: int
    """Epoch milliseconds."""
    retained: bool = False
    """True for a stale copy that the broker kept and hands to every new subscriber."""
