"""A plan as it is edited: what is done is checked as a plan is, and can be taken back.

Nothing here knows files or a page. What would make a broken plan is refused with its faults, and
the plan stays as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from analytics.plan_editor.decisions import (
    cut_that_made,
    with_assigned,
    with_cut,
    with_join,
    without_cut,
)
from analytics.plan_editor.drawn_streets import DrawnStreets, Redrawing
from geofence.overrides.lines import LineError, middle_of, nearest_place
from geofence.overrides.overrides import Cut, Join, Overrides
from geofence.overrides.redrawing import Feature, line_of
from geofence.plan.plan import EVERY_DAY, Section
from geofence.plan.reader import plan_of, sections_of
from geofence.plan.timetable import parse_days

PLAN_FILE = "plan.toml"
STREETS_FILE = "streets.geojson"
Values = Mapping[str, Any]
Title = Literal["assign", "name", "cut", "join", "grid", "operator", "exception"]
"""What was done, for the page to say."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry ``[[exceptions]]``, known by a number while it is edited."""

    number: int
    values: Values


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of plan.toml that can be edited."""

    operators: tuple[Values, ...]
    grids: tuple[Values, ...]
    exceptions: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done: what it was before, and after."""

    title: Title
    about: str
    """The section, grid or operator it was done to."""
    redrawing: Redrawing
    tables: tuple[Tables, Tables]
    overrides: tuple[Overrides, Overrides]

    @property
    def inverse(self) -> "Change":
        """What takes it back."""
        return Change(
            self.title, self.about, self.redrawing.inverse, self.tables[::-1], self.overrides[::-1]
        )


_NOTHING = Redrawing((), ())


