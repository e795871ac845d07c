"""Days of a ping log that were moved to Parquet files, and how they are read.

A file holds the winners (``won`` true) and the losers of one UTC day, sorted by vehicle and event
time, with the columns of a recorded file, and knows its log and the files whose rows it holds, too.
It is never changed: what comes later for its day is written to the tables and stands in the place
of what the file has for the same key.
"""

import hashlib
import json
import os
import threading
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from ingest.fault import GoneFileError, LogError
from ingest.log.rows import DAY_MS, LOG_COLUMNS, epoch_ms, frame_of_rows
from ingest.log.tables import MOVED_PREFIX, archived_days, counters, log_identity
from ingest.ping import REQUIRED_COLUMNS, conform
from ingest.ping_frame import as_instants

_LABEL = b"pingcheng"


@dataclass(frozen=True, slots=True)
class ArchivedDay:
    """What the log remembers of a day that it gave away."""

    day_ms: int
    """Epoch milliseconds of its midnight in UTC."""
    path: str
    sha256: str
    pings: int
    conflicts: int
    last_sequence: int

    @property
    def date(self) -> str:
        """The day as it is written."""
        return datetime.fromtimestamp(self.day_ms / 1000, UTC).date().isoformat()

    def overlaps(self, start_ms: int | None, end_ms: int | None) -> bool:
        """Tell whether any of it lies in an interval."""
        begins = end_ms is None or self.day_ms < end_ms
        return begins and (start_ms is None or self.day_ms + DAY_MS > start_ms)


@dataclass(frozen=True, slots=True)
class FileLabel:
    """What a file says of itself beside its rows."""

    log: str
    """Name of the log that wrote it."""
    replaces: tuple[str, ...]
    """SHA-256 of the files whose rows it holds, too, the newest first."""
    moves: int = 0
    """How often pings of its day had become another vehicle's by then."""


NO_LABEL = FileLabel("", ())
"""Of files that versions before 0008 wrote."""


def identity_of(connection: sa.Connection) -> str:
    """Read the name of a log."""
    return connection.scalar(sa.select(log_identity.c.id)) or ""


def moves_of(connection: sa.Connection, day_ms: int) -> int:
    """Tell how often pings of a day have become another vehicle's."""
    name = f"{MOVED_PREFIX}{day_ms}"
    return connection.scalar(sa.select(counters.c.value).where(counters.c.name == name)) or 0


def recorded_days(connection: sa.Connection) -> list[ArchivedDay]:
    """Read which days are archived, in order."""
    rows = connection.execute(sa.select(archived_days).order_by(archived_days.c.day_ms))
    return [ArchivedDay(*row) for row in rows]


