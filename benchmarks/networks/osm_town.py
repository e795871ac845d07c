"""A real town for benchmarks, read from an OpenStreetMap extract.

Roads that trucks may drive, split at their junctions, in a box around the centre; of these the
largest part in which every place can be reached from every other. Grids, vehicles and windows are
made up. Needs pyosmium, from the dependency group ``bench``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.networks.partition import plan_of
from geofence.plan.plan import Facility, Plan, Section

CAMPO_GRANDE = (-54.60, -20.49, -54.56, -20.46)
"""West, south, east, north of its centre, where most streets of the extract have names: about
2,000 sections, of which 40 grids of 4 to 5 km collect those with a name."""
TIMEZONE = "America/Campo_Grande"
ROADS = frozenset(
    ("motorway", "trunk", "primary", "secondary", "tertiary",
     "unclassified", "residential", "living_street", "service")
)  # fmt: skip
"""Values of ``highway`` that trucks drive, with their ``_link`` forms."""
YARDS = frozenset(("parking_aisle", "driveway", "drive-through"))
"""Values of ``service`` that are no street."""

Place = tuple[int, float, float]
"""OSM node id, longitude, latitude."""


@dataclass(frozen=True, slots=True)
class Way:
    """A road of the extract, in the direction traffic follows if that is one."""

    id: int
    name: str
    oneway: bool
    places: list[Place]


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
    ways = sorted(_ways(path), key=lambda way: way.id)
    uses = Counter(place[0] for way in ways for place in way.places)
    parts = [
        (f"w{way.id}-{number:03d}", way, part)
        for way in ways
        for number, part in enumerate(_split(way.places, uses), start=1)
        if all(box[0] <= x <= box[2] and box[1] <= y <= box[3] for _, x, y in part)
    ]
    kept = _largest_strong_part(parts)
    sections = [
        Section(section_id, way.name, (), way.oneway, np.array([place[1:] for place in part]))
        for section_id, way, part in kept
    ]
    together = [[index] for index, section in enumerate(sections) if section.name]
    if not together:
        raise ValueError(f"{path}: no road with a name lies in {box}; name another box")
    return plan_of(
        f"OSM town {path.name.partition('.')[0]}",
        TIMEZONE,
        sections,
        together,
        _facilities(kept),
        schematic=False,
    )


def _ways(path: Path) -> Iterator[Way]:
    """Read the drivable ways; nodes outside the extract are left out."""
    objects = osmium.FileProcessor(path).with_locations()
    for way in objects.with_filter(osmium.filter.KeyFilter("highway")):
        if not isinstance(way, osmium.osm.Way):
            continue
        tags = way.tags
        kind = tags["highway"].removesuffix("_link")
        if kind not in ROADS or tags.get("service") in YARDS or tags.get("area") == "yes":
            continue
        if tags.get("access") in {"private", "no"}:
            continue
        # an object is invalid outside this loop, so all of it is copied
        places = [
            (node.ref, node.location.lon, node.location.lat)
            for node in way.nodes
            if node.location.valid()
        ]
        oneway = tags.get("oneway", "")
        circular = tags.get("junction") in {"roundabout", "circular"} or kind == "motorway"
        forward = oneway in {"yes", "true", "1"} or (circular and oneway != "no")
        backward = oneway in {"-1", "reverse"}
        if backward:
            places.reverse()
        yield Way(way.id, tags.get("name") or "", forward or backward, places)


def _split(places: Sequence[Place], uses: Counter[int]) -> Iterator[Sequence[Place]]:
    """Split a way at every node that is used more than once; halve what would be a ring."""
    last = len(places) - 1
    cuts = [at for at, place in enumerate(places) if at in {0, last} or uses[place[0]] > 1]
    for first, final in pairwise(cuts):
        part = places[first : final + 1]
        if part[0][0] != part[-1][0]:
            yield part
        elif len(part) > 3:
            half = len(part) // 2
            yield part[: half + 1]
            yield part[half:]


def _largest_strong_part(
    parts: Sequence[tuple[str, Way, Sequence[Place]]],
) -> list[tuple[str, Way, Sequence[Place]]]:
    """Keep the sections whose ends can all be reached from each other."""
    ends = np.array([[part[0][0], part[-1][0]] for _, _, part in parts]).reshape(-1, 2)
    nodes, ends = np.unique(ends, return_inverse=True)
    start, goal = ends.reshape(-1, 2).T
    both = np.array([not way.oneway for _, way, _ in parts], dtype=np.bool_)
    tail, head = np.concatenate([start, goal[both]]), np.concatenate([goal, start[both]])
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(len(nodes), len(nodes)))
    _, label = connected_components(graph, directed=True, connection="strong")
    inside = label[start] == label[goal]
    largest = np.argmax(np.bincount(label[start][inside])) if inside.any() else -1
    chosen = np.flatnonzero(inside & (label[start] == largest))
    return [parts[index] for index in chosen.tolist()]


def _facilities(parts: Sequence[tuple[str, Way, Sequence[Place]]]) -> list[Facility]:
    """Put a depot and transfer stations at the outermost junctions that no grid collects."""
    named = {place[0] for _, way, part in parts if way.name for place in (part[0], part[-1])}
    ends = {place for _, _, part in parts for place in (part[0], part[-1])}
    places = sorted(place for place in ends if place[0] not in named) or sorted(ends)
    spots = np.array([place[1:] for place in places])
    west, east = int(np.argmin(spots[:, 0])), int(np.argmax(spots[:, 0]))
    south, north = int(np.argmin(spots[:, 1])), int(np.argmax(spots[:, 1]))
    return [
        Facility("depot", "Depot", *spots[west].tolist()),
        *(
            Facility("transfer_station", f"Transfer station {number}", *spots[spot].tolist())
            for number, spot in enumerate((east, south, north), start=1)
        ),
    ]
