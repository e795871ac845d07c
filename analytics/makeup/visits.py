"""Visits: every single time a truck collected a metre, not only the first.

A *visit* of a cell is a certain collecting pass over its middle by one vehicle. What follows within
`APART_MS` of its beginning is the same visit: a truck that shunts, turns round on the spot or
stands, its fixes wavering, does not collect twice. Of all ways to group the passes this one gives
the most visits, so a further pass never takes one away. Visits are a function of the set of passes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.coverage.coverage import (
    CELL_M,
    ROUNDING_M,
    Cells,
    Flags,
    Instants,
    places_of,
    select,
)
from geofence.kernels import kernel
from geofence.seen.observation import Observation, Passes

Numbers = NDArray[np.int64]

APART_MS = 60_000
"""Visits of one cell by one vehicle begin at least this far apart."""
_SPAN_BITS = 31  # of the milliseconds within one span, which is 24 days at most


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """The visits of some cells in a span of time, by cell, instant and vehicle."""

    vehicle_ids: tuple[str, ...]
    """Ascending."""
    first: Numbers
    """Shape (cells + 1,): where the visits of each cell begin."""
    at_ms: Instants
    """When each visit began."""
    vehicle: Numbers
    """Index into `vehicle_ids`."""
    pass_key: Numbers
    """Cell and instant of every single pass, ascending, those of one instant by vehicle."""
    pass_visit: Numbers
    """The visit each pass belongs to."""
    start_ms: int
    end_ms: int
    """The span they were looked for in."""

    def among(self, vehicle_ids: Iterable[str]) -> Flags:
        """Tell of each vehicle whether it is named."""
        return np.isin(np.array(self.vehicle_ids, dtype=object), list(vehicle_ids))

    def at(self, cell: Numbers, at_ms: Instants, allowed: Flags) -> Numbers:
        """Find the visits to which passes belong, each over a cell at the very instant given.

        Of several `allowed` vehicles that pass at one instant, the first is taken. That there is
        one is for the caller to know.
        """
        wanted = _key(cell, at_ms, self.start_ms)
        place = np.searchsorted(self.pass_key, wanted)
        while True:
            other = ~allowed[self.vehicle[self.pass_visit[place]]]
            if not other.any():
                return self.pass_visit[place]
            place = place + other

    def of(self, cells: Numbers) -> tuple[Numbers, Numbers]:
        """Give the visits of some cells, cell by cell, and the place among `cells` of each."""
        count = self.first[cells + 1] - self.first[cells]
        place = np.repeat(np.arange(len(cells)), count)
        return _ranges(self.first[cells], count), place


def find_visits(
    cells: Cells, observations: Sequence[Observation], start_ms: int, end_ms: int
) -> Visits:
    """Find all visits in ``[start_ms, end_ms)`` to some cells."""
    ordered = sorted(observations, key=lambda observation: observation.vehicle_id)
    found = [_passes_over(cells, seen.passes, start_ms, end_ms) for seen in ordered]
    nothing = [np.empty(0, dtype=np.int64)]
    cell = np.concatenate([c for c, _ in found] or nothing)
    at_ms = np.concatenate([t for _, t in found] or nothing)
    vehicle = np.repeat(np.arange(len(found)), [len(c) for c, _ in found])
    order = np.lexsort((at_ms, vehicle, cell))
    cell, at_ms, vehicle = cell[order], at_ms[order], vehicle[order]
    begins = _begin_visit(cell, vehicle, at_ms)
    visit = np.cumsum(begins) - 1
    began = np.flatnonzero(begins)
    ranked = np.lexsort((vehicle[began], at_ms[began], cell[began]))
    rank = np.empty(len(ranked), dtype=np.int64)
    rank[ranked] = np.arange(len(ranked))
    chosen = began[ranked]
    key = _key(cell, at_ms, start_ms)
    by_key = np.lexsort((vehicle, key))
    return Visits(
        vehicle_ids=tuple(observation.vehicle_id for observation in ordered),
        first=np.searchsorted(cell[chosen], np.arange(len(cells.weight_m) + 1)),
        at_ms=at_ms[chosen],
        vehicle=vehicle[chosen],
        pass_key=key[by_key],
        pass_visit=rank[visit[by_key]],
        start_ms=start_ms,
        end_ms=end_ms,
    )


def _key(cell: Numbers, at_ms: Instants, start_ms: int) -> Numbers:
    return (cell << _SPAN_BITS) + (at_ms - start_ms)


def _passes_over(
    cells: Cells, passes: Passes, start_ms: int, end_ms: int
) -> tuple[Numbers, Instants]:
    """Give cell and instant of each pass over the middle of a cell, as `coverage` takes them."""
    place = places_of(cells, passes.section, passes.need)
    counting = passes.collecting & passes.certain & (place >= 0)
    counting &= (passes.finished_ms >= start_ms) & (passes.started_ms < end_ms)
    chosen = select(passes, counting)
    at = place[counting]
    low = np.minimum(chosen.from_m, chosen.to_m) - ROUNDING_M
    high = np.maximum(chosen.from_m, chosen.to_m) + ROUNDING_M
    begin = np.maximum(0, np.ceil(low / CELL_M - 0.5).astype(np.int64))
    # the last cell may be short, so that its middle lies further forward than half a cell
    end = np.floor(high / CELL_M).astype(np.int64) + 1
    begin, end = begin + cells.section_first[at], end + cells.section_first[at]
    count = np.maximum(0, np.minimum(end, cells.section_first[at + 1]) - begin)
    cell = _ranges(begin, count)
    one = np.repeat(np.arange(len(at)), count)
    middle_m = cells.middle_m[cell]
    over = (middle_m >= low[one]) & (middle_m <= high[one])
    cell, one, middle_m = cell[over], one[over], middle_m[over]
    length_m = chosen.to_m[one] - chosen.from_m[one]
    moved = length_m != 0.0
    share = np.divide(
        middle_m - chosen.from_m[one], length_m, out=np.zeros(len(one)), where=moved
    ).clip(0.0, 1.0)
    started_ms = chosen.started_ms[one]
    lasted_ms = chosen.finished_ms[one] - started_ms
    at_ms = np.floor(started_ms + share * lasted_ms).astype(np.int64)
    inside = (at_ms >= start_ms) & (at_ms < end_ms)
    return cell[inside], at_ms[inside]


def _ranges(begin: Numbers, count: Numbers) -> Numbers:
    """Put the ranges of `count` numbers from `begin` on one after the other."""
    offset = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else count
    ranges: Numbers = np.repeat(begin - offset, count) + np.arange(int(count.sum()))
    return ranges


@kernel
def _begin_visit(cell: Numbers, vehicle: Numbers, at_ms: Instants) -> Flags:
    """Tell of passes, by cell, vehicle and instant, which of them begin a visit."""
    begins = np.zeros(len(cell), dtype=np.bool_)
    began_ms = np.int64(0)
    for i in range(len(cell)):
        same = i > 0 and cell[i] == cell[i - 1] and vehicle[i] == vehicle[i - 1]
        if not same or at_ms[i] - began_ms >= APART_MS:
            begins[i] = True
            began_ms = at_ms[i]
    return begins
