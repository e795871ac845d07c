"""From pings and a plan to verdicts: the whole path, in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.coverage.windows import horizon, service_dates, service_windows
from analytics.tracking.fleet import Misfits, street_fit
from analytics.verdicts.fleet import Fleet
from analytics.verdicts.judge import Judgement, join, judge
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import observe
from ingest.ping import resolve


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

    def observing(chosen: pd.DataFrame, network: Network, plan: Plan) -> Iterable[Observation]:
        return observe(chosen, network, plan.rules, workers=workers, work=plan.work)

    for service_date, network, believed, misfits in believed_dates(pings, plan, dates, observing):
        yield service_date, judge(believed, plan, network, service_date, misfits)


def believed_dates(
    pings: pd.DataFrame,
    plan: Plan,
    dates: Sequence[date] | None,
    observing: Callable[[pd.DataFrame, Network, Plan], Iterable[Observation]],
) -> Iterator[tuple[date, Network, tuple[Observation, ...], Misfits]]:
    """Give what may be believed of each service date, and of which vehicles nothing may.

    Parameters
    ----------
    observing
        Observes a fleet as `geofence.seen.observe.observe` does, in whatever way.
    """
    winners = resolve(pings).pings
    network = build_network(plan.sections)
    fit = street_fit(network)
    for service_date in service_dates(winners, plan) if dates is None else dates:
        seen = tuple(observing(bearing_on(winners, plan, service_date), network, plan))
        believed, misfits = Fleet(plan, network, service_date, fit).believed(seen)
        yield service_date, network, believed, misfits


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
    vehicles = {v for grid in plan.grids for v in plan.vehicles_of(grid, service_date)}
    vehicles.update(v for operator in plan.operators for v in operator.spares)
    chosen = (pings["event_time"] >= first) & (pings["event_time"] < last)
    chosen &= pings["vehicle_id"].isin(vehicles)
    return pings if chosen.all() else pings[chosen].reset_index(drop=True)
