"""A record of evidence drawn: its stretches and gaps as GeoJSON."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from analytics.evidence import Evidence, GapRecord, SectionRecord
from geofence.projection import LocalProjection


def evidence_geojson(record: Evidence) -> dict[str, Any]:
    """Draw what was covered, is missing, is ambiguous, and where nobody was seen."""
    projection = LocalProjection(record.origin.longitude, record.origin.latitude)
    features = [
        *(each for section in record.sections for each in _stretches(section, projection)),
        *(each for gap in record.gaps for each in _gap(gap, projection)),
    ]
    return {"type": "FeatureCollection", "features": features}


def _stretches(section: SectionRecord, projection: LocalProjection) -> Iterator[dict[str, Any]]:
    for kind, found in (("covered", section.covered), ("ambiguous", section.ambiguous)):
        for each in found:
            yield _line(
                _part(section, each.from_m, each.to_m),
                projection,
                {
                    "kind": kind, "section": section.id, "from_ms": each.from_ms,
                    "to_ms": each.to_ms,
                },
            )  # fmt: skip
    for from_m, to_m in section.missing:
        yield _line(
            _part(section, from_m, to_m), projection, {"kind": "missing", "section": section.id}
        )


def _gap(gap: GapRecord, projection: LocalProjection) -> Iterator[dict[str, Any]]:
    if gap.from_xy is None or gap.to_xy is None:
        return
    yield _line(
        np.array([gap.from_xy, gap.to_xy]),
        projection,
        {
            "kind": "gap", "vehicle": gap.vehicle_id, "silent": gap.kind == "silent",
            "from_ms": gap.started_ms, "to_ms": gap.finished_ms,
        },
    )  # fmt: skip


def _part(section: SectionRecord, from_m: float, to_m: float) -> "np.ndarray[Any, Any]":
    """Cut a stretch out of a section's line."""
    measure, east, north = np.array(section.line).T
    inside = measure[(measure > from_m) & (measure < to_m)]
    along = np.array([from_m, *inside, to_m])
    return np.stack([np.interp(along, measure, east), np.interp(along, measure, north)], axis=1)


def _line(
    points: "np.ndarray[Any, Any]", projection: LocalProjection, properties: dict[str, Any]
) -> dict[str, Any]:
    longitude, latitude = projection.to_degrees(points[:, 0], points[:, 1])
    places = np.round(np.stack([longitude, latitude], axis=1), 6).tolist()
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": places},
    }
