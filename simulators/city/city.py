"""A schematic city for any list of grids: streets that could be, not streets that are.

The streets of `simulators.city.street_layout` are cut at their crossings, bent gently and put
around Datong. Nothing here is surveyed; every file written says so.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.cycle_search import without_cycle_search
from geofence.network.projection import LocalProjection
from geofence.plan.plan import Facility, Grid, Section
from ingest.output_file import write_file
from simulators.city.street_layout import Board, Line, lay_out

Floats = NDArray[np.float64]

CENTRE = LocalProjection(113.30, 40.08)
SAMPLE_SEED = 57
"""Seed of the city shipped with the sample plan."""
VERTEX_M = 45.0
SPUR_M = 120.0
"""Length of the road that leads out of town to a depot or a transfer station."""
BEND = ((90.0, 5200.0), (22.0, 1900.0))
"""Amplitude and wavelength in metres of the waves that bend the streets."""
NOTE = "Schematic: generated for simulation, not surveyed. No position here is a real street's."


@dataclass(frozen=True, slots=True)
class City:
    """Sections and facilities of a schematic city."""

    sections: list[Section]
    facilities: list[Facility]


@without_cycle_search
def generate_city(grids: Sequence[Grid], seed: int) -> City:
    """Draw a street network in which every grid has a stretch of every street it names.

    Raises
    ------
    ValueError
        If there is no grid.
    """
    if not grids:
        raise ValueError("a city needs at least one grid")
    rng = np.random.default_rng(seed)
    board = lay_out(grids, rng)
    lines, places = _facility_roads(board)
    bend = _Bend.drawn(board, rng)
    pieces = _pieces([*board.lines(), *lines])
    sections = [
        Section(
            id=f"S{number:05d}",
            name=line.name,
            grids=line.grids,
            oneway=line.oneway,
            coordinates=bend.degrees(_vertices(line, start, end)),
        )
        for number, (line, start, end) in enumerate(pieces, start=1)
    ]
    facilities = []
    for kind, name, place in places:
        longitude, latitude = bend.degrees(np.array([place]))[0].tolist()
        facilities.append(
            Facility("depot" if kind == "depot" else "transfer_station", name, longitude, latitude)
        )
    return City(sections, facilities)


@dataclass(frozen=True, slots=True)
class _Bend:
    """The chequerboard's place on Earth: waves across each direction, then degrees."""

    middle: tuple[float, float]
    phases: tuple[float, ...]

    @classmethod
    def drawn(cls, board: Board, rng: np.random.Generator) -> "_Bend":
        return cls(
            (board.easting[-1] / 2, board.northing[-1] / 2),
            tuple(rng.uniform(0, 2 * np.pi, 2 * len(BEND)).tolist()),
        )

    def degrees(self, points: Floats) -> Floats:
        """Longitude and latitude, rounded to 1e-6 degrees, of points of the chequerboard."""
        x = points[:, 0] - self.middle[0]
        y = points[:, 1] - self.middle[1]
        # each coordinate is moved as a function of the other one only, so that parallel streets
        # keep their distance
        east, north = x.copy(), y.copy()
        for (amplitude_m, wavelength_m), phase_x, phase_y in zip(
            BEND, self.phases[::2], self.phases[1::2], strict=True
        ):
            east += amplitude_m * np.sin(2 * np.pi * y / wavelength_m + phase_x)
            north += amplitude_m * np.sin(2 * np.pi * x / wavelength_m + phase_y)
        return np.stack(CENTRE.to_degrees(east, north), axis=1).round(6)


def _pieces(lines: Sequence[Line]) -> list[tuple[Line, float, float]]:
    """Cut lines where others cross or join them; give the pieces in drawn direction."""
    pieces = []
    for line, crossings in zip(lines, _crossings(lines), strict=True):
        places = [line.start, *sorted(crossings), line.end]
        if line.against:
            places.reverse()
        pieces += [(line, start, end) for start, end in pairwise(places)]
    return pieces


def _crossings(lines: Sequence[Line]) -> list[set[float]]:
    """Give for each line where others cross or join it between its ends."""
    start, end, at = np.array([(line.start, line.end, line.at) for line in lines]).T
    east_west = np.array([line.east_west for line in lines])
    boxes = shapely.box(
        np.where(east_west, start, at),
        np.where(east_west, at, start),
        np.where(east_west, end, at),
        np.where(east_west, at, end),
    )
    one, other = shapely.STRtree(boxes).query(boxes)
    crossed = (
        (east_west[one] != east_west[other]) & (start[one] < at[other]) & (at[other] < end[one])
    )
    crossed &= (start[other] <= at[one]) & (at[one] <= end[other])
    crossings: list[set[float]] = [set() for _ in lines]
    for line, place in zip(one[crossed].tolist(), at[other[crossed]].tolist(), strict=True):
        crossings[line].add(place)
    return crossings


def _vertices(line: Line, start: float, end: float) -> Floats:
    count = int(np.ceil(abs(end - start) / VERTEX_M)) + 1
    along = np.linspace(start, end, count)
    across = np.full(count, line.at)
    return np.stack([along, across] if line.east_west else [across, along], axis=1)


def _facility_roads(board: Board) -> tuple[list[Line], list[tuple[str, str, tuple[float, float]]]]:
    """Roads out of town on four sides, each with a facility at its end."""
    corners = board.corners()
    roads, places = [], []
    for kind, name, axis, sign in (
        ("depot", "环卫停车场", 0, -1),
        ("transfer_station", "东转运站", 0, 1),
        ("transfer_station", "南转运站", 1, -1),
        ("transfer_station", "北转运站", 1, 1),
    ):
        outermost = max(sign * corner[axis] for corner in corners)
        rim = [corner for corner in corners if sign * corner[axis] == outermost]
        gate = rim[len(rim) // 2]
        end = gate[axis] + sign * SPUR_M
        roads.append(
            Line("", (), axis == 0, gate[1 - axis], min(gate[axis], end), max(gate[axis], end))
        )
        places.append((kind, name, (end, gate[1]) if axis == 0 else (gate[0], end)))
    return roads, places


def write_city(city: City, folder: Path) -> None:
    """Write ``streets.geojson`` and ``facilities.geojson`` (RFC 7946, one feature a line)."""
    folder.mkdir(parents=True, exist_ok=True)
    streets = [
        _feature(
            "LineString",
            section.coordinates.tolist(),
            {
                "id": section.id,
                "name": section.name,
                "grids": list(section.grids),
                "oneway": section.oneway,
            },
        )
        for section in city.sections
    ]
    facilities = [
        _feature(
            "Point",
            [facility.longitude, facility.latitude],
            {"kind": facility.kind, "name": facility.name},
        )
        for facility in city.facilities
    ]
    for name, features in (("streets", streets), ("facilities", facilities)):
        write_file(folder / f"{name}.geojson", _collection(features))


def _feature(kind: str, coordinates: object, properties: dict[str, object]) -> str:
    geometry = {"type": kind, "coordinates": coordinates}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def _collection(features: list[str]) -> str:
    head = json.dumps({"type": "FeatureCollection", "schematic": True, "note": NOTE})
    return head[:-1] + ', "features": [\n' + ",\n".join(features) + "\n]}\n"
