"""A plan that takes over from a date on: what stands in its way, and how it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.history.history import History
from analytics.history.plan_store import StoredPlan
from geofence.plan.plan import Plan
from geofence.plan.version import content_version


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What to be aware of before a plan takes over."""

    judged: tuple[date, ...]
    """Dates from its first on that were judged already, by the plan of then."""
    later: tuple[StoredPlan, ...]
    """Plans that would take over from it later, each the one that counts for its date."""
    echoes: tuple[date, ...]
    """Dates for which the same is stored as is in force now, so that nothing is lost."""


def in_the_way(history: History, before: Plan | None, since: date) -> InTheWay:
    """Look what a plan from a date on would meet.

    Parameters
    ----------
    before
        The plan that is in force up to that date.

    Raises
    ------
    LogError, HistoryError
        If the database or what is stored cannot be read.
    """
    judged = history.judgings(since, date.max)["service_date"]
    newest = {each.effective_from: each for each in history.plans()}
    later, echoes = [], []
    for day, stored in sorted(newest.items()):
        if day <= since:
            continue
        if before is not None and _undated(history.plan(stored.version)) == _undated(before):
            echoes.append(day)
        else:
            later.append(stored)
    days = sorted({date.fromisoformat(each) for each in judged})
    return InTheWay(tuple(days), tuple(later), tuple(echoes))


def take_over(
    history: History, before: Plan | None, plan: Plan, now_ms: int, also: Sequence[date] = ()
) -> None:
    """Store a plan, in force from its date on; and the one before, so that its days keep theirs.

    Parameters
    ----------
    also
        Later dates at which another stored plan would take over: the same is in force then.
    """
    if before is not None:
        history.store_plan(before, now_ms)
    history.store_plan(plan, now_ms)
    for day in also:
        history.store_plan(dated(plan, day), now_ms)


def dated(plan: Plan, since: date) -> Plan:
    """Give a plan as one that is in force from another date on."""
    moved = replace(plan, effective_from=since)
    return replace(moved, version=content_version(moved))


def _undated(plan: Plan) -> str:
    return content_version(replace(plan, effective_from=date.min))
