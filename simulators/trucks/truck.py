"""One truck's day: from the depot, around its streets in every window, and back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from geofence.network.network import Network
from simulators.trucks.driving import DrivingSettings, collecting_profile, transit_profile
from simulators.trucks.itinerary import Leg, lap
from simulators.trucks.motion import Motion, MotionLog
from simulators.trucks.roads import Place, Roads, Stretch, split, stretches_length_m
from simulators.trucks.service_day import WindowTimes

BEFORE_FIRST_WINDOW_S = 20 * 60.0
"""How long before its first window a truck starts its tracker."""
LONG_BREAK_S = 75 * 60.0
"""From here on a break may be spent at the depot."""
TRAVEL_MPS = 9.0
"""Speed a driver plans a transit with."""
KEEP_AWAY_M = (120.0, 900.0)
"""How far from streets it must not collect a truck waits."""


@dataclass(frozen=True, slots=True)
class Job:
    """One tour: edges to collect, not before an instant (seconds since 1970)."""

    not_before_s: float
    window: WindowTimes
    edges: tuple[int, ...]
    catch_up: bool = False
    """True for what was left undone earlier: short, without unloading."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Edges that a truck must not collect for a time."""

    edges: frozenset[int]
    from_s: float
    until_s: float
    driven_through: bool = False
    """True if it drives along them once, fast."""


@dataclass(frozen=True, slots=True)
class Haunts:
    """Nodes a truck goes to besides its streets."""

    depot: int | None
    transfer_stations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """When a tour really took place."""

    job: Job
    started_s: float
    finished_s: float


@dataclass(frozen=True, slots=True, eq=False)
class TruckDay:
    """What a truck really did on a date."""

    motion: Motion
    runs: list[Run]


