"""A real town for benchmarks, read from an OpenStreetMap extract.

Roads that trucks may drive, split at their junctions, in a box around the centre; of these the
largest part in which every place can be reached from every other. Grids, vehicles and windows are
made up.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.networks.partition import plan_of
from geofence.plan.plan import Facility, Plan, Section
from geofence.streetmap.drivable import DrivableRules
from geofence.streetmap.osm import read_osm
from geofence.streetmap.street_map import StreetMap

CAMPO_GRANDE = (-54.60, -20.49, -54.56, -20.46)
"""West, south, east, north of its centre, where most streets of the extract have names: about
2,000 sections, of which 40 grids of 4 to 5 km collect those with a name."""
TIMEZONE = "America/Campo_Grande"
ROADS = DrivableRules(
    highway=(
        "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
        "living_street", "service",
    ),
    highway_if_open=(),
    access_keys=("access",),
    opening_keys=(),
    exclude_access=("private", "no"),
)  # fmt: skip
"""What trucks drive here. The town is that of earlier runs, so a new default must not change it."""


def osm_town(path: Path, box: tuple[float, float, float, float] = CAMPO_GRANDE) -> Plan:
    """Make a plan of the named streets in a box of an extract; the same for the same arguments.

    Parameters
    ----------
    box
        West, south, east, north in degrees.

    Raises
    ------
    ValueError
        If no road with a name lies in the box.
    """
    street_map = read_osm(path, rules=ROADS)
    kept = _largest_strong_part(street_map, _inside(street_map, box))
    sections = [
        Section(
            street_map.ids[section],
            _name(street_map, section),
            (),
            bool(street_map.oneway[section]),
            street_map.line(section),
        )
        for section in kept.tolist()
    ]
    together = [[index] for index, section in enumerate(sections) if section.name]
    if not together:
        raise ValueError(f"{path}: no road with a name lies in {box}; name another box")
    return plan_of(
        f"OSM town {path.name.partition('.')[0]}",
        TIMEZONE,
        sections,
        together,
        _facilities(sections),
        schematic=False,
    )


def _name(street_map: StreetMap, section: int) -> str:
    names = street_map.names_of(section)
    return names.main if names else ""


def _inside(street_map: StreetMap, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
    """Find the sections that lie in a box with all their vertices."""
    west, south, east, north = box
    x, y = street_map.coordinates.T
    inside = (west <= x) & (x <= east) & (south <= y) & (y <= north)
    return np.flatnonzero(np.logical_and.reduceat(inside, street_map.first_vertex[:-1]))


def _largest_strong_part(street_map: StreetMap, sections: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keep the sections whose ends can all be reached from each other."""
    start, goal = street_map.ends[sections].T
    both = ~street_map.oneway[sections]
    tail, head = np.concatenate([start, goal[both]]), np.concatenate([goal, start[both]])
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(street_map.ends.max() + 1,) * 2)
    _, label = connected_components(graph, directed=True, connection="strong")
    inside = label[start] == label[goal]
    largest = np.argmax(np.bincount(label[start][inside])) if inside.any() else -1
    return sections[inside & (label[start] == largest)]


def _facilities(sections: list[Section]) -> list[Facility]:
    """Put a depot and transfer stations at the outermost junctions that no grid collects."""
    ends = _ends(sections)
    named = _ends(section for section in sections if section.name)
    spots = np.array(sorted(ends - named) or sorted(ends))
    west, east = int(np.argmin(spots[:, 0])), int(np.argmax(spots[:, 0]))
    south, north = int(np.argmin(spots[:, 1])), int(np.argmax(spots[:, 1]))
    return [
        Facility("depot", "Depot", *spots[west].tolist()),
        *(
            Facility("transfer_station", f"Transfer station {number}", *spots[spot].tolist())
            for number, spot in enumerate((east, south, north), start=1)
        ),
    ]


def _ends(sections: Iterable[Section]) -> set[tuple[float, ...]]:
    return {tuple(place) for section in sections for place in section.coordinates[[0, -1]].tolist()}
