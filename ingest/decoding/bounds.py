"""What a ping may hold: the bounds that the wire and recorded files are held to alike."""

from dataclasses import dataclass

MAX_PAYLOAD_BYTES = 256 * 1024
MAX_BURST = 1000
"""Pings of one message."""
MAX_DEPTH = 32
"""Levels of objects and arrays in one message."""
LONGEST_VEHICLE_ID = 128

EARLIEST_EVENT_MS = 946_684_800_000
"""2000-01-01T00:00:00Z: an older fix is a device whose clock was never set."""
LATEST_EVENT_MS = 4_102_444_800_000
"""2100-01-01T00:00:00Z: a later fix is nonsense, whenever it was received."""
FUTURE_TOLERANCE_MS = 5 * 60 * 1000
"""How far a device's clock may run ahead of ours."""

FASTEST_MPS = 70.0
"""252 km/h: no truck drives so fast, but a receiver that loses its fix may say so."""
LONGITUDE_LIMIT_DEG = 180.0
LATITUDE_LIMIT_DEG = 90.0
UNKNOWN_HDOP = 99.9
"""From here on a receiver means that it knows none: 99.9 or 99.99."""


@dataclass(frozen=True, slots=True)
class NumberBound:
    """Range of an optional number: ``[0, below)``, whole numbers only if ``integral``.

    What lies outside says that the device does not know; where it ``wraps``, `below` itself is 0.
    """

    below: float
    integral: bool = False
    wraps: bool = False


OPTIONAL_NUMBERS: dict[str, NumberBound] = {
    "speed_mps": NumberBound(float("inf")),
    "heading_deg": NumberBound(360.0, wraps=True),
    "accuracy_m": NumberBound(float("inf")),
    "hdop": NumberBound(UNKNOWN_HDOP),
    "satellites": NumberBound(1000.0, integral=True),
}


def is_vehicle_id(text: str) -> bool:
    """Tell whether a level of an MQTT topic can carry `text` as a vehicle's id."""
    return (
        0 < len(text) <= LONGEST_VEHICLE_ID
        and text.isprintable()
        and " " not in text
        and not any(character in text for character in "/+#")
    )
