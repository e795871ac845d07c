"""Which service date the live view shows."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.coverage.windows import ServiceWindow, local_instant, service_windows
from geofence.plan.plan import Plan


def service_date_at(plan: Plan, now_ms: int) -> date:
    """Tell which service date the live view shows at an instant.

    The local date, or the one before while a window of it that crossed midnight goes on and none
    of the new date has begun.
    """
    zone = ZoneInfo(plan.timezone)
    today = pd.Timestamp(now_ms, unit="ms", tz="UTC").tz_convert(zone).date()
    yesterday = today - timedelta(days=1)
    open_ms = max(
        (each.grace_end_ms for each in _all_windows(plan, yesterday, zone)),
        default=local_instant(today, 0, zone),
    )
    begun = any(each.start_ms <= now_ms for each in _all_windows(plan, today, zone))
    return yesterday if now_ms < open_ms and not begun else today


def _all_windows(plan: Plan, service_date: date, zone: ZoneInfo) -> Iterator[ServiceWindow]:
    for grid in plan.grids:
        yield from service_windows(grid, service_date, zone, plan.rules)
