"""Places where lines cross without a vertex in common: a bridge, or a junction drawn badly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.network.join_candidates import GAP_M, TOUCH_M
from geofence.network.loose_ends import DrawnLines
from geofence.network.projection import LocalProjection
from geofence.network.vertices import APART_M, box_neighbours

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

REACH_M = 0.01
"""A vertex this near another line lies on it."""
LEAST_SINE = 0.05
"""Lines that differ less in direction run side by side; where they cross is not told."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where two lines cross and do not meet."""

    section_id: str
    other_id: str
    """Of the two ids the later one; the same where a section crosses itself."""
    longitude: float
    latitude: float

    def __str__(self) -> str:
        return (
            f"{self.section_id} and {self.other_id} cross at "
            f"{self.longitude:.6f} {self.latitude:.6f}"
        )


class Places(NamedTuple):
    """Where lines cross, each between two vertices and the next."""

    vertex: Longs
    other: Longs
    x: Floats
    y: Floats


def find_crossings(
    lines: DrawnLines, projection: LocalProjection
) -> tuple[tuple[Crossing, ...], Places]:
    """Find where lines cross farther than a gap from any node they share, by section ids."""
    begin = np.flatnonzero(lines.owner[:-1] == lines.owner[1:])
    spots = np.stack([lines.x, lines.y], axis=1)
    shapes = np.asarray(shapely.linestrings(np.stack([spots[begin], spots[begin + 1]], axis=1)))
    one, other = box_neighbours(shapes, REACH_M)
    rank = np.array(lines.rank)[lines.owner[begin]]
    before = (rank[one] < rank[other]) | ((rank[one] == rank[other]) & (one < other))
    one, other = one[before], other[before]
    along = spots[begin + 1] - spots[begin]
    turn = _cross(along[one], along[other])
    sizes = np.hypot(*along.T)
    askew = np.abs(turn) > LEAST_SINE * sizes[one] * sizes[other]
    one, other, turn = one[askew], other[askew], turn[askew]
    reached = shapely.dwithin(shapes[one], shapes[other], REACH_M)
    one, other, turn = one[reached], other[reached], turn[reached]
    across = spots[begin[other]] - spots[begin[one]]
    share = np.clip(_cross(across, along[other]) / turn, 0.0, 1.0)
    at = spots[begin[one]] + share[:, None] * along[one]
    at_m = lines.measure_m[begin[one]] + share * sizes[one]
    way_m = np.hypot(*(at - spots[begin[other]]).T) + lines.measure_m[begin[other]] - at_m
    kept = (lines.owner[begin[one]] != lines.owner[begin[other]]) | (np.abs(way_m) >= APART_M)
    one, other, at, at_m = one[kept], other[kept], at[kept], at_m[kept]
    order = np.lexsort((at_m, lines.owner[begin[other]], lines.owner[begin[one]]))
    one, other, at, at_m = one[order], other[order], at[order], at_m[order]
    again = np.zeros(len(one), dtype=np.bool_)
    again[1:] = (
        (np.diff(lines.owner[begin[one]]) == 0)
        & (np.diff(lines.owner[begin[other]]) == 0)
        & (np.diff(at_m) < TOUCH_M)
    )
    one, other, at = one[~again], other[~again], at[~again]
    first, second = lines.owner[begin[one]], lines.owner[begin[other]]
    apart = ~_meet_nearby(lines, first, second, at)
    first, second, at = first[apart], second[apart], at[apart]
    places = Places(begin[one[apart]], begin[other[apart]], at[:, 0].copy(), at[:, 1].copy())
    longitude, latitude = projection.to_degrees(at[:, 0], at[:, 1])
    found = [
        _crossing(lines.section_ids, pair, (float(lon), float(lat)))
        for pair, lon, lat in zip(
            zip(first.tolist(), second.tolist(), strict=True), longitude, latitude, strict=True
        )
    ]
    told = tuple(sorted(found, key=lambda c: (c.section_id, c.other_id, c.longitude, c.latitude)))
    return told, places


def _cross(one: Floats, other: Floats) -> Floats:
    """Cross products of vectors, row by row."""
    product: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return product


def _crossing(ids: Sequence[str], pair: tuple[int, int], place: tuple[float, float]) -> Crossing:
    low, high = sorted((ids[pair[0]], ids[pair[1]]))
    return Crossing(low, high, round(place[0], 6), round(place[1], 6))


def _meet_nearby(lines: DrawnLines, first: Longs, second: Longs, at: Floats) -> NDArray[np.bool_]:
    """Tell which pairs of lines share a node within `GAP_M` of a place."""
    near = np.zeros(len(first), dtype=np.bool_)
    vertices = np.flatnonzero(lines.node >= 0)
    nodes = shapely.STRtree(np.asarray(shapely.points(lines.x[vertices], lines.y[vertices])))
    row, found = nodes.query(shapely.points(at), predicate="dwithin", distance=GAP_M + REACH_M)
    vertex = vertices[found]
    mine = lines.owner[vertex] == first[row]
    row, vertex = row[mine], vertex[mine]
    close = np.hypot(lines.x[vertex] - at[row, 0], lines.y[vertex] - at[row, 1]) <= GAP_M
    row, vertex = row[close], vertex[close]
    # a line and a node of it, as one number
    met = lines.owner[vertices] * len(lines.x) + lines.node[vertices]
    sought = second[row] * len(lines.x) + lines.node[vertex]
    near[row[(first[row] == second[row]) | np.isin(sought, met)]] = True
    return near
