"""Reads files of sealed days, each checked against its hash when it is first met or has changed.

A file that is missing, cut, altered or strange is no error: whoever reads takes the rows instead.
"""

import json
import threading
from bisect import bisect_left
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from numpy.typing import NDArray

from ingest.log.archive import hash_of
from ingest.log.segments.encoding import Encoded, decode, same_bits
from ingest.log.segments.records import Segment

if TYPE_CHECKING:
    import pyarrow.parquet as pq

log = structlog.get_logger(__name__)

LABEL = b"pingcheng"
SEGMENTS_SUFFIX = "-segments"
"""Of the folder beside a database."""
UNREADABLE = (OSError, pa.ArrowException, KeyError, ValueError, TypeError)
"""What reading a file raises that is no segment, or of which the disk gives something else."""
_GROUPS_AT_ONCE = 16
Stamp = tuple[str, int, int, int]
"""Hash that a file is to have, its size, and nanoseconds of its last changes."""


class SegmentFiles:
    """Reads the files of segments. Safe to share between threads."""

    def __init__(self) -> None:
        self._checked: dict[str, Stamp] = {}
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def read(
        self,
        segment: Segment,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        vehicles: Collection[str] | None = None,
    ) -> pd.DataFrame | None:
        """Read pings of a segment, sorted by vehicle and time: a frame of ``LOG_COLUMNS``.

        None if its file is of no use; the log of the program is told so once.
        """
        reason = self.fault(segment)
        if reason is None:
            try:
                with Path(segment.path).open("rb") as file:
                    return _read(file, start_ms, end_ms, vehicles)
            except UNREADABLE as error:
                reason = f"it cannot be read: {_line(error)}"
        self._tell(segment.path, reason)
        return None

    def is_of_use(self, segment: Segment) -> bool:
        """Whether a file is what was written; the log of the program is told once if it is not."""
        reason = self.fault(segment)
        if reason is not None:
            self._tell(segment.path, reason)
        return reason is None

    def fault(self, segment: Segment) -> str | None:
        """Tell why a file is of no use; None if it is what was written."""
        try:
            seen = stamp_of(segment)
            with self._lock:
                if self._checked.get(segment.path) == seen:
                    return None
            found = hash_of(Path(segment.path))
        except FileNotFoundError:
            return "it is gone"
        except IsADirectoryError:
            return "a folder is in its place"
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        if found != segment.sha256:
            return "it was altered since it was written"
        with self._lock:
            self._checked[segment.path] = seen
        return None

    def _tell(self, path: str, reason: str) -> None:
        with self._lock:
            if path in self._told:
                return
            self._told.add(path)
        log.warning("segment not used", path=path, reason=reason)


def stamp_of(segment: Segment) -> Stamp:
    """Give what tells a file from what it was before, or from another one in its place.

    Raises
    ------
    OSError
        If there is none.
    """
    status = Path(segment.path).stat()
    return segment.sha256, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def gives_back(path: Path, encoded: Encoded) -> bool:
    """Tell whether what is read of a file is what was encoded, to the last bit."""
    count = len(encoded.group_rows)
    try:
        with path.open("rb") as file:
            parquet = _opened(file)
            return parquet.metadata.num_row_groups == count and all(
                same_bits(_pings_of(parquet, range(count)[groups]), encoded.pings_of(groups))
                for groups in (
                    slice(first, first + _GROUPS_AT_ONCE)
                    for first in range(0, count, _GROUPS_AT_ONCE)
                )
            )
    except UNREADABLE:
        return False


def writer_of(path: Path) -> str | None:
    """Read the name of the log that wrote a file; None if it is no segment that can be read."""
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            return str(json.loads(pq.read_schema(file).metadata[LABEL])["log"])
    except UNREADABLE:
        return None


def _read(
    file: BinaryIO, start_ms: int | None, end_ms: int | None, vehicles: Collection[str] | None
) -> pd.DataFrame:
    parquet = _opened(file)
    chosen = _groups(parquet.metadata, start_ms, end_ms, vehicles)
    table = parquet.read_row_groups(chosen)
    wanted = _wanted(table, start_ms, end_ms, vehicles)
    return _decoded(parquet, chosen, table, None if wanted.all() else wanted)


def _opened(file: BinaryIO) -> "pq.ParquetFile":
    import pyarrow.parquet as pq

    # the file is opened by the caller: of a path, pyarrow would read what folders say (day=...)
    return pq.ParquetFile(file, read_dictionary=["vehicle_id"])


def _pings_of(parquet: "pq.ParquetFile", chosen: Sequence[int]) -> pd.DataFrame:
    """Read row groups."""
    return _decoded(parquet, chosen, parquet.read_row_groups(chosen), None)


def _decoded(
    parquet: "pq.ParquetFile",
    chosen: Sequence[int],
    table: pa.Table,
    wanted: NDArray[np.bool_] | None,
) -> pd.DataFrame:
    """Turn row groups, or the rows of them that are wanted, back into pings."""
    scales = json.loads(parquet.schema_arrow.metadata[LABEL])["scales"]
    rows = [parquet.metadata.row_group(one).num_rows for one in chosen]
    if wanted is not None:
        table = table.filter(pa.array(wanted))
        ends = np.append(0, np.cumsum(wanted))
        rows = np.diff(ends[np.cumsum([0, *rows])]).tolist()
    return decode(
        table, rows, {name: [powers[one] for one in chosen] for name, powers in scales.items()}
    )


def _groups(
    metadata: "pq.FileMetaData",
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> list[int]:
    """Choose the row groups that may have pings of an interval and of vehicles."""
    names = None if vehicles is None else sorted(vehicles)
    chosen = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        whose, when = (group.column(one).statistics for one in (0, 1))
        if start_ms is not None and when.max < start_ms:
            continue
        if end_ms is not None and when.min >= end_ms:
            continue
        if names is not None:
            first = bisect_left(names, whose.min)
            if first == len(names) or names[first] > whose.max:
                continue
        chosen.append(number)
    return chosen


def _wanted(
    table: pa.Table,
    start_ms: int | None,
    end_ms: int | None,
    vehicles: Collection[str] | None,
) -> NDArray[np.bool_]:
    wanted = np.ones(len(table), np.bool_)
    event_ms = table["event_time"].to_numpy()
    if start_ms is not None:
        wanted &= event_ms >= start_ms
    if end_ms is not None:
        wanted &= event_ms < end_ms
    if vehicles is not None:
        names = pa.array(sorted(vehicles), pa.string())
        wanted &= pc.is_in(table["vehicle_id"].cast(pa.string()), names).to_numpy()
    return wanted


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
