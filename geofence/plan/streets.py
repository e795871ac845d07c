"""The GeoJSON files of a plan: sections of streets, and the facilities trucks go to."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from geofence.plan.fault import FaultCode
from geofence.plan.plan import Facility, Section, street_name
from geofence.plan.strays import find_stray_facilities, find_strays
from geofence.plan.table import FaultList, KnownNames, nearest
from geofence.plan.work import read_tasks

FACILITY_KINDS = ("depot", "transfer_station")
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326")

Feature = Mapping[str, Any]


def read_features(path: Path, faults: FaultList, key: str) -> tuple[list[Any], bool]:
    """Read the features of a GeoJSON file, and whether the file calls itself schematic.

    `key` is the plan's key that names the file, for a fault to point at.
    """
    try:
        collection = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        faults.add(
            FaultCode.FILE_ABSENT, "", None,
            f"it cannot be read ({error.strerror}); put it there or change {key} in the plan",
        )  # fmt: skip
    except UnicodeDecodeError as error:
        faults.add(FaultCode.NOT_UTF8, f"byte {error.start}", None, "save the file as UTF-8")
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        faults.add(FaultCode.JSON_SYNTAX, where, None, f"mend the JSON: {error.msg}")
    except (RecursionError, ValueError) as error:
        faults.add(FaultCode.JSON_SYNTAX, "", None, f"mend the JSON: {error}")
    else:
        return _features(collection, faults)
    return [], False


def _features(collection: object, faults: FaultList) -> tuple[list[Any], bool]:
    if not isinstance(collection, Mapping) or collection.get("type") != "FeatureCollection":
        kind = collection.get("type") if isinstance(collection, Mapping) else collection
        faults.add(FaultCode.GEOJSON_KIND, "type", kind, "the file must be a FeatureCollection")
        return [], False
    crs = collection.get("crs")
    if crs is not None and not _is_wgs84(crs):
        faults.add(
            FaultCode.GEOJSON_KIND, "crs", json.dumps(crs),
            "GeoJSON is in WGS 84; convert the file and drop the key crs",
        )  # fmt: skip
    features = collection.get("features")
    if not isinstance(features, list):
        faults.add(FaultCode.WRONG_TYPE, "features", features, "it must be a list of features")
        return [], False
    return features, collection.get("schematic") is True


def _is_wgs84(crs: object) -> bool:
    """Whether a crs, of the GeoJSON of 2008 or a bare name, is the one that GeoJSON is in."""
    named = crs.get("properties", {}) if isinstance(crs, Mapping) else crs
    name = named.get("name") if isinstance(named, Mapping) else named
    return isinstance(name, str) and name.endswith(_WGS84_NAMES)


def read_sections(
    features: list[Any], faults: FaultList, grid_ids: Collection[str]
) -> tuple[Section, ...]:
    """Make sections of LineString features, sorted by id."""
    if not features and not faults.faults:
        faults.add(FaultCode.EMPTY, "features", None, "draw at least one section")
    sections: dict[str, Section] = {}
    where_of: dict[str, str] = {}
    known_grids = KnownNames(grid_ids)
    for where, properties, feature in _objects(features, faults):
        coordinates = _line(where, feature, faults)
        section_id = _section_id(where, properties, faults)
        written = _optional_text(where, properties, "name", faults)
        name = street_name(written)
        grids = _grids(where, properties, faults, known_grids)
        oneway = properties.get("oneway")
        if not isinstance(oneway, bool | None):
            faults.add(
                FaultCode.WRONG_TYPE,
                f"{where} oneway",
                oneway,
                "write true or false, not in quotes",
            )
        if grids and not name and isinstance(properties.get("name"), str | None):
            faults.add(
                FaultCode.EMPTY, f"{where} name", properties.get("name"),
                "a section that a grid must collect needs the name of its street",
            )  # fmt: skip
        if section_id in sections:
            faults.add(
                FaultCode.ID_REPEATED, f"{where} id", section_id,
                "another section has this id; give each its own",
            )  # fmt: skip
        elif section_id and coordinates is not None:
            sections[section_id] = Section(
                section_id, name, grids, oneway is True, coordinates,
                mentions=_mentions(where, properties, faults),
                written_name="" if written == name else written,
                tasks=read_tasks(properties.get("tasks"), f"{where} tasks", faults),
            )  # fmt: skip
            where_of[section_id] = where
    find_strays(list(sections.values()), where_of, faults)
    return tuple(sections[section_id] for section_id in sorted(sections))


def read_facilities(
    features: list[Any], faults: FaultList, sections: Sequence[Section] = ()
) -> tuple[Facility, ...]:
    """Make facilities of Point features, in order of kind and name; `sections` are the plan's."""
    facilities: list[tuple[str, Facility]] = []
    for where, properties, feature in _objects(features, faults):
        kind = properties.get("kind")
        if kind not in FACILITY_KINDS:
            remedy = f"write one of {', '.join(FACILITY_KINDS)}{nearest(str(kind), FACILITY_KINDS)}"
            faults.add(FaultCode.WRONG_TYPE, f"{where} kind", kind, remedy)
            kind = None
        name = _optional_text(where, properties, "name", faults)
        geometry = _geometry(where, feature, "Point", faults)
        if geometry is None:
            continue
        position = _position(where, geometry.get("coordinates"), faults)
        if position is not None and kind is not None:
            known = cast("Literal['depot', 'transfer_station']", kind)
            facilities.append((where, Facility(known, name, *position)))
    find_stray_facilities(facilities, sections, faults)
    found = (facility for _, facility in facilities)
    return tuple(sorted(found, key=lambda one: (one.kind, one.name, one.longitude, one.latitude)))


