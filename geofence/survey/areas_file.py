"""Polygons of grids in a GeoJSON file, with what is excepted from them and what a plan may need."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.plan.fault import FaultCode, PlanError
from geofence.plan.streets import read_features
from geofence.plan.table import FaultList, KnownNames
from geofence.survey.lines import metres_from

BORDER_M = 15.0
"""Areas may overlap by so much to either side of their border, as people draw them."""
_KINDS = ("Polygon", "MultiPolygon")
_LISTS = ("only", "exclude", "add", "vehicles", "windows")
_ID_KEYS = {"operator", "vehicles"}


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The area of one grid."""

    grid_id: str
    polygon: BaseGeometry
    only: tuple[str, ...] = ()
    """If not empty: of the streets inside these alone, by name."""
    exclude: tuple[str, ...] = ()
    """Streets inside that the grid does not collect, by name."""
    add: tuple[str, ...] = ()
    """Streets elsewhere that it collects too, by name."""
    operator: str = ""
    vehicles: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    days: str = ""


def read_areas(path: Path, grid_ids: Collection[str] | None = None) -> tuple[Area, ...]:
    """Read the areas, in the order of the file.

    Parameters
    ----------
    grid_ids
        Grids that there are; None takes any.

    Raises
    ------
    PlanError
        If anything is wrong; it carries every fault.
    """
    faults = FaultList(path.name)
    features, _ = read_features(path, faults, "--areas")
    known = None if grid_ids is None else KnownNames(grid_ids)
    areas: dict[str, Area] = {}
    for where, properties, geometry in _polygons(features, faults):
        grid_id = _grid_id(where, properties, faults)
        if known is not None and grid_id and grid_id not in known:
            faults.add(
                FaultCode.REFERENCE_UNKNOWN, f"{where} grid", grid_id,
                f"the plan has no such grid{known.nearest(grid_id)}",
            )  # fmt: skip
        if grid_id in areas:
            faults.add(
                FaultCode.ID_REPEATED, f"{where} grid", grid_id,
                "another area has this grid; make one MultiPolygon of the two",
            )  # fmt: skip
        polygon = _polygon(where, geometry, faults)
        only, exclude, add, vehicles, windows = (
            _texts(where, properties, key, faults) for key in _LISTS
        )
        operator, days = (_text(where, properties, key, faults) for key in ("operator", "days"))
        if polygon is not None and grid_id:
            area = Area(grid_id, polygon, only, exclude, add, operator, vehicles, windows, days)
            areas.setdefault(grid_id, area)
    if not features and not faults.faults:
        faults.add(FaultCode.EMPTY, "features", None, "draw at least one area")
    if faults.faults:
        raise PlanError(faults.faults)
    return tuple(areas.values())


def overlaps(areas: Sequence[Area]) -> list[tuple[str, str, float]]:
    """Give pairs of grids whose areas overlap by more than a border, with the square kilometres."""
    shapes = np.array([area.polygon for area in areas], dtype=object)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    found = []
    for one, other in sorted({(int(a), int(b)) for a, b in pairs.T if a < b}):
        common = shapely.intersection(shapes[one], shapes[other])
        origin = np.array(common.bounds[:2])
        metres = shapely.transform(common, partial(metres_from, origin))
        if not metres.buffer(-BORDER_M).is_empty:
            found.append((areas[one].grid_id, areas[other].grid_id, metres.area / 1e6))
    return found


def _polygons(
    features: list[Any], faults: FaultList
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for index, feature in enumerate(features):
        where = f"features[{index}]"
        if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
            faults.add(FaultCode.GEOJSON_KIND, where, feature, "it must be a Feature")
            continue
        properties, geometry = feature.get("properties"), feature.get("geometry")
        kind = geometry.get("type") if isinstance(geometry, Mapping) else geometry
        if not isinstance(properties, Mapping):
            faults.add(
                FaultCode.KEY_ABSENT, f"{where} properties", properties, "add the properties"
            )
        elif not isinstance(geometry, Mapping) or kind not in _KINDS:
            faults.add(
                FaultCode.GEOJSON_KIND, f"{where} geometry", kind,
                "draw it as a Polygon or MultiPolygon",
            )  # fmt: skip
        else:
            yield where, properties, geometry


def _grid_id(where: str, properties: Mapping[str, Any], faults: FaultList) -> str:
    value = _id_text(properties.get("grid", properties.get("id")))
    if isinstance(value, str) and value.strip():
        return value.strip()
    code = FaultCode.KEY_ABSENT if value is None else FaultCode.WRONG_TYPE
    faults.add(code, f"{where} grid", value, "name the grid: a text or a whole number")
    return ""


def _id_text(value: object) -> object:
    """Write a whole number as text: maps often keep ids in columns of numbers."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _polygon(where: str, geometry: Mapping[str, Any], faults: FaultList) -> BaseGeometry | None:
    try:
        polygon = shapely.geometry.shape(dict(geometry))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.GEOSException):
        faults.add(
            FaultCode.WRONG_TYPE, f"{where} coordinates", geometry.get("coordinates"),
            "list rings of positions, each [longitude, latitude]",
        )  # fmt: skip
        return None
    west, south, east, north = polygon.bounds if not polygon.is_empty else (0.0, 0.0, 0.0, 0.0)
    if polygon.is_empty:
        faults.add(FaultCode.EMPTY, f"{where} coordinates", None, "draw an area, not a line")
    elif not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        faults.add(
            FaultCode.COORDINATE_RANGE, f"{where} coordinates",
            f"[{west:g}, {south:g}] to [{east:g}, {north:g}]",
            "write degrees in WGS 84, longitude before latitude; convert other systems",
        )  # fmt: skip
    elif not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)
        faults.add(
            FaultCode.GEOJSON_KIND, f"{where} geometry", reason,
            "draw the ring so that it does not cross or touch itself",
        )  # fmt: skip
    else:
        return polygon
    return None


def _texts(
    where: str, properties: Mapping[str, Any], key: str, faults: FaultList
) -> tuple[str, ...]:
    """Read a list of texts, or one text with semicolons, as tools for maps keep lists."""
    value = properties.get(key)
    if key in _ID_KEYS:
        value = [_id_text(each) for each in value] if isinstance(value, list) else _id_text(value)
    items = value.split(";") if isinstance(value, str) else value
    if items is None:
        return ()
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        faults.add(
            FaultCode.WRONG_TYPE, f"{where} {key}", value,
            'write a list of texts, or one text such as "A;B"',
        )  # fmt: skip
        return ()
    return tuple(dict.fromkeys(item.strip() for item in items if item.strip()))


def _text(where: str, properties: Mapping[str, Any], key: str, faults: FaultList) -> str:
    value = properties.get(key)
    if key in _ID_KEYS:
        value = _id_text(value)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    faults.add(FaultCode.WRONG_TYPE, f"{where} {key}", value, "write a text in quotes")
    return ""
