"""All that is known of one service date, from its pings and the plan in force."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.coverage.exemption import exempt_frame
from analytics.makeup.linking import make_ups
from analytics.tracking.faults import TrackingFault
from analytics.tracking.trackers import Trackers
from analytics.verdicts.evaluation import bearing_on, plan_horizon
from analytics.verdicts.fleet import Fleet
from analytics.verdicts.judge import Judgement, judge
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import Pings, observe, parts_of

Observing = Callable[[Pings, Network, Plan], Iterable[Observation]]
"""Observes a fleet as `geofence.seen.observe.observe` does, in whatever way."""


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """All that is known of one service date."""

    service_date: date
    plan: Plan
    judgement: Judgement
    exempt: pd.DataFrame
    """Columns of `analytics.coverage.exemption.EXEMPT_DTYPES`: what an exception keeps from
    judgement."""
    make_ups: pd.DataFrame
    """Columns of `analytics.makeup.linking.MAKEUP_DTYPES`: the misses, and what became of them."""
    faults: tuple[TrackingFault, ...]
    ping_count: int
    """Pings that bear on the date."""
    vehicles_seen: tuple[str, ...]
    """Vehicles on duty and spares that these are of, by id."""


def judge_day(
    pings: Pings,
    refused: pd.DataFrame,
    plan: Plan,
    network: Network,
    service_date: date,
    observing: Observing | None = None,
    now_ms: int | None = None,
) -> Day:
    """Judge a service date whole.

    Parameters
    ----------
    pings
        One a key, as the log gives them: a frame, of which is left out what does not bear on the
        date, or parts of what bears on it, which are let go one after the other.
    refused
        Frame of `analytics.tracking.reports.REFUSED_COLUMNS`, of the date.
    network
        Of the plan's sections.
    observing
        How the fleet is observed; what comes out does not depend on it.
    now_ms
        The instant up to which the date has come, if it is not over: windows whose deadline is
        still to come are no misses yet.
    """
    if isinstance(pings, pd.DataFrame):
        pings = [bearing_on(pings, plan, service_date)]
    trackers = Trackers(refused, network)
    seen = tuple((observing or _observe)(_looked_at(pings, trackers), network, plan))
    seen, misfits = Fleet(plan, network, service_date).believed(seen)
    judgement = judge(seen, plan, network, service_date, misfits)
    _, until_ms = plan_horizon(plan, service_date) or (0, 0)
    if now_ms is not None:
        until_ms = min(until_ms, now_ms)
    return Day(
        service_date=service_date,
        plan=plan,
        judgement=judgement,
        exempt=exempt_frame(plan, network, service_date),
        make_ups=make_ups(judgement, seen, plan, network, service_date, until_ms),
        faults=trackers.report(plan.timezone, misfits).faults,
        ping_count=trackers.ping_count,
        vehicles_seen=trackers.vehicles,
    )


def _looked_at(pings: Iterable[pd.DataFrame], trackers: Trackers) -> Iterator[pd.DataFrame]:
    for read in pings:
        for part in parts_of(read):
            trackers.look_at(part)
            yield part


def _observe(pings: Pings, network: Network, plan: Plan) -> Iterable[Observation]:
    return observe(pings, network, plan.rules, work=plan.work)
