"""The history of verdicts: what was said of each, when, by which plan and why, never overwritten.

Kept in the ping log's database, see `analytics.history.tables`. What differs from the newest
revision of a verdict is added as the next one; what does not leaves no trace.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from analytics.day import Day
from analytics.history.plan_store import (
    HistoryError,
    NoPlanError,
    StoredPlan,
    add_plan,
    plan_for,
    plan_of_version,
    stored_plans,
)
from analytics.history.revisions import Change, Finding, Key, findings_of, revise, unpack_record
from analytics.history.tables import KEY, judgings, verdicts
from analytics.history.verdict_store import (
    JUDGING_DTYPES,
    REVISION_DTYPES,
    add_judging,
    add_revisions,
    frame_of,
    is_of,
    known_verdicts,
    last_judging,
    lock_history,
    news_since,
    record_of,
    revisions_query,
)
from analytics.verdicts.evidence import Evidence
from geofence.plan.plan import Plan
from ingest.log.pinglog import PingLog

__all__ = ["Change", "History", "HistoryError", "NoPlanError", "StoredPlan"]


class History:
    """Stored plans and recorded verdicts in the database of a log.

    Every method raises LogError if the database cannot be read or written.
    """

    def __init__(self, log: PingLog) -> None:
        self._log = log

    def store_plan(self, plan: Plan, now_ms: int) -> bool:
        """Store a plan, unless it is the one stored last for its date; tell whether it was."""
        with self._log.transaction(write=True) as connection:
            lock_history(connection)
            return add_plan(connection, plan, now_ms)

    def plans(self) -> tuple[StoredPlan, ...]:
        """List what is stored, by the date from which it is valid; the last of a date counts."""
        with self._log.transaction(write=False) as connection:
            return stored_plans(connection)

    def plan_in_force(self, service_date: date) -> Plan:
        """Read the plan in force on a date.

        Raises
        ------
        NoPlanError
            If no stored plan was valid by then.
        HistoryError
            If what is stored cannot be read.
        """
        with self._log.transaction(write=False) as connection:
            return plan_for(connection, service_date)

    def plan(self, version: str) -> Plan:
        """Read a stored plan by its version.

        Raises
        ------
        HistoryError
            If it is not stored.
        """
        with self._log.transaction(write=False) as connection:
            return plan_of_version(connection, version)

    def record(self, day: Day, now_ms: int, sequence: int) -> tuple[Change, ...]:
        """Add what is new about the verdicts of a judged date.

        Parameters
        ----------
        sequence
            Of the log, read before the pings were: they hold at least all up to it.

        Returns
        -------
        tuple of Change
            Verdicts that came out for the first time or otherwise than the revision before said.
            Revisions that only rest on other evidence, or became final, are not among them.

        Raises
        ------
        HistoryError
            If the date was meanwhile judged by another plan and from more pings.

        Notes
        -----
        If it was judged by the same plan and from more pings, nothing is added: whoever did that
        knew more.
        """
        findings = list(findings_of(day, now_ms))
        with self._log.transaction(write=True) as connection:
            lock_history(connection)
            last = last_judging(connection, day.service_date)
            if last is not None and last.sequence > sequence:
                if last.plan_version == day.plan.version:
                    return ()
                raise HistoryError(
                    f"{day.service_date.isoformat()} was judged by another plan and from newer "
                    "pings in the meantime; run it again"
                )
            known = known_verdicts(connection, day.service_date)
            news = news_since(connection, day, last, sequence)
            added = list(revise(findings, known, _exempt_keys(day, findings), news))
            add_judging(connection, day, last, now_ms, sequence)
            add_revisions(connection, day, added, now_ms)
        return tuple(
            Change(
                day.service_date, *each.key, each.before, each.values["verdict"], each.cause,
                each.revision, now_ms,
            )
            for each in added
            if each.is_change
        )  # fmt: skip

    def verdicts(self, first: date, last: date) -> pd.DataFrame:
        """Read the newest revision of every verdict of some dates, grids' own included.

        Returns
        -------
        DataFrame
            Columns of `REVISION_DTYPES`, by date, grid, window and street. A verdict that the plan
            has no room for any more is there as ``exempt``, or empty.
        """
        inside = verdicts.c.service_date.between(first.isoformat(), last.isoformat())
        newest = (
            sa.select(
                *(verdicts.c[name] for name in KEY),
                sa.func.max(verdicts.c.revision).label("revision"),
            )
            .where(inside)
            .group_by(*(verdicts.c[name] for name in KEY))
            .subquery()
        )
        same = [verdicts.c[name] == newest.c[name] for name in (*KEY, "revision")]
        return self._revisions(revisions_query().join(newest, sa.and_(*same)).where(inside))

    def revisions(self, grid: str, service_date: date, window: str, street: str) -> pd.DataFrame:
        """Read every revision of a verdict, oldest first, with columns of `REVISION_DTYPES`."""
        return self._revisions(revisions_query().where(is_of((grid, window, street), service_date)))

    def evidence(
        self, service_date: date, grid: str, window: str, street: str, revision: int | None = None
    ) -> Evidence:
        """Read what a street's verdict rests on, by default that of the newest revision.

        Raises
        ------
        HistoryError
            If no such verdict is recorded, or it is not judged any more.
        """
        key = (grid, window, street)
        with self._log.transaction(write=False) as connection:
            record = record_of(connection, key, service_date, revision)
        if record is None:
            raise HistoryError(
                f"no evidence is recorded for {grid} {service_date.isoformat()} {window} {street}"
            )
        return unpack_record(record)

    def judgings(self, first: date, last: date) -> pd.DataFrame:
        """Read when some dates were judged, by which plan and from which pings, oldest first.

        Returns
        -------
        DataFrame
            Columns ``service_date, judged_at, plan_version, sequence, is_final``. A judging is kept
            if it differs from the one before.
        """
        query = (
            sa.select(
                judgings.c.service_date, judgings.c.judged_ms, judgings.c.plan_version,
                judgings.c.sequence, judgings.c.is_final,
            )
            .where(judgings.c.service_date.between(first.isoformat(), last.isoformat()))
            .order_by(judgings.c.id)
        )  # fmt: skip
        with self._log.transaction(write=False) as connection:
            return frame_of(JUDGING_DTYPES, connection.execute(query).all())

    def _revisions(self, query: sa.Select[Any]) -> pd.DataFrame:
        ordered = query.order_by(*(verdicts.c[name] for name in (*KEY, "revision")))
        with self._log.transaction(write=False) as connection:
            return frame_of(REVISION_DTYPES, connection.execute(ordered).all())


def _exempt_keys(day: Day, findings: Sequence[Finding]) -> set[Key]:
    """Name what is exempt: streets, and grids of which no street is left."""
    places = zip(day.exempt["grid_id"], day.exempt["window"], day.exempt["street"], strict=True)
    streets = {(str(grid), str(window), str(street)) for grid, window, street in places}
    judged = {finding.key for finding in findings}
    return streets | ({(grid, window, "") for grid, window, _ in streets} - judged)
