"""A town of SUMO's as a plan: sections, streets and grids, each with a truck and three windows."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks.partition import partition
from benchmarks.towns.roads import Roads
from benchmarks.towns.streets import name_streets
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Grid, Operator, Plan, Section
from geofence.plan.reader import read_plan
from geofence.plan.timetable import parse_window
from geofence.plan.version import content_version
from geofence.plan.writer import render_plan
from simulators.city.city import City, write_city

WORLD = "SUMO random town"
SERVICE_DATE = date(2026, 3, 17)
TIMEZONE = "Asia/Shanghai"
WINDOWS = ("07:00-09:00", "09:30-11:30", "14:00-16:00")
CENTRE = LocalProjection(113.30, 40.09)
GRIDS = 12
INNER_SHARE = 0.75
"""Grids lie in the middle of the town: so much of its roads, the rest is country."""
STREET_M = (120.0, 1500.0)
"""Of streets at least and at most so long in a grid, some are collected."""
LONGEST, OTHERS = 4, 3
"""How many of a grid's longest streets are collected, and how many of the others at random."""
FEWEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """Roads, and the plan on them."""

    roads: Roads
    plan: Plan
    streets: dict[str, dict[str, tuple[int, ...]]]
    """Drawn roads of each street of each grid."""


def make_town(roads: Roads, seed: int) -> Town:
    """Name streets and share the middle of the town among grids; the same for the same seed."""
    rng = np.random.default_rng([seed, 2001])
    names = name_streets(roads)
    numbers = np.array(sorted(names))
    back = roads.opposite[numbers]
    numbers = numbers[roads.core[numbers] & ((back < 0) | roads.core[back])]
    middle = roads.middle[numbers]
    far_m = np.hypot(*(middle - middle.mean(axis=0)).T)
    inner = numbers[far_m <= np.quantile(far_m, INNER_SHARE)]
    part = partition(roads.middle[inner], roads.length_m[inner], GRIDS)
    streets = {}
    for place in range(GRIDS):
        chosen = _choose(inner[part == place].tolist(), names, roads.length_m, rng)
        if len(chosen) >= FEWEST:
            streets[f"G{place + 1:02d}"] = chosen
    return Town(roads, _plan_of(roads, names, streets, f"{WORLD} {seed}"), streets)


def _choose(
    numbers: list[int], names: dict[int, str], length_m: NDArray[np.float64],
    rng: np.random.Generator,
) -> dict[str, tuple[int, ...]]:  # fmt: skip
    held: dict[str, list[int]] = {}
    for number in numbers:
        held.setdefault(names[number], []).append(number)
    long_m = {name: float(length_m[own].sum()) for name, own in held.items()}
    fit = sorted(
        (name for name in held if STREET_M[0] <= long_m[name] <= STREET_M[1]),
        key=lambda name: (-long_m[name], name),
    )
    others = rng.permutation(len(fit[LONGEST:]))[:OTHERS].tolist()
    chosen = [*fit[:LONGEST], *(fit[LONGEST + other] for other in others)]
    return {name: tuple(held[name]) for name in sorted(chosen)}


def _plan_of(
    roads: Roads, names: dict[int, str], streets: dict[str, dict[str, tuple[int, ...]]], title: str
) -> Plan:
    grid_of = {
        number: grid for grid, own in streets.items() for way in own.values() for number in way
    }
    sections = []
    for number in sorted(names):
        degrees = np.stack(CENTRE.to_degrees(*roads.roads[number].line.T), axis=1).round(7)
        grids = (grid_of[number],) if number in grid_of else ()
        oneway = bool(roads.opposite[number] < 0)
        sections.append(Section(section_of(number), names[number], grids, oneway, degrees))
    areas = tuple(
        Grid(grid, "sumo", (vehicle_of(grid),), tuple(map(parse_window, WINDOWS)),
             streets=tuple(sorted(own)))
        for grid, own in streets.items()
    )  # fmt: skip
    operator = Operator("sumo", "Operator of a town of SUMO")
    plan = Plan(
        title, TIMEZONE, date(2026, 1, 1), (operator,), areas, tuple(sections), "", schematic=True
    )
    return replace(plan, version=content_version(plan))


def vehicle_of(grid: str) -> str:
    """Name the truck of a grid."""
    return f"T-{grid}"


def section_of(number: int) -> str:
    """Name the section that draws a road."""
    return f"R{number:05d}"


def write_and_read(plan: Plan, folder: Path) -> Plan:
    """Write ``plan.toml`` and ``streets.geojson`` as anyone would have them, and read them."""
    write_city(City(list(plan.sections), list(plan.facilities)), folder)
    (folder / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
    return read_plan(folder / "plan.toml")
