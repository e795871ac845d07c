"""What a column of a file can be mapped to: fields of a ping, with the unit in the name."""

from dataclasses import dataclass
from enum import StrEnum

from ingest.ping import PING_COLUMNS, RECEIVED_COLUMN


class Kind(StrEnum):
    """How the cells of a column are read."""

    TEXT = "text"
    INSTANT = "instant"
    DATE = "date"
    CLOCK = "clock"
    NUMBER = "number"
    DEGREES = "degrees"
    DEGREES_MINUTES = "degrees and minutes"
    HEADING = "heading"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Target:
    """A field of a ping, and what a number is multiplied by to be in its unit."""

    field: str
    kind: Kind
    factor: float = 1.0


_RADIAN_DEG = 57.295779513082323
TARGETS: dict[str, Target] = {
    "vehicle_id": Target("vehicle_id", Kind.TEXT),
    "event_time": Target("event_time", Kind.INSTANT),
    "event_date": Target("event_time", Kind.DATE),
    "event_clock": Target("event_time", Kind.CLOCK),
    "longitude": Target("longitude", Kind.DEGREES),
    "longitude_e6": Target("longitude", Kind.DEGREES, 1e-6),
    "longitude_e7": Target("longitude", Kind.DEGREES, 1e-7),
    "longitude_dm": Target("longitude", Kind.DEGREES_MINUTES),
    "latitude": Target("latitude", Kind.DEGREES),
    "latitude_e6": Target("latitude", Kind.DEGREES, 1e-6),
    "latitude_e7": Target("latitude", Kind.DEGREES, 1e-7),
    "latitude_dm": Target("latitude", Kind.DEGREES_MINUTES),
    "speed_mps": Target("speed_mps", Kind.NUMBER),
    "speed_kmh": Target("speed_mps", Kind.NUMBER, 1 / 3.6),
    "speed_dkmh": Target("speed_mps", Kind.NUMBER, 1 / 36),
    "speed_knots": Target("speed_mps", Kind.NUMBER, 1852 / 3600),
    "speed_mph": Target("speed_mps", Kind.NUMBER, 0.44704),
    "heading_deg": Target("heading_deg", Kind.HEADING),
    "heading_cdeg": Target("heading_deg", Kind.HEADING, 0.01),
    "heading_rad": Target("heading_deg", Kind.HEADING, _RADIAN_DEG),
    "accuracy_m": Target("accuracy_m", Kind.NUMBER),
    "accuracy_ft": Target("accuracy_m", Kind.NUMBER, 0.3048),
    "hdop": Target("hdop", Kind.NUMBER),
    "satellites": Target("satellites", Kind.NUMBER),
    "working": Target("working", Kind.TRUTH),
    "tasks": Target("tasks", Kind.TEXT),
    "received_time": Target(RECEIVED_COLUMN, Kind.INSTANT),
}
NATIVE_TARGETS = (*PING_COLUMNS, RECEIVED_COLUMN)
