"""Coverage: for each metre of a grid's streets, the earliest instant at which it was served.

Every section is divided into *cells* of 1 m, the last one shorter or up to 1e-6 m longer; a cell
counts for its length and is served when its middle is passed. Coverage of a window is an int64
array over the cells of the grid with the earliest such instant (ms since 1970) in the period
judged, or `NEVER`. Two coverages merge by the element-wise minimum, which commutes, associates and
is idempotent: neither order nor repetition of what was seen can change it.

Only passes that are certain serve. The others are covered apart (`cover_uncertain`): their cells
may have been served, which `analytics.coverage.possible` weighs when it is asked what is proven.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.network.network import Network
from geofence.plan.work import ANY_TASK
from geofence.seen.observation import Passes

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]

CELL_M = 1.0
NEVER: int = np.iinfo(np.int64).max
TOLERANCE = 1e-9
"""Lengths within this share of a street's length are equal, so that 0.9 exactly is reached."""
ROUNDING_M = 1e-6
"""How far rounding may separate the end of one stretch from the beginning of the next."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of a grid: street by street in order of name, then in the network's order."""

    streets: tuple[str, ...]
    street_first: NDArray[np.int64]
    """Shape (streets + 1,): where each street's cells begin."""
    sections: Indices
    """Sections of the network, in the order of their cells."""
    section_first: NDArray[np.int64]
    """Shape (sections + 1,): where each section's cells begin."""
    need: Indices
    """Tasks that serve each section, see `geofence.plan.work`: a pass of another need does not."""
    weight_m: Floats
    middle_m: Floats
    """Measure of the cell's middle along its section."""
    x: Floats
    y: Floats
    """Position of the cell's middle in local metres."""

    def street(self, number: int) -> slice:
        """Give the cells of a street."""
        return slice(int(self.street_first[number]), int(self.street_first[number + 1]))


def cell_weights(length_m: float) -> Floats:
    """Give the lengths of the cells of a section."""
    count = max(1, int(np.ceil((length_m - ROUNDING_M) / CELL_M)))
    weights = np.full(count, CELL_M)
    weights[-1] = length_m - (count - 1) * CELL_M
    return weights


def cell_middles(weight_m: Floats) -> Floats:
    """Give the measures of the middles of a section's cells."""
    middles: Floats = np.arange(len(weight_m)) * CELL_M + weight_m / 2
    return middles


def lay_cells(
    network: Network,
    grid_id: str,
    without: Container[str] = (),
    needs: Mapping[int, int] = MappingProxyType({}),
) -> Cells:
    """Divide the sections that a grid is responsible for into cells, but for some streets.

    `needs` is what `geofence.plan.plan.Plan.needs_of` gives.
    """
    owned = [
        section
        for section in network.sections_of_grid.get(grid_id, ())
        if network.section_names[section] not in without
    ]
    return cells_of(network, [(section, needs.get(section, ANY_TASK)) for section in owned])


def cells_of(network: Network, needs: Iterable[tuple[int, int]]) -> Cells:
    """Divide sections, each with its need, into cells; sections of one name make one street."""
    chosen = sorted(needs, key=lambda each: (network.section_names[each[0]], *each))
    ordered = [section for section, _ in chosen]
    names = [network.section_names[section] for section in ordered]
    weights = [cell_weights(float(network.section_length_m[section])) for section in ordered]
    middles = [cell_middles(weight) for weight in weights]
    places = [network.position(s, middle) for s, middle in zip(ordered, middles, strict=True)]
    first = np.concatenate([[0], np.cumsum([len(weight) for weight in weights])]).astype(np.int64)
    begins = [i for i, name in enumerate(names) if i == 0 or names[i - 1] != name]
    nothing = [np.empty(0)]
    return Cells(
        streets=tuple(names[i] for i in begins),
        street_first=first[[*begins, len(ordered)]],
        sections=np.array(ordered, dtype=np.int32),
        section_first=first,
        need=np.array([need for _, need in chosen], dtype=np.int32),
        weight_m=np.concatenate(weights or nothing),
        middle_m=np.concatenate(middles or nothing),
        x=np.concatenate([x for x, _ in places] or nothing),
        y=np.concatenate([y for _, y in places] or nothing),
    )


def places_of(cells: Cells, section: Indices, need: Indices) -> NDArray[np.int64]:
    """Give for sections with their needs their places among the cells', -1 if they have none."""
    if not len(cells.sections):
        return np.full(len(section), -1, dtype=np.int64)
    laid, wanted = _key(cells.sections, cells.need), _key(section, need)
    order = np.argsort(laid)
    at = np.searchsorted(laid, wanted, sorter=order)
    place = order[np.minimum(at, len(order) - 1)]
    places: NDArray[np.int64] = np.where(laid[place] == wanted, place, -1)
    return places


def _key(section: Indices, need: Indices) -> NDArray[np.int64]:
    return (section.astype(np.int64) << 32) | need