@dataclass(slots=True)
class Truck:
    """A truck under way; `drive` takes it through its day."""

    network: Network
    haunts: Haunts
    withheld: Sequence[Withheld]
    settings: DrivingSettings
    rng: np.random.Generator
    roads_avoiding: Callable[[frozenset[int]], Roads]
    _log: MotionLog = field(init=False)
    _place: Place = field(init=False)
    _gear_out: bool = False
    _load_m: float = 0.0
    _full_m: float = np.inf
    _shown: set[frozenset[int]] = field(default_factory=set)

    def drive(self, jobs: Sequence[Job], last_end_s: float, midnight_s: float) -> TruckDay:
        """Do all jobs in order, then go home, with the tracker on until after `last_end_s`."""
        jobs = sorted(jobs, key=lambda job: (job.not_before_s, job.window.grid_id))
        depot = self._depot(jobs)
        first = self.network.arc_from[2 * jobs[0].edges[0]]
        travel_s = self._planned_s(self.roads_avoiding(frozenset()), depot, int(first))
        started_s = jobs[0].not_before_s - max(BEFORE_FIRST_WINDOW_S, travel_s + 480.0)
        started_s += self.rng.uniform(-60.0, 60.0)
        self._log = MotionLog(self.network, started_s)
        self._place = self._at_node(depot)
        self._stand(self.rng.uniform(60.0, 240.0))
        runs = [run for job in jobs if (run := self._do(job, depot)) is not None]
        self._stand_until(last_end_s + self.rng.uniform(120.0, 360.0))
        roads = self._roads_now(600.0)
        self._transit_to(roads, depot)
        switched_off_s = last_end_s + self.rng.uniform(15.5, 25.0) * 60
        self._stand_until(max(switched_off_s, self._log.now_s + 120.0))
        return TruckDay(self._log.motion(started_s, midnight_s), runs)

    def _depot(self, jobs: Sequence[Job]) -> int:
        """Its depot, if roads lead from there to its streets and back, else its first street."""
        first = int(self.network.arc_from[2 * jobs[0].edges[0]])
        depot = self.haunts.depot
        roads = self.roads_avoiding(frozenset())
        if depot is None or not np.isfinite(
            roads.costs_from(depot)[first] + roads.costs_from(first)[depot]
        ):
            return first
        return depot

    def _do(self, job: Job, depot: int) -> Run | None:
        """Drive to the streets of a job, wait for its time, collect them."""
        length_m = float(self.network.edge_length_m[list(job.edges)].sum())
        expected_s = 0.75 * length_m + (300.0 if job.catch_up else 1500.0)
        self._rest_at_depot(job, depot)
        begin_s = max(job.not_before_s, self._log.now_s)
        avoided = self._withheld(begin_s, begin_s + expected_s)
        roads = self.roads_avoiding(avoided)
        edges = [edge for edge in job.edges if edge not in avoided]
        legs = lap(roads, self._node(), edges)
        if not legs:
            self._wait_nearby(roads, job)
            return None
        if not legs[0].collecting:
            approach = self._approach(roads, legs[0].way)
            travel_s = stretches_length_m(approach) / TRAVEL_MPS
            ahead_s = travel_s + self.rng.uniform(90.0, 180.0)
            # a street still to be missed must not see a truck slow down on it, however early
            early = self._withheld(job.not_before_s - ahead_s, begin_s) <= avoided
            self._stand_until(job.not_before_s - (ahead_s if early else 0.0))
            self._transit(approach)
            legs = legs[1:]
        self._stand_until(job.not_before_s + self.rng.uniform(10.0, 90.0))
        started_s = self._log.now_s
        lap_m = sum(stretches_length_m(leg.way) for leg in legs if leg.collecting)
        unloads = lap_m > self.settings.unload_above_m and not job.catch_up
        share = self.rng.uniform(*self.settings.load_share)
        self._load_m, self._full_m = 0.0, share * lap_m if unloads else np.inf
        for leg in legs:
            self._follow(roads, leg)
        self._stow()
        return Run(job, started_s, self._log.now_s)

    def _follow(self, roads: Roads, leg: Leg) -> None:
        if not leg.collecting:
            self._transit(leg.way)
            return
        length_m = stretches_length_m(leg.way)
        room_m = self._full_m - self._load_m
        if length_m > room_m:
            if self.rng.random() < 0.5:  # it finishes the section it is on
                ends = np.cumsum([stretch.to_m - stretch.from_m for stretch in leg.way])
                room_m = float(ends[np.searchsorted(ends, room_m)])
            way_there, way_on = split(leg.way, room_m)
            self._collect(way_there)
            self._unload(roads)
            self._full_m = np.inf
            self._collect(way_on)
        else:
            self._collect(leg.way)

    def _collect(self, way: list[Stretch]) -> None:
        if not way:
            return
        if not self._gear_out:
            self._gear_out = True
            self._stand(self.rng.uniform(*self.settings.stow_s), collecting=True)
        profile = collecting_profile(way, self.settings, self.rng)
        self._log.drive(way, profile.along_m, profile.seconds, collecting=True)
        self._load_m += stretches_length_m(way)
        self._place = Place(way[-1].arc, way[-1].to_m)

    def _transit(self, way: list[Stretch]) -> None:
        if not way:
            return
        self._stow()
        profile = transit_profile(way, self.settings, self.rng)
        self._log.drive(way, profile.along_m, profile.seconds, collecting=False)
        self._place = Place(way[-1].arc, way[-1].to_m)

    def _stow(self) -> None:
        """Take the gear in, if it is out; until then the truck reports that it works."""
        if self._gear_out:
            self._gear_out = False
            self._stand(self.rng.uniform(*self.settings.stow_s), collecting=True)

    def _transit_to(self, roads: Roads, node: int) -> None:
        if np.isfinite(roads.costs_from(self._node())[node]):
            self._transit([*roads.onward(self._place), *roads.way(self._node(), node)])

    def _unload(self, roads: Roads) -> None:
        """Go to the nearest transfer station and come back to the very spot."""
        left = self._place
        here, back = self._node(), roads.tail(left.arc)
        # a spot inside an arc is reached from its beginning, the end of an arc directly
        whole = left.offset_m >= roads.length_m(left.arc)
        back = here if whole else back
        trips = {
            station: roads.costs_from(here)[station] + roads.costs_from(station)[back]
            for station in self.haunts.transfer_stations
        }
        station = min(trips, key=lambda node: (trips[node], node), default=None)
        if station is None or not np.isfinite(trips[station]):
            return
        self._transit_to(roads, station)
        self._stand(60.0 * self.rng.uniform(*self.settings.unloading_min))
        rest = [] if whole else [Stretch(left.arc, 0.0, left.offset_m)]
        self._transit([*roads.way(station, back), *rest])
        self._place = left

    def _approach(self, roads: Roads, way: list[Stretch]) -> list[Stretch]:
        """Go there directly, or once along a street that is withheld, to be seen driving by."""
        here, goal = self._node(), roads.head(way[-1].arc)
        for held in self.withheld:
            if not (held.driven_through and held.edges <= roads.avoided):
                continue
            if held.edges in self._shown:
                continue
            through = roads.longest_chain(held.edges)
            first, last = roads.tail(through[0].arc), roads.head(through[-1].arc)
            if not np.isfinite(roads.costs_from(here)[first] + roads.costs_from(last)[goal]):
                continue
            before, after = roads.way(here, first), roads.way(last, goal)
            clear = KEEP_AWAY_M[0]
            if min(stretches_length_m(before), stretches_length_m(after)) > clear:
                self._shown.add(held.edges)
                return [*before, *through, *after]
        return way

    def _wait_nearby(self, roads: Roads, job: Job) -> None:
        """Wait where nothing but its withheld streets is near, yet not on them."""
        goal = int(self.network.arc_from[2 * job.edges[0]])
        cost = roads.costs_from(goal)
        reachable = np.isfinite(cost) & np.isfinite(roads.costs_from(self._node()))
        fit = reachable & (cost >= KEEP_AWAY_M[0]) & (cost <= KEEP_AWAY_M[1])
        if fit.any():
            self._transit_to(roads, int(np.flatnonzero(fit)[np.argmin(cost[fit])]))

    def _rest_at_depot(self, job: Job, depot: int) -> None:
        """Spend a long break at the depot, every other time."""
        if job.not_before_s - self._log.now_s > LONG_BREAK_S and self.rng.random() < 0.5:
            self._transit_to(self._roads_now(600.0), depot)

    def _roads_now(self, ahead_s: float) -> Roads:
        now_s = self._log.now_s
        return self.roads_avoiding(self._withheld(now_s, now_s + ahead_s))

    def _withheld(self, from_s: float, until_s: float) -> frozenset[int]:
        held = [
            item.edges for item in self.withheld if item.from_s < until_s and from_s < item.until_s
        ]
        return frozenset().union(*held)

    def _planned_s(self, roads: Roads, start: int, goal: int) -> float:
        cost_m = float(roads.costs_from(start)[goal])
        return cost_m / TRAVEL_MPS if np.isfinite(cost_m) else 0.0

    def _node(self) -> int:
        """Give the node ahead: a truck cannot turn inside an arc."""
        return int(self.network.arc_to[self._place.arc])

    def _at_node(self, node: int) -> Place:
        arc = int(np.flatnonzero(self.network.arc_to == node)[0])
        return Place(arc, float(self.network.edge_length_m[arc // 2]))

    def _stand(self, seconds: float, *, collecting: bool = False) -> None:
        place = self._place
        self._log.stand(place.arc, place.offset_m, seconds, collecting=collecting)

    def _stand_until(self, instant_s: float) -> None:
        self._stand(max(0.0, instant_s - self._log.now_s))
