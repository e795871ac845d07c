"""Which nights there are to judge: last night, those that were missed, and those that changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.verdicts.evaluation import plan_horizon
from geofence.plan.plan import Plan

MOST_NIGHTS = 31
"""How far back a night is still caught up or looked at for late pings."""
_HOUR_MS = 3_600_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a service date that was judged before."""

    plan: Plan | None
    """None if what is stored of it cannot be read any more."""
    sequence: int
    """Last sequence of the log that went into it."""
    is_final: bool
    judged_ms: int = 0
    """When that was."""


def last_night(now_ms: int, timezone: str) -> date:
    """Give the service date before the one that an instant lies in."""
    local = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(timezone))
    return local.date() - _DAY


def first_night(last: date) -> date:
    """Give the earliest service date that is still looked at."""
    return last - (MOST_NIGHTS - 1) * _DAY


def nights_due(
    last: date,
    judged: Mapping[date, Judged],
    changed_hours: pd.DataFrame,
    is_reported: Callable[[date], bool] = lambda _: True,
    failed: Mapping[date, int] | None = None,
) -> tuple[date, ...]:
    """Name the service dates that are to be judged, ascending, those that failed before last.

    Parameters
    ----------
    last
        The last night; it is due if it was not judged to the end.
    judged
        What was judged before. From the first of these on no night is left out, but none is looked
        at that lies more than ``MOST_NIGHTS`` back.
    changed_hours
        As `ingest.log.pinglog.PingLog.hours_changed_since` gives it for the least sequence of
        `judged`.
    is_reported
        Whether the report of a date is in place: a run may have judged it and then failed to write.
    failed
        Nights that were tried in vain and how often, which are due until they succeed. The more
        often, the later they come: if one ends the program, the others were done before.

    Notes
    -----
    A night that was judged to the end is due again if a ping of its hours came or changed since.
    Hours are coarse, so it may be due in vain: judged again it comes out as before.
    """
    tried = failed or {}
    known = [night for night in (*judged, *tried) if night <= last]
    first = max(min(known, default=last), first_night(last))
    nights = [first + number * _DAY for number in range((last - first).days + 1)]
    due = [
        night
        for night in nights
        if night in tried
        or _is_due(night, judged.get(night), changed_hours)
        or not is_reported(night)
    ]
    return tuple(sorted(due, key=lambda night: (tried.get(night, 0), night)))


def _is_due(night: date, before: Judged | None, changed_hours: pd.DataFrame) -> bool:
    if before is None or before.plan is None or not before.is_final:
        return True
    span = plan_horizon(before.plan, night)
    if span is None:
        return False
    hours = changed_hours["hour_ms"]
    inside = (hours < span[1]) & (hours + _HOUR_MS > span[0])
    return bool((inside & (changed_hours["last_sequence"] > before.sequence)).any())
