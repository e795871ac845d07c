"""Service windows: daily local times of a plan turned into UTC instants.

Instants are milliseconds since 1970 (UTC). A local time that a clock change skips moves forward by
what was skipped; one that comes twice means its first occurrence. A window that a clock change
leaves no time for is no window of that date.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geofence.plan.plan import MINUTES_OF_A_DAY, DailyWindow, Grid, Plan, ServiceRules
from ingest.time_zones import release

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ServiceWindow:
    """One window of one grid on one service date, with the instants a verdict depends on."""

    grid_id: str
    service_date: date
    """Local date on which the window starts."""
    text: str
    """As written in the plan."""
    start_ms: int
    end_ms: int
    deadline_ms: int
    """Start of the grid's next window, or the local midnight after the end if that comes first."""
    grace_end_ms: int
    """What is served before this instant is in time."""
    time_zones: str = ""
    """Release of the IANA database by which these are instants; empty if unknown."""

    @property
    def period_end_ms(self) -> int:
        """End of the period judged."""
        return max(self.deadline_ms, self.grace_end_ms)


def local_instant(service_date: date, minute: int, zone: ZoneInfo) -> int:
    """Give the instant `minute` minutes of wall clock after the midnight of `service_date`."""
    wall = datetime.combine(service_date, time()) + timedelta(minutes=minute)
    # of the two readings PEP 495 allows, fold=0 is the first occurrence of a repeated time, and
    # for a skipped one the later instant
    return (wall.replace(tzinfo=zone, fold=0) - _EPOCH) // _MILLISECOND


def service_windows(
    grid: Grid, service_date: date, zone: ZoneInfo, rules: ServiceRules
) -> tuple[ServiceWindow, ...]:
    """Give the windows of `grid` on a service date in the plan's order, none if it has no service.

    The deadline of each is the start of the grid's next window, of any day of service, that begins
    at or after its end, but no later than the first local midnight after its end.
    """
    following = [
        start_ms
        for later in range(3)
        for _, start_ms, _ in _spans(grid, service_date + later * _DAY, zone)
    ]
    return tuple(
        ServiceWindow(
            grid_id=grid.id,
            service_date=service_date,
            text=window.text,
            start_ms=start_ms,
            end_ms=end_ms,
            deadline_ms=min(
                [_midnight_after(end_ms, zone), *(ms for ms in following if ms >= end_ms)]
            ),
            grace_end_ms=end_ms + round(rules.grace_min * 60_000),
            time_zones=release(),
        )
        for window, start_ms, end_ms in _spans(grid, service_date, zone)
    )


def horizon(
    windows: tuple[ServiceWindow, ...], zone: ZoneInfo, rules: ServiceRules
) -> tuple[int, int]:
    """Give the instants ``[first, last)`` whose fixes may bear on these windows of one date.

    From local midnight to the last deadline plus ``allowed_lateness_min``, when the verdicts become
    final. Fixes outside have no part in them, so that tomorrow's first fix does not turn tonight's
    silence into a gap: a date is judged the same whether one day is at hand or ten.
    """
    last_ms = max(window.period_end_ms for window in windows)
    return (
        local_instant(windows[0].service_date, 0, zone),
        last_ms + round(rules.allowed_lateness_min * 60_000),
    )


def service_dates(pings: pd.DataFrame, plan: Plan) -> tuple[date, ...]:
    """Give the service dates that the pings touch, ascending.

    These are the local dates of all pings, and the date before where a vehicle's ping lies in a
    window of its grid that crossed midnight.
    """
    zone = ZoneInfo(plan.timezone)
    local = pings["event_time"].dt.tz_convert(zone).dt.tz_localize(None).dt.floor("D")
    dates = {day.date() for day in local.drop_duplicates()}
    instants = {
        str(vehicle): np.sort(times.to_numpy(dtype="datetime64[ms]").astype(np.int64))
        for vehicle, times in pings.groupby("vehicle_id", sort=True)["event_time"]
    }
    before = {day - _DAY for day in dates} - dates
    return tuple(sorted(dates | {day for day in before if _is_touched(day, instants, plan, zone)}))


def _is_touched(
    service_date: date, instants: dict[str, NDArray[np.int64]], plan: Plan, zone: ZoneInfo
) -> bool:
    """Whether a ping lies in a window that crosses the midnight after `service_date`."""
    for grid in plan.grids:
        for window, start_ms, end_ms in _spans(grid, service_date, zone):
            if window.end_min <= MINUTES_OF_A_DAY:
                continue
            for vehicle in plan.vehicles_of(grid, service_date):
                first, last = np.searchsorted(instants.get(vehicle, ()), [start_ms, end_ms])
                if first < last:
                    return True
    return False


def _spans(
    grid: Grid, service_date: date, zone: ZoneInfo
) -> tuple[tuple[DailyWindow, int, int], ...]:
    if service_date.weekday() not in grid.days:
        return ()
    spans = (
        (
            window,
            local_instant(service_date, window.start_min, zone),
            local_instant(service_date, window.end_min, zone),
        )
        for window in grid.windows
    )
    return tuple(span for span in spans if span[1] < span[2])


def _midnight_after(instant_ms: int, zone: ZoneInfo) -> int:
    local = (_EPOCH + instant_ms * _MILLISECOND).astimezone(zone)
    return local_instant(local.date(), MINUTES_OF_A_DAY, zone)
