"""The service plan: operators, grids, vehicles, streets and daily windows, as checked values.

`geofence.plan.reader` makes a `Plan` of `plan.toml` and `streets.geojson` and refuses a broken one.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from operator import itemgetter
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from geofence.plan.work import ANY_TASK, NO_WORK, Work

MINUTES_OF_A_DAY = 24 * 60
EVERY_DAY = frozenset(range(7))
ExemptionReason = Literal["holiday", "road_closed", "other"]
EXEMPTION_REASONS: tuple[ExemptionReason, ...] = get_args(ExemptionReason)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the trucks of some grids."""

    id: str
    name: str
    contact: str = field(default="", repr=False)
    """Never shown on a public page, never logged."""
    spares: tuple[str, ...] = ()
    """Vehicles that may make up misses of any of its grids."""


@dataclass(frozen=True, slots=True)
class DailyWindow:
    """A daily stretch of local time ``[start, end)``."""

    text: str
    """As written in the plan, such as ``22:00-02:00``."""
    start_min: int
    """Minutes after local midnight, 0 to 1439."""
    end_min: int
    """Minutes after the midnight the window starts from; above 1440 when it crosses the next."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A service area: its streets are collected by its vehicles in its windows."""

    id: str
    operator_id: str
    vehicles: tuple[str, ...]
    windows: tuple[DailyWindow, ...]
    days: frozenset[int] = EVERY_DAY
    """Weekdays of service, 0 = Monday."""
    streets: tuple[str, ...] = ()
    """Names the grid lists itself; one without any section is unlocated."""
    tasks: int = ANY_TASK
    """Which of them must be told where a truck tells its tasks: a mask of `ingest.tasks`."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The vehicles that stand in for a grid's own on one service date."""

    grid_id: str
    service_date: date
    vehicles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exemption:
    """What is not judged on some service dates: an entry ``[[exceptions]]`` of a plan."""

    first: date
    last: date
    """The last date that it holds for."""
    reason: ExemptionReason
    note: str = ""
    grid_id: str = ""
    """Empty if it holds for every grid."""
    streets: tuple[str, ...] = ()
    """Empty if it holds for every street."""
    windows: tuple[str, ...] = ()
    """As the grids write them; empty if it holds for every window."""


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A stretch of one street, drawn as one line."""

    id: str
    name: str
    """Empty for a road without a name."""
    grids: tuple[str, ...]
    """Ids of the grids that must collect here; empty for a connecting road."""
    oneway: bool
    """True if traffic follows the drawn direction only."""
    coordinates: NDArray[np.float64]
    """Shape (n, 2): longitude, latitude in degrees WGS 84."""
    mentions: tuple[str, ...] = ()
    """Other words by which grids list the street, such as ``永泰南路北段``; it bears one name."""
    written_name: str = ""
    """The name as the file has it, where that is another Unicode form."""
    tasks: int = ANY_TASK
    """As of a grid; `ANY_TASK` leaves it to the grid."""


@dataclass(frozen=True, slots=True)
class Facility:
    """A place trucks go to besides streets; only the simulator and maps need it."""

    kind: Literal["depot", "transfer_station"]
    name: str
    longitude: float
    latitude: float


def street_name(text: str) -> str:
    """Give the name of a street as a plan knows it: in the composed form (NFC), stripped.

    One map writes é as one character and another as two; the street is the same.
    """
    return unicodedata.normalize("NFC", text).strip()


PROVABLE_M = 20.0
"""Of a shorter street fixes cannot prove that it was not served: a fix may be off along the street
by twice its error, which is 8 m unless reported, and there may be none on it at all."""


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """The numbers behind a verdict; ``[service]`` of a plan overrides them."""

    served_ratio: float = 0.90
    """Share of a street's length, 0 to 1, that makes it served."""
    skipped_ratio: float = 0.10
    """At most this share, 0 to 1, and a street is skipped rather than partial."""
    grace_min: float = 10.0
    """Minutes after a window's end that still count as in time."""
    start_grace_min: float = 15.0
    """Minutes after a window's start before its first served metre is a late start."""
    gap_s: float = 120.0
    """Least silence, in seconds, that is a gap: more for vehicles that report seldom, see
    `geofence.track.reporting`."""
    outlier_speed_mps: float = 40.0
    """A fix that needs more than this, both to reach and to leave, is dropped."""
    service_speed_kmh: float = 30.0
    """Mean speed up to which a truck without a working signal is taken to collect."""
    prism_travel_mps: float = 14.0
    """How fast a truck out of sight may have travelled."""
    prism_service_kmh: float = 30.0
    """How fast a truck out of sight may have collected: at least `service_speed_kmh`, which it
    follows where a plan names that alone, for what counts in sight may have happened out of it."""
    allowed_lateness_min: float = 30.0
    """Minutes after a deadline until a verdict is final."""
    provably_missed_ratio: float = 0.10
    """Share of a grid's length above which what no gap can hold turns unknown into partial."""


RULE_NAMES = tuple(rule.name for rule in fields(ServiceRules))


