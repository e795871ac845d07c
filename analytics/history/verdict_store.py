"""Rows of recorded verdicts: how they are read and added within a transaction."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from pandas.api.types import pandas_dtype

from analytics.day import Day
from analytics.history.revisions import Key, Known, News, Revision
from analytics.history.tables import KEY, evidence, judgings, verdicts
from analytics.verdicts.evaluation import plan_horizon
from ingest.log.tables import pings

REVISION_DTYPES: dict[str, str] = {
    "service_date": "str",
    "grid_id": "str",
    "window": "str",
    "street": "str",
    "verdict": "str",
    "status": "str",
    "revision": "int64",
    "served_ratio": "float64",
    "started_at": "datetime64[ms, UTC]",
    "completed_at": "datetime64[ms, UTC]",
    "schedule_deviation_s": "Int64",
    "observed_share": "float64",
    "length_m": "float64",
    "provably_missed_m": "float64",
    "flags": "str",
    "plan_version": "str",
    "cause": "str",
    "recorded_at": "datetime64[ms, UTC]",
}
JUDGING_DTYPES: dict[str, str] = {
    "service_date": "str",
    "judged_at": "datetime64[ms, UTC]",
    "plan_version": "str",
    "sequence": "int64",
    "is_final": "bool",
}
_LOCK = 0x70696E68  # of PostgreSQL: those who record come one after the other
_NOT_A_TIME = int(np.iinfo(np.int64).min)


def revisions_query() -> sa.Select[Any]:
    """Query revisions with the columns of `REVISION_DTYPES`, instants in milliseconds."""
    columns = (name.replace("_at", "_ms") for name in REVISION_DTYPES)
    return sa.select(*(verdicts.c[name] for name in columns)).select_from(verdicts)


def _named(key: Key, service_date: date) -> list[tuple[str, str]]:
    return list(zip(KEY, (service_date.isoformat(), *key), strict=True))


def is_of(key: Key, service_date: date) -> sa.ColumnElement[bool]:
    """Choose the revisions of one verdict."""
    return sa.and_(*(verdicts.c[name] == value for name, value in _named(key, service_date)))


def frame_of(dtypes: Mapping[str, str], rows: Sequence[Any]) -> pd.DataFrame:
    """Make a frame of rows, whose instants are milliseconds or missing."""
    columns = list(zip(*rows, strict=True)) or [()] * len(dtypes)
    return pd.DataFrame(
        {
            name: _instants(values)
            if dtype.startswith("datetime")
            else pd.Series(values, dtype=pandas_dtype(dtype))
            for (name, dtype), values in zip(dtypes.items(), columns, strict=True)
        }
    )


def _instants(values: Sequence[int | None]) -> "pd.Series[pd.Timestamp]":
    known = np.array([_NOT_A_TIME if value is None else value for value in values], np.int64)
    return pd.Series(known.view("datetime64[ms]")).dt.tz_localize("UTC")


def record_of(
    connection: sa.Connection, key: Key, service_date: date, revision: int | None
) -> bytes | None:
    """Read the compressed evidence of a revision, or of the newest; None if it has none."""
    chosen = sa.select(verdicts.c.revision, verdicts.c.digest).where(is_of(key, service_date))
    if revision is not None:
        chosen = chosen.where(verdicts.c.revision == revision)
    found = connection.execute(chosen.order_by(verdicts.c.revision.desc()).limit(1)).first()
    if found is None or not found.digest:
        return None
    query = (
        sa.select(evidence.c.record)
        .where(*(evidence.c[name] == value for name, value in _named(key, service_date)))
        .where(evidence.c.revision <= found.revision)
        .order_by(evidence.c.revision.desc())
        .limit(1)
    )
    record: bytes | None = connection.scalar(query)
    return record


def lock_history(connection: sa.Connection) -> None:
    """Wait until nobody else records; SQLite lets but one writer in anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def last_judging(connection: sa.Connection, service_date: date) -> sa.Row[Any] | None:
    """Read the last row of `analytics.history.tables.judgings` of a date."""
    query = sa.select(judgings).where(judgings.c.service_date == service_date.isoformat())
    return connection.execute(query.order_by(judgings.c.id.desc()).limit(1)).first()


def known_verdicts(connection: sa.Connection, service_date: date) -> dict[Key, Known]:
    """Read the newest revision of every verdict of a date."""
    columns = ("grid_id", "window", "street", "revision", "verdict", "status", "digest")
    query = (
        sa.select(*(verdicts.c[name] for name in columns))
        .where(verdicts.c.service_date == service_date.isoformat())
        .order_by(verdicts.c.revision)
    )
    return {
        (grid_id, window, street): Known(*about)
        for grid_id, window, street, *about in connection.execute(query)
    }


def news_since(
    connection: sa.Connection, day: Day, last: sa.Row[Any] | None, sequence: int
) -> News:
    """Tell what is different from the last judging of a date."""
    if last is None:
        return News(plan_changed=False, pings_came=True, spans={})
    plan_changed = last.plan_version != day.plan.version
    pings_came = sequence > last.sequence
    spans = _spans(connection, day, last.sequence) if plan_changed and pings_came else {}
    return News(plan_changed, pings_came, spans)


def _spans(connection: sa.Connection, day: Day, since: int) -> dict[str, tuple[int, int]]:
    """Find for each vehicle the first and last new ping of the date.

    Only in the tables: late pings of a day in files stay there until the next archiving.
    """
    first_ms, last_ms = plan_horizon(day.plan, day.service_date) or (0, 0)
    at = pings.c.event_time_ms
    query = (
        sa.select(pings.c.vehicle_id, sa.func.min(at), sa.func.max(at))
        .where(pings.c.vehicle_id.in_(sorted(day.plan.vehicles)))
        .where(at >= first_ms, at < last_ms, pings.c.sequence > since)
        .group_by(pings.c.vehicle_id)
    )
    return {vehicle: (begin, end) for vehicle, begin, end in connection.execute(query)}


def add_judging(
    connection: sa.Connection, day: Day, last: sa.Row[Any] | None, now_ms: int, sequence: int
) -> None:
    """Add that a date was judged, unless the last judging was the same."""
    span = plan_horizon(day.plan, day.service_date)
    row = {
        "service_date": day.service_date.isoformat(),
        "judged_ms": now_ms,
        "plan_version": day.plan.version,
        "sequence": sequence,
        "is_final": span is None or now_ms >= span[1],
    }
    told = ("plan_version", "sequence", "is_final")
    if last is None or any(getattr(last, name) != row[name] for name in told):
        connection.execute(sa.insert(judgings), [row])


def add_revisions(
    connection: sa.Connection, day: Day, added: Sequence[Revision], now_ms: int
) -> None:
    """Add revisions, and the evidence of those that have any."""
    rows, records = [], []
    measures = [c.name for c in verdicts.c if c.nullable]
    for each in added:
        key = {**dict(_named(each.key, day.service_date)), "revision": each.revision}
        rows.append(
            {
                **key,
                **dict.fromkeys(measures),
                **each.values,
                "status": str(each.status),
                "plan_version": day.plan.version,
                "cause": each.cause,
                "recorded_ms": now_ms,
                "digest": each.digest,
            }
        )
        if each.record:
            records.append({**key, "record": each.record})
    for table, new in ((verdicts, rows), (evidence, records)):
        if new:
            connection.execute(sa.insert(table), new)
