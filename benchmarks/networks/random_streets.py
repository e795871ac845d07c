"""Streets of a town that nobody planned, as lines in metres: for `benchmarks.networks.random_city`.

The streets of `benchmarks.networks.street_graph` are rounded. Frontage roads beside long ones and
dead ends inside blocks come last, each kept only if it stays clear of all that is there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from benchmarks.networks.street_graph import chains, links, scattered

Floats = NDArray[np.float64]

VERTEX_M = 20.0
APART_M = 9.0
"""A curve that comes this close to another section is straightened."""
FRONTAGE_ROADS = 18
FRONTAGE_M = (15.0, 40.0)
"""Distance of a frontage road from its street."""
SLIP_M = 45.0
"""Metres along the street in which a frontage road leaves it and comes back."""
LEAST_M = 14.0
"""No piece that a frontage road cuts is shorter."""
DEAD_ENDS = 45
DEAD_END_M = (35.0, 95.0)
DEAD_END_CLEAR_M = 18.0


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of one street between two junctions."""

    street: int
    line: shapely.LineString
    beside: int = -1
    """The street that a frontage road runs beside."""
    dead_end: bool = False


def draw_streets(rng: np.random.Generator) -> list[Piece]:
    """Draw a connected network; the pieces of a street stand together, in its direction."""
    points = scattered(rng)
    streets = chains(points, links(points, rng))
    rounded = [_rounded(points, chain, street) for street, chain in enumerate(streets)]
    pieces = _straightened([piece for street in rounded for piece in street])
    pieces = _with_frontage_roads(pieces, rng)
    return _with_dead_ends(pieces, rng)


def _rounded(points: Floats, chain: Sequence[int], street: int) -> Iterator[Piece]:
    """Lay a cubic through the nodes of a street."""
    way = points[chain]
    slopes = np.gradient(way, axis=0) if len(way) > 2 else np.diff(way, axis=0).repeat(2, axis=0)
    for (start, goal), tangents in zip(pairwise(way), pairwise(slopes), strict=True):
        length = float(np.hypot(*(goal - start)))
        t = np.linspace(0.0, 1.0, int(np.ceil(length / VERTEX_M)) + 1)[:, None]
        out, into = (slope * length / np.hypot(*slope) for slope in tangents)
        line = (
            (2 * t**3 - 3 * t**2 + 1) * start
            + (t**3 - 2 * t**2 + t) * out
            + (3 * t**2 - 2 * t**3) * goal
            + (t**3 - t**2) * into
        )
        line[0], line[-1] = start, goal
        yield Piece(street, shapely.LineString(line))


def _straightened(pieces: list[Piece]) -> list[Piece]:
    """Straighten the curves that come near another section away from its ends."""
    lines = np.array([piece.line for piece in pieces])
    middles = np.array([substring(line, 0.3, 0.7, normalized=True) for line in lines])
    near = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=APART_M)
    one, other = near[:, near[0] != near[1]]
    crossing = shapely.STRtree(lines).query(lines, predicate="crosses")
    for index in np.unique(np.concatenate([one, other, crossing.ravel()])).tolist():
        ends = shapely.get_coordinates(lines[index])[[0, -1]]
        pieces[index] = replace(pieces[index], line=shapely.LineString(ends))
    return pieces


