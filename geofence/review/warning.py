"""A warning of a plan: the kinds there are, and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from geofence.plan.plan import PROVABLE_M

SHORT_SECTION_M = 2.0
_LONGEST_LIST = 12


class WarningCode(StrEnum):
    """A kind of oddity; `WARNING_MEANINGS` says what each means."""

    VEHICLE_SHARED = "vehicle_shared"
    DUTIES_OVERLAP = "duties_overlap"
    TASK_NOT_TOLD = "task_not_told"
    WINDOW_SHORT = "window_short"
    OPERATOR_WITHOUT_GRID = "operator_without_grid"
    GRID_WITHOUT_SECTION = "grid_without_section"
    STREET_UNLOCATED = "street_unlocated"
    STREET_NOT_LISTED = "street_not_listed"
    NAMES_ALIKE = "names_alike"
    STREET_SCATTERED = "street_scattered"
    SECTION_SHORT = "section_short"
    STREET_SHORT = "street_short"
    LINES_COINCIDE = "lines_coincide"
    LINES_CROSS = "lines_cross"
    LINE_TURNS_BACK = "line_turns_back"
    VERTICES_CLOSE = "vertices_close"
    NETWORK_SPLIT = "network_split"
    NO_WAY_OUT = "no_way_out"
    NO_WAY_IN = "no_way_in"
    COORDINATES_DOUBTFUL = "coordinates_doubtful"
    COORDINATES_COARSE = "coordinates_coarse"
    TOWNS_FAR_APART = "towns_far_apart"


WARNING_MEANINGS: dict[WarningCode, str] = {
    WarningCode.VEHICLE_SHARED: "One vehicle serves several grids.",
    WarningCode.DUTIES_OVERLAP: (
        "Windows of two grids want one vehicle at the same time; it is said whether it could do "
        "both."
    ),
    WarningCode.TASK_NOT_TOLD: (
        "The tracker of a vehicle tells tasks, but has no signal for one that streets of its grids "
        "want, or never told it: it denies that work."
    ),
    WarningCode.WINDOW_SHORT: (
        "All vehicles of a grid together cannot drive its streets at service speed in its shortest "
        "window."
    ),
    WarningCode.OPERATOR_WITHOUT_GRID: "An operator runs no grid.",
    WarningCode.GRID_WITHOUT_SECTION: "No section is drawn for a grid, so nothing of it is judged.",
    WarningCode.STREET_UNLOCATED: (
        "A grid lists streets that no section draws: they are shown and counted, never judged."
    ),
    WarningCode.STREET_NOT_LISTED: (
        "Sections of a grid bear street names that the grid's own list lacks; they are judged."
    ),
    WarningCode.NAMES_ALIKE: (
        "Names in a grid differ only by case, white space or unseen characters, and are judged as "
        "several streets; or only by their Unicode form, and are one."
    ),
    WarningCode.STREET_SCATTERED: (
        "Parts of a street of a grid lie a kilometre or more apart: one name is one street, and "
        "its small parts hardly count."
    ),
    WarningCode.SECTION_SHORT: f"Sections are shorter than {SHORT_SECTION_M:g} m.",
    WarningCode.STREET_SHORT: (
        f"A street of a grid is shorter than {PROVABLE_M:g} m: `served` or `unknown`, never worse."
    ),
    WarningCode.LINES_COINCIDE: (
        "Sections lie on top of each other: they are one place, and a pass over one serves all."
    ),
    WarningCode.LINES_CROSS: (
        "Lines cross without a vertex in common, as bridges do: a turn there is hardly believed."
    ),
    WarningCode.LINE_TURNS_BACK: (
        "A line turns back on itself at a vertex, as a slip of the mouse does."
    ),
    WarningCode.VERTICES_CLOSE: (
        "Vertices of a section follow each other closer than two places may lie; they stay one "
        "line, and are no junctions."
    ),
    WarningCode.NETWORK_SPLIT: "Parts of the network are not joined: no path leads between.",
    WarningCode.NO_WAY_OUT: (
        "One-way streets lead to sections from which no way leads back to the rest."
    ),
    WarningCode.NO_WAY_IN: (
        "No way leads to sections but against a one-way street, though one leads from them."
    ),
    WarningCode.COORDINATES_DOUBTFUL: (
        "The longitudes do not fit the time zone, while the latitudes would."
    ),
    WarningCode.COORDINATES_COARSE: (
        "All coordinates, or those of some sections, are multiples of a coarse step, as if they "
        "had been saved with few decimals."
    ),
    WarningCode.TOWNS_FAR_APART: (
        "Sections lie so far from most others that metres, measured on one plane, are off."
    ),
}


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """One oddity of a plan."""

    code: WarningCode
    subject: str
    """The vehicle, operator or grid it is about; empty for the whole plan."""
    detail: str

    def __str__(self) -> str:
        subject = f"{self.subject}: " if self.subject else ""
        return f"{subject}{self.detail} [{self.code}]"


def listed(names: Sequence[str]) -> str:
    """Name some things, and count those beyond a dozen."""
    more = len(names) - _LONGEST_LIST
    return ", ".join(names[:_LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")
