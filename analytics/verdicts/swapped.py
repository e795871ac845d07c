"""Units in the wrong truck: fixes that speak for another vehicle than they are named after.

A tracker is moved from one truck into another, and what it had stored comes under the other's name.
Then one truck seems to have done the whole work of another, of which nothing was heard, and none of
its own. Nobody can tell from fixes whether the unit was moved or the truck was lent without a word
in the plan, so what it missed is not proven.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.coverage.coverage import select
from analytics.coverage.windows import ServiceWindow, service_windows
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation, Passes, nothing_of

ANOTHERS_SHARE = 0.5
"""A truck that served at least this share of another's grid, in a window of that,"""
OWN_SHARE = 0.1
"""and meanwhile at most this share of any of its own, may not be the one that its fixes name."""

Lengths = NDArray[np.float64]
Numbers = NDArray[np.int64]


def find_swapped(
    observations: Sequence[Observation],
    plan: Plan,
    network: Network,
    service_date: date,
    passing: Callable[[Numbers], Sequence[Observation]] | None = None,
) -> dict[str, Misfit]:
    """Find the vehicles that did the work of another, of which nothing was heard, in its window.

    Parameters
    ----------
    observations
        In order of vehicle id.
    passing
        Gives who passed over sections, as `passing_over` does, where `observations` lack passes.
    """
    grids = _Grids(plan, network, service_date)
    heard = {each.vehicle_id: each.time_ms for each in observations}
    silent = [
        (window, sections)
        for window, sections, vehicles in grids.windows()
        if not any(_is_heard(heard.get(vehicle), window) for vehicle in vehicles)
    ]
    if not silent:
        return {}
    if passing is not None:
        observations = passing(np.unique(np.concatenate([sections for _, sections in silent])))
    passed = _Passing(observations)
    found: dict[str, Misfit] = {}
    for window, sections in silent:
        for each in passed.over(sections):
            own = grids.of_vehicle.get(each.vehicle_id, ())
            if not own or each.vehicle_id in found or window.grid_id in own:
                continue
            served = _served_m(each, network, window)
            others = np.setdiff1d(sections, np.concatenate([grids.sections[g] for g in own]))
            share = _share(served, others, network)
            if share >= ANOTHERS_SHARE and all(
                _share(served, grids.sections[grid], network) <= OWN_SHARE for grid in own
            ):
                nothing = float("nan")
                found[each.vehicle_id] = Misfit(
                    None, nothing, nothing, 0, nothing, nothing, in_place_of=window.grid_id
                )
    return found


def passing_over(observations: Sequence[Observation], sections: Numbers) -> list[Observation]:
    """Give who served any of some sections, with nothing but the passes that count."""
    found = []
    for each in observations:
        counting = _counting(each.passes)
        if np.isin(each.passes.section[counting], sections).any():
            found.append(replace(nothing_of(each.vehicle_id), passes=select(each.passes, counting)))
    return found


class _Passing:
    """Who served a part of which sections: nobody else need be asked, however large the fleet."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._observations = observations

    def over(self, sections: Numbers) -> Iterator[Observation]:
        """Give who served any of these, in order."""
        numbers = {number for one in sections.tolist() for number in self._of_section.get(one, ())}
        return (self._observations[number] for number in sorted(numbers))

    @cached_property
    def _of_section(self) -> Mapping[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, each in enumerate(self._observations):
            for section in np.unique(each.passes.section[_counting(each.passes)]).tolist():
                found.setdefault(section, []).append(number)
        return found


class _Grids:
    """Who serves which sections on a date."""

    def __init__(self, plan: Plan, network: Network, service_date: date) -> None:
        self._plan, self._date = plan, service_date
        self.sections: Mapping[str, Numbers] = {
            grid.id: np.unique(np.array(network.sections_of_grid.get(grid.id, ()), np.int64))
            for grid in plan.grids
        }
        self.of_vehicle: dict[str, list[str]] = {}
        for grid in plan.grids:
            for vehicle in plan.vehicles_of(grid, service_date):
                self.of_vehicle.setdefault(vehicle, []).append(grid.id)

    def windows(self) -> Iterator[tuple[ServiceWindow, Numbers, tuple[str, ...]]]:
        zone = ZoneInfo(self._plan.timezone)
        for grid in self._plan.grids:
            sections = self.sections[grid.id]
            if len(sections):
                vehicles = self._plan.vehicles_of(grid, self._date)
                for window in service_windows(grid, self._date, zone, self._plan.rules):
                    yield window, sections, vehicles


def _is_heard(time_ms: NDArray[np.int64] | None, window: ServiceWindow) -> bool:
    if time_ms is None:
        return False
    return bool(((time_ms >= window.start_ms) & (time_ms < window.end_ms)).any())


def _served_m(
    seen: Observation, network: Network, window: ServiceWindow
) -> tuple[Numbers, Lengths]:
    """Give the sections served in a window, ascending, and the metres of each, at most its length.

    Of these only, as the network of a large city has hundreds of thousands.
    """
    passes = seen.passes
    chosen = _counting(passes)
    chosen &= (passes.started_ms < window.end_ms) & (passes.finished_ms >= window.start_ms)
    sections, place = np.unique(passes.section[chosen].astype(np.int64), return_inverse=True)
    need, way_m = passes.need[chosen], np.abs(passes.to_m - passes.from_m)[chosen]
    most = np.zeros(len(sections))
    for one in np.unique(need):
        these = need == one
        of_one = np.bincount(place[these], way_m[these], minlength=len(most))
        most = np.maximum(most, of_one)
    return sections, np.minimum(most, network.section_length_m[sections])


def _counting(passes: Passes) -> NDArray[np.bool_]:
    return passes.collecting & passes.certain


def _share(served: tuple[Numbers, Lengths], sections: Numbers, network: Network) -> float:
    length_m = float(network.section_length_m[sections].sum())
    where, metres = served
    return float(metres[np.isin(where, sections)].sum()) / length_m if length_m else 0.0
