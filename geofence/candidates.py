"""Candidate search: on which edges may a fix lie, and where on them."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geofence.growth import grown
from geofence.network import Network

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
    segments: Indices


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
    first, segments = _fill(boxes, columns, rows)
    return Buckets(x0, y0, columns, rows, first, segments)


def find_candidates(
    network: Network, buckets: Buckets, x: Floats, y: Floats, radius_m: Floats
) -> Candidates:
    """Find the candidates of each fix within its radius."""
    s = network.segments
    return Candidates(
        *_search(
            x, y, radius_m,
            s.edge, s.x0, s.y0, s.x1, s.y1, s.start_m,
            buckets.x0, buckets.y0, buckets.columns, buckets.rows, buckets.first, buckets.segments,
        )
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _fill(boxes: NDArray[np.int64], columns: int, rows: int) -> tuple[NDArray[np.int64], Indices]:
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
    return first, segments


@njit(cache=True, nogil=True)
def _search(
    x: Floats, y: Floats, radius_m: Floats,
    seg_edge: Indices, seg_x0: Floats, seg_y0: Floats, seg_x1: Floats, seg_y1: Floats,
    seg_start_m: Floats,
    grid_x0: float, grid_y0: float, columns: int, rows: int,
    bucket_first: NDArray[np.int64], bucket_segments: Indices,
) -> tuple[NDArray[np.int64], Indices, Floats, Floats, Floats, Floats, Floats]:  # fmt: skip
    count = len(x)
    first = np.zeros(count + 1, dtype=np.int64)
    room = max(16, 4 * count)
    edge = np.empty(room, dtype=np.int32)
    offset = np.empty(room)
    distance = np.empty(room)
    bearing = np.empty(room)
    near_x = np.empty(room)
    near_y = np.empty(room)
    used = 0
    for i in range(count):
        radius = radius_m[i]
        column_from = max(0, int((x[i] - radius - grid_x0) // CELL_M))
        column_to = min(columns - 1, int((x[i] + radius - grid_x0) // CELL_M))
        row_from = max(0, int((y[i] - radius - grid_y0) // CELL_M))
        row_to = min(rows - 1, int((y[i] + radius - grid_y0) // CELL_M))
        begin = used
        for row in range(row_from, row_to + 1):
            for column in range(column_from, column_to + 1):
                cell = row * columns + column
                for k in range(bucket_first[cell], bucket_first[cell + 1]):
                    s = bucket_segments[k]
                    dx = seg_x1[s] - seg_x0[s]
                    dy = seg_y1[s] - seg_y0[s]
                    square = dx * dx + dy * dy
                    along = 0.0
                    if square > 0.0:
                        along = ((x[i] - seg_x0[s]) * dx + (y[i] - seg_y0[s]) * dy) / square
                        along = min(1.0, max(0.0, along))
                    px = seg_x0[s] + along * dx
                    py = seg_y0[s] + along * dy
                    away = np.hypot(px - x[i], py - y[i])
                    if away > radius:
                        continue
                    at = begin
                    while at < used and edge[at] < seg_edge[s]:
                        at += 1
                    known = at < used and edge[at] == seg_edge[s]
                    measure = seg_start_m[s] + along * np.sqrt(square)
                    if known and (away, measure) >= (distance[at], offset[at]):
                        continue
                    if not known:
                        if used == room:
                            room *= 2
                            edge = grown(edge, room)
                            offset = grown(offset, room)
                            distance = grown(distance, room)
                            bearing = grown(bearing, room)
                            near_x = grown(near_x, room)
                            near_y = grown(near_y, room)
                        for j in range(used, at, -1):
                            edge[j] = edge[j - 1]
                            offset[j] = offset[j - 1]
                            distance[j] = distance[j - 1]
                            bearing[j] = bearing[j - 1]
                            near_x[j] = near_x[j - 1]
                            near_y[j] = near_y[j - 1]
                        used += 1
                    edge[at] = seg_edge[s]
                    offset[at] = measure
                    distance[at] = away
                    bearing[at] = np.arctan2(dy, dx)
                    near_x[at] = px
                    near_y[at] = py
        first[i + 1] = used
    return (
        first, edge[:used], offset[:used], distance[:used], bearing[:used], near_x[:used],
        near_y[:used],
    )  # fmt: skip
