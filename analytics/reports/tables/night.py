"""One service date from the ping log to its recorded verdicts, and back to what a report needs."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import sqlalchemy as sa

from analytics.day import Day, Observing, judge_day
from analytics.history.history import Change, History
from analytics.history.tables import KEY
from analytics.reports.steps import Steps
from analytics.reports.tables.report import Report
from analytics.reports.tables.report_tables import TREND_DAYS, build_report
from analytics.tracking.reports import TIME_CODES, refused_frame
from analytics.verdicts.evaluation import ReadPings, plan_horizon
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from ingest.log.pinglog import PingLog
from ingest.log.tables import SEQUENCE, counters


class NoPingsError(RuntimeError):
    """A date of which the log holds no ping of any vehicle on duty."""

    def __init__(self, service_date: date) -> None:
        self.service_date = service_date
        super().__init__(
            f"no pings for {service_date.isoformat()}; use --allow-empty to write a report in "
            "which all is unknown"
        )


class NoServiceError(RuntimeError):
    """A date on which no grid of the plan has a window."""

    def __init__(self, service_date: date) -> None:
        self.service_date = service_date
        super().__init__(f"no grid of the plan has service on {service_date.isoformat()}")


@dataclass(frozen=True, slots=True, eq=False)
class Night:
    """A date that was judged and recorded."""

    day: Day
    changes: tuple[Change, ...]
    """Verdicts of streets that came out otherwise than when it was judged before."""
    judged_before_ms: int | None
    """When that was; None if it is the first time."""


def judge_night(
    log: PingLog,
    plan: Plan,
    service_date: date,
    now_ms: int,
    steps: Steps,
    *,
    observing: Observing | None = None,
    allow_empty: bool = False,
) -> Night:
    """Judge a date while its pings are read, and record what is new in the history.

    Raises
    ------
    NoPingsError
        If there is no ping, unless `allow_empty`.
    NoServiceError
        If there is nothing to judge.
    LogError
        If the log cannot be read or written.
    """
    span = plan_horizon(plan, service_date)
    if span is None:
        raise NoServiceError(service_date)
    with steps.step("reading"):
        # first, so that a ping that comes meanwhile is new to the next judging
        sequence = _sequence(log)
        vehicles = plan.vehicles
        refused = refused_frame(
            log.quarantine.rejected(codes=[str(code) for code in TIME_CODES], since_ms=span[0])
        )
        refused = refused[
            refused["vehicle_id"].isin(vehicles) & (refused["received_ms"] < span[1])
        ].reset_index(drop=True)
    with steps.step("matching and judging"), closing(_in_steps(log, plan, service_date)) as pings:
        day = judge_day(
            pings,
            refused,
            plan,
            build_network(plan.sections),
            service_date,
            observing=observing,
            now_ms=now_ms,
        )
    if not day.ping_count and not allow_empty:
        raise NoPingsError(service_date)
    with steps.step("history"):
        history = History(log)
        before = history.judgings(service_date, service_date)
        changes = history.record(day, now_ms, sequence)
    return Night(
        day=day,
        changes=tuple(one for one in changes if one.street and one.before is not None),
        judged_before_ms=_last_ms(before),
    )


def _in_steps(log: PingLog, plan: Plan, service_date: date) -> Generator[pd.DataFrame]:
    """Read the pings of a date, of some vehicles at a time, all as the log is at the first."""
    with log.at_one_instant() as read:
        yield from ReadPings(read, [service_date]).bearing_on(plan, service_date)


def report_on(history: History, days: Sequence[Day], generated_ms: int, steps: Steps) -> Report:
    """Put the report of recorded days together, with the 30 days up to the last of them."""
    with steps.step("history"):
        past = history.verdicts(*history_of(days))
        changes = tuple(_changes(history, past, [day.service_date for day in days]))
    with steps.step("tables"):
        return build_report(days, past, changes, generated_ms)


def history_of(days: Sequence[Day]) -> tuple[date, date]:
    """Give the first and last date whose recorded verdicts are in the report of some days."""
    last = days[-1].service_date
    return min(days[0].service_date, last - timedelta(days=TREND_DAYS - 1)), last


def recorded_changes(history: History, service_date: date) -> tuple[Change, ...]:
    """Give every change of a street's verdict that the history holds of a date."""
    past = history.verdicts(service_date, service_date)
    return tuple(_changes(history, past, [service_date]))


def _changes(history: History, past: pd.DataFrame, dates: Sequence[date]) -> Iterator[Change]:
    """Give every change of a street's verdict that the history holds of some days.

    Taken from the history and not from the run, so that a report made again says the same.
    """
    own = {day.isoformat() for day in dates}
    chosen = past[past["service_date"].isin(own) & (past["revision"] > 1) & (past["street"] != "")]
    for service_date, *key in zip(*(chosen[name].astype(str) for name in KEY), strict=True):
        grid_id, window, street = key
        day = date.fromisoformat(service_date)
        known = history.revisions(grid_id, day, window, street)
        columns = ("verdict", "cause", "revision", "recorded_at")
        rows = list(zip(*(known[name].tolist() for name in columns), strict=True))
        for (before, *_), (after, cause, revision, recorded_at) in pairwise(rows):
            if before != after:
                yield Change(
                    service_date=day,
                    grid_id=grid_id,
                    window=window,
                    street=street,
                    before=before,
                    after=after,
                    cause=cause,
                    revision=revision,
                    recorded_ms=_ms(recorded_at),
                )


def _sequence(log: PingLog) -> int:
    query = sa.select(counters.c.value).where(counters.c.name == SEQUENCE)
    with log.transaction(write=False) as connection:
        return int(connection.scalar(query) or 0)


def _last_ms(judgings: pd.DataFrame) -> int | None:
    return _ms(judgings["judged_at"].max()) if len(judgings) else None


def _ms(instant: pd.Timestamp) -> int:
    return int(instant.value // 1_000_000)
