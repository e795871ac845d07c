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
"""Side of a bucket of the spatial index, at the least."""
MOST_CELLS = 1 << 22
"""Buckets that there are at the most: over a wider network they are larger."""
ROUNDING_M = 0.001
"""A segment that passes this near a cell is taken to touch it."""


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Segments by the square cells they touch."""

    x0: float
    y0: float
    cell_m: float
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
    """Index the segments of a network.

    Its size goes with the length of the streets, and with how far apart they lie only up to
    `MOST_CELLS`.
    """
    s = network.segments
    x0 = float(min(s.x0.min(), s.x1.min()))
    y0 = float(min(s.y0.min(), s.y1.min()))
    wide_m, high_m = max(s.x0.max(), s.x1.max()) - x0, max(s.y0.max(), s.y1.max()) - y0
    cell_m = _cell_m(float(wide_m), float(high_m))
    columns, rows = int(wide_m // cell_m) + 1, int(high_m // cell_m) + 1
    dx, dy = s.x1 - s.x0, s.y1 - s.y0
    first, segments, bearing = _fill(s.x0 - x0, s.y0 - y0, dx, dy, cell_m, columns, rows)
    square = dx * dx + dy * dy
    line = np.stack([s.x0, s.y0, dx, dy, square, s.start_m, np.sqrt(square), bearing], axis=1)
    return Buckets(x0, y0, cell_m, columns, rows, first, s.edge[segments], line[segments])


def _cell_m(wide_m: float, high_m: float) -> float:
    """Give the side of the buckets: a whole number of times the least one."""
    times = 1
    while (wide_m // (times * CELL_M) + 1) * (high_m // (times * CELL_M) + 1) > MOST_CELLS:
        times *= 2
    return times * CELL_M


def find_candidates(
    network: Network, buckets: Buckets, x: Floats, y: Floats, radius_m: Floats
) -> Candidates:
    """Find the candidates of each fix within its radius."""
    return Candidates(
        *_search(
            x, y, radius_m, len(network.edge_length_m),
            buckets.x0, buckets.y0, buckets.cell_m, buckets.columns, buckets.rows,
            buckets.first, buckets.edge, buckets.line,
        )
    )  # fmt: skip


@kernel
def _fill(
    x0: Floats, y0: Floats, dx: Floats, dy: Floats, cell_m: float, columns: int, rows: int
) -> tuple[NDArray[np.int64], Indices, Floats]:
    """Sort segments into the cells they touch, positions counted from the corner of all cells.

    Their bearings too: compiled, to be the same on any processor.
    """
    first = np.zeros(columns * rows + 1, dtype=np.int64)
    for segment in range(len(dx)):
        row_from, row_to = _span(y0[segment], y0[segment] + dy[segment], cell_m, rows)
        for row in range(row_from, row_to + 1):
            column_from, column_to = _columns_of(
                x0[segment], y0[segment], dx[segment], dy[segment], row, cell_m, columns
            )
            for column in range(column_from, column_to + 1):
                first[row * columns + column + 1] += 1
    first = np.cumsum(first)
    place = first[:-1].copy()
    segments = np.empty(first[-1], dtype=np.int32)
    bearing = np.empty(len(dx))
    for segment in range(len(dx)):
        bearing[segment] = math.atan2(dy[segment], dx[segment])
        row_from, row_to = _span(y0[segment], y0[segment] + dy[segment], cell_m, rows)
        for row in range(row_from, row_to + 1):
            column_from, column_to = _columns_of(
                x0[segment], y0[segment], dx[segment], dy[segment], row, cell_m, columns
            )
            for column in range(column_from, column_to + 1):
                cell = row * columns + column
                segments[place[cell]] = segment
                place[cell] += 1
    return first, segments, bearing


@kernel
def _span(one: float, other: float, cell_m: float, count: int) -> tuple[int, int]:
    """First and last of a row of cells between two places, with room for rounding."""
    low = int((min(one, other) - ROUNDING_M) // cell_m)
    high = int((max(one, other) + ROUNDING_M) // cell_m)
    return max(0, low), min(count - 1, high)


@kernel
def _columns_of(
    x0: float, y0: float, dx: float, dy: float, row: int, cell_m: float, columns: int
) -> tuple[int, int]:
    """First and last column of a row that a segment touches."""
    begin = 0.0
    end = 1.0
    if abs(dy) > ROUNDING_M:
        one = (row * cell_m - ROUNDING_M - y0) / dy
        other = ((row + 1) * cell_m + ROUNDING_M - y0) / dy
        begin = min(1.0, max(0.0, min(one, other)))
        end = max(0.0, min(1.0, max(one, other)))
    return _span(x0 + begin * dx, x0 + end * dx, cell_m, columns)


@kernel
def _search(
    x: Floats, y: Floats, radius_m: Floats, edges: int,
    grid_x0: float, grid_y0: float, cell_m: float, columns: int, rows: int,
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
        column_from = max(0, int((at_x - radius - grid_x0) // cell_m))
        column_to = min(columns - 1, int((at_x + radius - grid_x0) // cell_m))
        row_from = max(0, int((at_y - radius - grid_y0) // cell_m))
        row_to = min(rows - 1, int((at_y + radius - grid_y0) // cell_m))
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
