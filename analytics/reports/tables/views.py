"""The views of a report: which columns each has, and what kind of value stands in each.

Every format is drawn from this one description, so that a number means the same wherever it is.
"""

from dataclasses import dataclass
from enum import StrEnum

from analytics.verdicts.verdict import Verdict

VERDICTS = tuple(verdict.value for verdict in Verdict)


class Kind(StrEnum):
    """What a column holds, and so how it is written and set."""

    DATE = "date"
    """``YYYY-MM-DD``."""
    TEXT = "text"
    WORD = "word"
    """A code, which every language has a word for; several are joined by ``|``."""
    COUNT = "count"
    SHARE = "share"
    """0 to 1, missing where there is nothing to divide by."""
    METRES = "metres"
    MINUTES = "minutes"
    """Seconds in the frame, minutes wherever a person reads them."""
    NUMBER = "number"
    INSTANT = "instant"
    """UTC in the frame, local time wherever a person reads it."""


DTYPES: dict[Kind, str] = {
    Kind.DATE: "str",
    Kind.TEXT: "str",
    Kind.WORD: "str",
    Kind.COUNT: "Int64",
    Kind.SHARE: "float64",
    Kind.METRES: "float64",
    Kind.MINUTES: "Float64",
    Kind.NUMBER: "float64",
    Kind.INSTANT: "datetime64[ms, UTC]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view."""

    name: str
    kind: Kind
    namespace: str = ""
    """Of the words of a `Kind.WORD`, such as ``verdict``."""


@dataclass(frozen=True, slots=True)
class View:
    """One table of a report."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def stored(self) -> tuple[Column, ...]:
        """Columns of its files for machines: without advice, which is only words for a code."""
        return tuple(column for column in self.columns if column.namespace != "remedy")


_DATE = Column("service_date", Kind.DATE)
_GRID = Column("grid_id", Kind.TEXT)
_OPERATOR = Column("operator", Kind.TEXT)
_WINDOW = Column("window", Kind.TEXT)
_STREET = Column("street", Kind.TEXT)
_VERDICT = Column("verdict", Kind.WORD, "verdict")
_RATIO = Column("served_ratio", Kind.SHARE)
_STARTED = Column("started_at", Kind.INSTANT)
_COMPLETED = Column("completed_at", Kind.INSTANT)
_DEVIATION = Column("schedule_deviation_s", Kind.MINUTES)
_OBSERVED = Column("observed_share", Kind.SHARE)
_LENGTH = Column("length_m", Kind.METRES)
_MISSING = Column("missing_m", Kind.METRES)
_VEHICLE = Column("vehicle_id", Kind.TEXT)
_MADE_UP_AT = Column("made_up_at", Kind.INSTANT)
_STATUS = Column("status", Kind.WORD, "status")
_REVISION = Column("revision", Kind.COUNT)
_PLACE = (_DATE, _GRID, _OPERATOR, _WINDOW, _STREET)
RATES = (
    *(Column(verdict, Kind.COUNT) for verdict in VERDICTS),
    Column("judged", Kind.COUNT),
    Column("compliance_rate", Kind.SHARE),
    Column("done_rate", Kind.SHARE),
    Column("unknown_rate", Kind.SHARE),
)
"""Columns of every view that counts verdicts of streets."""

VIEWS: tuple[View, ...] = (
    View("summary", (Column("measure", Kind.WORD, "measure"), Column("value", Kind.NUMBER))),
    View(
        "problems",
        (_DATE, _OPERATOR, _GRID, _WINDOW, _STREET, _VERDICT, _RATIO, _MISSING, _COMPLETED,
         _DEVIATION, _MADE_UP_AT, _VEHICLE),
    ),
    View("by_operator", (_OPERATOR, *RATES)),
    View("by_grid", (_GRID, _OPERATOR, *RATES)),
    View("by_window", (_WINDOW, *RATES)),
    View("by_weekday", (Column("weekday", Kind.WORD, "weekday"), *RATES)),
    View("trend", (_DATE, *RATES)),
    View(
        "worst_streets",
        (_GRID, _OPERATOR, _STREET, *RATES, Column("days_failed", Kind.COUNT),
         Column("last_failed", Kind.DATE)),
    ),
    View("by_street", (_GRID, _OPERATOR, _STREET, *RATES)),
    View(
        "grids",
        (_DATE, _GRID, _OPERATOR, _WINDOW, _VERDICT, _RATIO, _STARTED, _COMPLETED, _DEVIATION,
         _OBSERVED, Column("provably_missed_m", Kind.METRES), Column("flags", Kind.WORD, "flag"),
         _STATUS, _REVISION),
    ),
    View(
        "streets",
        (*_PLACE, _VERDICT, _RATIO, _STARTED, _COMPLETED, _DEVIATION, _OBSERVED, _LENGTH, _STATUS,
         _REVISION),
    ),
    View(
        "make_ups",
        (*_PLACE, _VERDICT, _LENGTH, _MISSING, Column("made_up_share", Kind.SHARE), _MADE_UP_AT,
         _VEHICLE, Column("make_up", Kind.WORD, "make_up")),
    ),
    View(
        "exempt",
        (*_PLACE, Column("reason", Kind.WORD, "reason"), Column("note", Kind.TEXT)),
    ),
    View("unlocated", (_GRID, _OPERATOR, _STREET)),
    View(
        "tracking_faults",
        (_DATE, _VEHICLE, Column("grids", Kind.TEXT), Column("code", Kind.WORD, "fault"),
         Column("since", Kind.INSTANT), Column("until", Kind.INSTANT), Column("value", Kind.NUMBER),
         Column("unit", Kind.WORD, "unit"), Column("remedy", Kind.WORD, "remedy")),
    ),
    View("silent_vehicles", (_DATE, _VEHICLE, Column("grids", Kind.TEXT), _OPERATOR)),
    View(
        "changes",
        (*_PLACE, Column("before", Kind.WORD, "verdict"), Column("after", Kind.WORD, "verdict"),
         Column("cause", Kind.WORD, "cause"), _REVISION, Column("recorded_at", Kind.INSTANT)),
    ),
)  # fmt: skip
VIEW_OF = {view.name: view for view in VIEWS}
