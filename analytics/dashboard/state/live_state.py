"""A service date as the live view shows it: what `evaluate` would say now, kept up to date cheaply.

The same functions judge as at night; only what new fixes can have changed is computed again: the
vehicle, and of its grids the windows that reach into what changed of it. After `catch_up` the
state is a pure function of the pings, the plan and the instant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.coverage.case import Case
from analytics.coverage.coverage import Cells, cover_all, cover_uncertain, lay_cells, merge
from analytics.coverage.exemption import exempt_streets
from analytics.coverage.unseen import on_duty, unseen_in
from analytics.coverage.windows import ServiceWindow, horizon, service_windows
from analytics.dashboard.documents.documents import (
    ServedDoc,
    StateDoc,
    StreetDoc,
    WindowDoc,
)
from analytics.dashboard.state.growing_track import EVER, NEVER, GrowingTrack
from analytics.dashboard.state.served_stretches import differing_stretches, served_stretches
from analytics.dashboard.state.state_changes import Changes
from analytics.dashboard.state.vehicle_positions import VehiclePositions
from analytics.dashboard.state.window_state import (
    Judged,
    exempt_docs,
    judge_case,
    upcoming_docs,
    window_docs,
)
from analytics.forecast.curves import no_curves
from analytics.forecast.habits import Habits, WindowHabits
from analytics.tracking.faults import code_of
from analytics.tracking.fleet import FLEET, Misfits
from analytics.verdicts.evaluation import plan_horizon
from analytics.verdicts.fleet import Fleet, believe
from geofence.matching.matcher import Matcher
from geofence.network.network import Network, build_network
from geofence.plan.plan import Grid, Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import read_fixes
from ingest.log.rows import epoch_ms


@dataclass(slots=True, eq=False)
class _WindowDay:
    """A window with what is known of it."""

    window: ServiceWindow
    cells: Cells
    """Of the streets that are not exempt."""
    doc: WindowDoc
    streets: list[StreetDoc]
    exempt: list[StreetDoc]
    habits: WindowHabits
    judged: Judged | None = None
    served: list[ServedDoc] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _GridDay:
    """A grid with its windows of the date."""

    grid: Grid
    vehicles: tuple[str, ...]
    horizon_ms: tuple[int, int]
    windows: list[_WindowDay]
    changed_ms: int = NEVER
    """From which instant on its vehicles were seen otherwise than when it was judged."""


class LiveState:
    """One service date so far. Not for several threads at once; the documents it gave stay.

    Parameters
    ----------
    habits
        What earlier days teach for forecasts; without any they rest on defaults.
    """

    def __init__(
        self,
        plan: Plan,
        service_date: date,
        network: Network | None = None,
        habits: Habits | None = None,
    ) -> None:
        self._habits = habits or Habits(no_curves())
        self.plan = plan
        self.service_date = service_date
        self.network = network or build_network(plan.sections)
        self.positions = VehiclePositions(plan, service_date, plan.rules.gap_s * 1000.0)
        self.latest_ms: int | None = None
        """Latest event time of a ping that bears on the date; None before the first."""
        self._misfits: Misfits = {}
        """As of the last update."""
        self._fleet = Fleet(plan, self.network, service_date)
        self._is_news = False
        self._span_ms = plan_horizon(plan, service_date) or (0, 0)
        self._matcher = Matcher(self.network)
        self._tracks: dict[str, GrowingTrack] = {}
        self._stale: dict[str, None] = {}  # in order of their first unseen fix
        self._grids = {each.grid.id: each for each in self._lay_out()}
        self._by_vehicle: dict[str, list[_GridDay]] = {}
        for day in self._grids.values():
            for vehicle in day.vehicles:
                self._by_vehicle.setdefault(vehicle, []).append(day)

    @property
    def is_stale(self) -> bool:
        """Whether there are fixes that are in no verdict yet."""
        return bool(self._stale)

    @property
    def streets_fault(self) -> str | None:
        """Name the fault of a fleet whose fixes do not lie on the streets."""
        return code_of(FLEET, self._misfits[FLEET]).value if FLEET in self._misfits else None

    def add(self, pings: pd.DataFrame) -> set[str]:
        """Take in pings as a log gives them; give the vehicles whose last position is new."""
        moved = self.positions.add(pings)
        chosen = self._bearing(pings)
        if len(chosen) == 0:
            return moved
        fixes, skewed = read_fixes(chosen, self.network, self.plan.work)
        numbers, vehicles = pd.factorize(chosen["vehicle_id"])
        order = np.lexsort((fixes.time_ms, numbers))
        first = np.searchsorted(numbers[order], np.arange(len(vehicles) + 1))
        for number, name in enumerate(vehicles):
            vehicle = str(name)
            rows = order[first[number] : first[number + 1]]
            self._track(vehicle).add(fixes[rows], skewed[rows])
            self._stale.setdefault(vehicle)
        self.latest_ms = max(int(fixes.time_ms.max()), self.latest_ms or 0)
        return moved

    def look_at_next(self) -> None:
        """Match the new fixes of the vehicle that has waited longest."""
        vehicle = next(iter(self._stale))
        del self._stale[vehicle]
        changed_ms = self._tracks[vehicle].look()
        self._is_news = True
        for day in self._by_vehicle.get(vehicle, ()):
            day.changed_ms = min(day.changed_ms, changed_ms)

    def update(self, now_ms: int) -> Changes:
        """Judge what has changed of the vehicles looked at, and move on to an instant."""
        changes = Changes()
        self._ask_of_misfit()
        for day in self._grids.values():
            for each in day.windows:
                self._update_window(day, each, now_ms, changes)
            day.changed_ms = NEVER
        return changes

    def catch_up(self, now_ms: int) -> Changes:
        """Look at all that is new and move on to an instant."""
        while self._stale:
            self.look_at_next()
        return self.update(now_ms)

    def document(self, now_ms: int, sequence: int, *, live: bool) -> StateDoc:
        """Give all of it, as of the last update."""
        windows = list(self._windows())
        return StateDoc(
            at_ms=now_ms,
            live=live,
            service_date=self.service_date.isoformat(),
            plan_version=self.plan.version,
            log_sequence=sequence,
            windows=[each.doc for each in windows],
            streets=[street for each in windows for street in each.streets],
            vehicles=self.positions.traced(now_ms),
            served=[stretch for each in windows for stretch in each.served],
        )

    def windows_of(self, grid_id: str) -> list[tuple[WindowDoc, list[StreetDoc]]]:
        """Give the windows of a grid and the streets in each; none if it has no service."""
        day = self._grids.get(grid_id)
        return [(each.doc, each.streets) for each in day.windows] if day else []

    def judged(self, grid_id: str, window: str) -> Judged | None:
        """Give the case of a window that has begun, with what came out."""
        day = self._grids.get(grid_id)
        found = (each.judged for each in day.windows if each.window.text == window) if day else ()
        return next(iter(found), None)

    def _lay_out(self) -> Iterator[_GridDay]:
        zone = ZoneInfo(self.plan.timezone)
        for grid in self.plan.grids:
            windows = service_windows(grid, self.service_date, zone, self.plan.rules)
            every = lay_cells(self.network, grid.id, needs=self.plan.needs_of(grid.id))
            if not windows or not every.streets:
                continue
            vehicles = self.plan.vehicles_of(grid, self.service_date)
            days = [self._lay_out_window(grid, each, every, vehicles) for each in windows]
            yield _GridDay(grid, vehicles, horizon(windows, zone, self.plan.rules), days)

    def _lay_out_window(
        self, grid: Grid, window: ServiceWindow, every: Cells, vehicles: Sequence[str]
    ) -> _WindowDay:
        exempt = exempt_streets(self.plan, grid.id, window.text, self.service_date, every.streets)
        needs = self.plan.needs_of(grid.id)
        cells = lay_cells(self.network, grid.id, exempt, needs) if exempt else every
        lengths_m = [
            float(cells.weight_m[cells.street(number)].sum())
            for number in range(len(cells.streets))
        ]
        doc, streets = upcoming_docs(window, cells.streets, lengths_m, vehicles, self.plan.rules)
        if not streets:
            doc["state"] = "exempt"
        left_out = exempt_docs(window, list(exempt))
        habits = self._habits.of(grid.id, window.text, vehicles)
        return _WindowDay(window, cells, doc, _by_name(streets, left_out), left_out, habits)

    def learn(self, habits: Habits) -> None:
        """Forecast by other habits from now on."""
        self._habits = habits
        for day in self._grids.values():
            for each in day.windows:
                each.habits = habits.of(day.grid.id, each.window.text, day.vehicles)

    def _windows(self) -> Iterator[_WindowDay]:
        for day in self._grids.values():
            yield from day.windows

    def _bearing(self, pings: pd.DataFrame) -> pd.DataFrame:
        """Choose as `analytics.verdicts.evaluation.bearing_on` does."""
        event_ms = epoch_ms(pings["event_time"])
        chosen = (event_ms >= self._span_ms[0]) & (event_ms < self._span_ms[1])
        chosen &= pings["vehicle_id"].isin(self._by_vehicle.keys()).to_numpy(np.bool_)
        return pings[chosen]

    def _track(self, vehicle: str) -> GrowingTrack:
        if vehicle not in self._tracks:
            self._tracks[vehicle] = GrowingTrack(
                vehicle, self._matcher, self.plan.rules, self.plan.work
            )
        return self._tracks[vehicle]

    def _ask_of_misfit(self) -> None:
        """Ask whom the streets fit; where that turns, what was seen is seen otherwise."""
        if not self._is_news:
            return
        self._is_news = False
        before, seen = self._misfits, (track.observation for track in self._tracks.values())
        self._misfits = self._fleet.misfits([each for each in seen if each is not None])
        turned = before.keys() ^ self._misfits.keys()
        of_some = (day for vehicle in turned for day in self._by_vehicle.get(vehicle, ()))
        for day in self._grids.values() if FLEET in turned else of_some:
            day.changed_ms = EVER

    def _observation(self, vehicle: str) -> Observation | None:
        track = self._tracks.get(vehicle)
        if track is None or track.observation is None:
            return None
        return believe(track.observation, self._misfits)

    def _update_window(
        self, day: _GridDay, each: _WindowDay, now_ms: int, changes: Changes
    ) -> None:
        window, before = each.window, each.judged
        if now_ms < window.start_ms or not each.cells.streets:
            return
        is_new = before is None or day.changed_ms <= window.period_end_ms
        if not is_new and each.doc["is_final"]:
            return
        if is_new:
            each.judged = judge_case(self._case(day, each))
            _tell_served(each, before, each.judged, changes)
        if each.judged is None:
            return
        doc, streets = window_docs(each.judged, each.habits, now_ms)
        streets = _by_name(streets, each.exempt)
        if doc != each.doc:
            each.doc = doc
            changes.windows.append(doc)
        if streets != each.streets:
            told = zip(each.streets, streets, strict=True)
            changes.streets += [later for earlier, later in told if earlier != later]
            each.streets = streets

    def _case(self, day: _GridDay, each: _WindowDay) -> Case:
        """Build the case of a window from what is at hand, as `analytics.coverage.case` does."""
        window, cells = each.window, each.cells
        duties = tuple(
            on_duty(vehicle, self._observation(vehicle), *day.horizon_ms)
            for vehicle in day.vehicles
        )
        passes = [duty.observation.passes for duty in duties if duty.observation is not None]
        period_ms = (window.start_ms, window.period_end_ms)
        earliest = cover_all(cells, passes, *period_ms)
        return Case(
            plan=self.plan,
            network=self.network,
            grid=day.grid,
            window=window,
            cells=cells,
            earliest=earliest,
            possible=merge(earliest, cover_uncertain(cells, passes, *period_ms)),
            duties=duties,
            unseen=unseen_in(window, duties, self.plan.rules),
            stray=(),  # only a flag of the nightly tables asks for these
            has_substitute=False,
        )


def _by_name(streets: list[StreetDoc], exempt: list[StreetDoc]) -> list[StreetDoc]:
    return sorted(streets + exempt, key=lambda each: each["street"]) if exempt else streets


def _tell_served(each: _WindowDay, before: Judged | None, after: Judged, changes: Changes) -> None:
    """Note which metres are served now, and which no longer; a changed instant is no news."""
    key, earliest = each.doc["key"], after.case.earliest
    known = None if before is None else before.case.earliest
    if known is not None and np.array_equal(known, earliest):
        return
    each.served = served_stretches(key, each.cells, earliest)
    served, unserved = differing_stretches(key, each.cells, known, earliest)
    changes.served += served
    changes.unserved += unserved