@dataclass(frozen=True, eq=False)
class Plan:
    """A whole plan, read and checked.

    Who asks of every grid asks `sections_of_grid` and its like: a walk through all sections a grid
    would take minutes in a large city.
    """

    name: str
    timezone: str
    """IANA name, such as ``Asia/Shanghai``."""
    effective_from: date
    operators: tuple[Operator, ...]
    grids: tuple[Grid, ...]
    sections: tuple[Section, ...]
    version: str
    """SHA-256 of the content, as 64 hexadecimal digits."""
    rules: ServiceRules = ServiceRules()
    assignments: tuple[Assignment, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    facilities: tuple[Facility, ...] = ()
    schematic: bool = False
    """True if the geometry is drawn, not surveyed; every view of it must say so."""
    speeds_kmh: tuple[tuple[int, float], ...] = ()
    """Of `[service.per_task]`: mean speed up to which a truck does a task, by its bit."""

    @property
    def vehicles(self) -> frozenset[str]:
        """Every vehicle that the plan names: of grids, stand-ins and spares."""
        return frozenset().union(
            *(grid.vehicles for grid in self.grids),
            *(assignment.vehicles for assignment in self.assignments),
            *(operator.spares for operator in self.operators),
        )

    @cached_property
    def grid_by_id(self) -> Mapping[str, Grid]:
        """The grids by their ids."""
        return {grid.id: grid for grid in self.grids}

    @cached_property
    def operator_by_id(self) -> Mapping[str, Operator]:
        """The operators by their ids."""
        return {operator.id: operator for operator in self.operators}

    @cached_property
    def sections_of_grid(self) -> Mapping[str, tuple[int, ...]]:
        """Numbers of the sections of each grid, ascending; a grid without any is not named."""
        found: dict[str, list[int]] = {}
        for number, section in enumerate(self.sections):
            for grid_id in section.grids:
                found.setdefault(grid_id, []).append(number)
        return {grid_id: tuple(numbers) for grid_id, numbers in found.items()}

    @cached_property
    def sections_of_street(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        """Numbers of the sections of each grid's id and street, ascending."""
        found: dict[tuple[str, str], list[int]] = {}
        for number, section in enumerate(self.sections):
            for grid_id in section.grids:
                found.setdefault((grid_id, section.name), []).append(number)
        return {street: tuple(numbers) for street, numbers in found.items()}

    @cached_property
    def work(self) -> Work:
        """What the plan asks of the tasks that trucks tell."""
        needs = {need for grid in self.grids for need in self.needs_of(grid.id).values()}
        return Work(tuple(sorted(needs)), self.speeds_kmh) if needs or self.speeds_kmh else NO_WORK

    def needs_of(self, grid_id: str) -> Mapping[int, int]:
        """Give the tasks that serve sections of a grid, by their numbers; those with any are out.

        What a section says goes before what its grid says.
        """
        of_grid = self.grid_by_id[grid_id].tasks
        needs = (
            (number, self.sections[number].tasks or of_grid)
            for number in self.sections_of_grid.get(grid_id, ())
        )
        return {number: need for number, need in needs if need != ANY_TASK}

    @cached_property
    def _mentioned(self) -> frozenset[tuple[str, str]]:
        """Ids of grids with what sections of theirs are mentioned as."""
        return frozenset(
            (grid_id, mention)
            for section in self.sections
            for mention in section.mentions
            for grid_id in section.grids
        )

    @cached_property
    def _stand_ins(self) -> Mapping[tuple[str, date], tuple[str, ...]]:
        """Vehicles of the assignments; of two for one grid and date the plan's first counts."""
        return {
            (each.grid_id, each.service_date): each.vehicles for each in reversed(self.assignments)
        }

    @cached_property
    def _exemptions_of_grid(self) -> Mapping[str, list[tuple[int, Exemption]]]:
        found: dict[str, list[tuple[int, Exemption]]] = {}
        for place, exemption in enumerate(self.exemptions):
            found.setdefault(exemption.grid_id, []).append((place, exemption))
        return found

    def exemptions_of(self, grid_id: str) -> tuple[Exemption, ...]:
        """Give the exceptions that hold for a grid, alone or with all, in the plan's order."""
        of_all = self._exemptions_of_grid.get("", [])
        own = self._exemptions_of_grid.get(grid_id, []) if grid_id else []
        return tuple(exemption for _, exemption in sorted([*own, *of_all], key=itemgetter(0)))

    def has_stand_in(self, grid: Grid, service_date: date) -> bool:
        """Tell whether an assignment names other vehicles for `grid` on a date."""
        return (grid.id, service_date) in self._stand_ins

    def vehicles_of(self, grid: Grid, service_date: date) -> tuple[str, ...]:
        """Give the vehicles responsible for `grid` on a date, with stand-ins applied."""
        return self._stand_ins.get((grid.id, service_date), grid.vehicles)

    def spares_of(self, grid: Grid) -> tuple[str, ...]:
        """Give the vehicles of the grid's operator that may make up what was missed."""
        return self.operator_by_id[grid.operator_id].spares

    def drawn_streets(self, grid_id: str) -> frozenset[str]:
        """Name the streets that sections of a grid bear; a section without a name has none."""
        numbers = self.sections_of_grid.get(grid_id, ())
        return frozenset(self.sections[number].name for number in numbers)

    def unlocated(self, grid: Grid) -> tuple[str, ...]:
        """Name the streets that `grid` lists but no section draws, in the plan's order."""
        return tuple(
            name
            for name in grid.streets
            if (grid.id, name) not in self.sections_of_street
            and (grid.id, name) not in self._mentioned
        )
