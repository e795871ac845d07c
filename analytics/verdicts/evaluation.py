"""From pings and a plan to verdicts: the whole path, in memory."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.coverage.windows import horizon, service_dates, service_windows
from analytics.tracking.fleet import street_fit
from analytics.verdicts.fleet import Fleet
from analytics.verdicts.judge import Judgement, join, judge
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from geofence.seen.observe import Pings, observe
from ingest.ping import resolve
from ingest.ping_frame import spans_by_vehicle

VEHICLES_AT_ONCE = 32
"""So many are read from a log at a time: a million pings and a half if each reports every second.
"""


class Portion(Protocol):
    """Pings of some vehicles, which whoever has it reads, in this process or in another."""

    def read(self) -> pd.DataFrame | None:
        """Read them: one a key, sorted by vehicle and event time; None if that cannot be here."""


class Reading(Protocol):
    """A log at one instant."""

    def __call__(self, start_ms: int, end_ms: int, vehicles: Collection[str], /) -> pd.DataFrame:
        """Read the pings of vehicles with event times from, and before: one a key, sorted."""

    def portion(self, start_ms: int, end_ms: int, vehicles: Collection[str], /) -> Portion:
        """Have another process read them."""


class PingSource(Protocol):
    """Where the pings of service dates are."""

    def dates(self, plan: Plan) -> Sequence[date]:
        """Give the service dates that the pings touch, ascending."""

    def bearing_on(self, plan: Plan, service_date: date) -> Pings:
        """Give the pings that bear on a date."""

    def portions(
        self, plan: Plan, service_date: date, bunches: Iterable[Collection[str]]
    ) -> Iterator[Portion]:
        """Give the pings that bear on a date, a portion for each bunch of vehicles."""

    def read(self, plan: Plan, service_date: date, vehicles: Collection[str]) -> Portion:
        """Give a portion that can be read anywhere."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldPortion:
    """Pings in memory."""

    pings: pd.DataFrame

    def read(self) -> pd.DataFrame:
        """Give them."""
        return self.pings


class HeldPings:
    """Pings in memory, in any order and with any repetition."""

    def __init__(self, pings: pd.DataFrame) -> None:
        self._winners = resolve(pings).pings

    def dates(self, plan: Plan) -> Sequence[date]:
        """Give the service dates that they touch."""
        return service_dates(self._winners, plan)

    def bearing_on(self, plan: Plan, service_date: date) -> Pings:
        """Choose some of them."""
        return bearing_on(self._winners, plan, service_date)

    def portions(
        self, plan: Plan, service_date: date, bunches: Iterable[Collection[str]]
    ) -> Iterator[Portion]:
        """Choose those of each bunch."""
        return portions_of(bearing_on(self._winners, plan, service_date), bunches)

    def read(self, plan: Plan, service_date: date, vehicles: Collection[str]) -> Portion:
        """Choose those of some vehicles."""
        (portion,) = self.portions(plan, service_date, [vehicles])
        return portion


def portions_of(pings: pd.DataFrame, bunches: Iterable[Collection[str]]) -> Iterator[HeldPortion]:
    """Cut pings, sorted by vehicle, into those of bunches of vehicles."""
    places = spans_by_vehicle(pings)
    for bunch in bunches:
        parts = [pings.iloc[places[each]] for each in sorted(bunch) if each in places]
        yield HeldPortion(pd.concat(parts, ignore_index=True) if parts else pings[:0])


