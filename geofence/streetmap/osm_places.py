"""Places of an OpenStreetMap extract: what bears a name and is no street."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geofence.streetmap.extract.extract import Extract, NamedArea, Tags, Ways
from geofence.streetmap.osm_tags import names_of
from geofence.streetmap.runs import laid_out
from geofence.streetmap.street_map import Names, Place

_KINDS = (
    "place", "amenity", "shop", "landuse", "leisure", "tourism", "historic", "healthcare",
    "aeroway", "public_transport", "man_made", "building", "office", "industrial", "craft",
    "residential", "natural", "waterway", "junction",
)  # fmt: skip
"""Keys that say what a place is; the first that is there does."""
_STATIONS = frozenset(("station", "halt", "tram_stop", "subway_entrance", "yard"))
"""Of ``railway``: its lines are no places."""
_CARRIED = ("bridge", "tunnel")
"""What a street lies on, or in, may have a name of its own: ``bridge:name``."""


def places_of(extract: Extract) -> list[Place]:
    """Find all places: nodes, then ways, then areas of several ways, each by id."""
    return [*_nodes(extract), *_ways(extract), *_areas(extract)]


def _nodes(extract: Extract) -> list[Place]:
    meant = [
        (node, names, kind)
        for node in sorted(extract.nodes, key=lambda node: node.id)
        if (kind := kind_of(node.tags)) and (names := names_of(node.tags))
    ]
    spots = [(node.longitude_deg, node.latitude_deg) for node, _, _ in meant]
    shapes = np.asarray(shapely.points(np.array(spots).reshape(-1, 2))).tolist()
    return [
        Place(f"n{node.id}", names, kind, shape)
        for (node, names, kind), shape in zip(meant, shapes, strict=True)
    ]


def kind_of(tags: Tags) -> str | None:
    """Say what a place is in the map's own words; None if it is none."""
    if tags.get("railway") in _STATIONS:
        return f"railway={tags['railway']}"
    if tags.get("area") == "yes" and "highway" in tags:
        return f"highway={tags['highway']}"
    if "highway" in tags:
        return None
    key = next((key for key in _KINDS if tags.get(key, "no") != "no"), None)
    return f"{key}={tags[key]}" if key else None


def _meaning(tags: Tags) -> tuple[Names, str] | None:
    """Tell names and kind of a way that is a place, or bears the name of what carries it."""
    if "highway" in tags:
        for key in _CARRIED:
            if name := tags.get(f"{key}:name", "").strip():
                return Names(name), f"{key}={tags.get(key, 'yes')}"
    kind = kind_of(tags)
    names = names_of(tags) if kind else None
    return (names, kind) if kind and names else None


def _ways(extract: Extract) -> Iterator[Place]:
    ways = extract.ways
    meanings = [_meaning(tags) for tags in extract.tag_sets]
    has_meaning = np.array([meaning is not None for meaning in meanings], dtype=np.bool_)
    chosen = np.flatnonzero(has_meaning[ways.tags]) if len(ways.ids) else np.empty(0, dtype=int)
    chosen = chosen[np.argsort(ways.ids[chosen], kind="stable")]
    for way, shape in zip(chosen.tolist(), _shapes(ways, chosen), strict=True):
        meaning = meanings[ways.tags[way]]
        if shape is not None and meaning:
            names, kind = meaning
            yield Place(f"w{ways.ids[way]}", names, kind, shape)


def _shapes(ways: Ways, chosen: NDArray[np.int64]) -> Sequence[BaseGeometry | None]:
    """Draw ways: a closed one is an area; None of one that has neither area nor length."""
    counts = np.diff(ways.first_node)[chosen]
    owner = np.repeat(np.arange(len(chosen)), counts)
    first, at = laid_out(ways.first_node[chosen], counts)
    places, nodes = ways.places[at], ways.nodes[at]
    closed = np.zeros(len(chosen), dtype=np.bool_)
    some = counts > 0
    closed[some] = nodes[first[:-1][some]] == nodes[first[1:][some] - 1]
    there = ~np.isnan(places[:, 0])
    left = np.bincount(owner[there], minlength=len(chosen))
    closed &= (left >= 4) & (left == counts)
    shapes = np.full(len(chosen), None, dtype=object)
    for draw, which in ((_areas_in, closed), (_lines_in, ~closed & (left >= 2))):
        taken = there & which[owner]
        if taken.any():
            number = np.cumsum(which) - 1
            shapes[which] = draw(places[taken], indices=number[owner[taken]])
    return shapes.tolist()


def _areas_in(places: NDArray[np.float64], *, indices: NDArray[np.int64]) -> NDArray[np.object_]:
    rings = np.asarray(shapely.linearrings(places, indices=indices))
    areas = np.asarray(shapely.polygons(rings))
    wrong = ~shapely.is_valid(areas)
    areas[wrong] = shapely.make_valid(areas[wrong], method="structure", keep_collapsed=False)
    areas[shapely.area(areas) == 0] = None
    return areas


def _lines_in(places: NDArray[np.float64], *, indices: NDArray[np.int64]) -> NDArray[np.object_]:
    lines = np.asarray(shapely.linestrings(places, indices=indices))
    lines[shapely.length(lines) == 0] = None
    return lines


def _areas(extract: Extract) -> Iterator[Place]:
    bounds = extract.bounds
    index_of = {way: index for index, way in enumerate(bounds.ids.tolist())}
    lines = _shapes_of_lines(bounds)
    for area in sorted(extract.areas, key=lambda area: area.id):
        kind, names = kind_of({**area.tags, "area": "yes"}), names_of(area.tags)
        if kind and names:
            shape = _area_between(area, index_of, lines)
            if shape is not None:
                yield Place(f"r{area.id}", names, kind, shape)


def _shapes_of_lines(bounds: Ways) -> list[BaseGeometry | None]:
    shapes: list[BaseGeometry | None] = []
    for first, end in zip(bounds.first_node[:-1], bounds.first_node[1:], strict=True):
        places = bounds.places[first:end]
        places = places[~np.isnan(places[:, 0])]
        shapes.append(shapely.LineString(places) if len(places) > 1 else None)
    return shapes


def _area_between(
    area: NamedArea, index_of: dict[int, int], lines: Sequence[BaseGeometry | None]
) -> BaseGeometry | None:
    """Draw what the ways of a relation enclose; None if they enclose nothing."""
    numbers = [index_of[way] for way in dict.fromkeys(area.ways) if way in index_of]
    bounding = [line for number in numbers if (line := lines[number]) is not None]
    if not bounding:
        return None
    # lines that cross or overlap are noded first, without which nothing is enclosed
    shape = shapely.build_area(shapely.union_all(bounding))
    return None if shape.is_empty else shape
