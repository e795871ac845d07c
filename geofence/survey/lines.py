"""Lines of a map cut by shares of their length, and how far they are from others."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

Floats = NDArray[np.float64]
_METRES_A_DEGREE = 111_195.0
_STEP_M = 50.0
"""Between two places of a line that distances are taken from."""


def metres_from(origin: Floats, coordinates: Floats) -> Floats:
    """Give (n, 2) metres east and north of an origin, the short way round the earth."""
    east = (coordinates[:, 0] - origin[0] + 180.0) % 360.0 - 180.0
    scale = _METRES_A_DEGREE * np.array([np.cos(np.radians(origin[1])), 1.0])
    return np.column_stack([east, coordinates[:, 1] - origin[1]]) * scale


def measures_m(line: Floats) -> Floats:
    """Give the metres from the start of a line to each of its vertices."""
    metres = metres_from(line[0], line)
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(metres, axis=0).T))])


def part_of(line: Floats, from_share: float, to_share: float) -> Floats:
    """Cut out what lies between two shares of a line's length, with its vertices in between."""
    if (from_share, to_share) == (0.0, 1.0):
        return line
    measure_m = measures_m(line)
    ends_m = np.array([from_share, to_share]) * measure_m[-1]
    start, stop = (_at(line, measure_m, end_m) for end_m in ends_m)
    inside = line[(measure_m > ends_m[0]) & (measure_m < ends_m[1])]
    return np.vstack([start, inside, stop])


def _at(line: Floats, measure_m: Floats, at_m: float) -> Floats:
    if at_m in {0.0, measure_m[-1]}:
        end: Floats = line[0] if at_m == 0.0 else line[-1]
        return end
    edge = int(np.clip(np.searchsorted(measure_m, at_m, side="right") - 1, 0, len(line) - 2))
    long_m = measure_m[edge + 1] - measure_m[edge]
    share = (at_m - measure_m[edge]) / long_m if long_m else 0.0
    east = (line[edge + 1, 0] - line[edge, 0] + 180.0) % 360.0 - 180.0
    longitude = (line[edge, 0] + share * east + 180.0) % 360.0 - 180.0
    return np.array([longitude, line[edge, 1] + share * (line[edge + 1, 1] - line[edge, 1])])


def near_any(lines: list[Floats], vertices: Floats, within_m: float) -> NDArray[np.bool_]:
    """Tell which vertices lie within a distance of any line, to the nearest 25 m."""
    if not lines or not len(vertices):
        return np.zeros(len(vertices), dtype=np.bool_)
    origin = lines[0][0]
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    drawn = shapely.linestrings(metres_from(origin, np.vstack(lines)), indices=owner)
    tree = KDTree(shapely.get_coordinates(shapely.segmentize(drawn, _STEP_M)))
    away_m, _ = tree.query(metres_from(origin, vertices), distance_upper_bound=within_m)
    return np.asarray(np.isfinite(away_m), dtype=np.bool_)
