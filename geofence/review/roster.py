"""What is odd in what a plan lists: operators without work, streets that are not drawn."""

from collections.abc import Iterator

from geofence.plan.plan import Plan
from geofence.review.warning import PlanWarning, WarningCode, listed


def idle_operators(plan: Plan) -> Iterator[PlanWarning]:
    """Tell operators that run no grid."""
    busy = {grid.operator_id for grid in plan.grids}
    for operator in plan.operators:
        if operator.id not in busy:
            yield PlanWarning(WarningCode.OPERATOR_WITHOUT_GRID, operator.id, "runs no grid")


def unequal_lists(plan: Plan) -> Iterator[PlanWarning]:
    """Tell grids of which nothing is drawn, or not what they list."""
    listed_by = {grid.id: frozenset(grid.streets) for grid in plan.grids}
    drawn: dict[str, set[str]] = {grid.id: set() for grid in plan.grids}
    mentioned: dict[str, set[str]] = {grid.id: set() for grid in plan.grids}
    for section in plan.sections:
        for grid_id in section.grids:
            drawn[grid_id].add(section.name)
            if not listed_by[grid_id].isdisjoint(section.mentions):
                mentioned[grid_id].add(section.name)
    for grid in plan.grids:
        names = drawn[grid.id]
        if not names:
            yield PlanWarning(WarningCode.GRID_WITHOUT_SECTION, grid.id, "has no section")
        unlocated = plan.unlocated(grid)
        if unlocated:
            yield PlanWarning(
                WarningCode.STREET_UNLOCATED, grid.id, f"not drawn: {listed(unlocated)}"
            )
        unlisted = sorted(names - listed_by[grid.id] - mentioned[grid.id]) if grid.streets else []
        if unlisted:
            yield PlanWarning(
                WarningCode.STREET_NOT_LISTED, grid.id, f"drawn but not listed: {listed(unlisted)}"
            )
