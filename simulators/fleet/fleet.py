"""A whole fleet over one service date: motions, pings as they arrive, and the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from ingest.ping import RECEIVED_COLUMN, conform
from ingest.tasks import Task
from simulators.fleet.duty import Duty, duty_of, haunts_of, jobs_of, withheld_by
from simulators.receivers.faults import (
    QUIET_WIRE,
    ROUGH_WIRE,
    GapSettings,
    WireSettings,
    arrivals,
    silences,
    without,
)
from simulators.receivers.receiver import ReceiverSettings, fixes
from simulators.receivers.scenario import Kind, Scenario, kinds, seeded
from simulators.trucks.driving import DrivingSettings
from simulators.trucks.motion import Motion
from simulators.trucks.roads import Roads
from simulators.trucks.service_day import midnight_after_s
from simulators.trucks.truck import Truck, TruckDay
from simulators.truth.truth import GridDay, truth_table


class UnknownGridError(ValueError):
    """Grids asked for that the plan does not have."""

    def __init__(self, unknown: Sequence[str], known: Sequence[str]) -> None:
        self.unknown = tuple(unknown)
        super().__init__(
            f"no grid {', '.join(unknown)} in the plan; it has {', '.join(known[:8])}"
            + (" …" if len(known) > 8 else "")
        )


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """Everything about a simulated date that may be set."""

    driving: DrivingSettings = field(default_factory=DrivingSettings)
    receiver: ReceiverSettings = field(default_factory=ReceiverSettings)
    gaps: GapSettings = field(default_factory=GapSettings)
    wire: WireSettings | None = None
    """How fixes travel; None for a rough wire in the scenario `mixed` and a quiet one elsewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedDay:
    """A simulated service date."""

    service_date: date
    network: Network
    pings: pd.DataFrame
    """In order of arrival, with the column ``received_time``; some rows are repeated."""
    truth: pd.DataFrame
    """See `simulators.truth.truth.truth_table`."""
    trucks: dict[str, TruckDay]
    """By vehicle."""
    kinds: dict[str, Kind]
    """What befell each grid."""


def simulate_day(
    plan: Plan,
    service_date: date,
    scenario: Scenario,
    seed: int,
    *,
    settings: SimulationSettings | None = None,
    only_grids: Sequence[str] = (),
    on_truck: Callable[[str], None] = lambda _vehicle: None,
) -> SimulatedDay:
    """Send every vehicle of a plan through a date. The same for the same arguments.

    Parameters
    ----------
    only_grids
        Grids whose trucks to send and whose truth to tell; all if empty. A truck does all it does
        on that date either way.
    on_truck
        Told of each vehicle when its day is done.

    Raises
    ------
    UnknownGridError
        If `only_grids` names a grid that the plan has not.
    ValueError
        If the plan has no sections.
    """
    settings = settings or SimulationSettings()
    known = [grid.id for grid in plan.grids]
    if unknown := [grid_id for grid_id in only_grids if grid_id not in known]:
        raise UnknownGridError(unknown, known)
    network = build_network(plan.sections, crossings_lead=False)
    dealt = kinds(scenario, known, seed)
    duties = [
        duty_of(plan, grid, network, service_date, dealt[grid.id], seed) for grid in plan.grids
    ]
    shown = [duty for duty in duties if not only_grids or duty.grid.id in only_grids]
    wire = settings.wire or (ROUGH_WIRE if scenario is Scenario.MIXED else QUIET_WIRE)
    fleet = _Fleet(plan, network, service_date, seed, settings, wire)
    duties_of: dict[str, list[Duty]] = {}
    for duty in duties:
        for vehicle in dict.fromkeys(duty.crew):
            duties_of.setdefault(vehicle, []).append(duty)
    for vehicle in dict.fromkeys(vehicle for duty in shown for vehicle in duty.crew):
        fleet.send(vehicle, duties_of[vehicle])
        on_truck(vehicle)
    grid_days = [
        GridDay(
            duty.grid.id,
            duty.windows,
            duty.sections,
            [fleet.trucks[vehicle].motion for vehicle in duty.vehicles if vehicle in fleet.trucks]
            or [_nothing()],
            duty.silences,
            duty.episodes,
        )
        for duty in shown
    ]
    return SimulatedDay(
        service_date=service_date,
        network=network,
        pings=fleet.in_order_of_arrival(),
        truth=truth_table(service_date, grid_days, network, plan.rules),
        trucks=fleet.trucks,
        kinds={duty.grid.id: duty.kind for duty in shown},
    )


