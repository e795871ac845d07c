"""The streets of one plan, cut into tiles where somebody looks, simplified by zoom."""

import threading
from collections import OrderedDict

import numpy as np
import shapely
from numpy.typing import NDArray

from analytics.dashboard.tiles.vector_tile import EXTENT, Lines, encode_layer
from geofence.network.projection import joined_degrees
from geofence.plan.plan import Plan

LAYER = "streets"
MOST_ZOOM = 16
"""Pages draw closer views from these tiles."""
BUFFER = 64
"""Units beyond a tile's edge, so that wide lines have no seams."""
TOLERANCE = 2.0
"""Units that a simplified line may be off, half a pixel of a tile of 1,024 pixels."""
SHORTEST = 8.0
"""Units of the shortest section that is drawn below the closest zoom."""
MOST_SECTIONS = 20_000
"""In one tile; of more the longest are drawn."""
MOST_BYTES = 32 * 1024 * 1024
"""Of the tiles that are kept."""
_CORNER_DEG = 85.051129
"""Latitude at which the square of Web Mercator ends."""

Floats = NDArray[np.float64]


class StreetTiles:
    """Tiles of a plan. For several threads: two may make the same tile, which is the same then."""

    def __init__(self, plan: Plan) -> None:
        self._names = [section.name for section in plan.sections]
        self._lines = _lines_of(plan)
        self._boxes = shapely.bounds(self._lines)
        self._tree = shapely.STRtree(self._lines)
        self._lock = threading.Lock()
        self._tiles: OrderedDict[tuple[int, int, int], bytes] = OrderedDict()
        self._bytes = 0

    def tile(self, zoom: int, x: int, y: int) -> bytes:
        """Give a tile, empty where there is no street; ids of features are numbers of sections."""
        key = (zoom, x, y)
        with self._lock:
            if (known := self._tiles.get(key)) is not None:
                self._tiles.move_to_end(key)
                return known
        made = self._make(zoom, x, y)
        with self._lock:
            if key not in self._tiles:
                self._tiles[key] = made
                self._bytes += len(made)
            while self._bytes > MOST_BYTES:
                self._bytes -= len(self._tiles.popitem(last=False)[1])
        return made

    def _make(self, zoom: int, x: int, y: int) -> bytes:
        side = 0.5**zoom
        parts: list[tuple[NDArray[np.object_], NDArray[np.intp]]] = []
        for turn in (-1, 0, 1):  # lines of a town across 180° run on beyond the square
            corner = np.array([x * side + turn, y * side])
            parts.append(self._cut(corner, side, is_closest=zoom >= MOST_ZOOM))
        pieces = np.concatenate([each[0] for each in parts])
        numbers = np.concatenate([each[1] for each in parts])
        order = np.argsort(numbers, kind="stable")
        return _encode(pieces[order], numbers[order], self._names)

    def _cut(
        self, corner: Floats, side: float, *, is_closest: bool
    ) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
        """Give what lies in a square, in tile units, and the section of each piece."""
        margin = BUFFER / EXTENT * side
        west, north = corner - margin
        east, south = corner + side + margin
        found = self._tree.query(shapely.box(west, north, east, south))
        if not is_closest:
            boxes = self._boxes[found]
            found = found[
                np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
                >= SHORTEST / EXTENT * side
            ]
        found = self._longest(found)
        cut = shapely.clip_by_rect(self._lines[found], west, north, east, south)
        in_units = shapely.transform(cut, lambda points: (points - corner) / side * EXTENT)
        pieces, of = shapely.get_parts(
            shapely.simplify(in_units, TOLERANCE, preserve_topology=False), return_index=True
        )
        is_line = shapely.get_type_id(pieces) == shapely.GeometryType.LINESTRING
        return pieces[is_line], found[of[is_line]]

    def _longest(self, found: NDArray[np.intp]) -> NDArray[np.intp]:
        if len(found) <= MOST_SECTIONS:
            return found
        ascending = np.sort(found)  # the tree gives them in an order of its own
        length = shapely.length(self._lines[ascending])
        return ascending[np.argsort(-length, kind="stable")[:MOST_SECTIONS]]


def _encode(pieces: NDArray[np.object_], numbers: NDArray[np.intp], names: list[str]) -> bytes:
    exact, of = shapely.get_coordinates(pieces, return_index=True)
    points = np.rint(exact).astype(np.int64)
    # rounding may put neighbours in one place
    keep = np.ones(len(points), np.bool_)
    keep[1:] = (of[1:] != of[:-1]) | (points[1:] != points[:-1]).any(axis=1)
    points, of = points[keep], of[keep]
    counts = np.bincount(of, minlength=len(pieces))
    long_enough = counts >= 2
    points = points[long_enough[of]]
    first = np.concatenate([[0], np.cumsum(counts[long_enough])]).astype(np.int64)
    ids, feature = np.unique(numbers[long_enough], return_inverse=True)
    lines = Lines(points, first, feature.astype(np.int64))
    return encode_layer(LAYER, lines, ids.astype(np.int64), [names[number] for number in ids])


def _lines_of(plan: Plan) -> NDArray[np.object_]:
    """Give the sections as lines in the square of Web Mercator, both sides from 0 to 1."""
    lengths = [len(section.coordinates) for section in plan.sections]
    degrees = np.concatenate([section.coordinates for section in plan.sections])
    latitude = np.radians(np.clip(degrees[:, 1], -_CORNER_DEG, _CORNER_DEG))
    across = joined_degrees(degrees[:, 0]) / 360.0 + 0.5
    down = 0.5 - np.arcsinh(np.tan(latitude)) / (2.0 * np.pi)
    of = np.repeat(np.arange(len(lengths)), lengths)
    return np.asarray(shapely.linestrings(np.stack([across, down], axis=1), indices=of))