class EditedPlan:
    """A plan, and what was done to it.

    Parameters
    ----------
    values
        What plan.toml holds; read without a fault, as are the features.
    features
        Those of streets.geojson.
    overrides
        What was decided before.
    """

    def __init__(self, values: Values, features: Sequence[Feature], overrides: Overrides) -> None:
        self._values = values
        self.tables = Tables(
            tuple(values.get("operators", ())),
            tuple(values.get("grids", ())),
            tuple(Entry(number, each) for number, each in enumerate(values.get("exceptions", ()))),
        )
        self._next_number = len(self.tables.exceptions)
        self.streets = DrawnStreets(features)
        self.overrides = overrides
        self._sections = {each.id: each for each in self._read(features)}
        self._done: list[Change] = []
        self._undone: list[Change] = []

    @property
    def values(self) -> dict[str, Any]:
        """What plan.toml would hold now."""
        return _values_of(self._values, self.tables)

    @property
    def done(self) -> Change | None:
        """What would be taken back."""
        return self._done[-1] if self._done else None

    @property
    def undone(self) -> Change | None:
        """What would be done again."""
        return self._undone[-1] if self._undone else None

    def assign(
        self,
        section_ids: Sequence[str],
        grid_id: str,
        *,
        keeps: bool = False,
        name: str | None = None,
    ) -> Change:
        """Assign sections to a grid, and name those that have no name.

        Parameters
        ----------
        keeps
            Whether other grids keep them too.
        """
        wanted: dict[str, dict[str, Any]] = {}
        for section_id in section_ids:
            before = self.streets.feature(section_id)["properties"]
            grids = sorted({*before["grids"], grid_id}) if keeps else [grid_id]
            wanted[section_id] = {"grids": grids}
            if name and not before.get("name"):
                wanted[section_id]["name"] = name
        return self._assign("assign", wanted)

    def unassign(self, section_ids: Sequence[str], grid_id: str | None = None) -> Change:
        """Take sections from a grid, or from all."""
        wanted = {
            section_id: {
                "grids": [
                    each
                    for each in self.streets.feature(section_id)["properties"]["grids"]
                    if grid_id is not None and each != grid_id
                ]
            }
            for section_id in section_ids
        }
        return self._assign("assign", wanted)

    def rename(self, section_ids: Sequence[str], name: str) -> Change:
        """Give sections a name."""
        return self._assign("name", {section_id: {"name": name} for section_id in section_ids})

    def cut(self, section_id: str, at: Sequence[float]) -> Change:
        """Cut a section at the place that is nearest to a position; LineError if it cannot be."""
        longitude, latitude = nearest_place(line_of(self.streets.feature(section_id)), at)
        cut = Cut(section_id, (longitude, latitude))
        redrawing = self.streets.cut(cut)
        halves = [each.feature for each in redrawing.come]
        return self._do(
            "cut", section_id, redrawing, overrides=with_cut(self.overrides, cut, halves)
        )

    def join(self, section_ids: Sequence[str]) -> Change:
        """Make one of sections that meet end to end; LineError if they do not."""
        chosen = list(dict.fromkeys(section_ids))
        if len(chosen) < 2:
            raise LineError("apart", "it takes two sections or more")
        chain = self.streets.chain(chosen)
        at = [middle_of(line_of(self.streets.feature(each))) for each in chain]
        join = Join(tuple(chain), tuple(at))
        made_by = cut_that_made(self.overrides, join.sections)
        redrawing = self.streets.join(join, named=made_by.section if made_by else None)
        whole = redrawing.come[0].feature
        overrides = (
            without_cut(self.overrides, made_by, whole)
            if made_by
            else with_join(self.overrides, join, whole)
        )
        about = whole["properties"]["name"] or join.sections[0]
        return self._do("join", about, redrawing, overrides=overrides)

    def set_grid(self, grid_id: str, values: Values) -> Change:
        """Give keys of a grid other values."""
        return self._set("grid", "grids", grid_id, values)

    def set_operator(self, operator_id: str, values: Values) -> Change:
        """Give keys of an operator other values."""
        return self._set("operator", "operators", operator_id, values)

    def add_exception(self, values: Values) -> Change:
        """Add what is not judged on some dates."""
        entry = Entry(self._next_number, values)
        change = self._except([*self.tables.exceptions, entry], values)
        self._next_number += 1
        return change

    def set_exception(self, number: int, values: Values) -> Change:
        """Give an exception other values, all of them; KeyError if there is none."""
        self._entry(number)
        now = [
            Entry(number, values) if each.number == number else each
            for each in self.tables.exceptions
        ]
        return self._except(now, values)

    def remove_exception(self, number: int) -> Change:
        """Take an exception out; KeyError if there is none."""
        gone = self._entry(number)
        now = [each for each in self.tables.exceptions if each is not gone]
        return self._except(now, gone.values)

    def undo(self) -> Change | None:
        """Take back what was done last; None if there is nothing."""
        if not self._done:
            return None
        change = self._done.pop()
        self._follow(change.inverse)
        self._undone.append(change)
        return change.inverse

    def redo(self) -> Change | None:
        """Do again what was taken back last; None if there is nothing."""
        if not self._undone:
            return None
        change = self._undone.pop()
        self._follow(change)
        self._done.append(change)
        return change

    def _entry(self, number: int) -> Entry:
        for each in self.tables.exceptions:
            if each.number == number:
                return each
        raise KeyError(number)

    def _assign(self, title: Title, wanted: Mapping[str, Mapping[str, Any]]) -> Change:
        redrawing = self.streets.change(wanted)
        features = [each.feature for each in redrawing.come]
        about = features[0]["properties"].get("name") or redrawing.come[0].id
        return self._do(title, about, redrawing, overrides=with_assigned(self.overrides, features))

    def _set(
        self, title: Title, key: Literal["grids", "operators"], owner: str, values: Values
    ) -> Change:
        before: tuple[Values, ...] = getattr(self.tables, key)
        after = tuple(
            {**each, **values} if each["id"].strip() == owner else each for each in before
        )
        grids = after if key == "grids" else self.tables.grids
        operators = after if key == "operators" else self.tables.operators
        return self._do(title, owner, tables=Tables(operators, grids, self.tables.exceptions))

    def _except(self, entries: Sequence[Entry], values: Values) -> Change:
        about = str(values.get("note") or values.get("grid") or "")
        tables = Tables(self.tables.operators, self.tables.grids, tuple(entries))
        return self._do("exception", about, tables=tables)

    def _do(
        self,
        title: Title,
        about: str,
        redrawing: Redrawing = _NOTHING,
        *,
        tables: Tables | None = None,
        overrides: Overrides | None = None,
    ) -> Change:
        change = Change(
            title,
            about,
            redrawing,
            (self.tables, tables or self.tables),
            (self.overrides, overrides or self.overrides),
        )
        self._check(change)
        self._follow(change)
        self._done.append(change)
        self._undone.clear()
        return change

    def _check(self, change: Change) -> None:
        """Read what would be; PlanError if that is no sound plan."""
        tables = change.tables[1]
        names_streets = any(each.values.get("streets") for each in tables.exceptions)
        sections = self._sections
        if change.redrawing.come:
            come = self._read([each.feature for each in change.redrawing.come])
            gone = {each.id for each in change.redrawing.gone}
            kept = {each: sections[each] for each in sections if each not in gone}
            sections = {**kept, **{each.id: each for each in come}}
        if names_streets or tables is not self.tables:
            plan_of(_values_of(self._values, tables), PLAN_FILE, list(sections.values()))

    def _read(self, features: Sequence[Feature]) -> tuple[Section, ...]:
        grid_ids = [each["id"].strip() for each in self.tables.grids]
        return sections_of(features, STREETS_FILE, grid_ids)

    def _follow(self, change: Change) -> None:
        self.streets.follow(change.redrawing)
        for each in change.redrawing.gone:
            del self._sections[each.id]
        if change.redrawing.come:
            come = self._read([each.feature for each in change.redrawing.come])
            self._sections.update((each.id, each) for each in come)
        self.tables = change.tables[1]
        self.overrides = change.overrides[1]


def days_of(grid: Values) -> frozenset[int]:
    """Give the days of service of a grid; it has all if it names none."""
    return parse_days(grid["days"].strip()) if "days" in grid else EVERY_DAY


def _values_of(values: Values, tables: Tables) -> dict[str, Any]:
    whole = {**values, "operators": list(tables.operators), "grids": list(tables.grids)}
    entries = [each.values for each in tables.exceptions]
    whole.pop("exceptions", None)
    if entries or values.get("exceptions") == []:
        whole["exceptions"] = entries
    return whole
