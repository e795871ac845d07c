"""What really was served, from the simulated motion and never from its pings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from ingest.output_file import replacing
from ingest.plain_text import harmless
from simulators.receivers.faults import Silence
from simulators.receivers.scenario import Episode, Kind
from simulators.trucks.motion import Motion
from simulators.trucks.service_day import WindowTimes

Floats = NDArray[np.float64]

TRUTH_COLUMNS = (
    "service_date",
    "grid_id",
    "window",
    "street",
    "length_m",
    "ratio_in_window",
    "ratio_by_deadline",
    "fault",
)


@dataclass(frozen=True, slots=True, eq=False)
class GridDay:
    """All that decides what is true of one grid on a date."""

    grid_id: str
    windows: Sequence[WindowTimes]
    sections: Mapping[str, Sequence[int]]
    """Sections of each of its streets, in the plan's order."""
    motions: Sequence[Motion]
    """Motions of its vehicles."""
    silences: Sequence[Silence]
    """Of any of its vehicles."""
    episodes: Sequence[Episode]


def truth_table(
    service_date: date, grids: Sequence[GridDay], network: Network, rules: ServiceRules
) -> pd.DataFrame:
    """Tell for every street and window which share was served, and what was done to it.

    Columns are `TRUTH_COLUMNS`. Both ratios count from the window's start: to its end plus grace,
    and to its deadline. `fault` is ``late``, ``skip`` or ``make_up`` for a street held back on
    purpose in that window and not served in time, ``gap`` for all streets of a grid whose tracker
    was silent before the deadline, else empty.
    """
    rows = []
    for grid in grids:
        for street, sections in grid.sections.items():
            served = _ServedMetres.of(grid.motions, sections, network)
            for window in grid.windows:
                in_time = served.share(window.start_s, window.in_time_s)
                by_deadline = served.share(window.start_s, window.last_s)
                fault = _fault(grid, street, window, in_time < rules.served_ratio)
                rows.append(
                    (
                        service_date.isoformat(),
                        grid.grid_id,
                        window.text,
                        street,
                        round(served.length_m, 1),
                        round(in_time, 6),
                        round(by_deadline, 6),
                        fault,
                    )
                )
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))


def write_truth(table: pd.DataFrame, path: Path) -> None:
    """Write a truth table as CSV; texts as in the table of verdicts that it is scored against."""
    texts = {name: table[name].map(harmless) for name in ("grid_id", "window", "street")}
    with replacing(path) as out:
        table.assign(**texts).to_csv(out, index=False, encoding="utf-8", lineterminator="\n")


def _fault(grid: GridDay, street: str, window: WindowTimes, missed: bool) -> str:
    if any(begin < window.last_s and window.start_s < end for begin, end in grid.silences):
        return Kind.GAP.value
    held = (
        episode.kind.value
        for episode in grid.episodes
        if street in episode.streets
        and episode.from_s < window.last_s
        and window.start_s < episode.until_s
    )
    return next(held, "") if missed else ""


@dataclass(frozen=True, slots=True, eq=False)
class _ServedMetres:
    """Every stretch collected on one street, on a common scale of its sections end to end."""

    length_m: float
    from_m: Floats
    to_m: Floats
    started_s: Floats
    finished_s: Floats

    @classmethod
    def of(
        cls, motions: Sequence[Motion], sections: Sequence[int], network: Network
    ) -> "_ServedMetres":
        base = np.full(network.section_count, np.nan)
        lengths = network.section_length_m[list(sections)]
        base[list(sections)] = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        columns: list[tuple[Floats, Floats, Floats, Floats]] = []
        for motion in motions:
            started_s, span_s = motion.started_s, motion.finished_s - motion.started_s
            row, section, from_m, to_m, begin, end = network.twins.of_passes(
                motion.section, motion.from_m, motion.to_m
            )
            begin_s, end_s = (
                started_s[row] + begin * span_s[row],
                started_s[row] + end * span_s[row],
            )
            everywhere = (
                (motion.section, motion.from_m, motion.to_m, started_s, motion.finished_s),
                (section, from_m, to_m, begin_s, end_s),
            )
            collecting = (motion.collecting, motion.collecting[row])
            for (place, *stretch), working in zip(everywhere, collecting, strict=True):
                start = base[place]
                on = working & ~np.isnan(start) & (stretch[0] != stretch[1])
                first, last, *seconds = (column[on] for column in stretch)
                columns.append((start[on] + first, start[on] + last, *seconds))
        return cls(float(lengths.sum()), *(np.concatenate(c) for c in zip(*columns, strict=True)))

    def share(self, start_s: float, until_s: float) -> float:
        """Give the share of the length that was collected from and until two instants."""
        seconds = self.finished_s - self.started_s
        first = np.clip((start_s - self.started_s) / seconds, 0.0, 1.0)
        last = np.clip((until_s - self.started_s) / seconds, 0.0, 1.0)
        some = last > first
        step = (self.to_m - self.from_m)[some]
        one = self.from_m[some] + first[some] * step
        other = self.from_m[some] + last[some] * step
        return _union_m(np.minimum(one, other), np.maximum(one, other)) / self.length_m


def _union_m(low: Floats, high: Floats) -> float:
    """Length of the union of intervals."""
    if not len(low):
        return 0.0
    order = np.argsort(low, kind="stable")
    low, high = low[order], np.maximum.accumulate(high[order])
    fresh = np.maximum(low, np.concatenate([[-np.inf], high[:-1]]))
    return float(np.maximum(high - fresh, 0.0).sum())
