"""What can change from one plan to the next, as values."""

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """A kind of change; `CHANGE_MEANINGS` says what each means."""

    PLAN_RENAMED = "plan_renamed"
    EFFECTIVE_FROM = "effective_from"
    TIMEZONE = "timezone"
    GEOMETRY_SURVEYED = "geometry_surveyed"
    OPERATOR_NEW = "operator_new"
    OPERATOR_GONE = "operator_gone"
    OPERATOR_RENAMED = "operator_renamed"
    SPARES = "spares"
    GRID_NEW = "grid_new"
    GRID_GONE = "grid_gone"
    GRID_OPERATOR = "grid_operator"
    WINDOWS = "windows"
    DAYS = "days"
    VEHICLES = "vehicles"
    TASKS = "tasks"
    STREET_NEW = "street_new"
    STREET_GONE = "street_gone"
    STREET_HANDED_OVER = "street_handed_over"
    STREET_RENAMED = "street_renamed"
    STREET_LENGTH = "street_length"
    STREET_MOVED = "street_moved"
    STREET_ONEWAY = "street_oneway"
    STREET_TASKS = "street_tasks"
    STREET_SECTIONS = "street_sections"
    STREET_UNLOCATED = "street_unlocated"
    ROADS = "roads"
    RULE = "rule"
    ASSIGNMENT = "assignment"
    EXCEPTION = "exception"
    FACILITY = "facility"


CHANGE_MEANINGS: dict[ChangeKind, str] = {
    ChangeKind.PLAN_RENAMED: "The plan has another name.",
    ChangeKind.EFFECTIVE_FROM: "The plan is in force from another date.",
    ChangeKind.TIMEZONE: "Windows are of another time zone.",
    ChangeKind.GEOMETRY_SURVEYED: "Streets are surveyed that were schematic, or the other way.",
    ChangeKind.OPERATOR_NEW: "An operator is new.",
    ChangeKind.OPERATOR_GONE: "An operator is no longer named.",
    ChangeKind.OPERATOR_RENAMED: "An operator has another name.",
    ChangeKind.SPARES: "An operator has other spare vehicles.",
    ChangeKind.GRID_NEW: "A grid is new.",
    ChangeKind.GRID_GONE: "A grid is gone.",
    ChangeKind.GRID_OPERATOR: "A grid has moved to another operator.",
    ChangeKind.WINDOWS: "A grid has other windows.",
    ChangeKind.DAYS: "A grid is served on other days of the week.",
    ChangeKind.VEHICLES: "A grid has other vehicles.",
    ChangeKind.TASKS: "A grid is served by other tasks.",
    ChangeKind.STREET_NEW: "A grid has a street that it had not.",
    ChangeKind.STREET_GONE: "A grid has lost a street.",
    ChangeKind.STREET_HANDED_OVER: "A street has gone from one grid to another.",
    ChangeKind.STREET_RENAMED: "A street lies where it lay and has another name.",
    ChangeKind.STREET_LENGTH: "A street is longer or shorter.",
    ChangeKind.STREET_MOVED: "A street is as long as it was and drawn elsewhere.",
    ChangeKind.STREET_ONEWAY: "The traffic of a street has another direction.",
    ChangeKind.STREET_TASKS: "A street is served by other tasks than before.",
    ChangeKind.STREET_SECTIONS: "A street is cut or joined otherwise and has the same metres.",
    ChangeKind.STREET_UNLOCATED: "A grid lists other streets that nobody has drawn.",
    ChangeKind.ROADS: "Roads that no grid collects on are others.",
    ChangeKind.RULE: "A number behind verdicts is another.",
    ChangeKind.ASSIGNMENT: "On a date other vehicles stand in for a grid's own.",
    ChangeKind.EXCEPTION: "Something else is not judged on some dates.",
    ChangeKind.FACILITY: "A depot or transfer station is new, gone or elsewhere.",
}

UNJUDGED = frozenset(
    {
        ChangeKind.PLAN_RENAMED,
        ChangeKind.EFFECTIVE_FROM,
        ChangeKind.OPERATOR_NEW,
        ChangeKind.OPERATOR_GONE,
        ChangeKind.OPERATOR_RENAMED,
        ChangeKind.GEOMETRY_SURVEYED,
        ChangeKind.STREET_SECTIONS,
        ChangeKind.STREET_UNLOCATED,
        ChangeKind.FACILITY,
    }
)
"""Kinds that change no verdict of anybody."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    What it is of stands in `grid_id`, `operator_id` or `subject`, whichever it has; `before` and
    `after` hold the values, empty for what is new or gone.
    """

    kind: ChangeKind
    grid_id: str = ""
    operator_id: str = ""
    subject: str = ""
    """A street, rule, facility or date."""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    gained_m: float = 0.0
    """Metres of a street that are new, or of all streets of a grid."""
    lost_m: float = 0.0
    moved_m: float = 0.0
    """How far it was moved, at most."""

    @property
    def is_judged(self) -> bool:
        """Whether verdicts may come out otherwise by it."""
        return self.kind not in UNJUDGED

    @property
    def added(self) -> tuple[str, ...]:
        """Values that were not there before."""
        return tuple(each for each in self.after if each not in self.before)

    @property
    def removed(self) -> tuple[str, ...]:
        """Values that are there no more."""
        return tuple(each for each in self.before if each not in self.after)