@dataclass(slots=True)
class _Fleet:
    plan: Plan
    network: Network
    service_date: date
    seed: int
    settings: SimulationSettings
    wire: WireSettings
    trucks: dict[str, TruckDay] = field(default_factory=dict)
    _arrived: list[pd.DataFrame] = field(default_factory=list)

    def send(self, vehicle: str, duties: Sequence[Duty]) -> None:
        """Let one vehicle do its grids' work and report it."""
        rng = seeded(self.seed, self.service_date.isoformat(), vehicle)
        jobs = [job for duty in duties for job in jobs_of(duty, vehicle)]
        if not jobs:
            return
        last_end_s = max(job.window.end_s for job in jobs)
        truck = Truck(
            network=self.network,
            haunts=haunts_of(self.plan.facilities, self.network),
            withheld=[held for duty in duties for held in withheld_by(duty)],
            settings=self.settings.driving,
            rng=rng,
            roads_avoiding=_cached_roads(self.network),
        )
        day = truck.drive(jobs, last_end_s, self._midnight_s(duties))
        self.trucks[vehicle] = day
        tasks = self._tasks(duties)
        pings = fixes(vehicle, day.motion, self.network, self.settings.receiver, rng, tasks)
        for duty in duties:
            if duty.kind is Kind.GAP:
                runs = [run for run in day.runs if run.job.window.grid_id == duty.grid.id]
                silent = silences(runs, self.settings.gaps, rng)
                pings = without(pings, silent)
                for other in duties:  # the tracker is silent for all that its truck serves
                    other.silences.extend(silent)
        self._arrived.append(arrivals(pings, self.wire, rng))

    def _tasks(self, duties: Sequence[Duty]) -> int:
        """Give the tasks that serve what a vehicle collects."""
        needs = [need for duty in duties for need in self.plan.needs_of(duty.grid.id).values()]
        return reduce(or_, needs, 0) or int(Task.GARBAGE_COLLECTION)

    def in_order_of_arrival(self) -> pd.DataFrame:
        """Put all trucks' fixes together."""
        if not self._arrived:
            columns = ["vehicle_id", "event_time", "longitude", "latitude", RECEIVED_COLUMN]
            return conform(pd.DataFrame({name: [] for name in columns}))
        return pd.concat(self._arrived, ignore_index=True).sort_values(
            [RECEIVED_COLUMN, "vehicle_id", "event_time"], kind="stable", ignore_index=True
        )

    def _midnight_s(self, duties: Sequence[Duty]) -> float:
        """Give the local midnight at which trackers are off, after the last window."""
        zone = ZoneInfo(self.plan.timezone)
        ends = [window.end_min for duty in duties for window in duty.grid.windows]
        return midnight_after_s(self.service_date, max(ends), zone)


def _cached_roads(network: Network) -> Callable[[frozenset[int]], Roads]:
    """Keep the searches of one truck: it asks for the same few again and again."""
    known: dict[frozenset[int], Roads] = {}

    def roads_avoiding(avoided: frozenset[int]) -> Roads:
        if avoided not in known:
            known[avoided] = Roads(network, avoided)
        return known[avoided]

    return roads_avoiding


def _nothing() -> Motion:
    empty = np.empty(0)
    return Motion(empty.astype(np.int32), empty, empty, empty, empty, empty.astype(np.bool_))
