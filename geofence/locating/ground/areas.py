"""What of a map belongs to an area.

A section with at least half of its length inside is inside. One that runs along the edge, within
`BORDER_M` of it for at least half of its length, belongs to the areas on both sides. Sections are
not cut: they reach from junction to junction.
"""

from collections.abc import Iterable

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.locating.ground.measured_map import Ints, MeasuredMap
from geofence.locating.ground.pieces import united
from geofence.locating.ground.places import INSIDE_SHARE, inside_area
from geofence.locating.resolution import Piece

BORDER_M = 15.0


def members_of(measured: MeasuredMap, area: BaseGeometry) -> Ints:
    """Give the sections that belong to an area, ascending."""
    edge = area.boundary
    strip = edge.buffer(BORDER_M)
    near = np.sort(measured.tree.query(edge, predicate="dwithin", distance=BORDER_M))
    if not len(near):
        return inside_area(measured, area)
    shapely.prepare(strip)
    lines = measured.lines[near]
    along = np.asarray(shapely.length(shapely.intersection(lines, strip)))
    on_border = near[along >= INSIDE_SHARE * np.asarray(shapely.length(lines))]
    return np.union1d(inside_area(measured, area), on_border)


def clipped(pieces: Iterable[Piece], members: frozenset[int]) -> tuple[Piece, ...]:
    """Give the pieces of sections that are members."""
    return tuple(piece for piece in pieces if piece.section in members)


def without(pieces: Iterable[Piece], others: Iterable[Piece]) -> tuple[Piece, ...]:
    """Take other pieces away from some."""
    taken: dict[int, list[Piece]] = {}
    for other in united(others):
        taken.setdefault(other.section, []).append(other)
    left: list[Piece] = []
    for piece in united(pieces):
        start = piece.from_share
        for other in taken.get(piece.section, ()):
            if other.from_share > start and start < piece.to_share:
                left.append(Piece(piece.section, start, min(other.from_share, piece.to_share)))
            start = max(start, other.to_share)
        if start < piece.to_share:
            left.append(Piece(piece.section, start, piece.to_share))
    return tuple(left)
