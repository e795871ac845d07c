"""Looks a ping log over: schema, file, counters, archived days."""

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import ArchivedDay, parted, recorded_days
from ingest.log.archive_moving import live_rows
from ingest.log.counters import read_counters
from ingest.log.pinglog import PingLog
from ingest.log.rivals import is_in
from ingest.log.schema import schema_faults
from ingest.log.tables import SEQUENCE, conflicts, counters, pings, quarantine_hours, rejections
from ingest.ping import KEY_COLUMNS, PING_COLUMNS


def faults_of(log: PingLog) -> Iterator[str]:
    """Tell everything that is wrong, each with how to mend it."""
    with log.transaction(write=False) as connection:
        for fault in schema_faults(connection):
            yield f"the schema differs ({fault}); restore it from a backup or mend it by hand"
        if connection.dialect.name == "sqlite":
            try:
                damages = [told for (told,) in connection.exec_driver_sql("PRAGMA quick_check")]
            except sa.exc.DatabaseError as error:  # too damaged to be looked through or counted
                yield f"the file is damaged ({error.orig}); restore it from a backup"
                return
            for told in damages:
                if told != "ok":
                    yield f"the file is damaged ({told}); restore it from a backup"
        elif connection.exec_driver_sql("SHOW fsync").scalar() != "on":
            yield "the server runs with fsync off and may lose what it acknowledged; turn it on"
        days = recorded_days(connection)
        yield from _file_faults(log, days)
        yield from _counter_faults(log, connection, days)


def _file_faults(log: PingLog, days: list[ArchivedDay]) -> Iterator[str]:
    for day in days:
        try:
            log.files.check(day)
        except LogError as error:
            yield str(error)
    known = {day.path for day in days}
    for folder in sorted({Path(day.path).parent for day in days}):
        for path in sorted(folder.glob("pings-*.parquet")):
            if str(path) not in known:
                yield (
                    f"{path} is not of this log: a move that was cut short left it, or another log "
                    "uses the folder; delete it if none does"
                )
        for path in sorted(folder.glob(".pings-*.unfinished")):
            yield f"{path} is left of a move that was cut short; delete it"


def _counter_faults(
    log: PingLog, connection: sa.Connection, days: list[ArchivedDay]
) -> Iterator[str]:
    told = read_counters(connection)
    if not told.balanced:
        yield f"the counters do not balance: {told.conservation()}"
    stored = _count(connection, pings) + sum(day.pings for day in days)
    conflicting = _count(connection, conflicts) + sum(day.conflicts for day in days)
    for day in days:
        live = live_rows(connection, day.day_ms)
        if live.empty:
            continue
        try:
            won, lost = parted([log.files.read(day)])
        except LogError:
            continue  # told above; the counts are off by what came later for that day
        live_won, live_lost = parted([live])
        stored -= int(is_in(live_won, won, KEY_COLUMNS).sum())
        conflicting -= int(is_in(live_lost, lost, PING_COLUMNS).sum())
    standing = sa.select(rejections.c.code, sa.func.count()).where(
        rejections.c.released_time_ms.is_(None)
    )
    by_code: dict[str, int] = dict(
        tuple(row) for row in connection.execute(standing.group_by(rejections.c.code))
    )
    kept_bytes = int(connection.scalar(sa.select(sa.func.sum(quarantine_hours.c.kept_bytes))) or 0)
    for name, counter, rows in (
        ("stored", told.stored, stored),
        ("conflicting", told.conflicting, conflicting),
        *(
            (
                f"rejected {code}",
                told.rejected_by_code.get(code, 0) - told.counted_by_code.get(code, 0),
                by_code.get(code, 0),
            )
            for code in sorted(by_code.keys() | told.rejected_by_code.keys())
        ),
        ("bytes in quarantine", told.quarantine_bytes, kept_bytes),
    ):
        if counter != rows:
            yield (
                f"the counter of {name} is {counter}, but the log holds {rows}; rows were changed "
                "by hand or lost: restore a backup"
            )
    last = connection.scalar(sa.select(counters.c.value).where(counters.c.name == SEQUENCE)) or 0
    highest = connection.scalar(sa.select(sa.func.max(pings.c.sequence))) or 0
    if last < highest:
        yield f"the counter of the sequence is {last}, but a ping has {highest}: restore a backup"


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
