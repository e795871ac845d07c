"""A case: all that the verdicts of one grid in one window rest on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.coverage import Cells, Instants, collecting_passes, cover_all, lay_cells, select
from analytics.unseen import Duty, Unseen, on_duty, unseen_in
from analytics.windows import ServiceWindow, horizon, service_windows
from geofence.network import Network
from geofence.observation import Observation, Passes
from geofence.plan import Grid, Plan


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One grid in one window: what was to be done, what was seen, and what could not be seen."""

    plan: Plan
    network: Network
    grid: Grid
    window: ServiceWindow
    cells: Cells
    earliest: Instants
    """Coverage of the cells in the period judged."""
    duties: tuple[Duty, ...]
    """The vehicles responsible, in the plan's order."""
    unseen: Unseen
    stray: tuple[Passes, ...]
    """For each vehicle, its passes that served streets of grids it does not work for."""
    has_substitute: bool
    """Whether the plan names stand-ins for this date."""


def cases_of(
    observations: Sequence[Observation], plan: Plan, network: Network, service_date: date
) -> Iterator[Case]:
    """Give the cases of a service date, by grid and window in the plan's order.

    A grid without any located street has none.
    """
    zone = ZoneInfo(plan.timezone)
    by_vehicle = {observation.vehicle_id: observation for observation in observations}
    foreign = _foreign_sections(plan, network, service_date)
    for grid in plan.grids:
        windows = service_windows(grid, service_date, zone, plan.rules)
        cells = lay_cells(network, grid.id)
        if not windows or not cells.streets:
            continue
        first_ms, last_ms = horizon(windows, zone, plan.rules)
        duties = tuple(
            on_duty(vehicle, by_vehicle.get(vehicle), first_ms, last_ms)
            for vehicle in plan.vehicles_of(grid, service_date)
        )
        seen = [duty.observation for duty in duties if duty.observation is not None]
        serving = [collecting_passes(observation.passes, cells) for observation in seen]
        stray = tuple(
            _on_sections(observation.passes, foreign[observation.vehicle_id])
            for observation in seen
        )
        for window in windows:
            yield Case(
                plan=plan,
                network=network,
                grid=grid,
                window=window,
                cells=cells,
                earliest=cover_all(cells, serving, window.start_ms, window.period_end_ms),
                duties=duties,
                unseen=unseen_in(window, duties, plan.rules),
                stray=stray,
                has_substitute=any(
                    assignment.grid_id == grid.id and assignment.service_date == service_date
                    for assignment in plan.assignments
                ),
            )


def _on_sections(passes: Passes, sections: NDArray[np.bool_]) -> Passes:
    return select(passes, passes.collecting & sections[passes.section])


def _foreign_sections(
    plan: Plan, network: Network, service_date: date
) -> Mapping[str, NDArray[np.bool_]]:
    """For each vehicle on duty, the sections of grids of which it serves none."""
    grids_of: dict[str, set[str]] = {}
    for grid in plan.grids:
        for vehicle in plan.vehicles_of(grid, service_date):
            grids_of.setdefault(vehicle, set()).add(grid.id)
    return {
        vehicle: np.array(
            [bool(owners) and own.isdisjoint(owners) for owners in network.section_grids]
        )
        for vehicle, own in grids_of.items()
    }
