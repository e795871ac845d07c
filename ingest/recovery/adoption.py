"""Takes archive files in that a log does not know: it was restored from an older backup.

No file is deleted here. One whose rows the log has by then is noted as superseded, and goes after
the grace time with the others.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import read_file, recorded_days
from ingest.log.archive_moving import lacking, live_rows, remove_live, supersede
from ingest.log.batch import Batch
from ingest.log.check import held
from ingest.log.counters import count, read_counters
from ingest.log.pinglog import PingLog
from ingest.log.rivals import put
from ingest.log.rows import LOG_COLUMNS, tuples_of
from ingest.log.strays import Stray, StrayKind, strays_of
from ingest.log.tables import SEQUENCE, archived_days, superseded_files
from ingest.log.writing import add, lock_sequence

_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of a file."""

    path: Path
    date: str
    is_of_day: bool
    """Whether it is now the file of its day; else its rows went into the tables."""
    rows: int
    """Fixes that the log has gained or can read again."""


def adopt(log: PingLog, folders: Collection[Path], now_ms: int) -> Iterator[Adopted]:
    """Take in what the strays beside the recorded files and in `folders` hold; tell of each.

    May be stopped at any time and run again.

    Raises
    ------
    LogError
        As writing to the log does.
    """
    for stray in _stand_ins(_strays(log, folders)):
        yield _record(log, stray, now_ms)
    for stray in _strays(log, folders):
        if stray.day is not None and stray.kind in (StrayKind.LACKED, StrayKind.SPARE):
            rows = _take_in(log, stray.path, now_ms)
            if rows:
                yield Adopted(stray.path, stray.day.date, is_of_day=False, rows=rows)
    _count_up(log)


def _strays(log: PingLog, folders: Collection[Path]) -> list[Stray]:
    with log.transaction(write=False) as connection:
        return list(strays_of(log, connection, folders))


def _stand_ins(strays: Sequence[Stray]) -> Iterator[Stray]:
    """Choose of each day the file that can best stand in for the one that is gone."""

    def quality(stray: Stray) -> tuple[bool, int, int]:
        assert stray.day is not None  # noqa: S101 - of those that cannot be read none stands in
        return stray.is_proved, stray.day.last_sequence, stray.day.pings + stray.day.conflicts

    of_day: dict[int, list[Stray]] = {}
    for each in strays:
        if each.kind is StrayKind.STAND_IN and each.day is not None:
            of_day.setdefault(each.day.day_ms, []).append(each)
    for day_ms in sorted(of_day):
        yield max(of_day[day_ms], key=quality)


def _record(log: PingLog, stray: Stray, now_ms: int) -> Adopted:
    """Make a file that of its day, and judge what the tables hold of the day against it."""
    file, _, _ = read_file(stray.path)
    with log.transaction(write=True) as connection:
        told = lock_sequence(connection)
        last = max(told, file.last_sequence)
        before = {day.day_ms: day for day in recorded_days(connection)}.get(file.day_ms)
        if before is not None and before.path != file.path:
            # should it come back, it is compared with the log before it goes
            supersede(connection, before, now_ms)
        live = live_rows(connection, file.day_ms)
        remove_live(connection, file.day_ms)
        columns = [column.name for column in archived_days.c]
        put(connection, archived_days, [{name: getattr(file, name) for name in columns}])
        connection.execute(sa.delete(superseded_files).where(superseded_files.c.path == file.path))
        days = recorded_days(connection)
        _, after = add(
            connection,
            tuples_of(live[list(LOG_COLUMNS)]),
            last,
            days_ms=np.array([day.day_ms for day in days], np.int64),
            archived=lambda keys: log.files.with_keys(days, keys),
        )
        count(connection, Counter({SEQUENCE: after - told}))
    return Adopted(stray.path, file.date, is_of_day=True, rows=stray.lacking)


def _take_in(log: PingLog, path: Path, now_ms: int) -> int:
    """Write the rows of a file that the log has not, and note it as superseded."""
    file, _, rows = read_file(path)
    with log.transaction(write=False) as connection:
        missing = lacking(connection, log, file.day_ms, rows)
    gained = 0
    for first in range(0, len(missing), _ROWS_AT_ONCE):
        part: pd.DataFrame = missing.iloc[first : first + _ROWS_AT_ONCE][list(LOG_COLUMNS)]
        gained += log.write_again(Batch(tuples_of(part), ()))
    with log.transaction(write=True) as connection:
        lock_sequence(connection)
        known = sa.select(superseded_files.c.path).where(superseded_files.c.path == str(path))
        is_used = any(day.path == str(path) for day in recorded_days(connection))
        if not is_used and connection.scalar(known) is None:
            supersede(connection, file, now_ms)
    return gained


def _count_up(log: PingLog) -> None:
    """Count what is there by files that were taken in as they are; never count anything away."""
    with log.transaction(write=True) as connection:
        lock_sequence(connection)
        days = recorded_days(connection)
        try:
            for day in days:
                log.files.check(day)
        except LogError:
            return  # the check tells of that day, and of the counters once it is there
        there = held(log, connection, days)
        if there is None:
            return
        told = read_counters(connection)
        gain = {"stored": there[0] - told.stored, "conflicting": there[1] - told.conflicting}
        if min(gain.values()) >= 0 and any(gain.values()):
            count(connection, Counter({**gain, "received": sum(gain.values())}))
