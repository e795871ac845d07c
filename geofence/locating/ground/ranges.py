"""A stretch of a street between two cross streets or places."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from geofence.locating.ground.measured_map import Floats, MeasuredMap
from geofence.locating.ground.pieces import Outcome, united, where
from geofence.locating.ground.street import NEAR_M, Street
from geofence.locating.resolution import Piece, UnlocatedReason

STREET_REACH_M = 60.0
"""A cross street that ends this near to a street is one of its ends, as at a square."""
PLACE_REACH_M = 400.0
"""And a place that lies this near."""
QUARTER_REACH_M = 800.0
"""Of a village or quarter, which the map may know by a point in its middle alone."""
_TWIN_M = 60.0
"""Both carriageways of a street are this near, and may be changed for a way along it."""
_CHANGE_COST_M = 60.0
_LEAST_M = 20.0
_STEP_M = 10.0


@dataclass(frozen=True, slots=True)
class End:
    """What an end of a range may be on the map."""

    mention: str
    geometries: tuple[BaseGeometry, ...]
    """In metres: streets and places that bear the name."""
    reaches_m: tuple[float, ...]
    """How far from the street each may lie."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place on a section."""

    section: int
    share: float


def stretch_of(measured: MeasuredMap, street: Street, ends: tuple[End, End]) -> Outcome:
    """Give what of a street lies between two ends, on both of its carriageways."""
    spots = [_spots(measured, street, end) for end in ends]
    for end, found in zip(ends, spots, strict=True):
        if not found:
            return Outcome(
                reason=UnlocatedReason.ENDS_UNCONNECTED,
                detail=f"{end.mention} is on the map, but away from the street",
            )
    way = _way(measured, street, spots[0], spots[1])
    if way is None:
        return Outcome(
            reason=UnlocatedReason.ENDS_UNCONNECTED,
            detail="no way along the street leads from one end to the other",
        )
    if way.length < _LEAST_M:
        return Outcome(
            reason=UnlocatedReason.ENDS_UNCONNECTED, detail="both ends are one place of the street"
        )
    pieces: list[Piece] = []
    for section in street.sections:
        if shapely.distance(measured.lines[section], way) > _TWIN_M:
            continue
        shares, places = measured.sampled(int(section), _STEP_M)
        pieces.extend(where(measured, int(section), shares, _margin(way, places)))
    return Outcome(united(pieces), detail=f"{way.length:.0f} m from end to end")


def _margin(way: LineString, places: Floats) -> Floats:
    """Give how far inside the stretch each place is, negative outside: beyond an end or aside."""
    points = shapely.points(places)
    along = np.asarray(shapely.line_locate_point(way, points))
    aside = np.asarray(shapely.distance(way, points))
    # beyond an end a place is off by more than the end's own breadth allows
    beyond = (along <= 0) | (along >= way.length)
    margin = np.where(beyond, -aside, np.minimum(along, way.length - along))
    return np.where(~beyond & (aside > _TWIN_M), _TWIN_M - aside, margin)


def _spots(measured: MeasuredMap, street: Street, end: End) -> list[_Spot]:
    """Give the places of a street where an end may be."""
    lines = measured.lines[street.sections]
    for geometry, reach in zip(end.geometries, end.reaches_m, strict=True):
        if float(shapely.distance(lines, geometry).min()) > reach:
            continue
        geometry = geometry.centroid if geometry.area > 0 else geometry  # noqa: PLW2901
        off = np.asarray(shapely.distance(lines, geometry))
        nearest = float(off.min())
        found = []
        touching = np.flatnonzero(off <= max(nearest, 1.0) + 0.01)
        for at in touching:
            section = int(street.sections[at])
            line = lines[at]
            place = shapely.get_point(shapely.shortest_line(line, geometry), 0)
            share = float(shapely.line_locate_point(line, place, normalized=True))
            found.append(_Spot(section, share))
        if found:
            return found
    return []


