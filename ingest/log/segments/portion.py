"""Pings of some vehicles as one process hands them to another: sealed files by name, other rows.

Who has them reads the files itself, so that millions of pings of sealed days go through nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingest.log.archive import parted
from ingest.log.rivals import is_in
from ingest.log.rows import LOG_COLUMNS, epoch_ms
from ingest.log.segments.files import SegmentFiles
from ingest.log.segments.records import Segment
from ingest.ping import KEY_COLUMNS
from ingest.ping_frame import spans_by_vehicle

_files = SegmentFiles()
"""Of this process: each file is checked against its hash once."""


@dataclass(frozen=True, slots=True, eq=False)
class LogPortion:
    """Pings with event times in ``[start_ms, end_ms)`` of some vehicles, as a log had them."""

    start_ms: int
    end_ms: int
    vehicles: tuple[str, ...]
    parts: tuple[Segment | pd.DataFrame, ...]
    """By day: what a file holds, and rows of those vehicles, sorted by vehicle and time."""
    archived: tuple[pd.DataFrame, ...]
    """Rows of archived days."""

    def read(self) -> pd.DataFrame | None:
        """Read them, sorted by vehicle and time; None if a file is not to be had here."""
        rows = []
        for part in self.parts:
            found = part if isinstance(part, pd.DataFrame) else self._read_file(part)
            if found is None:
                return None
            rows.append(found)
        return with_archived(joined(rows), self.archived)

    def _read_file(self, segment: Segment) -> pd.DataFrame | None:
        return _files.read(
            segment, start_ms=self.start_ms, end_ms=self.end_ms, vehicles=self.vehicles
        )


def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put sorted parts in order, each later than the one before; of a key the last row stays."""
    some = [part for part in parts if not part.empty]
    if len(some) < 2:
        return some[0] if some else parts[0]
    spans = [spans_by_vehicle(part) for part in some]
    pieces: list[pd.DataFrame] = []
    ends: list[int] = []
    for name in sorted({name for span in spans for name in span}):
        own = [
            part.iloc[span[name]] for part, span in zip(some, spans, strict=True) if name in span
        ]
        pieces += own
        ends.append(sum(map(len, own)) + (ends[-1] if ends else 0))
    rows = pd.concat(pieces, ignore_index=True)
    onward = np.diff(epoch_ms(rows["event_time"])) > 0
    onward[np.array(ends[:-1], np.int64) - 1] = True  # another vehicle begins
    return rows if onward.all() else _last_of_keys(rows, ends)


def _last_of_keys(rows: pd.DataFrame, ends: Sequence[int]) -> pd.DataFrame:
    """Put rows of each vehicle in order, where what came late for a sealed day stands behind it."""
    number = np.repeat(np.arange(len(ends)), np.diff([0, *ends]))
    time_ms = epoch_ms(rows["event_time"])
    order = np.lexsort((time_ms, number))
    number, time_ms = number[order], time_ms[order]
    is_last = np.ones(len(order), np.bool_)
    is_last[:-1] = (number[1:] != number[:-1]) | (time_ms[1:] != time_ms[:-1])
    return rows.take(order[is_last]).reset_index(drop=True)


def with_archived(live: pd.DataFrame, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the winners of archived days where nothing came later for their keys."""
    if not parts:
        return live
    old, _ = parted(parts)
    both = pd.concat([live, old[~is_in(old, live, KEY_COLUMNS)]], ignore_index=True)
    return both[list(LOG_COLUMNS)].sort_values(list(KEY_COLUMNS), ignore_index=True)
