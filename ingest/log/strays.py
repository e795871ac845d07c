"""Archive files of which a log knows nothing: it was restored, or they are another's."""

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
    moves_of,
    read_file,
    recorded_days,
)
from ingest.log.archive_moving import lacking
from ingest.log.pinglog import PingLog

ADOPT = "pingcheng database check --adopt"


class StrayKind(StrEnum):
    """What an archive file is of which the log knows nothing."""

    STAND_IN = "stand_in"
    """The log cannot read its day, or has less of it; the file can become that of the day."""
    LACKED = "lacked"
    """The log reads its day, but lacks rows that the file has."""
    SPARE = "spare"
    """The log has every row of it."""
    MOVED = "moved"
    """Before it was written, pings of its day became another vehicle's, which the log does not
    know: it would have them under both."""
    LESSER = "lesser"
    """The log cannot read its day, and had more of it."""
    FOREIGN = "foreign"
    """Another log wrote it."""
    UNREADABLE = "unreadable"


_FAULTS = {
    StrayKind.STAND_IN: "is of {day} and holds {lacking} fixes that the log cannot read without "
    f"it; take it in: {ADOPT}",
    StrayKind.LACKED: "is of {day} and holds {lacking} fixes that the log has not; take them in: "
    f"{ADOPT}",
    StrayKind.SPARE: "holds nothing that the log has not; have it removed after the grace time: "
    f"{ADOPT}",
    StrayKind.MOVED: "is of {day}, of which pings were moved to another vehicle since this log was "
    "backed up; move them again by pingcheng database reassign, then take the file in: "
    f"{ADOPT}",
    StrayKind.LESSER: "is of {day}, whose file is gone, but holds less of it; keep it, and bring "
    "that file back",
    StrayKind.FOREIGN: "is of another log; give each log a folder of its own",
    StrayKind.UNREADABLE: "is not of this log: {reason}; keep it if it may be a copy of anything",
}
"""How each kind is mended; never is a file to be deleted by hand."""


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
        told = _FAULTS[self.kind].format(day=day, lacking=self.lacking, reason=self.reason)
        return f"{self.path} {told}"


def folders_of(days: list[ArchivedDay], folders: Collection[Path]) -> list[Path]:
    """Name the folders in which archive files may be."""
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
    for folder in folders_of(list(days.values()), folders):
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
    if label.moves > moves_of(connection, file.day_ms):
        return Stray(path, StrayKind.MOVED, file, missing)
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