@dataclass(frozen=True, slots=True)
class _Link:
    """A step along a street, from node to node; without a piece it changes the carriageway."""

    first: int
    last: int
    cost_m: float
    piece: Piece | None


def _way(
    measured: MeasuredMap, street: Street, starts: Sequence[_Spot], goals: Sequence[_Spot]
) -> LineString | None:
    """Find the shortest way along a street; None if there is none."""
    spots = [*starts, *goals]
    first_spot = len(street.junctions)
    links = _links(measured, street, spots)
    best: dict[tuple[int, int], _Link] = {}
    for link in links:
        key = (min(link.first, link.last), max(link.first, link.last))
        if key not in best or link.cost_m < best[key].cost_m:
            best[key] = link
    nodes = np.array(list(best), dtype=np.int64)
    costs = np.array([max(link.cost_m, 1e-6) for link in best.values()])
    size = first_spot + len(spots)
    graph = coo_array((costs, (nodes[:, 0], nodes[:, 1])), shape=(size, size)).tocsr()
    sources = first_spot + np.arange(len(starts))
    targets = first_spot + len(starts) + np.arange(len(goals))
    cost, before, _ = dijkstra(
        graph, directed=False, indices=sources, return_predecessors=True, min_only=True
    )
    goal = int(targets[np.argmin(cost[targets])])
    if not np.isfinite(cost[goal]):
        return None
    path = [goal]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    spot = spots[goal - first_spot]
    places = [measured.point_at(spot.section, spot.share)[None]]
    for here, there in pairwise(path):
        link = best[min(here, there), max(here, there)]
        if link.piece is not None:
            drawn = _drawn(measured, link.piece)
            places.append(drawn if here == link.first else drawn[::-1])
    line = np.concatenate(places)
    return LineString(line if len(line) > 1 else np.repeat(line, 2, axis=0))


def _links(measured: MeasuredMap, street: Street, spots: Sequence[_Spot]) -> list[_Link]:
    """Give the steps between junctions of a street and spots on its sections."""
    junctions = street.junctions
    number = {int(junction): at for at, junction in enumerate(junctions)}
    cuts: dict[int, list[tuple[float, int]]] = {}
    for at, spot in enumerate(spots):
        cuts.setdefault(spot.section, []).append((spot.share, len(junctions) + at))
    links: list[_Link] = []
    for each in street.sections:
        section = int(each)
        first, last = (number[int(end)] for end in measured.street_map.ends[section])
        stops = [(0.0, first), *sorted(cuts.get(section, [])), (1.0, last)]
        for (share, here), (until, there) in pairwise(stops):
            length = (until - share) * float(measured.length_m[section])
            links.append(_Link(here, there, length, Piece(section, share, until)))
    return [*links, *_changes(measured.junction_xy[junctions], links)]


def _changes(places: Floats, links: Sequence[_Link]) -> list[_Link]:
    """Give steps between junctions that no section joins: to the twin, or over a gap."""
    size = len(places)
    pairs = cKDTree(places).query_pairs(NEAR_M, output_type="ndarray")
    joined = np.array([(link.first, link.last) for link in links if link.piece]).reshape(-1, 2)
    joined = joined[(joined < size).all(axis=1)]
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(size, size))
    _, part = connected_components(graph, directed=False)
    gaps = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    kept = (gaps <= _TWIN_M) | (part[pairs[:, 0]] != part[pairs[:, 1]])
    return [
        _Link(int(one), int(other), float(gap) + _CHANGE_COST_M, None)
        for (one, other), gap in zip(pairs[kept], gaps[kept], strict=True)
    ]


def _drawn(measured: MeasuredMap, piece: Piece) -> Floats:
    """Give the places of a piece, both ends included."""
    shares, vertices = measured.shares(piece.section), measured.vertices(piece.section)
    between = (shares > piece.from_share) & (shares < piece.to_share)
    first = measured.point_at(piece.section, piece.from_share)
    last = measured.point_at(piece.section, piece.to_share)
    return np.concatenate([first[None], vertices[between], last[None]])
