"""Misses that residents reported and the evidence confirmed, kept for the worklist."""

import secrets
from collections.abc import Callable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from analytics.dashboard.access.access_tables import reports
from ingest.log.pinglog import PingLog

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Those that nobody confuses on the telephone."""


def reports_of(log: PingLog, service_date: date) -> dict[tuple[str, str, str], tuple[int, str]]:
    """Give how often each miss of a date was reported and its reference, by grid, window, street.

    Raises
    ------
    LogError
        If the log cannot be read.
    """
    query = sa.select(
        *(reports.c[name] for name in ("grid_id", "window", "street", "count", "reference"))
    ).where(reports.c.service_date == service_date.isoformat())
    with log.transaction(write=False) as connection:
        return {
            (grid_id, window, street): (count, reference)
            for grid_id, window, street, count, reference in connection.execute(query)
        }


class ResidentReports:
    """The reports in the database of a ping log.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    """

    def __init__(self, log: PingLog, clock_ms: Callable[[], int]) -> None:
        self._log = log
        self._clock_ms = clock_ms

    def keep(self, service_date: date, grid_id: str, window: str, street: str) -> str:
        """Keep a report of a miss and give its reference, the same for all who report it."""
        now_ms = self._clock_ms()
        key = {
            "service_date": service_date.isoformat(), "grid_id": grid_id, "window": window,
            "street": street,
        }  # fmt: skip
        reference = f"{service_date:%m%d}-{''.join(secrets.choice(_LETTERS) for _ in range(6))}"
        with self._log.transaction(write=True) as connection:
            make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            # in one statement, so that of two who report at once both are counted
            kept = make(reports).values(
                **key, reference=reference, first_ms=now_ms, last_ms=now_ms, count=1
            )
            again = {"last_ms": now_ms, "count": reports.c["count"] + 1}
            connection.execute(kept.on_conflict_do_update(index_elements=list(key), set_=again))
            is_it = sa.and_(*(reports.c[name] == value for name, value in key.items()))
            return str(connection.scalar(sa.select(reports.c.reference).where(is_it)))
