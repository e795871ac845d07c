"""Trackers that tell tasks, but never the one that a street wants: they deny work that was done."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from geofence.plan.plan import Plan
from geofence.review.warning import PlanWarning, WarningCode, listed
from ingest.tasks import names_of


class Tracker(NamedTuple):
    """A device of a vehicle, and which tasks it can tell at all."""

    vehicle_id: str
    kind: str
    """What its type is called."""
    tells: int
    """A mask of `ingest.tasks`, not empty: a device that tells no tasks denies none."""


def tasks_not_told(plan: Plan, trackers: Iterable[Tracker]) -> Iterator[PlanWarning]:
    """Tell trackers that can affirm no task by which a street of their vehicle is served.

    One warning for a vehicle, a type and the tasks wanted, whatever their order.
    """
    wanted = _wanted(plan)
    grids_of = _grids_of(plan)
    for vehicle, kind, tells in sorted(set(trackers)):
        of_need: defaultdict[int, list[str]] = defaultdict(list)
        for grid_id in grids_of.get(vehicle, ()):
            for need, streets in wanted.get(grid_id, {}).items():
                if not need & tells:
                    of_need[need] += [f"{street or 'one without a name'} ({grid_id})"
                                      for street in streets]  # fmt: skip
        for need, streets in sorted(of_need.items()):
            count = len(streets)
            yield PlanWarning(
                WarningCode.TASK_NOT_TOLD,
                vehicle,
                f"its tracker is of type {kind}, which has no signal for "
                f"{' or '.join(names_of(need))}: it denies that work, and "
                f"{'1 street' if count == 1 else f'{count} streets'} can come out skipped though "
                f"collected: {listed(streets)}",
            )


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
