"""Drawn sections as the features of streets.geojson (RFC 7946), one feature a line."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from geofence.overrides.lines import DECIMALS
from geofence.survey.streets import DrawnSection

Feature = Mapping[str, Any]


def features_of(sections: Iterable[DrawnSection]) -> list[Feature]:
    """Make the features; ``map_name`` and ``road_class`` are for people, nothing reads them."""
    return [_feature(section) for section in sections]


def render_streets(features: Sequence[Feature], *, note: str) -> str:
    """Write a FeatureCollection with a note on where the lines come from."""
    head = json.dumps({"type": "FeatureCollection", "note": note}, ensure_ascii=False)
    lines = ",\n".join(
        json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features
    )
    return f'{head[:-1]}, "features": [\n{lines}\n]}}\n'


def _feature(section: DrawnSection) -> Feature:
    properties: dict[str, Any] = {
        "id": section.id,
        "name": section.name,
        "grids": list(section.grids),
        "oneway": section.oneway,
    }
    if section.mentions:
        properties["mentions"] = list(section.mentions)
    if section.map_name and section.map_name != section.name:
        properties["map_name"] = section.map_name
    if section.road_class:
        properties["road_class"] = section.road_class
    coordinates = np.round(section.line, DECIMALS).tolist()
    geometry = {"type": "LineString", "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}
