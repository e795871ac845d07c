"""What can be wrong with a plan; the tree of errors stands in `geofence.fault`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from geofence.fault import GeofenceError
from ingest.plain_text import plain

__all__ = ["FAULT_MEANINGS", "FaultCode", "GeofenceError", "PlanError", "PlanFault"]

_LONGEST_WHERE = 200
"""Characters of a place that are shown: keys and ids may be of any length."""
_LONGEST_REMEDY = 1000
"""And of what to do, in which values stand too."""


class FaultCode(StrEnum):
    """A kind of fault; `FAULT_MEANINGS` says what each means."""

    FILE_ABSENT = "file_absent"
    NOT_UTF8 = "not_utf8"
    TOML_SYNTAX = "toml_syntax"
    JSON_SYNTAX = "json_syntax"
    KEY_ABSENT = "key_absent"
    KEY_UNKNOWN = "key_unknown"
    WRONG_TYPE = "wrong_type"
    EMPTY = "empty"
    ID_REPEATED = "id_repeated"
    VALUE_REPEATED = "value_repeated"
    REFERENCE_UNKNOWN = "reference_unknown"
    TIMEZONE_UNKNOWN = "timezone_unknown"
    WINDOW_SYNTAX = "window_syntax"
    DAYS_SYNTAX = "days_syntax"
    VEHICLE_ID = "vehicle_id"
    RULE_RANGE = "rule_range"
    CHOICE_UNKNOWN = "choice_unknown"
    DATE_RANGE = "date_range"
    GEOJSON_KIND = "geojson_kind"
    LINE_DEGENERATE = "line_degenerate"
    COORDINATE_RANGE = "coordinate_range"
    COORDINATES_SWAPPED = "coordinates_swapped"
    POSITION_ZERO = "position_zero"
    POSITION_FAR = "position_far"


FAULT_MEANINGS: dict[FaultCode, str] = {
    FaultCode.FILE_ABSENT: "A file of the plan is not there or cannot be opened.",
    FaultCode.NOT_UTF8: "A file of the plan is not UTF-8.",
    FaultCode.TOML_SYNTAX: "plan.toml is not TOML.",
    FaultCode.JSON_SYNTAX: "A GeoJSON file is not JSON.",
    FaultCode.KEY_ABSENT: "A key that must be there is missing.",
    FaultCode.KEY_UNKNOWN: "A key is not known, so it may be a slip of the pen.",
    FaultCode.WRONG_TYPE: "A value is of the wrong type.",
    FaultCode.EMPTY: "A value or list that must hold something is empty.",
    FaultCode.ID_REPEATED: "Two things have one id.",
    FaultCode.VALUE_REPEATED: "A list holds a value twice.",
    FaultCode.REFERENCE_UNKNOWN: (
        "An operator, grid, street or window is named that the plan does not define."
    ),
    FaultCode.TIMEZONE_UNKNOWN: "The time zone is not in the IANA database.",
    FaultCode.WINDOW_SYNTAX: "A window is not a daily stretch of time.",
    FaultCode.DAYS_SYNTAX: "The days of service cannot be read.",
    FaultCode.VEHICLE_ID: "No MQTT topic can carry the vehicle id.",
    FaultCode.RULE_RANGE: "A number of [service] lies outside its range.",
    FaultCode.CHOICE_UNKNOWN: "A word is none of those that there are to choose from.",
    FaultCode.DATE_RANGE: "The dates of an exception are no range of dates.",
    FaultCode.GEOJSON_KIND: "A GeoJSON object is not of the kind that is needed there.",
    FaultCode.LINE_DEGENERATE: "A section has no two distinct positions.",
    FaultCode.COORDINATE_RANGE: "A coordinate is no finite WGS 84 degree.",
    FaultCode.COORDINATES_SWAPPED: "Longitude and latitude look swapped.",
    FaultCode.POSITION_ZERO: "A position is 0/0, which stands for none; the streets are elsewhere.",
    FaultCode.POSITION_FAR: (
        "A position or a section lies so far from the others that it cannot be meant."
    ),
}


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"


@dataclass(frozen=True, slots=True)
class PlanFault:
    """One thing that is wrong with a plan, and how to mend it."""

    code: FaultCode
    file: str
    where: str
    """Key path, feature or line; empty if the fault is the file's."""
    value: str
    """The offending value, shortened; empty if there is none or it is nobody's business."""
    remedy: str

    def __str__(self) -> str:
        where, file = _clipped(self.where, _LONGEST_WHERE), _clipped(self.file, _LONGEST_WHERE)
        place = f"{file}: {where}" if where else file
        value = f" = {self.value}" if self.value else ""
        remedy = _clipped(self.remedy, _LONGEST_REMEDY)
        # ids and keys stand in it, which may hold line ends: a fault is one line
        return plain(f"{place}{value}: {remedy} [{self.code}]")


class PlanError(GeofenceError, ValueError):
    """A plan is broken: `faults` holds everything that is wrong with it."""

    def __init__(self, faults: Sequence[PlanFault]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'s' if len(self.faults) != 1 else ''}"
        super().__init__("\n".join([f"the plan has {count}", *map(str, self.faults)]))
