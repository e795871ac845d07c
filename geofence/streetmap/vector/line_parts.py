"""Lines out of geometries of any kind, and counts of what is none."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.streetmap.noding.flat_lines import Floats, Longs

_POINTS, _LINES, _AREAS = (0, 4), (1, 2, 5), (3, 6)
"""Numbers of kinds of geometries; a ring is a line."""


@dataclass(frozen=True, slots=True, eq=False)
class LineParts:
    """Lines as flat arrays, each of one feature."""

    spots: Floats
    """(n, 2) coordinates of the file, line after line."""
    owner: Longs
    """(n,) the line of each vertex."""
    feature: Longs
    """(lines,) the feature of each line, in their order."""
    dropped: dict[str, int]
    """Features without a line, by what they are."""


def line_parts(shapes: NDArray[np.object_]) -> LineParts:
    """Take all lines out of geometries."""
    feature = np.arange(len(shapes))
    is_none = np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kinds = shapely.get_type_id(shapes)
    dropped = {
        "without geometry": int(is_none.sum()),
        "points": int((np.isin(kinds, _POINTS) & ~is_none).sum()),
        "areas": int((np.isin(kinds, _AREAS) & ~is_none).sum()),
    }
    parts, feature = shapes[~is_none], feature[~is_none]
    while np.isin(shapely.get_type_id(parts), (4, 5, 6, 7)).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        feature = feature[index]
    is_line = np.isin(shapely.get_type_id(parts), _LINES) & ~shapely.is_empty(parts)
    parts, feature = parts[is_line], feature[is_line]
    spots, owner = shapely.get_coordinates(parts, return_index=True)
    finite = np.isfinite(spots).all(axis=1)
    # a line with a coordinate that is no number is no line
    broken = np.unique(owner[~finite])
    if len(broken):
        dropped["with a coordinate that is no number"] = len(np.unique(feature[broken]))
        keep = ~np.isin(np.arange(len(parts)), broken)
        number = np.cumsum(keep) - 1
        mine = keep[owner]
        spots, owner, feature = spots[mine], number[owner[mine]], feature[keep]
    return LineParts(
        np.ascontiguousarray(spots, dtype=np.float64),
        owner.astype(np.int64),
        feature.astype(np.int64),
        {what: count for what, count in dropped.items() if count},
    )
