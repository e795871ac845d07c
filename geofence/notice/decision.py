"""What had to be decided to make a plan of a published notice: one code per kind of decision."""

from dataclasses import dataclass
from enum import StrEnum


class DecisionCode(StrEnum):
    """A kind of decision; `DECISION_MEANINGS` says what each means."""

    ENCODING_ASSUMED = "encoding_assumed"
    COLUMN_ABSENT = "column_absent"
    EFFECTIVE_FROM_ASSUMED = "effective_from_assumed"
    SCHEMATIC_ASSUMED = "schematic_assumed"
    ROW_WITHOUT_CODE = "row_without_code"
    COLUMNS_SHIFTED = "columns_shifted"
    CELLS_SURPLUS = "cells_surplus"
    CELLS_CARRIED = "cells_carried"
    OPERATOR_UNCERTAIN = "operator_uncertain"
    CONTACT_UNCERTAIN = "contact_uncertain"
    WINDOWS_UNCERTAIN = "windows_uncertain"
    OPERATOR_ABSENT = "operator_absent"
    CONTACT_DIFFERS = "contact_differs"
    CODE_ODD = "code_odd"
    CODE_REPEATED = "code_repeated"
    NUMBERING_BREAK = "numbering_break"
    NUMBER_REPEATED = "number_repeated"
    WINDOWS_DEFAULTED = "windows_defaulted"
    WINDOWS_UNREAD = "windows_unread"
    WINDOWS_WORDED = "windows_worded"
    HALF_DAY_UNSTATED = "half_day_unstated"
    WINDOW_DOUBTFUL = "window_doubtful"
    WINDOW_REPEATED = "window_repeated"
    NIGHT_SHIFT = "night_shift"
    NIGHT_SHIFT_OF_SOME = "night_shift_of_some"
    PLATE_ODD = "plate_odd"
    PLATE_SHARED = "plate_shared"
    FLEET_NUMBER = "fleet_number"
    VEHICLE_ABSENT = "vehicle_absent"
    VEHICLE_UNUSABLE = "vehicle_unusable"
    STREET_SHORTHAND = "street_shorthand"
    SLASH_KEPT = "slash_kept"
    DIRECTION_PAIR_KEPT = "direction_pair_kept"
    STREET_RANGE = "street_range"
    BRACKET_KEPT = "bracket_kept"
    BRACKET_UNBALANCED = "bracket_unbalanced"
    SPACE_SPLIT = "space_split"
    PART_KEPT = "part_kept"
    PLACE_KEPT = "place_kept"
    BRANCHES_NUMBERED = "branches_numbered"
    STREET_REPEATED = "street_repeated"
    STREET_FRAGMENT = "street_fragment"
    STREETS_ABSENT = "streets_absent"