class ArchiveFiles:
    """Reads archive files, each checked against its hash when it is first met or has changed."""

    def __init__(self) -> None:
        self._checked: dict[str, tuple[str, int, int]] = {}
        self._lock = threading.Lock()

    def read(
        self,
        day: ArchivedDay,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        vehicles: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Read rows of a day: ``LOG_COLUMNS``, ``sequence`` and ``won``.

        Raises
        ------
        LogError
            If the file is missing, unreadable or not what was written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.check(day)
        chosen: list[tuple[str, str, object]] = []
        if start_ms is not None:
            chosen.append(("event_time", ">=", as_instants([start_ms])[0]))
        if end_ms is not None:
            chosen.append(("event_time", "<", as_instants([end_ms])[0]))
        if vehicles is not None:
            chosen.append(("vehicle_id", "in", sorted(vehicles)))
        try:
            # the file is opened here: of a path, pyarrow would read what folders say (day=...)
            with Path(day.path).open("rb") as file:
                table = pq.read_table(file, filters=chosen or None)
        except FileNotFoundError as error:
            raise _gone(day.path, error) from error
        except (OSError, pa.ArrowException) as error:
            raise LogError(f"the archived day {day.path} cannot be read: {_line(error)}") from error
        frame = table.to_pandas()
        rows = conform(frame)
        return rows.assign(sequence=frame["sequence"].to_numpy(), won=frame["won"].to_numpy())

    def check(self, day: ArchivedDay) -> None:
        """Compare a file with its hash, unless that was done and it has not changed since.

        Raises
        ------
        LogError
            If it is missing or altered.
        """
        try:
            status = Path(day.path).stat()
            seen = day.sha256, status.st_size, status.st_mtime_ns
            with self._lock:
                if self._checked.get(day.path) == seen:
                    return
            found = hash_of(Path(day.path))
        except FileNotFoundError as error:
            raise _gone(day.path, error) from error
        except OSError as error:
            raise LogError(
                f"the archived day {day.path} cannot be read: {error.strerror}; "
                "bring the file back to where it was"
            ) from error
        if found != day.sha256:
            raise LogError(
                f"the archived day {day.path} was altered since it was written: its SHA-256 is "
                f"{found}, not {day.sha256}; bring back a copy of it"
            )
        with self._lock:
            self._checked[day.path] = seen

    def with_keys(
        self, days: Sequence[ArchivedDay], keys: Sequence[tuple[str, int]]
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Read the winners and the losers that have one of these keys."""
        by_day: dict[int, list[tuple[str, int]]] = {}
        for key in keys:
            by_day.setdefault(key[1] - key[1] % DAY_MS, []).append(key)
        parts = []
        for day in days:
            if wanted := by_day.get(day.day_ms):
                times = [time_ms for _, time_ms in wanted]
                rows = self.read(
                    day,
                    start_ms=min(times),
                    end_ms=max(times) + 1,
                    vehicles={vehicle for vehicle, _ in wanted},
                )
                index = pd.MultiIndex.from_arrays([rows["vehicle_id"], rows["event_time"]])
                vehicle_ids = [vehicle for vehicle, _ in wanted]
                sought = pd.MultiIndex.from_arrays([vehicle_ids, as_instants(times)])
                parts.append(rows[index.isin(sought)])
        return parted(parts)


def parted(parts: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join rows of files and part winners from losers; columns ``LOG_COLUMNS``."""
    if not parts:
        return frame_of_rows([]), frame_of_rows([])
    rows = pd.concat(parts, ignore_index=True)
    won = rows["won"].to_numpy(dtype=bool)
    columns = list(LOG_COLUMNS)
    return (
        rows.loc[won, columns].reset_index(drop=True),
        rows.loc[~won, columns].reset_index(drop=True),
    )


def write_file(
    folder: Path, day_ms: int, rows: pd.DataFrame, label: FileLabel = NO_LABEL
) -> tuple[Path, str]:
    """Write a day and give the file and its hash; it has its name once it is whole and on disk.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    date = datetime.fromtimestamp(day_ms / 1000, UTC).date().isoformat()
    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(
        {_LABEL: json.dumps(asdict(label))}
    )
    unfinished = folder / f".pings-{date}.{os.getpid()}.unfinished"
    try:
        with unfinished.open("wb") as file:
            pq.write_table(table, file, compression="zstd", row_group_size=100_000)
            file.flush()
            os.fsync(file.fileno())
        sha256 = hash_of(unfinished)
        path = folder / f"pings-{date}-{sha256[:12]}.parquet"
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(folder)
    return path, sha256


def sync_folder(folder: Path) -> None:
    """See that the names in a folder are on disk.

    Raises
    ------
    OSError
        If that cannot be done.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_file(path: Path) -> tuple[ArchivedDay, FileLabel, pd.DataFrame]:
    """Read a file by its content alone: its day, its label, and rows as `ArchiveFiles.read` does.

    Raises
    ------
    LogError
        If it is no whole file of one archived day, or its name tells of other contents.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        sha256 = hash_of(path)
        with path.open("rb") as file:
            table = pq.read_table(file)
        label = _label_in(table.schema.metadata)
        frame = table.to_pandas()
        rows = conform(frame)
        rows = rows.assign(sequence=frame["sequence"].to_numpy(), won=frame["won"].to_numpy(bool))
    except (OSError, pa.ArrowException) as error:
        raise LogError(f"it cannot be read: {_line(error)}") from error
    except (KeyError, ValueError, TypeError) as error:
        raise LogError("it does not have the columns of an archived day") from error
    if rows.empty or rows[list(REQUIRED_COLUMNS)].isna().any(axis=None):
        raise LogError("it holds no pings")
    days = set((epoch_ms(rows["event_time"]) // DAY_MS * DAY_MS).tolist())
    if len(days) > 1:
        raise LogError(f"it holds pings of {len(days)} days")
    if not path.stem.endswith(sha256[:12]):
        raise LogError(f"it was altered since it was written: its SHA-256 is {sha256}")
    won = int(rows["won"].sum())
    last = rows["sequence"].max()
    return (
        ArchivedDay(
            days.pop(), str(path), sha256, won, len(rows) - won, 0 if pd.isna(last) else int(last)
        ),
        label,
        rows,
    )


def label_of(path: str) -> FileLabel:
    """Read the label of a file.

    Raises
    ------
    LogError
        If it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with Path(path).open("rb") as file:
            return _label_in(pq.read_schema(file).metadata)
    except (OSError, pa.ArrowException) as error:
        raise LogError(f"the archived day {path} cannot be read: {_line(error)}") from error


def _label_in(metadata: dict[bytes, bytes] | None) -> FileLabel:
    try:
        told = json.loads((metadata or {})[_LABEL])
        replaces = tuple(map(str, told["replaces"]))
        return FileLabel(str(told["log"]), replaces, int(told.get("moves", 0)))
    except (KeyError, TypeError, ValueError):
        return NO_LABEL


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _gone(path: str, error: OSError) -> GoneFileError:
    return GoneFileError(
        f"the archived day {path} cannot be read: {error.strerror}; bring the file back to where "
        "it was, or see whether pingcheng database check knows another file of the day",
        path,
    )


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
