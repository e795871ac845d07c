"""Candidate search: on which edges may a fix lie, and where on them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import aside, kernel
from geofence.network.network import Network
from geofence.track.growth import grown

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]

CELL_M = 60.0
"""Side of a bucket of the spatial index."""


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Segments by the square cells they touch."""

    x0: float
    y0: float
    columns: int
    rows: int
    first: NDArray[np.int64]
    """Shape (cells + 1,)."""
    edge: Indices
    line: Floats
    """Shape (places in cells, 8): of each segment x, y, dx, dy, length squared, measure, length and
    bearing; repeated for each cell, for the search to read one after the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """For each fix the nearest point of each edge within its search radius.

    The candidates of fix ``i`` are ``first[i]:first[i + 1]``, ascending by edge.
    """

    first: NDArray[np.int64]
    edge: Indices
    offset_m: Floats
    """Measure along the edge."""
    distance_m: Floats
    bearing: Floats
    """Direction of the edge there, radians from east, counter-clockwise."""
    x: Floats
    y: Floats
    """The nearest point."""


@aside
def build_buckets(network: Network) -> Buckets:
    """Index the segments of a network."""
    s = network.segments
    x0 = float(min(s.x0.min(), s.x1.min()))
    y0 = float(min(s.y0.min(), s.y1.min()))
    columns = int((max(s.x0.max(), s.x1.max()) - x0) // CELL_M) + 1
    rows = int((max(s.y0.max(), s.y1.max()) - y0) // CELL_M) + 1
    boxes = np.stack(
        [
            (np.minimum(s.x0, s.x1) - x0) // CELL_M,
            (np.maximum(s.x0, s.x1) - x0) // CELL_M,
            (np.minimum(s.y0, s.y1) - y0) // CELL_M,
            (np.maximum(s.y0, s.y1) - y0) // CELL_M,
        ]
    ).astype(np.int64)
    dx, dy = s.x1 - s.x0, s.y1 - s.y0
    first, segments, bearing = _fill(boxes, columns, rows, dx, dy)
    square = dx * dx + dy * dy
    line = np.stack([s.x0, s.y0, dx, dy, square, s.start_m, np.sqrt(square), bearing], axis=1)
    return Buckets(x0, y0, columns, rows, first, s.edge[segments], line[segments])


def find_candidates(
    network: Network, buckets: Buckets, x: Floats, y: Floats, radius_m: Floats
) -> Candidates:
    """Find the candidates of each fix within its radius."""
    return Candidates(
        *_search(
            x, y, radius_m, len(network.edge_length_m),
            buckets.x0, buckets.y0, buckets.columns, buckets.rows,
            buckets.first, buckets.edge, buckets.line,
        )
    )  # fmt: skip


@kernel
def _fill(
    boxes: NDArray[np.int64], columns: int, rows: int, dx: Floats, dy: Floats
) -> tuple[NDArray[np.int64], Indices, Floats]:
    """Sort segments into cells; give their bearings, compiled to be the same on any processor."""
    first = np.zeros(columns * rows + 1, dtype=np.int64)
    for segment in range(boxes.shape[1]):
        for row in range(boxes[2, segment], boxes[3, segment] + 1):
            for column in range(boxes[0, segment], boxes[1, segment] + 1):
                first[row * columns + column + 1] += 1
    first = np.cumsum(first)
    place = first[:-1].copy()
    segments = np.empty(first[-1], dtype=np.int32)
    for segment in range(boxes.shape[1]):
        for row in range(boxes[2, segment], boxes[3, segment] + 1):
            for column in range(boxes[0, segment], boxes[1, segment] + 1):
                cell = row * columns + column
                segments[place[cell]] = segment
                place[cell] += 1
    bearing = np.empty(len(dx))
    for segment in range(len(dx)):
        bearing[segment] = math.atan2(dy[segment], dx[segment])
    return first, segments, bearing


@kernel
def _search(
    x: Floats, y: Floats, radius_m: Floats, edges: int,
    grid_x0: float, grid_y0: float, columns: int, rows: int,
    bucket_first: NDArray[np.int64], bucket_edge: Indices, bucket_line: Floats,
) -> tuple[NDArray[np.int64], Indices, Floats, Floats, Floats, Floats, Floats]:  # fmt: skip
    count = len(x)
    first = np.zeros(count + 1, dtype=np.int64)
    room = max(16, 4 * count)
    edge = np.empty(room, dtype=np.int32)
    found = np.empty((room, 5))
    # of one fix: the edges found, ascending, the line of each and what it gives
    place = np.full(edges, -1, dtype=np.int64)
    near_edge = np.empty(edges, dtype=np.int64)
    near = np.empty((edges, 5))
    used = 0
    for i in range(count):
        at_x = x[i]
        at_y = y[i]
        radius = radius_m[i]
        # rounding may not let a line be left out here that is within the radius
        square_m2 = radius * radius * (1.0 + 1e-9)
        column_from = max(0, int((at_x - radius - grid_x0) // CELL_M))
        column_to = min(columns - 1, int((at_x + radius - grid_x0) // CELL_M))
        row_from = max(0, int((at_y - radius - grid_y0) // CELL_M))
        row_to = min(rows - 1, int((at_y + radius - grid_y0) // CELL_M))
        size = 0
        for row in range(row_from, row_to + 1):
            cell = row * columns
            begin = bucket_first[cell + column_from] if column_from <= column_to else 0
            end = bucket_first[cell + column_to + 1] if column_from <= column_to else 0
            for k in range(begin, end):
                line_x = bucket_line[k, 0]
                line_y = bucket_line[k, 1]
                dx = bucket_line[k, 2]
                dy = bucket_line[k, 3]
                square = bucket_line[k, 4]
                from_x = at_x - line_x
                from_y = at_y - line_y
                across = from_x * dy - from_y * dx
                if across * across > square_m2 * square:
                    continue
                along = 0.0
                if square > 0.0:
                    along = (from_x * dx + from_y * dy) / square
                    along = min(1.0, max(0.0, along))
                px = line_x + along * dx
                py = line_y + along * dy
                if (px - at_x) ** 2 + (py - at_y) ** 2 > square_m2:
                    continue
                away = math.hypot(px - at_x, py - at_y)
                if away > radius:
                    continue
                here = bucket_edge[k]
                measure = bucket_line[k, 5] + along * bucket_line[k, 6]
                at = place[here]
                if at < 0:
                    at = size
                    place[here] = at
                    near_edge[at] = here
                    size += 1
                elif (away, measure) >= (near[at, 1], near[at, 0]):
                    continue
                near[at, 0] = measure
                near[at, 1] = away
                near[at, 2] = bucket_line[k, 7]
                near[at, 3] = px
                near[at, 4] = py
        if used + size > room:
            room = 2 * room + size
            edge = grown(edge, room)
            wider = np.empty((room, 5))
            wider[:used] = found[:used]
            found = wider
        _sort(near_edge, size)
        for at in range(size):
            here = near_edge[at]
            edge[used] = here
            for column in range(5):
                found[used, column] = near[place[here], column]
            place[here] = -1
            used += 1
        first[i + 1] = used
    return (
        first, edge[:used], found[:used, 0].copy(), found[:used, 1].copy(),
        found[:used, 2].copy(), found[:used, 3].copy(), found[:used, 4].copy(),
    )  # fmt: skip


@kernel
def _sort(values: NDArray[np.int64], size: int) -> None:
    """Sort the first values in place (insertion: they are few)."""
    for k in range(1, size):
        value = values[k]
        at = k
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value
