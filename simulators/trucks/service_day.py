"""Windows and deadlines of one service date as instants: seconds since 1970, UTC.

Written apart from the judging side on purpose, so that a slip in one shows against the other.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from geofence.plan.plan import DailyWindow, Grid, ServiceRules


@dataclass(frozen=True, slots=True)
class WindowTimes:
    """The instants that matter for one window of one grid."""

    grid_id: str
    text: str
    start_s: float
    end_s: float
    in_time_s: float
    """End plus grace."""
    last_s: float
    """The deadline, or end plus grace where that is later: nothing counts after it."""


def windows_of(
    grid: Grid, service_date: date, timezone: ZoneInfo, rules: ServiceRules
) -> list[WindowTimes]:
    """Give the windows that begin on `service_date`, in order of their start."""
    if service_date.weekday() not in grid.days:
        return []
    times = []
    for window in grid.windows:
        start_s = instant_s(service_date, window.start_min, timezone)
        end_s = instant_s(service_date, window.end_min, timezone)
        in_time_s = end_s + 60 * rules.grace_min
        deadline_s = _deadline_s(grid, service_date, window, timezone)
        times.append(
            WindowTimes(grid.id, window.text, start_s, end_s, in_time_s, max(deadline_s, in_time_s))
        )
    return sorted(times, key=lambda window: (window.start_s, window.end_s))


def instant_s(service_date: date, minutes: int, timezone: ZoneInfo) -> float:
    """Give the instant of a local clock time, in minutes after the date's midnight.

    A clock time that daylight saving skips moves forward; one it repeats means the first.
    """
    days, rest = divmod(minutes, 24 * 60)
    clock = time(rest // 60, rest % 60)
    return datetime.combine(service_date + timedelta(days), clock, timezone).timestamp()


def midnight_after_s(service_date: date, minutes: int, timezone: ZoneInfo) -> float:
    """Give the first local midnight later than a clock time."""
    return instant_s(service_date, (minutes // 1440 + 1) * 1440, timezone)


def _deadline_s(grid: Grid, service_date: date, window: DailyWindow, timezone: ZoneInfo) -> float:
    """Start of the grid's next window, on this date or a later one, but at most midnight."""
    end_s = instant_s(service_date, window.end_min, timezone)
    starts = [
        start_s
        for ahead in range(3)
        if (day := service_date + timedelta(ahead)).weekday() in grid.days
        for other in grid.windows
        if (start_s := instant_s(day, other.start_min, timezone)) >= end_s
    ]
    return min([*starts, midnight_after_s(service_date, window.end_min, timezone)])
