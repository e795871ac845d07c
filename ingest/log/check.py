"""Looks a ping log over: schema, file, counters, archived days."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from ingest.fault import LogError
from ingest.log.archive import (
    ArchivedDay,
    FileLabel,
    identity_of,
    parted,
    read_file,
    recorded_days,
)
from ingest.log.archive_moving import lacking, live_rows
from ingest.log.counters import read_counters
from ingest.log.pinglog import PingLog
from ingest.log.rivals import is_in
from ingest.log.schema import schema_faults
from ingest.log.tables import (
    SEQUENCE,
    conflicts,
    counters,
    pings,
    quarantine_hours,
    rejections,
    superseded_files,
)
from ingest.ping import KEY_COLUMNS, PING_COLUMNS

ADOPT = "pingcheng database check --adopt"


class StrayKind(StrEnum):
    """What an archive file is of which the log knows nothing."""

    STAND_IN = "stand_in"
    """The log cannot read its day, or has less of it; the file can become that of the day."""
    LACKED = "lacked"
    """The log reads its day, but lacks rows that the file has."""
    SPARE = "spare"
    """The log has every row of it."""
    LESSER = "lesser"
    """The log cannot read its day, and had more of it."""
    FOREIGN = "foreign"
    """Another log wrote it."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Stray:
    """An archive file that no day is recorded with."""

    path: Path
    kind: StrayKind
    day: ArchivedDay | None = None
    """None if it cannot be read."""
    lacking: int = 0
    """Rows of it that the log has not."""
    reason: str = ""
    is_proved: bool = False
    """Whether it says itself that it holds all rows of the file that is gone."""

    def fault(self) -> str:
        """Tell it in a line, with how to mend it; never is a file to be deleted by hand."""
        day = "" if self.day is None else self.day.date
        match self.kind:
            case StrayKind.STAND_IN:
                return (
                    f"{self.path} is of {day} and holds {self.lacking} fixes that the log cannot "
                    f"read without it; take it in: {ADOPT}"
                )
            case StrayKind.LACKED:
                return (
                    f"{self.path} is of {day} and holds {self.lacking} fixes that the log has not; "
                    f"take them in: {ADOPT}"
                )
            case StrayKind.SPARE:
                return (
                    f"{self.path} holds nothing that the log has not; have it removed after the "
                    f"grace time: {ADOPT}"
                )
            case StrayKind.LESSER:
                return (
                    f"{self.path} is of {day}, whose file is gone, but holds less of it; keep it, "
                    "and bring that file back"
                )
            case StrayKind.FOREIGN:
                return f"{self.path} is of another log; give each log a folder of its own"
            case _:
                return (
                    f"{self.path} is not of this log: {self.reason}; keep it if it may be a copy "
                    "of anything"
                )


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
    for folder in _folders(days, folders):
        for path in sorted(folder.glob(".pings-*.unfinished")):
            yield f"{path} is left of a move that was cut short; delete it"


def _folders(days: list[ArchivedDay], folders: Collection[Path]) -> list[Path]:
    known = {Path(day.path).parent for day in days}
    return sorted(known | {folder.resolve() for folder in folders})


def strays_of(
    log: PingLog, connection: sa.Connection, folders: Collection[Path]
) -> Iterator[Stray]:
    """Look at the archive files that no day is recorded with, each by its content.

    They are looked for beside the recorded ones and in `folders`.
    """
    days = {day.day_ms: day for day in recorded_days(connection)}
    used = {day.path for day in days.values()}
    identity = identity_of(connection)
    for folder in _folders(list(days.values()), folders):
        for path in sorted(folder.glob("pings-*.parquet")):
            if str(path) not in used:
                yield _stray(log, connection, path, days, identity)


def _stray(
    log: PingLog,
    connection: sa.Connection,
    path: Path,
    days: dict[int, ArchivedDay],
    identity: str,
) -> Stray:
    try:
        file, label, rows = read_file(path)
    except LogError as error:
        return Stray(path, StrayKind.UNREADABLE, reason=str(error))
    if label.log not in ("", identity):
        return Stray(path, StrayKind.FOREIGN, file)
    recorded = days.get(file.day_ms)
    try:
        missing = len(lacking(connection, log, file.day_ms, rows))
    except LogError:
        if recorded is None:
            raise
        return _instead(path, file, label, recorded)
    if not missing:
        return Stray(path, StrayKind.SPARE, file)
    kind = StrayKind.STAND_IN if recorded is None else StrayKind.LACKED
    return Stray(path, kind, file, missing)


def _instead(path: Path, file: ArchivedDay, label: FileLabel, recorded: ArchivedDay) -> Stray:
    """Tell whether a file can stand in the place of the recorded one, which cannot be read."""
    is_proved = recorded.sha256 in (file.sha256, *label.replaces)
    # files of older versions do not say what they replace
    has_more = file.pings >= recorded.pings and (
        file.pings + file.conflicts >= recorded.pings + recorded.conflicts
    )
    kind = StrayKind.STAND_IN if is_proved or has_more else StrayKind.LESSER
    return Stray(path, kind, file, file.pings + file.conflicts, is_proved=is_proved)


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
    """Count the winners and losers of tables and files.

    None if that cannot be known: a day has late rows, and a file that cannot be read.
    """
    stored = _count(connection, pings) + sum(day.pings for day in days)
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
