"""Names of streets that are hardly meant: written in two ways, or borne by two streets."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.review.warning import PlanWarning, WarningCode, listed

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

APART_M = 1_000.0
"""Parts of a street farther apart are hardly one street."""
_STEP_M = 100.0
"""How densely lines are asked for the distance of the next."""
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def names_alike(plan: Plan) -> Iterator[PlanWarning]:
    """Tell for each grid the names that a reader takes for one, and those written in two forms."""
    spellings: dict[str, defaultdict[str, dict[str, None]]] = {
        grid.id: defaultdict(dict) for grid in plan.grids
    }
    alike: dict[str, str] = {}
    for grid_id, name in _names(plan):
        spellings[grid_id][_alike(name, alike)].setdefault(name)
    for grid_id, found in spellings.items():
        for names in found.values():
            if len(names) > 1:
                yield PlanWarning(
                    WarningCode.NAMES_ALIKE,
                    grid_id,
                    f"{listed([_shown(name) for name in names])} look alike and are judged as "
                    f"{len(names)} streets; write one of them everywhere",
                )
    yield from _names_in_two_forms(plan)


def _names(plan: Plan) -> Iterator[tuple[str, str]]:
    """Give the names that each grid lists and bears, but for other words for what it bears."""
    mentioned = {
        (grid_id, mention)
        for section in plan.sections
        for mention in section.mentions
        for grid_id in section.grids
    }
    for grid in plan.grids:
        for name in grid.streets:
            if (grid.id, name) not in mentioned:
                yield grid.id, name
    for section in plan.sections:
        for grid_id in section.grids:
            yield grid_id, section.name


def _names_in_two_forms(plan: Plan) -> Iterator[PlanWarning]:
    forms: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for section in plan.sections:
        for grid_id in section.grids:
            written = section.written_name or section.name
            forms[grid_id, section.name].setdefault(written, section.id)
    for (grid_id, name), sections in forms.items():
        if len(sections) > 1:
            yield PlanWarning(
                WarningCode.NAMES_ALIKE,
                grid_id,
                f"{name} is written in {len(sections)} Unicode forms (sections "
                f"{listed(list(sections.values()))}); it is judged as one street",
            )


def _alike(name: str, known: dict[str, str]) -> str:
    """Give what is left of a name without case, width, white space and unseen characters."""
    if name not in known:
        folded = unicodedata.normalize("NFKC", name).casefold()
        known[name] = unicodedata.normalize(
            "NFKC", "".join(c for c in folded if unicodedata.category(c) not in _UNSEEN)
        )
    return known[name]


def _shown(name: str) -> str:
    """Write a name so that what cannot be seen of it can."""
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name) + '"'


def scattered_streets(network: Network) -> Iterator[PlanWarning]:
    """Tell streets of a grid whose parts lie far from each other, and how far."""
    street_of: dict[tuple[str, str], int] = {}
    names = zip(network.section_names, network.section_grids, strict=True)
    rows = [
        (street_of.setdefault((grid_id, name), len(street_of)), section)
        for section, (name, grids) in enumerate(names)
        for grid_id in grids
    ]
    if not rows:
        return
    street, section_of = np.array(rows, dtype=np.int64).T
    lines = _lines(network)
    streets = list(street_of)
    parts = _parts(street, section_of, lines)
    scattered = np.flatnonzero(_count(parts, street) > 1)
    order = np.argsort(street, kind="stable")
    first = np.searchsorted(street[order], np.arange(len(streets) + 1))
    for number in scattered.tolist():
        own = order[first[number] : first[number + 1]]
        grid_id, name = streets[number]
        told = _distances(network, lines, section_of[own], parts[own])
        if told:
            yield PlanWarning(WarningCode.STREET_SCATTERED, grid_id, f"{name} {told}")


def _lines(network: Network) -> NDArray[np.object_]:
    owner = np.repeat(np.arange(network.section_count), np.diff(network.section_first_vertex))
    points = np.stack([network.vertex_x, network.vertex_y], axis=1)
    return np.asarray(shapely.linestrings(points, indices=owner))


def _parts(street: Longs, section_of: Longs, lines: NDArray[np.object_]) -> Longs:
    """Give sections of a street within `APART_M` of each other, step by step, one number.

    A street is asked in cells of `_STEP_M`, so that none asks more than its length.
    """
    dense = shapely.segmentize(lines[section_of], _STEP_M)
    places, row = shapely.get_coordinates(dense, return_index=True)
    cells = np.column_stack([np.floor(places / _STEP_M).astype(np.int64), street[row]])
    cells, cell = np.unique(cells, axis=0, return_inverse=True)
    cell = cell.ravel()
    # streets are set apart, so that one tree asks for the neighbours of all
    at = cells * np.array([_STEP_M, _STEP_M, 10 * APART_M])
    near = cKDTree(at).query_pairs(APART_M, output_type="ndarray")
    # all cells of a section are one part, however far it runs
    begin = np.append(near[:, 0], cell[:-1][np.diff(row) == 0])
    end = np.append(near[:, 1], cell[1:][np.diff(row) == 0])
    joined = coo_array((np.ones(len(begin), dtype=np.int32), (begin, end)), shape=(len(cells),) * 2)
    _, part = connected_components(joined, directed=False)
    _, at_first = np.unique(row, return_index=True)
    return np.asarray(part[cell[at_first]], dtype=np.int64)


def _count(parts: Longs, street: Longs) -> Longs:
    """Give the number of parts of each street."""
    pairs = np.unique(np.stack([street, parts]), axis=1)
    return np.bincount(pairs[0], minlength=int(street.max()) + 1)


def _distances(network: Network, lines: NDArray[np.object_], sections: Longs, parts: Longs) -> str:
    """Say how far the parts of a street lie from the longest; empty if that is not far."""
    numbers, part = np.unique(parts, return_inverse=True)
    length_m = np.bincount(part, network.section_length_m[sections])
    main = int(np.argmax(length_m))
    whole = shapely.multilinestrings(lines[sections[part == main]].tolist())
    shapely.prepare(whole)
    away_m = shapely.distance(lines[sections], whole)
    told = []
    for number in range(len(numbers)):
        own = np.flatnonzero(part == number)
        nearest = own[np.argmin(away_m[own])]
        if number != main and away_m[nearest] >= APART_M:
            told.append(
                f"{network.section_ids[sections[nearest]]} ({length_m[number]:.0f} m) "
                f"{away_m[nearest] / 1000:.1f} km away"
            )
    if not told:
        return ""
    return (
        f"lies in {len(told) + 1} parts: of {length_m[main] / 1000:.1f} km, and {listed(told)}; "
        "one name in a grid is one street, so give the others names of their own"
    )
