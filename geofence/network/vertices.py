"""Vertices of drawn lines: where they touch, and which of them are one node.

Vertices within `TOUCH_M` of each other are one place, and so is an end with what it touches inside
a line. But points that follow each other along one line, as those of a turning circle drawn with
hundreds of them, are no meeting however close they are: a line meets another, or itself where it
comes back after `APART_M` or more. Of several vertices that would do, each line meets by its
nearest.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.network.join_candidates import TOUCH_M

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

APART_M = 4.0 * TOUCH_M
"""Parts of one line that are at least this far apart along it may meet like two lines."""


def measures(x: Floats, y: Floats, first: Longs) -> Floats:
    """Measure of each vertex along its line."""
    steps = np.concatenate([[0.0], np.hypot(np.diff(x), np.diff(y))])
    steps[first[:-1]] = 0.0
    total = np.cumsum(steps)
    along: Floats = total - np.repeat(total[first[:-1]], np.diff(first))
    return along


def with_touching_ends(
    x: Floats, y: Floats, owner: Longs, counts: Longs
) -> tuple[Floats, Floats, Longs, Flags]:
    """Insert a vertex wherever an end touches the inside of another line, or of its own far along.

    Returns vertices, their line and whether each was inserted, which makes it a node.
    """
    last = np.cumsum(counts) - 1
    ends = np.concatenate([last - counts + 1, last])
    inside = np.flatnonzero(owner[:-1] == owner[1:])
    begins, finishes = np.stack([x, y], 1)[inside], np.stack([x, y], 1)[inside + 1]
    lines = np.asarray(shapely.linestrings(np.stack([begins, finishes], axis=1)))
    tips = np.asarray(shapely.points(x[ends], y[ends]))
    tip, line = shapely.STRtree(lines).query(tips, predicate="dwithin", distance=TOUCH_M)
    vertex = inside[line]
    along = shapely.line_locate_point(lines[line], tips[tip])
    span = shapely.length(lines[line])
    measure_m = measures(x, y, np.concatenate([[0], np.cumsum(counts)]))
    away_m = np.abs(measure_m[vertex] + along - measure_m[ends[tip]])
    apart = (owner[ends[tip]] != owner[vertex]) | (away_m >= APART_M)
    new = (along > TOUCH_M) & (along < span - TOUCH_M) & apart
    vertex, at, tip_vertex = vertex[new], along[new], ends[tip[new]]
    order = np.lexsort((at, vertex))
    vertex, at, tip_vertex = vertex[order], at[order], tip_vertex[order]
    repeated = np.zeros(len(vertex), dtype=np.bool_)
    repeated[1:] = (np.diff(vertex) == 0) & (np.diff(at) < TOUCH_M)
    vertex, tip_vertex = vertex[~repeated], tip_vertex[~repeated]
    forced = np.insert(np.zeros(len(x), dtype=np.bool_), vertex + 1, True)
    return (
        np.insert(x, vertex + 1, x[tip_vertex]),
        np.insert(y, vertex + 1, y[tip_vertex]),
        np.insert(owner, vertex + 1, owner[vertex]),
        forced,
    )


def meetings(x: Floats, y: Floats, first: Longs) -> tuple[Longs, Longs]:
    """Give the pairs of vertices that are one place, each pair both ways."""
    points = np.asarray(shapely.points(x, y))
    left, right = shapely.STRtree(points).query(points, predicate="dwithin", distance=TOUCH_M)
    owner = np.repeat(np.arange(len(first) - 1), np.diff(first))
    measure_m = measures(x, y, first)
    apart = (owner[left] != owner[right]) | (np.abs(measure_m[left] - measure_m[right]) >= APART_M)
    left, right = left[apart], right[apart]
    away_m = np.hypot(x[left] - x[right], y[left] - y[right])
    nearest = np.ones(len(left), dtype=np.bool_)
    for step in (-1, 1):
        for moved, fixed in ((left, right), (right, left)):
            beside = np.clip(moved + step, 0, len(x) - 1)
            further = owner[beside] == owner[moved]
            beside_m = np.hypot(x[beside] - x[fixed], y[beside] - y[fixed])
            nearest &= ~further | (away_m <= beside_m)
    return left[nearest], right[nearest]


def box_neighbours(shapes: NDArray[np.object_], within_m: float) -> tuple[Longs, Longs]:
    """Give the pairs of shapes whose bounding boxes, grown by a distance, meet, each both ways.

    All that lie within it are among them. Who rules most of them out by numbers first has few left
    to ask `shapely.dwithin` of, which is the dear part.
    """
    bounds = shapely.bounds(shapes)
    grown = bounds + within_m * np.array([-1.0, -1.0, 1.0, 1.0])
    one, other = shapely.STRtree(shapes).query(shapely.box(*grown.T))
    return one, other


def groups_of(count: int, left: Longs, right: Longs) -> Longs:
    """Name for each vertex the group it is in after all pairs are joined, by its least vertex."""
    group = np.arange(count)
    while True:
        least = group.copy()
        np.minimum.at(least, left, group[right])
        least = least[least]
        if np.array_equal(least, group):
            return group
        group = least


def nodes_of(
    x: Floats, y: Floats, first: Longs, forced: Flags, joined: tuple[Longs, Longs]
) -> tuple[Indices, Floats, Floats]:
    """Give each vertex the number of its node, -1 for a vertex that is none.

    A vertex is a node if it ends a line, is forced, or meets another (see `meetings`). Those of a
    pair `joined` are one node wherever they lie.
    """
    near = meetings(x, y, first)
    left, right = np.concatenate([near, joined, joined[::-1]], axis=1)
    group = groups_of(len(x), left, right)
    is_node = forced.copy()
    is_node[first[:-1]] = True
    is_node[first[1:] - 1] = True
    is_node[left] = True
    chosen = np.flatnonzero(is_node)
    names, number = np.unique(group[chosen], return_inverse=True)
    vertex_node = np.full(len(x), -1, dtype=np.int32)
    vertex_node[chosen] = number
    return vertex_node, x[names], y[names]
