"""Days that the log holds, looked at again: the same state as live, at any instant of theirs."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa

from analytics.coverage.windows import local_instant
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.shown_date import service_date_at
from analytics.dashboard.state.vehicle_positions import TRAIL_MS
from analytics.verdicts.evaluation import plan_horizon
from geofence.network.network import Network
from geofence.plan.plan import Plan
from ingest.log.archive import recorded_days
from ingest.log.pinglog import PingLog
from ingest.log.rows import vehicles_of
from ingest.log.tables import pings

KEPT_STATES = 3
FRESH_S = 20.0
"""How long a state or the list of dates stays as it is though the log may grow."""
MOST_DATES = 1_500
AGAIN_S = 0.1
"""Between two looks whether a state that somebody else computes is still wanted."""
_DAY_MS = 86_400_000


class AbandonedError(Exception):
    """Nobody wants to know any more."""


def always() -> bool:
    """Say that somebody waits."""
    return True


class StoredDays:
    """The dates of a log. For several threads; no two of them compute the same."""

    def __init__(self, log: PingLog, plan: Plan, network: Network) -> None:
        self._log = log
        self.plan = plan
        self._network = network
        self._zone = ZoneInfo(plan.timezone)
        self._lock = threading.Lock()
        self._listing = threading.Lock()
        self._computing: dict[tuple[date, int], threading.Event] = {}
        self._states: OrderedDict[tuple[date, int], tuple[float, LiveState]] = OrderedDict()
        self._dates: tuple[float, list[date]] | None = None
        self._known: set[date] = set()

    def span_ms(self, service_date: date) -> tuple[int, int]:
        """Give the instants from the midnight of a date to when all of it is final."""
        midnight_ms = local_instant(service_date, 0, self._zone)
        span = plan_horizon(self.plan, service_date)
        return midnight_ms, max(span[1] if span else 0, midnight_ms + _DAY_MS)

    def state_at(self, at_ms: int, wanted: Callable[[], bool] = always) -> tuple[LiveState, int]:
        """Give the state as the pings up to an instant tell it; for looking only."""
        return self.state_of(service_date_at(self.plan, at_ms), at_ms, wanted)

    def state_of(
        self, service_date: date, at_ms: int | None = None, wanted: Callable[[], bool] = always
    ) -> tuple[LiveState, int]:
        """Give the state of a date at an instant of it, by default at its end; and the instant.

        Raises
        ------
        LogError
            If the log cannot be read.
        AbandonedError
            If it is not `wanted` any more.
        """
        first_ms, last_ms = self.span_ms(service_date)
        instant_ms = min(max(first_ms, last_ms if at_ms is None else at_ms), last_ms)
        key = (service_date, instant_ms)
        with self._alone(key, wanted):
            if (known := self._known_state(key)) is not None:
                return known, instant_ms
            state = self.begin(service_date, instant_ms, wanted)
            with self._lock:
                self._states[key] = (time.monotonic(), state)
                while len(self._states) > KEPT_STATES:
                    self._states.popitem(last=False)
            return state, instant_ms

    def begin(
        self, service_date: date, at_ms: int, wanted: Callable[[], bool] = always
    ) -> LiveState:
        """Make a state of the pings of a date up to an instant."""
        state = LiveState(self.plan, service_date, self._network)
        first_ms, _ = self.span_ms(service_date)
        state.add(self.pings(state, first_ms - TRAIL_MS, at_ms))
        while state.is_stale:
            _check(wanted)
            state.look_at_next()
        _check(wanted)
        state.catch_up(at_ms)
        return state

    def pings(self, state: LiveState, from_ms: int, until_ms: int) -> pd.DataFrame:
        """Read the pings of the vehicles of a state in ``[from_ms, until_ms)``."""
        return self._log.read_pings(start_ms=from_ms, end_ms=until_ms, vehicles=state.positions.ids)

    def pings_of(self, service_date: date) -> pd.DataFrame:
        """Read the pings of a date."""
        first_ms, last_ms = self.span_ms(service_date)
        return self._log.read_pings(
            start_ms=first_ms, end_ms=last_ms, vehicles=sorted(self.plan.vehicles)
        )

    def dates(self) -> Sequence[date]:
        """Give the local dates that have pings, ascending; of very many the latest."""
        with self._listing:
            if self._dates is None or time.monotonic() - self._dates[0] > FRESH_S:
                self._dates = (time.monotonic(), self._find_dates())
            return self._dates[1]

    @contextmanager
    def _alone(self, key: tuple[date, int], wanted: Callable[[], bool]) -> Iterator[None]:
        """Be the only one who computes a state; others may compute others."""
        while True:
            with self._lock:
                others = self._computing.get(key)
                if others is None:
                    mine = self._computing[key] = threading.Event()
                    break
            while not others.wait(AGAIN_S):
                _check(wanted)
        try:
            yield
        finally:
            with self._lock:
                del self._computing[key]
            mine.set()

    def _known_state(self, key: tuple[date, int]) -> LiveState | None:
        with self._lock:
            known = self._states.get(key)
            if known is None or time.monotonic() - known[0] >= FRESH_S:
                return None
            self._states.move_to_end(key)
            return known[1]

    def _find_dates(self) -> list[date]:
        with self._log.transaction(write=False) as connection:
            vehicles = vehicles_of(connection)
            archived = recorded_days(connection)
            in_vehicle = pings.c.vehicle_id.in_(vehicles)
            ends = connection.execute(
                sa.select(
                    sa.func.min(pings.c.event_time_ms), sa.func.max(pings.c.event_time_ms)
                ).where(in_vehicle)
            ).one()
            instants = [ms for ms in ends if ms is not None]
            instants += [ms for day in archived for ms in (day.day_ms, day.day_ms + _DAY_MS - 1)]
            if not instants:
                return []
            first, last = self._local(min(instants)), self._local(max(instants))
            first = max(first, last - timedelta(days=MOST_DATES - 1))
            found = []
            for number in range((last - first).days + 1):
                each = first + timedelta(days=number)
                begin_ms, end_ms = (
                    local_instant(day, 0, self._zone) for day in (each, each + timedelta(days=1))
                )
                is_there = any(day.overlaps(begin_ms, end_ms) for day in archived)
                is_there = is_there or each in self._known
                if not is_there:
                    query = sa.select(pings.c.event_time_ms).where(
                        in_vehicle,
                        pings.c.event_time_ms >= begin_ms,
                        pings.c.event_time_ms < end_ms,
                    )
                    is_there = connection.scalar(query.limit(1)) is not None
                if is_there:
                    self._known.add(each)
                    found.append(each)
        return found

    def _local(self, instant_ms: int) -> date:
        return pd.Timestamp(instant_ms, unit="ms", tz="UTC").tz_convert(self._zone).date()


def _check(wanted: Callable[[], bool]) -> None:
    if not wanted():
        raise AbandonedError