def select(passes: Passes, chosen: Flags) -> Passes:
    """Keep the chosen passes."""
    return Passes(
        section=passes.section[chosen],
        from_m=passes.from_m[chosen],
        to_m=passes.to_m[chosen],
        started_ms=passes.started_ms[chosen],
        finished_ms=passes.finished_ms[chosen],
        collecting=passes.collecting[chosen],
        certain=passes.certain[chosen],
        need=passes.need[chosen],
    )


def cover_all(cells: Cells, passes: Iterable[Passes], start_ms: int, end_ms: int) -> Instants:
    """Merge the coverages of several vehicles; without any, nothing is covered."""
    return _merge_all(cells, (cover(cells, one, start_ms, end_ms) for one in passes))


def cover(cells: Cells, passes: Passes, start_ms: int, end_ms: int) -> Instants:
    """Give the earliest instant in ``[start_ms, end_ms)`` at which each cell was served."""
    return _cover(cells, passes, passes.collecting & passes.certain, (start_ms, end_ms))


def cover_uncertain(cells: Cells, passes: Iterable[Passes], start_ms: int, end_ms: int) -> Instants:
    """Give the earliest instant at which a collecting truck, perhaps, went over each cell."""
    doubts = ((one, one.collecting & ~one.certain) for one in passes)
    return _merge_all(
        cells,
        (_cover(cells, one, doubt, (start_ms, end_ms)) for one, doubt in doubts if doubt.any()),
    )


def merge(one: Instants, other: Instants) -> Instants:
    """Merge two coverages of the same cells."""
    return np.minimum(one, other)


def _merge_all(cells: Cells, coverages: Iterable[Instants]) -> Instants:
    return reduce(merge, coverages, np.full(len(cells.weight_m), NEVER, dtype=np.int64))


def _cover(cells: Cells, passes: Passes, counting: Flags, period_ms: tuple[int, int]) -> Instants:
    earliest = np.full(len(cells.weight_m), NEVER, dtype=np.int64)
    _mark(
        earliest,
        (cells.middle_m, cells.section_first),
        (passes.from_m, passes.to_m, passes.started_ms, passes.finished_ms),
        places_of(cells, passes.section, passes.need),
        counting,
        period_ms,
    )
    return earliest


@kernel
def _mark(
    earliest: Instants,
    cells: tuple[Floats, NDArray[np.int64]],
    motion: tuple[Floats, Floats, Floats, Floats],
    place: NDArray[np.int64],
    counting: Flags,
    period_ms: tuple[int, int],
) -> None:
    """Lower `earliest` wherever a counting pass goes over the middle of a cell in the period.

    `cells` has the measures of their middles, and the first cell of each place in their order of
    sections. `motion` has the measures from and to of each pass, and its instants of start and
    finish; `place` the place of its section, -1 if it has none.
    """
    middle_m, first = cells
    start_ms, end_ms = period_ms
    for i in range(len(place)):
        started_ms, finished_ms = motion[2][i], motion[3][i]
        if not counting[i] or finished_ms < start_ms or started_ms >= end_ms:
            continue
        at = place[i]
        if at < 0:
            continue
        from_m, to_m = motion[0][i], motion[1][i]
        length_m = to_m - from_m
        low = min(from_m, to_m) - ROUNDING_M
        high = max(from_m, to_m) + ROUNDING_M
        begin = first[at] + max(0, int(np.ceil(low / CELL_M - 0.5)))
        for cell in range(begin, first[at + 1]):
            if middle_m[cell] > high:
                break
            if middle_m[cell] < low:
                continue
            share = 0.0
            if length_m != 0.0:
                share = min(1.0, max(0.0, (middle_m[cell] - from_m) / length_m))
            at_ms = np.int64(np.floor(started_ms + share * (finished_ms - started_ms)))
            if start_ms <= at_ms < end_ms and at_ms < earliest[cell]:
                earliest[cell] = at_ms


def served_m(earliest: Instants, weight_m: Floats, before_ms: int) -> float:
    """Give the metres served before an instant."""
    return float(weight_m[earliest < before_ms].sum())


def first_served_ms(earliest: Instants) -> int | None:
    """Give the instant of the first served metre."""
    first = int(earliest.min(initial=NEVER))
    return None if first == NEVER else first


def completed_ms(earliest: Instants, weight_m: Floats, length_m: float, share: float) -> int | None:
    """Give the instant at which `share` of the length was served."""
    order = np.argsort(earliest, kind="stable")
    enough = np.flatnonzero(np.cumsum(weight_m[order]) >= (share - TOLERANCE) * length_m)
    last = int(earliest[order[enough[0]]]) if len(enough) else NEVER
    return None if last == NEVER else last


def reaches(metres: float, length_m: float, share: float) -> bool:
    """Whether `metres` are at least `share` of the length, rounding apart."""
    return metres >= (share - TOLERANCE) * length_m


def exceeds(metres: float, length_m: float, share: float) -> bool:
    """Whether `metres` are more than `share` of the length, rounding apart."""
    return metres > (share + TOLERANCE) * length_m


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Give the half-open index ranges in which `flags` is True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return list(pairwise(map(int, edges)))[::2]