class ReadPings:
    """Pings that are read as they are needed, of some vehicles at a time."""

    def __init__(self, read: Reading, dates: Sequence[date]) -> None:
        self._read, self._dates = read, dates

    def dates(self, plan: Plan) -> Sequence[date]:  # noqa: ARG002 - as it was told
        """Give the dates that there are."""
        return self._dates

    def bearing_on(self, plan: Plan, service_date: date) -> Iterator[pd.DataFrame]:
        """Read the pings of a date; those of a vehicle at one instant."""
        span = plan_horizon(plan, service_date)
        vehicles = sorted(vehicles_on(plan, service_date)) if span else []
        for first in range(0, len(vehicles), VEHICLES_AT_ONCE):
            yield self._read(*(span or (0, 0)), vehicles[first : first + VEHICLES_AT_ONCE])

    def portions(
        self, plan: Plan, service_date: date, bunches: Iterable[Collection[str]]
    ) -> Iterator[Portion]:
        """Give of each bunch what another process may read."""
        span = plan_horizon(plan, service_date)
        for bunch in bunches:
            yield self._read.portion(*(span or (0, 0)), bunch)

    def read(self, plan: Plan, service_date: date, vehicles: Collection[str]) -> Portion:
        """Read those of some vehicles."""
        span = plan_horizon(plan, service_date)
        return HeldPortion(self._read(*(span or (0, 0)), vehicles))


def evaluate(
    pings: pd.DataFrame,
    plan: Plan,
    dates: Sequence[date] | None = None,
    progress: Callable[[date], None] | None = None,
    workers: int = 1,
) -> Judgement:
    """Judge service dates from pings in any order and with any repetition.

    Parameters
    ----------
    pings
        Frame of pings, as `ingest.ping.conform` gives it.
    dates
        Ascending; by default every service date that the pings touch.
    progress
        Told of each date when it is done.
    workers
        How many vehicles are matched at once; what comes out does not depend on it.
    """
    judgements = []
    for service_date, judgement in evaluate_dates(pings, plan, dates, workers):
        judgements.append(judgement)
        if progress is not None:
            progress(service_date)
    return join(judgements)


def evaluate_dates(
    pings: pd.DataFrame, plan: Plan, dates: Sequence[date] | None = None, workers: int = 1
) -> Iterator[tuple[date, Judgement]]:
    """Judge one service date after the other, holding only one in memory.

    Each date is matched and judged from the fixes of its own horizon alone, so that it comes out
    the same whatever else is at hand.
    """
    network = build_network(plan.sections)
    fit = street_fit(network)
    held = HeldPings(pings)
    for service_date in held.dates(plan) if dates is None else dates:
        chosen = held.bearing_on(plan, service_date)
        seen = tuple(observe(chosen, network, plan.rules, workers=workers, work=plan.work))
        believed, misfits = Fleet(plan, network, service_date, fit).believed(seen)
        yield service_date, judge(believed, plan, network, service_date, misfits)


def plan_horizon(plan: Plan, service_date: date) -> tuple[int, int] | None:
    """Give the instants (ms) ``[first, last)`` whose fixes bear on a date, None without service."""
    zone = ZoneInfo(plan.timezone)
    days = [service_windows(grid, service_date, zone, plan.rules) for grid in plan.grids]
    spans = [horizon(windows, zone, plan.rules) for windows in days if windows]
    if not spans:
        return None
    return min(first for first, _ in spans), max(last for _, last in spans)


def bearing_on(pings: pd.DataFrame, plan: Plan, service_date: date) -> pd.DataFrame:
    """Choose the pings that bear on a date: of its vehicles and spares, within its horizon."""
    span = plan_horizon(plan, service_date)
    if span is None:
        return pings[:0]
    first, last = (pd.Timestamp(instant_ms, unit="ms", tz="UTC") for instant_ms in span)
    vehicles = vehicles_on(plan, service_date)
    chosen = (pings["event_time"] >= first) & (pings["event_time"] < last)
    chosen &= pings["vehicle_id"].isin(vehicles)
    return pings if chosen.all() else pings[chosen].reset_index(drop=True)


def vehicles_on(plan: Plan, service_date: date) -> set[str]:
    """Name the vehicles of which pings bear on a date: those of its grids, and all spares."""
    vehicles = {v for grid in plan.grids for v in plan.vehicles_of(grid, service_date)}
    vehicles.update(v for operator in plan.operators for v in operator.spares)
    return vehicles
