"""A random city for benchmarks: irregular, with everything that leads a matcher astray.

More than 1,000 sections of 60 to 200 m: curves, blocks of all sizes, junctions at odd angles,
one-way streets, dual carriageways and frontage roads 15 to 40 m from their street, dead ends, roads
that no grid collects. Nothing is surveyed, and no two seeds are alike.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.networks.partition import plan_of
from benchmarks.networks.random_streets import Piece, draw_streets
from benchmarks.networks.street_graph import SIZE_M
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Facility, Plan, Section
from simulators.city.roster import FIRST, SECOND

Floats = NDArray[np.float64]

CENTRE = LocalProjection(113.30, 40.08)
ONEWAY_SHARE = 0.12
"""Share of streets that are one-way, as far as every place can still be reached and left."""
DUAL_SHARE = 0.35
"""Share of frontage roads that are the other carriageway of their street instead."""
NAMELESS_SHARE = 0.15
"""Share of streets without a name: no grid collects them."""
SPUR_M = 150.0
"""Length of the road that leads out of town to a depot or a transfer station."""


def random_city(seed: int) -> Plan:
    """Make a city and its grids; the same for the same seed."""
    rng = np.random.default_rng([seed, 1000])
    pieces = draw_streets(rng)
    places = _outskirts(pieces)
    streets = max(piece.street for piece in pieces) + 1
    names = _names(pieces, streets, rng)
    directions = _directions(pieces, streets, rng)
    for other in {piece.street: piece.beside for piece in pieces if piece.beside >= 0}.items():
        if all(directions[street] for street in other):  # two carriageways of one street
            names[other[0]] = names[other[1]]
    spurs = [Piece(streets, line) for _, line in places]
    names.append("")
    directions.append(0)
    sections = [
        Section(
            id=f"R{number:05d}",
            name=names[piece.street],
            grids=(),
            oneway=directions[piece.street] != 0,
            coordinates=_degrees(piece, directions[piece.street]),
        )
        for number, piece in enumerate([*pieces, *spurs], start=1)
    ]
    facilities = [_facility(kind, line) for kind, line in places]
    streets_of: dict[str, list[int]] = {}
    for index, section in enumerate(sections):
        if section.name:
            streets_of.setdefault(section.name, []).append(index)
    title = f"Random city {seed}"
    together = list(streets_of.values())
    return plan_of(title, "Asia/Shanghai", sections, together, facilities, schematic=True)


def _names(pieces: Sequence[Piece], streets: int, rng: np.random.Generator) -> list[str]:
    """Name streets as they lie, lanes if they end dead; leave some without a name."""
    dead_end = {piece.street for piece in pieces if piece.dead_end}
    beside = {piece.street for piece in pieces if piece.beside >= 0}
    stems = [first + second for first in sorted(set(FIRST)) for second in sorted(set(SECOND))]
    order = rng.permutation(3 * len(stems)).tolist()
    names = []
    for street in range(streets):
        series, stem = divmod(order[street], len(stems))
        kind = "巷" if street in dead_end else "辅路" if street in beside else "街"
        named = rng.random() >= NAMELESS_SHARE
        names.append(f"{('', '东', '西')[series]}{stems[stem]}{kind}" if named else "")
    return names


def _directions(pieces: Sequence[Piece], streets: int, rng: np.random.Generator) -> list[int]:
    """Make streets one-way: 1 as drawn, -1 against it, 0 for both ways.

    A street stays two-way if one more would cut a place off.
    """
    ends = np.array([np.round(shapely.get_coordinates(p.line)[[0, -1]], 3) for p in pieces])
    _, node = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    start, goal = node.reshape(-1, 2).T
    street = np.array([piece.street for piece in pieces])
    direction = np.zeros(streets, dtype=np.int64)
    beside = {piece.street: piece.beside for piece in pieces if piece.beside >= 0}
    dual = {road: street for road, street in beside.items() if rng.random() < DUAL_SHARE}
    wanted = [(new, old, 1) for new, old in dual.items()]
    taken = {*dual, *dual.values()}
    drawn = rng.permutation(streets).tolist()[: int(ONEWAY_SHARE * streets)]
    ways = rng.choice((-1, 1), len(drawn)).tolist()
    wanted += [(one, one, way) for one, way in zip(drawn, ways, strict=True) if one not in taken]
    for one, other, way in wanted:
        direction[other] = -way
        direction[one] = way
        if not _all_reached(start, goal, direction[street]):
            direction[[one, other]] = 0
    return direction.tolist()


def _all_reached(
    start: NDArray[np.int64], goal: NDArray[np.int64], direction: NDArray[np.int64]
) -> bool:
    forward, backward = direction >= 0, direction <= 0
    tail = np.concatenate([start[forward], goal[backward]])
    head = np.concatenate([goal[forward], start[backward]])
    size = int(max(start.max(), goal.max())) + 1
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(size, size))
    return bool(connected_components(graph, directed=True, connection="strong")[0] == 1)


def _outskirts(pieces: Sequence[Piece]) -> list[tuple[str, shapely.LineString]]:
    """Roads out of town on four sides, each with a facility at its end."""
    ends = np.array(
        [shapely.get_coordinates(p.line)[[0, -1]] for p in pieces if not p.dead_end]
    ).reshape(-1, 2)
    roads = []
    for kind, way in (
        ("depot", (-1.0, 0.0)),
        ("transfer_station", (1.0, 0.0)),
        ("transfer_station", (0.0, -1.0)),
        ("transfer_station", (0.0, 1.0)),
    ):
        gate = ends[np.argmax(ends @ np.array(way))]
        roads.append((kind, shapely.LineString([gate, gate + SPUR_M * np.array(way)])))
    return roads


def _degrees(piece: Piece, direction: int) -> Floats:
    metres = shapely.get_coordinates(piece.line) - np.array(SIZE_M) / 2
    degrees = np.stack(CENTRE.to_degrees(metres[:, 0], metres[:, 1]), axis=1).round(7)
    return degrees[::-1].copy() if direction < 0 else degrees


def _facility(kind: str, road: shapely.LineString) -> Facility:
    longitude, latitude = _degrees(Piece(0, road), 1)[-1].tolist()
    if kind == "depot":
        return Facility("depot", "环卫停车场", longitude, latitude)
    return Facility("transfer_station", "转运站", longitude, latitude)
