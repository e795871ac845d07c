"""What the page asks for: each a request with its values, and what it does to a plan."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from analytics.plan_editor.edited_plan import Change, EditedPlan, Values, days_of
from geofence.plan.timetable import DAY_NAMES

MOST_SECTIONS = 20_000
Text = Annotated[str, Field(max_length=300)]
Texts = Annotated[list[Text], Field(max_length=500)]
SectionIds = Annotated[list[Text], Field(min_length=1, max_length=MOST_SECTIONS)]


class Wish(BaseModel):
    """Something to be done to the plan that had a revision."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    revision: int


class AssignWish(Wish):
    """Assign sections to a grid."""

    kind: Literal["assign"]
    sections: SectionIds
    grid: Text
    keeps: bool = False
    """Whether other grids keep them too."""
    name: Text = ""
    """Of those that have none."""

    def follow(self, plan: EditedPlan) -> Change:
        """Do it."""
        name = self.name.strip() or None
        return plan.assign(self.sections, self.grid, keeps=self.keeps, name=name)


class UnassignWish(Wish):
    """Take sections from a grid, or from all."""

    kind: Literal["unassign"]
    sections: SectionIds
    grid: Text | None = None

    def follow(self, plan: EditedPlan) -> Change:
        """Do it."""
        return plan.unassign(self.sections, self.grid)


class RenameWish(Wish):
    """Give sections a name."""

    kind: Literal["rename"]
    sections: SectionIds
    name: Text

    def follow(self, plan: EditedPlan) -> Change:
        """Do it."""
        return plan.rename(self.sections, self.name.strip())


class CutWish(Wish):
    """Cut a section where it is nearest to a position."""

    kind: Literal["cut"]
    section: Text
    at: tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]

    def follow(self, plan: EditedPlan) -> Change:
        """Do it."""
        return plan.cut(self.section, self.at)


class JoinWish(Wish):
    """Make one of sections that meet."""

    kind: Literal["join"]
    sections: Annotated[list[Text], Field(min_length=2, max_length=200)]

    def follow(self, plan: EditedPlan) -> Change:
        """Do it."""
        return plan.join(self.sections)


class GridWish(Wish):
    """Give a grid other windows, days, vehicles or streets; what is left out stays."""

    kind: Literal["grid"]
    grid: Text
    windows: Texts | None = None
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)] | None = None
    vehicles: Texts | None = None
    streets: Texts | None = None
    operator: Text | None = None

    def follow(self, plan: EditedPlan) -> Change:
        """Do it; KeyError if there is no such grid."""
        before = _table(plan.tables.grids, self.grid)
        values: dict[str, Any] = {}
        for key in ("operator", "vehicles", "windows", "streets"):
            wanted = getattr(self, key)
            if wanted is not None and (wanted or key in before or key != "streets"):
                values[key] = wanted
        if self.days is not None and frozenset(self.days) != days_of(before):
            values["days"] = days_text(self.days)
        return plan.set_grid(self.grid, values)


class OperatorWish(Wish):
    """Give an operator other spares."""

    kind: Literal["operator"]
    operator: Text
    spares: Texts

    def follow(self, plan: EditedPlan) -> Change:
        """Do it; KeyError if there is no such operator."""
        before = _table(plan.tables.operators, self.operator)
        return plan.set_operator(
            self.operator, {"spares": self.spares} if self.spares or "spares" in before else {}
        )


class ExceptionWish(Wish):
    """Add or change what is not judged on some dates."""

    kind: Literal["exception"]
    number: int | None = None
    """None adds one."""
    reason: Text
    first: date
    last: date
    grid: Text = ""
    streets: Texts = []
    windows: Texts = []
    note: Text = ""

    def follow(self, plan: EditedPlan) -> Change:
        """Do it; KeyError if there is no such exception."""
        values: dict[str, Any] = {"reason": self.reason}
        if self.first == self.last:
            values["date"] = self.first
        else:
            values |= {"from": self.first, "to": self.last}
        for key in ("grid", "streets", "windows", "note"):
            if wanted := getattr(self, key):
                values[key] = wanted
        if self.number is None:
            return plan.add_exception(values)
        return plan.set_exception(self.number, values)


class RemoveExceptionWish(Wish):
    """Take an exception out."""

    kind: Literal["remove_exception"]
    number: int

    def follow(self, plan: EditedPlan) -> Change:
        """Do it; KeyError if there is no such exception."""
        return plan.remove_exception(self.number)


class StepWish(Wish):
    """Take back what was done last, or do it again."""

    kind: Literal["step"]
    direction: Literal["undo", "redo"]

    def follow(self, plan: EditedPlan) -> Change | None:
        """Do it; None if there is nothing to be taken back or done again."""
        return plan.undo() if self.direction == "undo" else plan.redo()


AnyWish = Annotated[
    AssignWish
    | UnassignWish
    | RenameWish
    | CutWish
    | JoinWish
    | GridWish
    | OperatorWish
    | ExceptionWish
    | RemoveExceptionWish
    | StepWish,
    Field(discriminator="kind"),
]


def days_text(days: list[int]) -> str:
    """Write days of service as a plan does: neighbours of three days or more as a range."""
    runs: list[list[int]] = []
    for day in sorted(set(days)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        f"{DAY_NAMES[run[0]]}-{DAY_NAMES[run[-1]]}"
        if len(run) > 2
        else ",".join(DAY_NAMES[day] for day in run)
        for run in runs
    )


def _table(tables: tuple[Values, ...], owner: str) -> Values:
    for each in tables:
        if each["id"].strip() == owner:
            return each
    raise KeyError(owner)
