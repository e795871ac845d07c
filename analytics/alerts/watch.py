"""What holds now: the days in progress, kept up to date from the ping log."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from analytics.alerts.alert import Condition
from analytics.alerts.rules import conditions_of
from analytics.live.live_day import LiveDay
from analytics.verdicts.evaluation import plan_horizon
from geofence.plan.plan import Plan
from ingest.log.pinglog import PingLog
from ingest.log.tables import SEQUENCE, counters
from ingest.settings.alerts import AlertSettings

_DAY = timedelta(days=1)


class DaysInProgress:
    """The service dates whose verdicts are not final yet; often one, two about midnight.

    Parameters
    ----------
    plan_on
        Asked at every look for the plan in force on a date; by default always `plan`.
    """

    def __init__(
        self, log: PingLog, plan: Plan, plan_on: Callable[[date], Plan] | None = None
    ) -> None:
        self._log, self._plan_on = log, plan_on or (lambda _: plan)
        self._zone = ZoneInfo(plan.timezone)
        self._days: dict[date, LiveDay] = {}
        self._sequence = 0

    def look(
        self, now_ms: int, settings: AlertSettings
    ) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
        """Read what is new in the log; give what holds, and the service dates looked at."""
        self._zone = ZoneInfo(self._plan_on(_local(now_ms, self._zone)).timezone)
        today = _local(now_ms, self._zone)
        plans = {day: self._plan_on(day) for day in (today - _DAY, today)}
        dates = tuple(day for day, plan in plans.items() if _is_in_progress(plan, day, now_ms))
        self._days = {
            day: live
            for day, live in self._days.items()
            if day in dates and live.plan is plans[day]
        }
        if self._days:
            rows, self._sequence = self._log.read_pings_since(self._sequence)
            for live in self._days.values():
                live.add(rows)
        else:
            with self._log.transaction(write=False) as connection:
                query = sa.select(counters.c.value).where(counters.c.name == SEQUENCE)
                self._sequence = connection.scalar(query) or 0
        for day in dates:
            if day not in self._days:
                self._days[day] = self._begin(plans[day], day)
        return holding(self._days.values(), now_ms, settings), tuple(map(str, dates))

    def _begin(self, plan: Plan, day: date) -> LiveDay:
        """Read what the log has of a date; what is read again later makes no difference."""
        live = LiveDay(plan, day)
        start_ms, end_ms = plan_horizon(plan, day) or (0, 0)
        vehicles = vehicles_on(plan, day)
        live.add(self._log.read_pings(start_ms=start_ms, end_ms=end_ms, vehicles=vehicles))
        return live


def holding(
    days: Collection[LiveDay], now_ms: int, settings: AlertSettings
) -> tuple[Condition, ...]:
    """Tell what holds of days as they are known."""
    return tuple(
        condition
        for live in days
        for condition in conditions_of(live.judgement().cases, now_ms, settings)
    )


def dates_in_progress(plan: Plan, now_ms: int, zone: ZoneInfo) -> tuple[date, ...]:
    """Give the service dates on whose verdicts pings of now still bear."""
    today = _local(now_ms, zone)
    return tuple(day for day in (today - _DAY, today) if _is_in_progress(plan, day, now_ms))


def _local(now_ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()


def _is_in_progress(plan: Plan, day: date, now_ms: int) -> bool:
    span = plan_horizon(plan, day)
    return span is not None and span[0] <= now_ms < span[1]


def vehicles_on(plan: Plan, day: date) -> frozenset[str]:
    """Name the vehicles on duty on a date."""
    return frozenset(vehicle for grid in plan.grids for vehicle in plan.vehicles_of(grid, day))


class RecordedDays:
    """Stored days as they were known at earlier instants, for looks that go on in time."""

    def __init__(self, log: PingLog, plan: Plan, dates: Collection[date]) -> None:
        self._plan, self._zone = plan, ZoneInfo(plan.timezone)
        self._days = {day: LiveDay(plan, day) for day in dates}
        self._until_ms = dict.fromkeys(dates, 0)
        self._pings = {day: _recorded(log, plan, day) for day in dates}

    def look(
        self, now_ms: int, settings: AlertSettings
    ) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
        """Give what held, and the service dates looked at."""
        dates = [day for day in dates_in_progress(self._plan, now_ms, self._zone)
                 if day in self._days]  # fmt: skip
        for day in dates:
            pings, known = self._pings[day]
            first, last = np.searchsorted(known, [self._until_ms[day], now_ms], side="right")
            self._days[day].add(pings[first:last].reset_index(drop=True))
            self._until_ms[day] = now_ms
        found = holding([self._days[day] for day in dates], now_ms, settings)
        return found, tuple(map(str, dates))


def _recorded(log: PingLog, plan: Plan, day: date) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Read the pings of a date in the order in which they became known, and when each did.

    That is when a ping was received, if within a day of its time. Of a recorded file that was read
    later only the event times tell anything.
    """
    start_ms, end_ms = plan_horizon(plan, day) or (0, 0)
    pings = log.read_pings(start_ms=start_ms, end_ms=end_ms, vehicles=vehicles_on(plan, day))
    event_ms, received_ms = (
        pings[name].to_numpy(dtype="datetime64[ms]").astype(np.int64)
        for name in ("event_time", "received_time")
    )
    lag_ms = received_ms - event_ms
    is_live = (lag_ms >= 0) & (lag_ms < _DAY // timedelta(milliseconds=1))
    known_ms = np.where(is_live, received_ms, event_ms)
    order = np.argsort(known_ms, kind="stable")
    return pings.iloc[order].reset_index(drop=True), known_ms[order]
