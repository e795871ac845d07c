"""Positions that cannot be where the other streets are: a vertex at 0/0, or hundreds of km off.

Software writes 0/0 where it knows no position, and a lost digit or sign moves one to another
country. A plan may have two towns, though. So a position is refused if it is 0/0 while the streets
are elsewhere, if a straight piece of a line leads `LONGEST_PIECE_M` to it, or if its section lies
`FAR_M` from all others of a grid, or from all others of the plan and with few beside it.

What searches a plan that is wider than a fleet's reach is only imported for one: SciPy takes longer
to import than most commands have to do.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geofence.plan.fault import FaultCode
from geofence.plan.plan import Facility, Section
from geofence.plan.table import FaultList

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

LONGEST_PIECE_M = 50_000.0
"""No street runs straight on for so long."""
FAR_M = 200_000.0
"""Farther from the others no street is served by the same fleet."""
FEWER = 10
"""Of places that far apart, one with so many times fewer sections than another is no town."""
_EARTH_M = 6_371_000.0
_CELL_M = 20_000.0


def find_strays(
    sections: Sequence[Section], where_of: Mapping[str, str], faults: FaultList
) -> None:
    """Write down the positions that cannot be meant.

    Parameters
    ----------
    where_of
        By section id: the feature, as faults name it.
    """
    if not sections:
        return
    counts = np.array([len(section.coordinates) for section in sections])
    degrees = np.concatenate([section.coordinates for section in sections])
    owner = np.repeat(np.arange(len(sections)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    places = _places(degrees)
    is_zero = ~degrees.any(axis=1)
    away_m = _apart_m(places, _middle(places if is_zero.all() else places[~is_zero]))
    is_zero &= away_m > FAR_M

    def tell(code: FaultCode, vertex: int, remedy: str) -> None:
        where = f"{where_of[sections[owner[vertex]].id]} coordinates[{number[vertex]}]"
        longitude, latitude = degrees[vertex].tolist()
        faults.add(code, where, f"[{longitude:.12g}, {latitude:.12g}]", remedy)

    for vertex in np.flatnonzero(is_zero).tolist():
        tell(
            FaultCode.POSITION_ZERO, vertex,
            f"0/0 stands for no position; the streets are {_km(away_m[vertex])} km from "
            "there: draw the vertex where it is, or drop it",
        )  # fmt: skip
    too_long, piece_m = _at_long_pieces(places, owner, is_zero, away_m)
    for vertex in np.flatnonzero(too_long).tolist():
        tell(
            FaultCode.POSITION_FAR, vertex,
            f"a straight piece of {_km(piece_m[vertex])} km leads to it, and no street has one of "
            f"{LONGEST_PIECE_M / 1000:g} km: mend the position, or drop it",
        )  # fmt: skip
    bad = np.zeros(len(sections), dtype=np.bool_)
    bad[owner[is_zero | too_long]] = True
    firsts = np.cumsum(counts) - counts
    for section, far_m in _far_sections(sections, places[firsts], ~bad):
        tell(
            FaultCode.POSITION_FAR, int(firsts[section]),
            f"the section lies {_km(far_m)} km from all others that one fleet could serve: "
            "mend its positions, drop it, or give a town that far away a plan of its own",
        )  # fmt: skip


def find_stray_facilities(
    facilities: Sequence[tuple[str, Facility]], sections: Sequence[Section], faults: FaultList
) -> None:
    """Write down the facilities at 0/0 or far from every street; each comes with its feature."""
    if not sections or not facilities:
        return
    streets = _places(np.concatenate([section.coordinates for section in sections]))
    places = _places(np.array([(each.longitude, each.latitude) for _, each in facilities]))
    if _widest(np.concatenate([streets, places])) <= FAR_M:
        return
    from scipy.spatial import cKDTree

    away_m = np.asarray(cKDTree(streets).query(places)[0])
    for (where, each), far_m in zip(facilities, away_m.tolist(), strict=True):
        if far_m > FAR_M:
            is_zero = each.longitude == each.latitude == 0.0
            faults.add(
                FaultCode.POSITION_ZERO if is_zero else FaultCode.POSITION_FAR,
                f"{where} coordinates",
                f"[{each.longitude:.12g}, {each.latitude:.12g}]",
                f"the nearest street is {_km(far_m)} km away: mend the position, or drop it",
            )


def _places(degrees: Floats) -> Floats:
    """Give positions as points on the globe, shape (n, 3), in metres: no meridian is an edge."""
    longitude, latitude = np.radians(degrees).T
    flat = np.cos(latitude)
    point = np.stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)], axis=1)
    return np.asarray(_EARTH_M * point, dtype=np.float64)


def _widest(places: Floats) -> float:
    """Give a length that no two places lie farther apart than."""
    return float(np.linalg.norm(np.ptp(places, axis=0)))


def _middle(places: Floats) -> Floats:
    """Give the median of points, which few that are wrong do not move."""
    return np.asarray(np.median(places, axis=0), dtype=np.float64)


def _apart_m(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.linalg.norm(one - other, axis=-1), dtype=np.float64)


def _km(chord_m: float) -> str:
    """Write the way over ground between two points of the globe."""
    return f"{2 * _EARTH_M * np.arcsin(min(1.0, chord_m / (2 * _EARTH_M))) / 1000:,.0f}"


def _at_long_pieces(
    places: Floats, owner: Longs, is_zero: Flags, away_m: Floats
) -> tuple[Flags, Floats]:
    """Tell which vertices end a piece that is too long, of two the one farther from the middle."""
    begin = np.flatnonzero((owner[:-1] == owner[1:]) & ~is_zero[:-1] & ~is_zero[1:])
    piece_m = _apart_m(places[begin], places[begin + 1])
    begin, piece_m = begin[piece_m > LONGEST_PIECE_M], piece_m[piece_m > LONGEST_PIECE_M]
    vertex = np.where(away_m[begin] > away_m[begin + 1], begin, begin + 1)
    longest_m = np.zeros(len(places))
    np.maximum.at(longest_m, vertex, piece_m)
    return longest_m > 0.0, longest_m


def _far_sections(
    sections: Sequence[Section], places: Floats, sound: Flags
) -> list[tuple[int, float]]:
    """Give sections that lie far from what their grid, or nearly all of the plan, consists of."""
    chosen = np.flatnonzero(sound)
    if not len(chosen):
        return []
    town, count = _towns(places[chosen])
    if count == 1:
        return []
    sizes = np.bincount(town, minlength=count)
    main = int(np.argmax(sizes))
    strays = sizes * FEWER <= sizes[main]
    by_grid: dict[str, dict[int, int]] = {}
    for row, section in enumerate(chosen.tolist()):
        for grid in sections[section].grids:
            here = by_grid.setdefault(grid, {})
            here[int(town[row])] = here.get(int(town[row]), 0) + 1
    home = {
        grid: max(here, key=lambda t: (here[t], sizes[t], -t)) for grid, here in by_grid.items()
    }
    from scipy.spatial import cKDTree

    trees = {t: cKDTree(places[chosen[town == t]]) for t in {main, *home.values()}}
    found = []
    for row, section in enumerate(chosen.tolist()):
        own = int(town[row])
        homes = {home[grid] for grid in sections[section].grids}
        others = homes - {own} or ({main} if strays[own] and own != main else set())
        if others:
            far_m = min(float(trees[other].query(places[section])[0]) for other in others)
            found.append((section, far_m))
    return found


def _towns(places: Floats) -> tuple[Longs, int]:
    """Give places within `FAR_M` of each other, step by step, one number; and how many it takes."""
    cells, cell = np.unique(np.floor(places / _CELL_M), axis=0, return_inverse=True)
    reach = FAR_M / _CELL_M
    if _widest(cells) <= reach:
        return np.zeros(len(places), dtype=np.int64), 1
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(cells).query_pairs(reach, output_type="ndarray")
    near = coo_array(
        (np.ones(len(pairs), dtype=np.int32), (pairs[:, 0], pairs[:, 1])), shape=(len(cells),) * 2
    )
    count, town = connected_components(near, directed=False)
    return np.asarray(town[cell.ravel()], dtype=np.int64), int(count)
