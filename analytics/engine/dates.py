"""Service dates worked out by an engine, one after the other."""

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from analytics.coverage.windows import service_dates
from analytics.engine.engine import Engine, JudgedDate
from analytics.tracking.fleet import street_fit
from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.fleet import Fleet
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from ingest.ping import resolve


def judged_dates(
    pings: pd.DataFrame,
    plan: Plan,
    dates: Sequence[date] | None,
    engine: Engine,
    *,
    evidence: bool,
) -> Iterator[tuple[date, JudgedDate]]:
    """Judge one service date after the other, as `analytics.verdicts.evaluation` does.

    Parameters
    ----------
    pings
        Frame of pings, as `ingest.ping.conform` gives it, in any order.
    dates
        Ascending; by default every service date that the pings touch.
    evidence
        Whether the lines of evidence are wanted; take those of a date before the next.
    """
    winners = resolve(pings).pings
    network = build_network(plan.sections)
    fit = street_fit(network)
    for service_date in service_dates(winners, plan) if dates is None else dates:
        chosen = bearing_on(winners, plan, service_date)
        seen = tuple(engine.observe(chosen, network, plan))
        believed, misfits = Fleet(plan, network, service_date, fit).believed(seen)
        yield (
            service_date,
            engine.judge(believed, plan, network, service_date, misfits, evidence=evidence),
        )