DECISION_MEANINGS: dict[DecisionCode, str] = {
    DecisionCode.ENCODING_ASSUMED: "The file is not UTF-8; it was read as GB18030 or Windows-1252.",
    DecisionCode.COLUMN_ABSENT: "The table has no such column; its cells count as blank.",
    DecisionCode.EFFECTIVE_FROM_ASSUMED: "No date was given; the plan begins on the day of import.",
    DecisionCode.SCHEMATIC_ASSUMED: (
        "A notice draws no street, so the plan is marked schematic until surveyed lines replace"
        " the drawn ones."
    ),
    DecisionCode.ROW_WITHOUT_CODE: (
        "A row has no grid code and was left out; its cells are not repeated here, as they may"
        " name a person."
    ),
    DecisionCode.COLUMNS_SHIFTED: (
        "The row's cells stand beside their columns; they were read from where the code stands."
    ),
    DecisionCode.CELLS_SURPLUS: (
        "The row has more cells than there are headings, or a street where its vehicle should"
        " stand, as if a separator within a cell had cut it in two; which cells slipped cannot be"
        " told, so none of them was used."
    ),
    DecisionCode.CELLS_CARRIED: "Blank cells of a merged block took the value above them.",
    DecisionCode.OPERATOR_UNCERTAIN: (
        "The operator was carried down past a change of the code's prefix: the block may end there."
    ),
    DecisionCode.CONTACT_UNCERTAIN: (
        "The contact was carried down past a change of the code's prefix."
    ),
    DecisionCode.WINDOWS_UNCERTAIN: (
        "The windows were carried down past a change of the code's prefix."
    ),
    DecisionCode.OPERATOR_ABSENT: (
        "The row names no operator; the grid stands under a placeholder, not under a guess."
    ),
    DecisionCode.CONTACT_DIFFERS: "One operator has several contacts; the first was kept.",
    DecisionCode.CODE_ODD: "The grid code is not letters and a number; it was kept as read.",
    DecisionCode.CODE_REPEATED: "Several rows have one code; they were joined into one grid.",
    DecisionCode.NUMBERING_BREAK: (
        "The number does not follow the one above it; it was reported, not corrected."
    ),
    DecisionCode.NUMBER_REPEATED: (
        "Another code has the same number; it was reported, not corrected."
    ),
    DecisionCode.WINDOWS_DEFAULTED: (
        "The row states no window that is sure; it was given the stated default."
    ),
    DecisionCode.WINDOWS_UNREAD: (
        "The windows cell holds a word, a digit or a time that was not understood and may change"
        " what it says; none of its windows was used."
    ),
    DecisionCode.WINDOWS_WORDED: (
        "The windows are written in words, as hours alone or as a spreadsheet's shares of a day;"
        " they were read as times of the 24-hour clock."
    ),
    DecisionCode.HALF_DAY_UNSTATED: (
        "The window is before 6:00 by its digits, while the notice has words such as 下午"
        " elsewhere: it may be one of the afternoon."
    ),
    DecisionCode.WINDOW_DOUBTFUL: (
        "The window is probably a slip: more than twelve hours past midnight, an afternoon that"
        " ends the next morning, or a start at 24:00 or after; it was kept as read."
    ),
    DecisionCode.WINDOW_REPEATED: "The cell gives one window twice; it was kept once.",
    DecisionCode.NIGHT_SHIFT: (
        "A note says the grid is collected on the night shift; it is no part of a street's name."
    ),
    DecisionCode.NIGHT_SHIFT_OF_SOME: (
        "Only some of the grid's streets carry the night-shift note; a grid has one timetable, so"
        " it was taken as a night-shift grid."
    ),
    DecisionCode.PLATE_ODD: "The plate does not have the usual form; it was kept as read.",
    DecisionCode.PLATE_SHARED: "One plate serves several grids; that is allowed.",
    DecisionCode.FLEET_NUMBER: (
        "The vehicle is given by a fleet number, not by a plate; its tracker must report under it."
    ),
    DecisionCode.VEHICLE_ABSENT: (
        "The row names no vehicle; the grid was given a placeholder that nothing reports under."
    ),
    DecisionCode.VEHICLE_UNUSABLE: "No MQTT topic can carry this vehicle id; it was left out.",
    DecisionCode.STREET_SHORTHAND: (
        "A shorthand with a slash, or whole names joined by a slash or an and, was written out as"
        " its streets."
    ),
    DecisionCode.SLASH_KEPT: (
        "What the slash leaves out cannot be told; the mention was kept as one street."
    ),
    DecisionCode.DIRECTION_PAIR_KEPT: (
        "A pair of directions without a slash was read as one street."
    ),
    DecisionCode.STREET_RANGE: "A stretch from one place to another is one street; ends kept.",
    DecisionCode.BRACKET_KEPT: (
        "What stands in brackets is neither a range nor a shift; it was kept as part of the name"
        " of one street."
    ),
    DecisionCode.BRACKET_UNBALANCED: "A bracket has no partner; separators were read as usual.",
    DecisionCode.SPACE_SPLIT: "A space between two Chinese names was read as a separator.",
    DecisionCode.PART_KEPT: (
        "The mention is a part or an extension of a street; that is kept in its name."
    ),
    DecisionCode.PLACE_KEPT: (
        "The mention has no street word and may be a place; it was kept as a street of the grid."
    ),
    DecisionCode.BRANCHES_NUMBERED: (
        "A branch road named several times was counted as that many branches and numbered."
    ),
    DecisionCode.STREET_REPEATED: "A street named twice in one grid was kept once.",
    DecisionCode.STREET_FRAGMENT: (
        "A scrap without a name, such as a lone numeral, was reported and made no street."
    ),
    DecisionCode.STREETS_ABSENT: "No street could be read for the grid.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A decision on one cell, before it is known where the cell stands."""

    code: DecisionCode
    value: str
    """What was read."""
    decision: str
    """What was made of it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and where in the notice it was needed."""

    row: int | None
    """Row of the table, the first one counted 1; None if it concerns the whole notice."""
    grid_id: str
    code: DecisionCode
    value: str
    decision: str
