"""Trackers that tell tasks, but never the one that a street wants: they deny work that was done."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from geofence.plan.plan import Plan
from geofence.review.warning import PlanWarning, WarningCode, listed
from ingest.tasks import names_of


class Tracker(NamedTuple):
    """What tells the tasks of a vehicle, and which it can tell, or has told, at all."""

    vehicle_id: str
    kind: str
    """What its type is called; empty if its fixes alone are known."""
    tells: int
    """A mask of `ingest.tasks`. A device that tells nothing of tasks is no tracker of this kind."""
    fixes: int = 0
    """How many fixes that tell tasks were looked at, if these alone are known."""


def tasks_not_told(plan: Plan, trackers: Iterable[Tracker]) -> Iterator[PlanWarning]:
    """Tell trackers that can affirm no task by which a street of their vehicle is served.

    One warning for a vehicle, a type and the tasks wanted, whatever their order. What is known of
    the type is not told of its fixes once more.
    """
    wanted = _wanted(plan)
    grids_of = _grids_of(plan)
    told: set[tuple[str, int]] = set()
    for one in sorted(set(trackers), key=lambda one: (one.vehicle_id, one.kind == "", *one)):
        vehicle = one.vehicle_id
        of_need: defaultdict[int, list[str]] = defaultdict(list)
        for grid_id in grids_of.get(vehicle, ()):
            for need, streets in wanted.get(grid_id, {}).items():
                if not need & one.tells and (one.kind or (vehicle, need) not in told):
                    of_need[need] += [f"{street or 'one without a name'} ({grid_id})"
                                      for street in streets]  # fmt: skip
        for need, streets in sorted(of_need.items()):
            told.add((vehicle, need))
            yield PlanWarning(WarningCode.TASK_NOT_TOLD, vehicle, _detail(one, need, streets))


def _detail(tracker: Tracker, need: int, streets: Sequence[str]) -> str:
    work = " or ".join(names_of(need))
    count = "1 street" if len(streets) == 1 else f"{len(streets)} streets"
    why = (
        f"its tracker is of type {tracker.kind}, which has no signal for {work}: it denies that "
        f"work, and {count} can"
        if tracker.kind
        else f"its {tracker.fixes:,} fixes that tell tasks never told {work}: if its tracker has "
        f"no signal for that, {count} can"
    )
    return f"{why} come out skipped though collected: {listed(streets)}"


def _wanted(plan: Plan) -> Mapping[str, Mapping[int, list[str]]]:
    """Give by grid and need the names of the streets that have it, sorted."""
    if not plan.work.needs:
        return {}
    found: dict[str, dict[int, list[str]]] = {}
    for grid in plan.grids:
        names: defaultdict[int, set[str]] = defaultdict(set)
        for number, need in plan.needs_of(grid.id).items():
            names[need].add(plan.sections[number].name)
        found[grid.id] = {need: sorted(streets) for need, streets in names.items()}
    return found


def _grids_of(plan: Plan) -> Mapping[str, Iterable[str]]:
    """Give the grids that each vehicle may collect in: its own, lent to, or as a spare."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)  # as the plan has them, each once
    for grid in plan.grids:
        for vehicle in (*grid.vehicles, *plan.spares_of(grid)):
            found[vehicle][grid.id] = None
    for assignment in plan.assignments:
        for vehicle in assignment.vehicles:
            found[vehicle][assignment.grid_id] = None
    return found
