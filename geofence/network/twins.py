"""Twins: stretches of sections that lie on others, and what goes over them.

Of lines that lie on top of each other one stays, the *carrier*, and is matched; the others are its
*twins*, which remember where on the carrier they lie. What goes over the carrier goes over them.
Which these are, `geofence.network.coincidence` finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

TWIN_M = 2.0
"""Lines this close all along are one: less than the width of a lane."""
OWN_TWIN_M = 5.0
"""The same for a line that turns and comes back beside itself: a street's two sides."""


class Stretch(NamedTuple):
    """Where a stretch of a section lies on another, both in metres along them."""

    section: int
    from_m: float
    to_m: float
    carrier: int
    carrier_from_m: float
    carrier_to_m: float
    """Below `carrier_from_m` where the two are drawn in opposite directions."""

    @property
    def bridged_m(self) -> float:
        """Bends and overhanging ends leave gaps: up to this they belong to the stretch."""
        return 3.0 * OWN_TWIN_M if self.carrier == self.section else 2.0 * TWIN_M

    def place_m(self, measure_m: float) -> float:
        """Give the measure on the carrier of a measure on the section."""
        share = (measure_m - self.from_m) / (self.to_m - self.from_m)
        return self.carrier_from_m + share * (self.carrier_to_m - self.carrier_from_m)


@dataclass(frozen=True, slots=True, eq=False)
class Twins:
    """The stretches of all twins as flat arrays, by carrier, then section and measure."""

    section: Indices
    from_m: Floats
    to_m: Floats
    carrier: Indices
    carrier_from_m: Floats
    carrier_to_m: Floats

    def of_passes(
        self, section: Indices, from_m: Floats, to_m: Floats
    ) -> tuple[Longs, Indices, Floats, Floats, Floats, Floats]:
        """Give the passes over twins that passes over carriers amount to.

        Returns for each the number of the pass, the twin's section, its measures from and to in
        order of travel, and the shares of the pass at which they begin and end.
        """
        first = np.searchsorted(self.carrier, section, "left")
        count = np.searchsorted(self.carrier, section, "right") - first
        row = np.repeat(np.arange(len(section)), count)
        nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        twin = first[row] + nth
        way_m = to_m[row] - from_m[row]
        safe_m = np.where(way_m == 0.0, 1.0, way_m)
        begin = (self.carrier_from_m[twin] - from_m[row]) / safe_m
        end = (self.carrier_to_m[twin] - from_m[row]) / safe_m
        low = np.maximum(np.minimum(begin, end), 0.0)
        high = np.minimum(np.maximum(begin, end), 1.0)
        kept = (low < high) & (way_m != 0.0) & (begin != end)
        row, twin, low, high = row[kept], twin[kept], low[kept], high[kept]
        begin, end = begin[kept], end[kept]
        length_m = self.to_m[twin] - self.from_m[twin]

        def at_m(share: Floats) -> Floats:
            part = (share - begin) / (end - begin)
            measures: Floats = self.from_m[twin] + np.clip(part, 0.0, 1.0) * length_m
            return measures

        return row, self.section[twin], at_m(low), at_m(high), low, high

    def carrying(self, sections: Sequence[int]) -> list[int]:
        """Give sections with the carriers of what of them are twins."""
        carriers = self.carrier[np.isin(self.section, sections)].tolist()
        return sorted({*sections, *carriers})

    def opened(
        self, edge_section: Indices, edge_start_m: Floats, edge_length_m: Floats, oneway: Flags
    ) -> Flags:
        """Tell which arcs the twins along most of an edge open."""
        low = np.searchsorted(self.carrier, edge_section, "left")
        count = np.searchsorted(self.carrier, edge_section, "right") - low
        edge = np.repeat(np.arange(len(edge_section)), count)
        twin = low[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
        one, other = self.carrier_from_m[twin], self.carrier_to_m[twin]
        begin = np.maximum(np.minimum(one, other), edge_start_m[edge])
        end = np.minimum(np.maximum(one, other), (edge_start_m + edge_length_m)[edge])
        beside_m = np.zeros((2, len(edge_section)))
        both = ~oneway[self.section[twin]]
        for side, allowed in ((0, (one < other) | both), (1, (one > other) | both)):
            np.add.at(beside_m[side], edge, np.where(allowed, np.maximum(end - begin, 0.0), 0.0))
        opened: Flags = (beside_m > edge_length_m / 2).T.ravel()
        return opened


def twins_of(stretches: Sequence[Stretch]) -> Twins:
    """Put stretches into flat arrays."""
    ordered = sorted(stretches, key=lambda s: (s.carrier, s.section, s.from_m))
    table = np.array(ordered, dtype=np.float64).reshape(-1, 6).T
    section, from_m, to_m, carrier, carrier_from_m, carrier_to_m = np.ascontiguousarray(table)
    return Twins(
        section.astype(np.int32), from_m, to_m, carrier.astype(np.int32),
        carrier_from_m, carrier_to_m,
    )  # fmt: skip
