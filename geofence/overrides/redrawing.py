"""Sections of streets.geojson cut in two, joined and assigned: new features, the old unharmed."""

from collections.abc import Mapping, Sequence
from typing import Any

from geofence.overrides.lines import Line, LineError, cut_line, join_lines
from geofence.overrides.overrides import Assign, Cut, Join

Feature = Mapping[str, Any]
"""A LineString of streets.geojson with id, name, grids and oneway."""


def cut_feature(feature: Feature, cut: Cut) -> tuple[Feature, Feature]:
    """Make two features of one, alike but for id and line.

    Raises
    ------
    LineError
        If it cannot be cut there.
    """
    first, second = cut_line(line_of(feature), cut.at)
    ids = cut.outputs
    return _redrawn(feature, first, id=ids[0]), _redrawn(feature, second, id=ids[1])


def join_features(features: Sequence[Feature], join: Join) -> Feature:
    """Make one feature of several, each of which meets what those before it make.

    It runs as the first one does, and has the first name, grids and tasks that any of them has.

    Raises
    ------
    LineError
        If they do not meet, or are no way that traffic may follow as one.
    """
    oneways = {feature["properties"].get("oneway") is True for feature in features}
    if len(oneways) > 1:
        raise LineError("mixed", "traffic follows one direction in a part of them only")
    line: Line = line_of(features[0])
    for feature in features[1:]:
        line = join_lines(line, line_of(feature), directed=True in oneways)
    of_all = [feature["properties"] for feature in features]
    given = {
        key: next((each[key] for each in of_all if each.get(key)), of_all[0].get(key))
        for key in ("name", "grids", "tasks")
        if key in ("name", "grids") or any(each.get(key) for each in of_all)
    }
    return _redrawn(features[0], line, id=join.outputs[0], **given)


def assign_feature(feature: Feature, assign: Assign) -> Feature:
    """Give a feature the grids, and maybe the name and the direction, that were decided."""
    properties = {**feature["properties"], "grids": list(assign.grids)}
    if assign.name is not None:
        properties["name"] = assign.name
    if assign.oneway is not None:
        properties["oneway"] = assign.oneway
    return {**feature, "properties": properties}


def line_of(feature: Feature) -> Line:
    """Give the positions of a feature."""
    line: Line = feature["geometry"]["coordinates"]
    return line


def _redrawn(feature: Feature, line: Line, **properties: object) -> Feature:
    return {
        **feature,
        "properties": {**feature["properties"], **properties},
        "geometry": {**feature["geometry"], "coordinates": line},
    }