def _objects(
    features: list[Any], faults: FaultList
) -> Iterator[tuple[str, Mapping[str, Any], Feature]]:
    """Give where, properties and feature of each feature that is one."""
    for index, feature in enumerate(features):
        where = f"features[{index}]"
        if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
            faults.add(FaultCode.GEOJSON_KIND, where, feature, "it must be a Feature")
            continue
        properties = feature.get("properties")
        if not isinstance(properties, Mapping):
            faults.add(
                FaultCode.KEY_ABSENT, f"{where} properties", properties, "add the properties"
            )
            continue
        name = properties.get("id")
        if isinstance(name, str) and name.strip():
            where = f"{where} ({name.strip()})"
        yield where, properties, feature


def _section_id(where: str, properties: Mapping[str, Any], faults: FaultList) -> str:
    section_id = properties.get("id")
    if isinstance(section_id, str) and section_id.strip():
        return section_id.strip()
    code = FaultCode.WRONG_TYPE
    if section_id is None:
        code = FaultCode.KEY_ABSENT
    elif isinstance(section_id, str):
        code = FaultCode.EMPTY
    faults.add(
        code, f"{where} id", section_id, "give the section an id of its own: a text, in quotes"
    )
    return ""


def _optional_text(where: str, properties: Mapping[str, Any], key: str, faults: FaultList) -> str:
    value = properties.get(key)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    faults.add(FaultCode.WRONG_TYPE, f"{where} {key}", value, "write a text in quotes")
    return ""


def _grids(
    where: str, properties: Mapping[str, Any], faults: FaultList, grid_ids: KnownNames
) -> tuple[str, ...]:
    place = f"{where} grids"
    value = properties.get("grids")
    if "grids" not in properties:
        faults.add(FaultCode.KEY_ABSENT, place, None, "list the grids; [] if none is responsible")
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        faults.add(FaultCode.WRONG_TYPE, place, value, 'write a list of grid ids, as in ["JY01"]')
        return ()
    for grid_id in value:
        if grid_id not in grid_ids:
            faults.add(
                FaultCode.REFERENCE_UNKNOWN, place, grid_id,
                f"the plan has no such grid{grid_ids.nearest(grid_id)}",
            )  # fmt: skip
    if len(set(value)) < len(value):
        faults.add(FaultCode.VALUE_REPEATED, place, ", ".join(value), "list each grid once")
    return tuple(sorted(set(value)))


def _mentions(where: str, properties: Mapping[str, Any], faults: FaultList) -> tuple[str, ...]:
    value = properties.get("mentions")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        faults.add(
            FaultCode.WRONG_TYPE, f"{where} mentions", value,
            "list the words of grids for this street, or leave it out",
        )  # fmt: skip
        return ()
    return tuple(dict.fromkeys(filter(None, map(street_name, value))))


def _geometry(
    where: str, feature: Feature, kind: str, faults: FaultList
) -> Mapping[str, Any] | None:
    geometry = feature.get("geometry")
    found = geometry.get("type") if isinstance(geometry, Mapping) else geometry
    if isinstance(geometry, Mapping) and found == kind:
        return geometry
    remedy = f"draw it as a {kind}"
    if found == "MultiLineString":
        remedy += "; split it into one section a line, each with an id of its own"
    faults.add(FaultCode.GEOJSON_KIND, f"{where} geometry", found, remedy)
    return None


def _line(where: str, feature: Feature, faults: FaultList) -> NDArray[np.float64] | None:
    """Read a line's positions, shape (n, 2); a third number of a position is its height."""
    geometry = _geometry(where, feature, "LineString", faults)
    if geometry is None:
        return None
    positions = geometry.get("coordinates")
    if not isinstance(positions, list):
        faults.add(FaultCode.WRONG_TYPE, f"{where} coordinates", positions, "list its positions")
        return None
    line = [_position(f"{where} coordinates[{i}]", at, faults) for i, at in enumerate(positions)]
    kept = [position for position in line if position is not None]
    if len(kept) < len(line):
        return None
    if len(set(kept)) < 2:
        faults.add(
            FaultCode.LINE_DEGENERATE, f"{where} coordinates", f"{len(kept)} positions",
            "a line needs at least two distinct positions",
        )  # fmt: skip
        return None
    return np.array(kept, dtype=np.float64)


def _position(where: str, position: object, faults: FaultList) -> tuple[float, float] | None:
    if (
        not isinstance(position, list)
        or len(position) < 2
        or not all(type(number) in {int, float} for number in position)
    ):
        faults.add(
            FaultCode.WRONG_TYPE, where, position, "write a position as [longitude, latitude]"
        )
        return None
    longitude, latitude = position[0], position[1]
    if -180 <= longitude <= 180 and -90 <= latitude <= 90:
        return float(longitude), float(latitude)
    value = f"[{longitude}, {latitude}]"
    if -90 <= longitude <= 90 and -180 <= latitude <= 180:
        faults.add(
            FaultCode.COORDINATES_SWAPPED, where, value, "write the longitude before the latitude"
        )
    else:
        faults.add(
            FaultCode.COORDINATE_RANGE, where, value,
            "longitude is -180 to 180, latitude -90 to 90 degrees; convert other systems to WGS 84",
        )  # fmt: skip
    return None
