"""A case: all that the verdicts of one grid in one window rest on."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from analytics.coverage.coverage import (
    Cells,
    Instants,
    cover_all,
    cover_uncertain,
    lay_cells,
    merge,
    select,
)
from analytics.coverage.exemption import exempt_streets
from analytics.coverage.unseen import Duty, Unseen, on_duty, unseen_in
from analytics.coverage.windows import ServiceWindow, horizon, service_windows
from geofence.network.network import Network
from geofence.plan.plan import Grid, Plan
from geofence.plan.work import ANY_TASK
from geofence.seen.observation import Observation, Passes


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
    possible: Instants
    """When each cell may first have been served, by a pass that is certain or not."""
    duties: tuple[Duty, ...]
    """The vehicles responsible, in the plan's order."""
    unseen: Unseen
    stray: tuple[Passes, ...]
    """For each vehicle, its passes that provably served streets of grids it does not work for."""
    has_substitute: bool
    """Whether the plan names stand-ins for this date."""


def cases_of(
    observations: Sequence[Observation],
    plan: Plan,
    network: Network,
    service_date: date,
    grid_ids: Collection[str] | None = None,
) -> Iterator[Case]:
    """Give the cases of a service date, of some grids or all, by grid and window in plan order.

    A grid without any located street has none, nor has one in a window in which all of them are
    exempt.
    """
    zone = ZoneInfo(plan.timezone)
    by_vehicle = {observation.vehicle_id: observation for observation in observations}
    own = _grids_of_vehicles(plan, service_date)
    for grid in plan.grids:
        if grid_ids is not None and grid.id not in grid_ids:
            continue
        windows = service_windows(grid, service_date, zone, plan.rules)
        needs = plan.needs_of(grid.id)
        all_cells = lay_cells(network, grid.id, needs=needs)
        if not windows or not all_cells.streets:
            continue
        first_ms, last_ms = horizon(windows, zone, plan.rules)
        duties = tuple(
            on_duty(vehicle, by_vehicle.get(vehicle), first_ms, last_ms)
            for vehicle in plan.vehicles_of(grid, service_date)
        )
        seen = [duty.observation for duty in duties if duty.observation is not None]
        passes = [observation.passes for observation in seen]
        stray = tuple(
            _on_foreign(observation.passes, network, own[observation.vehicle_id])
            for observation in seen
        )
        for window in windows:
            exempt = exempt_streets(plan, grid.id, window.text, service_date, all_cells.streets)
            cells = lay_cells(network, grid.id, exempt, needs) if exempt else all_cells
            if not cells.streets:
                continue
            period_ms = (window.start_ms, window.period_end_ms)
            earliest = cover_all(cells, passes, *period_ms)
            yield Case(
                plan=plan,
                network=network,
                grid=grid,
                window=window,
                cells=cells,
                earliest=earliest,
                possible=merge(earliest, cover_uncertain(cells, passes, *period_ms)),
                duties=duties,
                unseen=unseen_in(window, duties, plan.rules),
                stray=stray,
                has_substitute=plan.has_stand_in(grid, service_date),
            )


def _grids_of_vehicles(plan: Plan, service_date: date) -> Mapping[str, set[str]]:
    """Give the grids that each vehicle on duty serves."""
    own: dict[str, set[str]] = {}
    for grid in plan.grids:
        for vehicle in plan.vehicles_of(grid, service_date):
            own.setdefault(vehicle, set()).add(grid.id)
    return own


def _on_foreign(passes: Passes, network: Network, own: Set[str]) -> Passes:
    """Keep what counts of passes over sections of grids of which none is a vehicle's own there."""
    counting = passes.collecting & passes.certain & (passes.need == ANY_TASK)
    sections, place = np.unique(passes.section, return_inverse=True)
    foreign = np.array(
        [
            bool(network.section_grids[section]) and own.isdisjoint(network.place_grids[section])
            for section in sections.tolist()
        ],
        dtype=np.bool_,
    )
    return select(passes, counting & foreign[place])
