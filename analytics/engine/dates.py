"""Service dates worked out by an engine, one after the other."""

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from analytics.engine.engine import Engine, JudgedDate
from analytics.verdicts.evaluation import believed_dates
from geofence.plan.plan import Plan


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
    for service_date, network, believed, misfits in believed_dates(
        pings, plan, dates, engine.observe
    ):
        yield (
            service_date,
            engine.judge(believed, plan, network, service_date, misfits, evidence=evidence),
        )
