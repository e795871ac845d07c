"""The area that is wanted of a map: a polygon in WGS 84."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.runs import laid_out
from geofence.streetmap.street_map import NAMELESS, StreetMap

_Entry = TypeVar("_Entry")

_WGS_84 = ("CRS84", "EPSG:4326", "EPSG::4326")
_BROKEN = (
    AttributeError, IndexError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError,
)  # fmt: skip
"""What shapely raises of a geometry that is none."""
_AGAIN = "export it as GeoJSON in WGS 84: ogr2ogr -t_srs EPSG:4326 boundary.geojson FILE"


def read_boundary(path: Path) -> BaseGeometry:
    """Read the polygons of a GeoJSON file as one area.

    Raises
    ------
    StreetMapError
        If there is none, or it is not in longitude and latitude of WGS 84.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no GeoJSON"
        raise StreetMapError(f"{path}: cannot be read as a boundary, {reason}; {_AGAIN}") from error
    crs = _crs(document)
    if crs and not crs.endswith(_WGS_84):
        raise StreetMapError(f"{path}: crs = {crs}: is not WGS 84; {_AGAIN}")
    parts = [area for each in _geometries(document) if (area := _area(each, path)) is not None]
    if not parts:
        raise StreetMapError(f"{path}: has no polygon; draw the boundary as one, and {_AGAIN}")
    whole = shapely.union_all(parts)
    west, south, east, north = whole.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise StreetMapError(
            f"{path}: reaches from {west:.7g}, {south:.7g} to {east:.7g}, {north:.7g}, which is no "
            f"longitude and latitude but another coordinate system; {_AGAIN}"
        )
    return whole


def _crs(document: object) -> str:
    """Give the name of the coordinate system, of files made before GeoJSON had but one."""
    try:
        return str(document["crs"]["properties"]["name"])  # type: ignore[index]
    except (KeyError, TypeError):
        return ""


def _geometries(thing: object) -> Iterator[dict[str, object]]:
    if not isinstance(thing, dict):
        return
    for key in ("features", "geometries"):
        parts = thing.get(key)
        for each in parts if isinstance(parts, list) else ():
            yield from _geometries(each)
    if thing.get("type") == "Feature":
        yield from _geometries(thing.get("geometry"))
    elif thing.get("type") in {"Polygon", "MultiPolygon"}:
        yield thing


def _area(geometry: dict[str, object], path: Path) -> BaseGeometry | None:
    try:
        with np.errstate(invalid="ignore"):
            area = shape(geometry)
        finite = bool(np.isfinite(shapely.get_coordinates(area)).all())
    except _BROKEN as error:
        raise StreetMapError(f"{path}: a polygon is broken ({error}); {_AGAIN}") from error
    if not finite:
        raise StreetMapError(f"{path}: a polygon has a coordinate that is no number; {_AGAIN}")
    area = shapely.force_2d(shapely.make_valid(area))
    return None if area.area == 0 else area


def within(street_map: StreetMap, boundary: BaseGeometry, file: str) -> StreetMap:
    """Keep what lies in an area: sections whole, of which any length is inside or on the edge.

    Raises
    ------
    StreetMapError
        If no section is left; the text names where both lie.
    """
    shapely.prepare(boundary)
    kept = np.flatnonzero(_inside(street_map, boundary))
    if not len(kept):
        ours = (*street_map.coordinates.min(axis=0), *street_map.coordinates.max(axis=0))
        raise StreetMapError(
            f"{file}: has no street inside the boundary: its streets reach from {_corners(ours)}, "
            f"the boundary from {_corners(boundary.bounds)} (longitude, latitude); name the "
            "extract or the boundary of this place"
        )
    counts = np.diff(street_map.first_vertex)[kept]
    first, vertices = laid_out(street_map.first_vertex[kept], counts)
    _, ends = np.unique(street_map.ends[kept], return_inverse=True)
    name, names = _used(street_map.name[kept], street_map.names)
    road_class, classes = _used(street_map.road_class[kept], street_map.road_classes)
    places = np.array([place.geometry for place in street_map.places], dtype=object)
    near = np.flatnonzero(shapely.intersects(boundary, places))
    outside = street_map.section_count - len(kept)
    return replace(
        street_map,
        coordinates=street_map.coordinates[vertices],
        first_vertex=first,
        ends=ends.reshape(-1, 2),
        ids=[street_map.ids[section] for section in kept.tolist()],
        name=name.astype(np.int32),
        names=names,
        road_class=road_class.astype(np.int16),
        road_classes=classes,
        oneway=street_map.oneway[kept],
        structure=street_map.structure[kept],
        places=tuple(street_map.places[place] for place in near.tolist()),
        remarks=(*street_map.remarks, f"{outside} sections outside the boundary are left out"),
    )


def _inside(street_map: StreetMap, boundary: BaseGeometry) -> NDArray[np.bool_]:
    """Tell of each section whether any of its length is inside or on the edge."""
    starts = street_map.first_vertex[:-1]
    low = np.minimum.reduceat(street_map.coordinates, starts)
    high = np.maximum.reduceat(street_map.coordinates, starts)
    west, south, east, north = boundary.bounds
    inside: NDArray[np.bool_] = np.all((low <= (east, north)) & (high >= (west, south)), axis=1)
    near = np.flatnonzero(inside)
    counts = np.diff(street_map.first_vertex)
    vertices = np.repeat(inside, counts)
    owner = np.repeat(np.arange(len(near)), counts[near])
    lines = np.asarray(shapely.linestrings(street_map.coordinates[vertices], indices=owner))
    inside[near] = shapely.intersects(boundary, lines)
    # what only touches: a street along the edge belongs to the area, one that ends at it does not
    edge = near[shapely.touches(boundary, lines)]
    along = shapely.intersection(boundary, lines[np.searchsorted(near, edge)])
    inside[edge] = shapely.length(along) > 0
    return inside


def _used(
    index: NDArray[np.signedinteger], table: Sequence[_Entry]
) -> tuple[NDArray[np.int64], tuple[_Entry, ...]]:
    """Keep the entries of a table that are pointed at, in their order; `NAMELESS` stays."""
    used = np.unique(index[index >= 0])
    position = np.full(len(table) + 1, NAMELESS, dtype=np.int64)
    position[used] = np.arange(len(used))
    return position[index], tuple(table[entry] for entry in used.tolist())


def _corners(bounds: Sequence[float]) -> str:
    west, south, east, north = bounds
    return f"{west:.6g}, {south:.6g} to {east:.6g}, {north:.6g}"
