"""Edges that turn back: a loop, a crescent or a ring gets nodes where it turns.

The matcher looks for one place of each edge near a fix. On an edge that comes back beside itself
that is one of two, and a path that keeps to it would leap between them. So an edge that turns
by more than `MOST_TURN_DEG` and runs within `BESIDE_M` of itself is cut where it turns, if its
parts are long enough to be told apart.
"""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.network.loose_ends import DrawnLines

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

MOST_TURN_DEG = 135.0
"""A street round a corner turns by 90."""
LEAST_PART_M = 40.0
"""Shorter parts are within the error of fixes: a turning circle stays one edge."""
BESIDE_M = 25.0
"""Parts farther from each other than this are not confused."""
LEAST_BESIDE_M = 35.0
"""Parts run beside each other for at least this, or they only meet at an end,"""
AROUND_M = 60.0
"""counting places that are at least this far apart along the edge."""
SAMPLED_M = 5.0
WIGGLE_M = 3.0
"""Wiggles of a line this far aside are no turns."""


def turning_vertices(lines: DrawnLines) -> Longs:
    """Give the vertices at which edges are to be cut because they turn back."""
    cut = np.flatnonzero(lines.node >= 0)
    same = lines.owner[cut[:-1]] == lines.owner[cut[1:]]
    begin, end = cut[:-1][same], cut[1:][same]
    heading = np.arctan2(np.diff(lines.y), np.diff(lines.x))
    turn = np.abs(np.diff(heading))
    turned = np.concatenate([[0.0, 0.0], np.cumsum(np.minimum(turn, 2 * np.pi - turn))])
    # vertices after the first and before the last: `turned[v + 1]` has the turns up to vertex v
    all_turns = np.degrees(turned[end] - turned[begin + 1])
    length_m = lines.measure_m[end] - lines.measure_m[begin]
    chosen = (end - begin > 1) & (all_turns > MOST_TURN_DEG) & (length_m >= 2 * LEAST_PART_M)
    found = [
        vertex
        for first, last in zip(begin[chosen].tolist(), end[chosen].tolist(), strict=True)
        for vertex in _cuts(lines, first, last)
    ]
    return np.array(sorted(found), dtype=np.int64)


def _cuts(lines: DrawnLines, first: int, last: int) -> Iterator[int]:
    """Give the vertices at which the edge between two vertices is to be cut."""
    vertices = _shape(lines, first, last)
    heading = np.degrees(
        np.unwrap(np.arctan2(np.diff(lines.y[vertices]), np.diff(lines.x[vertices])))
    )
    if len(heading) < 2 or np.ptp(heading) <= MOST_TURN_DEG:
        return
    off = heading - (heading.max() + heading.min()) / 2
    inner, at_m = vertices[1:-1], lines.measure_m[vertices[1:-1]]
    low_m, high_m = float(lines.measure_m[first]), float(lines.measure_m[last])
    able = (off[:-1] * off[1:] <= 0.0) & (np.minimum(at_m - low_m, high_m - at_m) >= LEAST_PART_M)
    if not able.any() or not _comes_back(lines, first, last):
        return
    away_m = np.round(np.abs(at_m - (low_m + high_m) / 2), 3)
    vertex = int(inner[able][np.argmin(away_m[able])])
    yield vertex
    yield from _cuts(lines, first, vertex)
    yield from _cuts(lines, vertex, last)


def _comes_back(lines: DrawnLines, first: int, last: int) -> bool:
    """Tell whether an edge runs beside itself."""
    along_m = lines.measure_m[first : last + 1]
    at_m = np.arange(along_m[0], along_m[-1], SAMPLED_M)
    x = np.interp(at_m, along_m, lines.x[first : last + 1])
    y = np.interp(at_m, along_m, lines.y[first : last + 1])
    reach = int(AROUND_M / SAMPLED_M)
    beside = sum(
        bool((np.hypot(x[i + reach :] - x[i], y[i + reach :] - y[i]) <= BESIDE_M).any())
        for i in range(len(at_m) - reach)
    )
    return beside * SAMPLED_M >= LEAST_BESIDE_M


def _shape(lines: DrawnLines, first: int, last: int) -> Longs:
    """Give the vertices of an edge that make its shape, without its wiggles."""
    vertices = np.arange(first, last + 1)
    places = np.stack([lines.x[vertices], lines.y[vertices]], axis=1)
    shape = shapely.get_coordinates(
        shapely.simplify(shapely.linestrings(places), WIGGLE_M, preserve_topology=False)
    )
    kept, at = [], 0
    for place in shape:
        while not np.array_equal(places[at], place):
            at += 1
        kept.append(at)
        at += 1
    return vertices[kept]
