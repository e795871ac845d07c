"""A day of each truck as a route: its windows' runs, some of them faulty, and rests between."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.towns.roads import Roads
from benchmarks.towns.town import Town, vehicle_of

FAULTS = {"ok": 0.40, "skip": 0.30, "gap": 0.10, "late": 0.10, "half": 0.06, "skip_all": 0.04}
"""How often a run goes wrong, and how; ``gap`` is an ok run whose tracker falls silent."""
SKIPPED = (1, 4)
"""Streets that a run leaves out: from, and fewer than."""
OUT_S = 120
"""A truck leaves its yard so long before the first window."""
END_S = 1800
"""It is in sight so long after the last one."""
BEGINS_S = (0, 300)
"""Seconds after the window's start when a run begins."""
LATE_S = (200, 500)
"""Seconds before the window's end when a late one does."""
REST_M = 30.0
"""A truck rests on a road at least so long, on which the shift was not since its last rest."""
YARDS = (15, 50)
"""A yard is one of the roads so many places away from the middle of the grid."""


class Stop(NamedTuple):
    """Standing at the end of a road until a second after midnight."""

    road: int
    until_s: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One truck's day."""

    vehicle: str
    route: tuple[int, ...]
    stops: tuple[Stop, ...]
    faults: tuple[str, ...]
    """What each window's run was meant to be. What it came to, the motion tells."""


def window_s(text: str) -> tuple[int, int]:
    """Read a window within a day as seconds after midnight."""
    start, end = (60 * (60 * int(at[:2]) + int(at[3:])) for at in text.split("-"))
    return start, end


def plan_shifts(town: Town, seed: int) -> list[Shift]:
    """Send a truck to every grid; the same for the same seed."""
    found = []
    for number, grid in enumerate(town.plan.grids):
        rng = np.random.default_rng([seed, 2002, number])
        windows = [window_s(window.text) for window in grid.windows]
        found.append(_Driver(town, grid.id, rng).shift(windows))
    return found


class _Driver:
    """Drives from task to task the shortest way, and remembers where it was."""

    def __init__(self, town: Town, grid: str, rng: np.random.Generator) -> None:
        self._roads, self._grid, self._rng = town.roads, grid, rng
        self._streets = town.streets[grid]
        self._own = {number for way in self._streets.values() for number in way}
        self._route = [self._yard()]
        self._since = 0
        """Place in the route of the last rest."""
        self._stops: list[Stop] = []

    def shift(self, windows: list[tuple[int, int]]) -> Shift:
        faults = []
        for start_s, end_s in windows:
            fault = str(self._rng.choice(list(FAULTS), p=list(FAULTS.values())))
            begin_s = start_s + int(self._rng.integers(*BEGINS_S))
            if fault == "late":
                begin_s = end_s - int(self._rng.integers(*LATE_S))
            self._rest(begin_s)
            self._run(self._tasks(fault))
            faults.append(fault)
        self._rest(windows[-1][1] + END_S)
        return Shift(vehicle_of(self._grid), tuple(self._route), tuple(self._stops), tuple(faults))

    def _yard(self) -> int:
        roads = self._roads
        middle = roads.middle[sorted(self._own)].mean(axis=0)
        by_distance = np.argsort(np.hypot(*(roads.middle - middle).T), kind="stable").tolist()
        fit = [
            road for road in by_distance if self._fit(road) and roads.drawn[road] not in self._own
        ]
        return int(self._rng.choice(fit[YARDS[0] : YARDS[1]]))

    def _fit(self, road: int) -> bool:
        return bool(self._roads.core[road] and self._roads.roads[road].lane_m >= REST_M)

    def _tasks(self, fault: str) -> list[int]:
        """Choose the roads that a run goes for."""
        streets = {name: list(own) for name, own in self._streets.items()}
        if fault == "skip_all":
            return []
        if fault == "skip":
            for name in self._rng.permutation(sorted(streets))[: self._rng.integers(*SKIPPED)]:
                del streets[str(name)]
        if fault == "half":
            several = [name for name in sorted(streets) if len(streets[name]) > 1]
            if several:
                name = str(self._rng.choice(several))
                streets[name] = streets[name][: len(streets[name]) // 2]
        return [number for own in streets.values() for number in own]

    def _run(self, tasks: list[int]) -> None:
        """Drive over every road in one of its directions, from a random first to the nearest."""
        roads, left = self._roads, set(tasks)
        goals = [int(self._rng.choice(tasks))] if tasks else []
        while goals:
            here = self._route[-1]
            reach = roads.reach(here)
            both = {*goals, *(int(back) for back in roads.opposite[goals] if back >= 0)} - {here}
            if not both:
                return
            nearest = min(both, key=lambda road: (reach.metres[road] - roads.length_m[road], road))
            way = reach.way_to(nearest)
            self._route += way
            left -= {int(number) for number in roads.drawn[way]}
            goals = sorted(left)

    def _rest(self, until_s: int) -> None:
        """Stand on the nearest road where the truck was not since its last rest.

        SUMO stops a vehicle where it first comes over a road, so on any other it would stop too
        early. Every second rest may be on a street of the grid.
        """
        if len(self._route) == 1:
            self._stops.append(Stop(self._route[0], until_s))
            return
        roads, reach = self._roads, self._roads.reach(self._route[-1])
        seen = set(self._route[self._since :])
        anywhere = self._rng.random() < 0.5
        for road in np.argsort(reach.metres, kind="stable").tolist():
            if (
                road in seen
                or not self._fit(road)
                or (not anywhere and roads.drawn[road] in self._own)
            ):
                continue
            self._route += reach.way_to(road)
            self._since = len(self._route) - 1
            self._stops.append(Stop(road, until_s))
            return
        raise ValueError(f"{self._grid}: no road to rest on")


def roads_of(shift: Shift, roads: Roads) -> str:
    """Write a shift's route as SUMO wants it."""
    return " ".join(roads.roads[number].id for number in shift.route)
