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
    rows = pd.concat(some, ignore_index=True)
    numbers, vehicles = pd.factorize(rows["vehicle_id"], sort=True)
    number = numbers.astype(np.min_scalar_type(len(vehicles)))  # small integers sort by counting
    time_ms = epoch_ms(rows["event_time"])
    order = np.argsort(number, kind="stable")
    same = number[order][1:] == number[order][:-1]
    onward = np.diff(time_ms[order]) > 0
    if not (onward | ~same).all():  # what came late for a sealed day stands behind it
        order = np.lexsort((time_ms, number))
        ordered = number[order], time_ms[order]
        is_last = np.ones(len(order), np.bool_)
        is_last[:-1] = (ordered[0][1:] != ordered[0][:-1]) | (ordered[1][1:] != ordered[1][:-1])
        order = order[is_last]
    return rows.take(order).reset_index(drop=True)


def with_archived(live: pd.DataFrame, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the winners of archived days where nothing came later for their keys."""
    if not parts:
        return live
    old, _ = parted(parts)
    both = pd.concat([live, old[~is_in(old, live, KEY_COLUMNS)]], ignore_index=True)
    return both[list(LOG_COLUMNS)].sort_values(list(KEY_COLUMNS), ignore_index=True)