def _with_frontage_roads(pieces: list[Piece], rng: np.random.Generator) -> list[Piece]:
    """Add roads beside long streets, crossed by whatever leaves these on that side."""
    streets = max(piece.street for piece in pieces) + 1
    added = 0
    for street in rng.permutation(streets).tolist():
        parts = [shapely.get_coordinates(p.line) for p in pieces if p.street == street]
        main = shapely.LineString(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
        apart_m = float(rng.uniform(*FRONTAGE_M)) * (1 if rng.random() < 0.5 else -1)
        if added < FRONTAGE_ROADS and main.length > 380 and not main.is_ring:
            road = _frontage(main, apart_m)
            cuts = _cuts(pieces, road, street) if road is not None else None
            if road is not None and cuts is not None:
                pieces = _crossed(pieces, road, cuts, Piece(streets + added, road, beside=street))
                added += 1
    return pieces


def _frontage(main: shapely.LineString, apart_m: float) -> shapely.LineString | None:
    inner = substring(main, SLIP_M, main.length - SLIP_M)
    beside = shapely.offset_curve(inner, apart_m, join_style="mitre")
    if beside.geom_type != "LineString" or beside.is_empty:
        return None
    course = shapely.get_coordinates(beside.simplify(0.3))
    start, goal = shapely.get_coordinates(main)[[0, -1]]
    if np.hypot(*(course[0] - start)) > np.hypot(*(course[-1] - start)):
        course = course[::-1]
    road = shapely.LineString(np.concatenate([[start], course, [goal]]))
    clear = beside.distance(main) > abs(apart_m) - 3.0 and road.is_simple
    # a turn that an offset folds up leaves a road much shorter than its street
    return road if clear and road.length > 0.85 * main.length else None


def _cuts(
    pieces: list[Piece], road: shapely.LineString, street: int
) -> dict[int, shapely.Point] | None:
    """Find where a new road crosses others, by piece; None if it comes too near to something."""
    lines = np.array([piece.line for piece in pieces])
    inner = substring(road, SLIP_M, road.length - SLIP_M)
    at_ends = shapely.MultiPoint(shapely.get_coordinates(road)[[0, -1]])
    cuts: dict[int, shapely.Point] = {}
    for index in np.sort(shapely.STRtree(lines).query(road, "dwithin", LEAST_M)).tolist():
        line = lines[index]
        if pieces[index].street == street:
            continue
        meeting = line.intersection(road).difference(at_ends.buffer(0.01))
        if meeting.is_empty:
            if line.distance(inner) < LEAST_M:
                return None
            continue
        if meeting.geom_type != "Point":
            return None
        along = line.project(meeting)
        beside_m = line.intersection(road.buffer(10.0)).length
        if min(along, line.length - along) < LEAST_M or beside_m > 32.0:
            return None
        cuts[index] = meeting
    places = sorted([0.0, road.length, *(road.project(point) for point in cuts.values())])
    return cuts if min(np.diff(places)) > LEAST_M else None


def _crossed(
    pieces: list[Piece], road: shapely.LineString, cuts: dict[int, shapely.Point], new: Piece
) -> list[Piece]:
    """Cut the pieces that a road crosses, and the road, at the same points."""
    result = []
    for index, piece in enumerate(pieces):
        result += _cut(piece, [cuts[index]] if index in cuts else [])
    return result + _cut(new, sorted(cuts.values(), key=road.project))


def _cut(piece: Piece, places: list[shapely.Point]) -> list[Piece]:
    """Cut a piece at points on it, in order; the points become its vertices exactly."""
    if not places:
        return [piece]
    measures = [0.0, *(piece.line.project(place) for place in places), piece.line.length]
    ends = shapely.get_coordinates(piece.line)[[0, -1]]
    corners = [ends[0], *(shapely.get_coordinates(place)[0] for place in places), ends[1]]
    parts = []
    for (low, high), (first, last) in zip(pairwise(measures), pairwise(corners), strict=True):
        course = shapely.get_coordinates(substring(piece.line, low, high))
        # a vertex right beside a junction would count as part of it
        inner = [
            at for at in course[1:-1] if min(np.hypot(*(at - first)), np.hypot(*(at - last))) > 1
        ]
        parts.append(replace(piece, line=shapely.LineString([first, *inner, last])))
    return parts


def _with_dead_ends(pieces: list[Piece], rng: np.random.Generator) -> list[Piece]:
    """Add short straight streets that end inside a block."""
    streets = max(piece.street for piece in pieces) + 1
    through = [piece for piece in pieces if piece.beside < 0 and piece.line.length > 80]
    added = 0
    for index in rng.permutation(len(through)).tolist():
        side, along, length_m = (
            rng.choice((-1, 1)),
            rng.uniform(0.35, 0.65),
            rng.uniform(*DEAD_END_M),
        )
        piece = through[index]
        if added == DEAD_ENDS:
            break
        at = piece.line.interpolate(along, normalized=True)
        ahead = piece.line.interpolate(piece.line.length * along + 1.0)
        way = np.array([ahead.x - at.x, ahead.y - at.y])
        normal = side * np.array([-way[1], way[0]]) / np.hypot(*way)
        foot = shapely.get_coordinates(at)[0]
        lane = shapely.LineString([foot, foot + length_m * normal])
        others = shapely.MultiLineString([p.line for p in pieces])
        if substring(lane, DEAD_END_CLEAR_M + 2.0, length_m).distance(others) < DEAD_END_CLEAR_M:
            continue
        pieces = [part for p in pieces for part in _cut(p, [at] if p is piece else [])]
        pieces.append(Piece(streets + added, lane, dead_end=True))
        added += 1
    return pieces
