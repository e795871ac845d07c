"""Service dates worked out by an engine, one after the other."""

from collections.abc import Iterator, Sequence
from datetime import date

from analytics.engine.engine import Engine, Ground, Writing
from analytics.verdicts.evaluation import PingSource
from analytics.verdicts.judge import Judgement
from geofence.plan.plan import Plan


def judged_dates(
    pings: PingSource,
    plan: Plan,
    dates: Sequence[date] | None,
    engine: Engine,
    *,
    evidence: Writing | None = None,
) -> Iterator[tuple[date, Judgement]]:
    """Judge one service date after the other, as `analytics.verdicts.evaluation` does.

    Parameters
    ----------
    dates
        Ascending; by default every service date that the pings touch.
    evidence
        Takes the lines of evidence of each date, before its judgement is given.
    """
    ground = Ground(plan)
    for service_date in pings.dates(plan) if dates is None else dates:
        yield service_date, engine.work_out(pings, ground, service_date, evidence=evidence)
