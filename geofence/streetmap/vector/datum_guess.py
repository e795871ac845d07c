"""Lines in GCJ-02 or BD-09 that call themselves WGS 84: found out by what is known to be true.

The lines are compared with streets in WGS 84, or with where a fleet was, once as they are and once
as if they were in each shifted datum. Squares of 100 m are the witnesses: of each a few places
tell how far they are from the other, where more than 60 m count as 60. A datum is believed if it
brings both nearer than any other does, and than moves as far in other directions, as a town of
equal blocks fits itself in many ways.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from geofence.streetmap.noding.flat_lines import Floats, Longs, metres
from ingest.datum import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Datum,
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_gcj02,
)

CAP_M = 60.0
_CELL_M = 100.0
_MOST_CELLS = 600
LEAST_CELLS = 20
"""Fewer witnesses say nothing."""
_LEAST_SCORE = 5.0
"""Standard errors by which a datum must beat each other one."""
_LEAST_RIVAL_SCORE = 2.5
"""The same against moves as far in other directions."""
_LEAST_GAIN_M = 4.0
_ON_STREET_M = 45.0
"""Metres apart on average, at most: some streets are drawn in one of the two only."""
_RIVALS = 11


@dataclass(frozen=True, slots=True)
class Guess:
    """In which datum lines are."""

    datum: Datum
    is_sure: bool
    evidence: str
    """Empty where nothing was compared."""


def to_wgs84(spots: Floats, datum: Datum) -> Floats:
    """Take (n, 2) longitudes and latitudes of a datum to WGS 84."""
    longitude, latitude = spots[:, 0], spots[:, 1]
    if datum is Datum.BD09:
        longitude, latitude = bd09_to_gcj02(longitude, latitude)
    if datum is not Datum.WGS84:
        longitude, latitude = gcj02_to_wgs84(longitude, latitude)
    return np.stack([longitude, latitude], axis=1)


def _from_wgs84(spots: Floats, datum: Datum) -> Floats:
    longitude, latitude = spots[:, 0], spots[:, 1]
    if datum is not Datum.WGS84:
        longitude, latitude = wgs84_to_gcj02(longitude, latitude)
    if datum is Datum.BD09:
        longitude, latitude = gcj02_to_bd09(longitude, latitude)
    return np.stack([longitude, latitude], axis=1)


def is_in_china(spots: Floats) -> bool:
    """Whether most lie where maps may be shifted."""
    longitude, latitude = np.median(spots, axis=0)
    return bool(WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH)


def by_streets(spots: Floats, owner: Longs, true_spots: Floats, true_owner: Longs) -> Guess:
    """Compare lines with streets that are known to be in WGS 84; both line after line."""
    return _guess(_along(spots, owner), to_wgs84, true_spots, true_owner)


def by_fixes(spots: Floats, owner: Longs, fixes: Floats) -> Guess:
    """Compare lines with (n, 2) longitudes and latitudes of a fleet in WGS 84."""
    sound = fixes[np.isfinite(fixes).all(axis=1)]
    return _guess(sound, _from_wgs84, spots, owner)


def _guess(
    places: Floats, moved: Callable[[Floats, Datum], Floats], spots: Floats, owner: Longs
) -> Guess:
    """Compare places with lines, which stay, as `moved` puts them for each datum."""
    unknown = Guess(Datum.WGS84, False, "")
    if len(places) == 0 or len(spots) == 0:
        return unknown
    places, cell = _witnesses(places)
    ground = _Ground(spots, owner, places)
    of_datum = {datum: _by_cell(ground.apart_m(moved(places, datum)), cell) for datum in Datum}
    near = np.min(list(of_datum.values()), axis=0) < CAP_M
    cells = int(near.sum())
    if cells < LEAST_CELLS:
        return Guess(
            Datum.WGS84, False,
            f"only {cells} squares of 100 m have both, and {LEAST_CELLS} are needed",
        )  # fmt: skip
    means = {datum: float(apart[near].mean()) for datum, apart in of_datum.items()}
    best = min(means, key=lambda datum: (means[datum], datum))
    apart_m = of_datum[best][near]
    others = [datum for datum in Datum if datum is not best]
    score = min(_score(of_datum[datum][near], apart_m) for datum in others)
    gain_m = min(means[datum] for datum in others) - means[best]
    rival = min(
        _score(_by_cell(ground.apart_m(moved(places, best), away), cell)[near], apart_m)
        for away in _rivals(moved, places, best)
    )
    evidence = (
        f"mean distance {', '.join(f'{means[datum]:.0f} m as {datum}' for datum in Datum)} "
        f"over {cells} squares of 100 m, where each counts 60 m at most; "
        f"{max(min(score, rival), 0.0):.0f} standard errors before the next"
    )
    is_sure = (
        means[best] <= _ON_STREET_M
        and gain_m >= _LEAST_GAIN_M
        and score >= _LEAST_SCORE
        and rival >= _LEAST_RIVAL_SCORE
    )
    return Guess(best if is_sure else Datum.WGS84, is_sure, evidence)


class _Ground:
    """Lines near some places, in metres around their middle."""

    def __init__(self, spots: Floats, owner: Longs, places: Floats) -> None:
        self._middle = np.median(places, axis=0)
        xy = self._to_metres(spots)
        # shifted datums are 1.5 km apart at most
        reach = self._to_metres(places)
        low, high = reach.min(axis=0) - 2_500.0, reach.max(axis=0) + 2_500.0
        begin = np.flatnonzero(owner[:-1] == owner[1:])
        inside = (
            (np.maximum(xy[begin], xy[begin + 1]) >= low)
            & (np.minimum(xy[begin], xy[begin + 1]) <= high)
        ).all(axis=1)
        begin = begin[inside]
        shapes = shapely.linestrings(np.stack([xy[begin], xy[begin + 1]], axis=1))
        self._tree = shapely.STRtree(np.asarray(shapes))

    def _to_metres(self, spots: Floats) -> Floats:
        return metres(spots - self._middle, np.full(len(spots), self._middle[1]))

    def apart_m(self, places: Floats, away_m: tuple[float, float] = (0.0, 0.0)) -> Floats:
        """Give how far places, moved by some metres, are from the nearest line, capped."""
        points = shapely.points(self._to_metres(places) + away_m)
        found = np.full(len(places), CAP_M)
        if len(self._tree) == 0:
            return found
        (row, _), apart = self._tree.query_nearest(
            points, max_distance=CAP_M, return_distance=True, all_matches=False
        )
        found[row] = apart
        return found


def _rivals(
    moved: Callable[[Floats, Datum], Floats], places: Floats, best: Datum
) -> list[tuple[float, float]]:
    """Give moves as long as those between the datums, in other directions."""
    middle = np.median(places, axis=0)[None, :]
    spots = {datum: moved(middle, datum) for datum in Datum}
    moves = [
        metres(spots[datum] - spots[best], middle[:, 1])[0] for datum in Datum if datum is not best
    ]
    found = []
    for east, north in moves:
        for turn in 2.0 * np.pi * np.arange(1, _RIVALS + 1) / (_RIVALS + 1):
            cos, sin = np.cos(turn), np.sin(turn)
            found.append((float(east * cos - north * sin), float(east * sin + north * cos)))
    return found


def _along(spots: Floats, owner: Longs) -> Floats:
    """Give a place in the middle of each segment, and of long ones every 50 m."""
    begin = np.flatnonzero(owner[:-1] == owner[1:])
    step = spots[begin + 1] - spots[begin]
    size_m = np.hypot(*metres(step, spots[begin, 1]).T)
    count = np.clip(np.ceil(size_m / 50.0), 1, 200).astype(np.int64)
    at = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    share = (at + 0.5) / np.repeat(count, count)
    along: Floats = np.repeat(spots[begin], count, axis=0) + share[:, None] * np.repeat(
        step, count, axis=0
    )
    return along


def _witnesses(places: Floats) -> tuple[Floats, Longs]:
    """Choose a few places of evenly chosen squares; also give the square of each."""
    middle = np.median(places, axis=0)
    xy = metres(places - middle, np.full(len(places), middle[1]))
    square = np.floor(xy / _CELL_M).astype(np.int64)
    _, cell = np.unique(square[:, 0] * 4_000_037 + square[:, 1], return_inverse=True)
    order = np.argsort(cell, kind="stable")
    cell = cell[order]
    first = np.searchsorted(cell, cell)
    rank, size = np.arange(len(cell)) - first, np.bincount(cell)[cell]
    # the first, the middle and the last of a square
    wanted = (rank == 0) | (rank == size // 2) | (rank == size - 1)
    chosen = np.unique(cell)
    if len(chosen) > _MOST_CELLS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _MOST_CELLS).astype(np.int64)]
        wanted &= np.isin(cell, chosen)
    _, number = np.unique(cell[wanted], return_inverse=True)
    return places[order[wanted]], number.astype(np.int64)


def _by_cell(apart_m: Floats, cell: Longs) -> Floats:
    mean: Floats = np.bincount(cell, apart_m) / np.bincount(cell)
    return mean


def _score(worse_m: Floats, better_m: Floats) -> float:
    """Give by how many standard errors one lies nearer than another."""
    gain_m = worse_m - better_m
    error_m = gain_m.std(ddof=1) / np.sqrt(len(gain_m))
    return float(gain_m.mean() / max(error_m, 1e-9))
