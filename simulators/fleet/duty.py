"""What is asked of the vehicles of a grid on one date, and what goes wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from geofence.network.network import Network
from geofence.plan.plan import Facility, Grid, Plan
from simulators.receivers.faults import Silence
from simulators.receivers.scenario import Episode, Kind, Street, episodes, seeded
from simulators.trucks.service_day import WindowTimes, windows_of
from simulators.trucks.truck import Haunts, Job, Withheld

LONG_WINDOW_S = 6 * 3600.0
"""A window this long is driven more than once."""
LAP_EVERY_S = 4 * 3600.0


@dataclass(slots=True)
class Duty:
    """What a grid's vehicles are to do on a date, and what befalls it."""

    grid: Grid
    kind: Kind
    windows: list[WindowTimes]
    vehicles: tuple[str, ...]
    streets: dict[str, Street]
    sections: dict[str, list[int]]
    episodes: list[Episode]
    stand_in: str = ""
    """The spare vehicle that makes up what is missed; empty if the grid's own do."""
    silences: list[Silence] = field(default_factory=list)

    @property
    def crew(self) -> tuple[str, ...]:
        """All vehicles with work in the grid."""
        return (*self.vehicles, self.stand_in) if self.stand_in else self.vehicles


def duty_of(
    plan: Plan, grid: Grid, network: Network, service_date: date, kind: Kind, seed: int
) -> Duty:
    """Look up a grid's streets and windows, and draw what goes wrong."""
    sections: dict[str, list[int]] = {}
    for number in network.sections_of_grid.get(grid.id, ()):
        sections.setdefault(network.section_names[number], []).append(number)
    edges_of = {
        name: network.edges_of(network.twins.carrying(numbers))
        for name, numbers in sections.items()
    }
    streets = {
        name: Street(name, tuple(edges.tolist()), tuple(network.edge_length_m[edges].tolist()))
        for name, edges in edges_of.items()
    }
    windows = windows_of(grid, service_date, ZoneInfo(plan.timezone), plan.rules)
    rng = seeded(seed, service_date.isoformat(), "episodes", grid.id)
    vehicles = plan.vehicles_of(grid, service_date)
    stand_in = _stand_in(plan, grid, vehicles, rng) if kind is Kind.MAKE_UP else ""
    return Duty(
        grid=grid,
        kind=kind,
        windows=windows,
        vehicles=vehicles,
        streets=streets,
        sections=sections,
        episodes=episodes(kind, windows, streets, rng, by_spare=bool(stand_in)),
        stand_in=stand_in,
    )


def _stand_in(plan: Plan, grid: Grid, vehicles: tuple[str, ...], rng: np.random.Generator) -> str:
    """Call a spare of the grid's operator, if it has one, every other time."""
    spares = [vehicle for vehicle in plan.spares_of(grid) if vehicle not in vehicles]
    return str(rng.choice(spares)) if spares and rng.random() < 0.5 else ""


def _share_of(duty: Duty, vehicle: str) -> frozenset[int]:
    """Divide a grid's streets among its vehicles, one after the other; others have none."""
    if vehicle not in duty.vehicles:
        return frozenset()
    place, count = duty.vehicles.index(vehicle), len(duty.vehicles)
    return frozenset(
        edge for street in list(duty.streets.values())[place::count] for edge in street.edges
    )


def jobs_of(duty: Duty, vehicle: str) -> list[Job]:
    """Plan the tours of one vehicle: one a window, more in long ones, late ones and second ones."""
    share = _share_of(duty, vehicle)
    edges = tuple(sorted(share))
    tours = []
    for window in duty.windows if edges else ():
        length_s = window.end_s - window.start_s
        count = 1 if length_s < LONG_WINDOW_S else int(length_s / LAP_EVERY_S)
        tours += [Job(window.start_s + k * LAP_EVERY_S, window, edges) for k in range(count)]
    second = frozenset() if duty.stand_in else share
    for episode in duty.episodes:
        mine = tuple(sorted(episode.edges if vehicle == duty.stand_in else episode.edges & second))
        if episode.catch_up_s is not None and mine:
            tours.append(Job(episode.catch_up_s, episode.window, mine, catch_up=True))
    return tours


def withheld_by(duty: Duty) -> Iterator[Withheld]:
    """Give what the vehicles of a grid must not collect, and when."""
    for episode in duty.episodes:
        if episode.edges:
            yield Withheld(
                episode.edges,
                episode.from_s,
                episode.until_s,
                driven_through=episode.kind is not Kind.LATE,
            )


def haunts_of(facilities: Sequence[Facility], network: Network) -> Haunts:
    """Find the node nearest to each facility."""
    nodes: dict[str, list[int]] = {"depot": [], "transfer_station": []}
    for facility in facilities:
        x, y = network.projection.to_metres(
            np.array([facility.longitude]), np.array([facility.latitude])
        )
        away = np.hypot(network.node_x - x[0], network.node_y - y[0])
        nodes[facility.kind].append(int(np.argmin(away)))
    depots = nodes["depot"]
    return Haunts(depots[0] if depots else None, tuple(nodes["transfer_station"]))
