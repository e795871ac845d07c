"""Looks a ping log over: schema, file, counters, archived days, segments."""

from collections.abc import Collection, Iterator
from pathlib import Path

import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import (
    ArchivedDay,
    parted,
    recorded_days,
)
from ingest.log.archive_moving import live_rows
from ingest.log.counters import read_counters
from ingest.log.pinglog import PingLog
from ingest.log.reading import pings_between
from ingest.log.rivals import is_in
from ingest.log.schema import schema_faults
from ingest.log.segments.encoding import differences, same_bits
from ingest.log.segments.records import segments_between
from ingest.log.segments.sealing import rows_of_day
from ingest.log.segments.stamps import Stamps
from ingest.log.strays import StrayKind, folders_of, strays_of
from ingest.log.tables import (
    SEQUENCE,
    conflicts,
    counters,
    events,
    pings,
    quarantine_hours,
    rejections,
    superseded_files,
)
from ingest.ping import KEY_COLUMNS, PING_COLUMNS

SEAL = "pingcheng database seal"


def faults_of(log: PingLog, folders: Collection[Path] = ()) -> Iterator[str]:
    """Tell everything that is wrong, each with how to mend it.

    Archive files are looked for in `folders`, too.
    """
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
        yield from _file_faults(log, connection, days, folders)
        yield from _counter_faults(log, connection, days)


def segment_notes(log: PingLog) -> Iterator[str]:
    """Tell which segments are of no use; that is no fault, as their days are read from the rows."""
    with log.transaction(write=False) as connection:
        for segment in segments_between(connection, None, None):
            if (reason := log.segments.fault(segment)) is None:
                continue
            path = Path(segment.path)
            # where nothing tells of the damage, SEAL would take it for sound for a while
            is_in_the_way = path.is_dir() or Stamps(path.parent).is_unchanged(segment)
            first = "delete it, and then " if is_in_the_way else ""
            yield f"the segment {path} is not used: {reason}; {first}{SEAL} makes it anew"


def segment_faults(log: PingLog) -> Iterator[str]:
    """Compare what is read of sealed days with all their rows, each with how to mend it."""
    with log.transaction(write=False) as connection:
        for segment in segments_between(connection, None, None):
            if log.segments.fault(segment) is not None:
                continue
            day = segment.day_ms, segment.end_ms, None
            read = pings_between(connection, log.files, log.segments, *day)
            rows = rows_of_day(connection, segment.day_ms)
            if not same_bits(read, rows):
                lost, added, other = differences(read, rows)
                yield (
                    f"of {segment.date} {len(read)} pings are read, but its {len(rows)} rows say "
                    f"otherwise ({lost} are not in the rows, {added} are only there, {other} are "
                    "other ones there): they were changed by hand; delete the segment "
                    f"{segment.path}, and {SEAL} makes it anew"
                )


def _file_faults(
    log: PingLog, connection: sa.Connection, days: list[ArchivedDay], folders: Collection[Path]
) -> Iterator[str]:
    for day in days:
        try:
            log.files.check(day)
        except LogError as error:
            yield str(error)
    waiting = set(connection.scalars(sa.select(superseded_files.c.path)))
    for stray in strays_of(log, connection, folders):
        # what waits for the end of its grace time is as it should be
        if stray.kind is not StrayKind.SPARE or str(stray.path) not in waiting:
            yield stray.fault()
    for folder in folders_of(days, folders):
        for path in sorted(folder.glob(".pings-*.unfinished")):
            yield f"{path} is left of a move that was cut short; delete it"


def _counter_faults(
    log: PingLog, connection: sa.Connection, days: list[ArchivedDay]
) -> Iterator[str]:
    told = read_counters(connection)
    if not told.balanced:
        yield f"the counters do not balance: {told.conservation()}"
    there = held(log, connection, days)
    standing = sa.select(rejections.c.code, sa.func.count()).where(
        rejections.c.released_time_ms.is_(None)
    )
    by_code: dict[str, int] = dict(
        tuple(row) for row in connection.execute(standing.group_by(rejections.c.code))
    )
    kept_bytes = int(connection.scalar(sa.select(sa.func.sum(quarantine_hours.c.kept_bytes))) or 0)
    of_pings = []
    if there is not None:
        of_pings = [("stored", told.stored, there[0]), ("conflicting", told.conflicting, there[1])]
    for name, counter, rows in (
        *of_pings,
        *(
            (
                f"rejected {code}",
                told.rejected_by_code.get(code, 0) - told.counted_by_code.get(code, 0),
                by_code.get(code, 0),
            )
            for code in sorted(by_code.keys() | told.rejected_by_code.keys())
        ),
        ("events", told.events, _count(connection, events)),
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


def held(
    log: PingLog, connection: sa.Connection, days: list[ArchivedDay]
) -> tuple[int, int] | None:
    """Count the winners and losers of tables and files; events have no losers.

    None if that cannot be known: a day has late rows, and a file that cannot be read.
    """
    stored = _count(connection, pings) + _count(connection, events) + sum(day.pings for day in days)
    conflicting = _count(connection, conflicts) + sum(day.conflicts for day in days)
    for day in days:
        live = live_rows(connection, day.day_ms)
        if live.empty:
            continue
        try:
            won, lost = parted([log.files.read(day)])
        except LogError:
            return None
        live_won, live_lost = parted([live])
        stored -= int(is_in(live_won, won, KEY_COLUMNS).sum())
        conflicting -= int(is_in(live_lost, lost, PING_COLUMNS).sum())
    return stored, conflicting


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
