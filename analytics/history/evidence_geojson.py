"""Evidence for a map: what was covered, missed and in doubt, and gaps, as GeoJSON (RFC 7946)."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from analytics.history.street_events import StreetEvent
from analytics.verdicts.evidence import Covered, Evidence, GapRecord, SectionRecord
from geofence.network.projection import LocalProjection
from geofence.seen.observation import Floats
from ingest.decoding.instant import format_instant

_DECIMALS = 7
"""Of a degree: a centimetre."""
_HALF_DEG = 180.0


def evidence_geojson(
    records: Sequence[Evidence], events: Sequence[tuple[str, StreetEvent]] = ()
) -> dict[str, Any]:
    """Draw the records of streets as one collection of features in WGS 84.

    The property ``kind`` of a feature is ``covered``, ``missing`` or ``ambiguous`` for stretches of
    a section, drawn in the direction of travel where there is one, and ``gap``. A gap is a line
    from the fix before it to the fix after it, a point if it has one end, and has no geometry if
    nobody knows either. A line across 180° is one of two parts. Gaps of one window are drawn once,
    though each of its streets has them. An event near a street, whose name stands before it in
    `events`, is a point of the kind ``event``.
    """
    features: list[dict[str, Any]] = []
    gaps: dict[tuple[str, GapRecord], dict[str, Any]] = {}
    for record in records:
        projection = LocalProjection(record.origin.longitude, record.origin.latitude)
        features += (
            feature
            for section in record.sections
            for feature in _stretches(record, section, projection)
        )
        for gap in record.gaps:
            gaps.setdefault((record.window, gap), _gap(record, gap, projection))
    features += gaps.values()
    features += (_event(street, each) for street, each in events)
    return {"type": "FeatureCollection", "features": features}


def _event(street: str, found: StreetEvent) -> dict[str, Any]:
    event = found.event
    place = [round(found.longitude, _DECIMALS), round(found.latitude, _DECIMALS)]
    properties = {
        "kind": "event",
        "event": str(event.kind),
        "street": street,
        "vehicle_id": event.vehicle_id,
        "at": format_instant(event.event_time_ms),
        "reference": event.reference,
        "weight_kg": event.weight_kg,
        "place": "told" if found.is_told else "from fixes",
        "distance_m": round(found.distance_m, 1),
    }
    return _feature({"type": "Point", "coordinates": place}, properties)


def _stretches(
    record: Evidence, section: SectionRecord, projection: LocalProjection
) -> Iterator[dict[str, Any]]:
    about = {**_about(record), "street": record.street, "verdict": str(record.verdict)}
    for kind, found in (("covered", section.covered), ("ambiguous", section.ambiguous)):
        for run in found:
            properties = {
                **about,
                "kind": kind,
                **_where(section, run.from_m, run.to_m),
                "started_at": format_instant(min(run.from_ms, run.to_ms)),
                "finished_at": format_instant(max(run.from_ms, run.to_ms)),
                "in_time": max(run.from_ms, run.to_ms) < record.grace_end_ms,
            }
            yield _feature(_line(_driven(section, run), projection), properties)
    for from_m, to_m in section.missing:
        properties = {**about, "kind": "missing", **_where(section, from_m, to_m)}
        yield _feature(_line(_part(section, from_m, to_m), projection), properties)


def _gap(record: Evidence, gap: GapRecord, projection: LocalProjection) -> dict[str, Any]:
    properties = {
        **_about(record),
        "kind": "gap",
        "vehicle_id": gap.vehicle_id,
        "gap": gap.kind,
        "started_at": None if gap.started_ms is None else format_instant(gap.started_ms),
        "finished_at": None if gap.finished_ms is None else format_instant(gap.finished_ms),
    }
    ends = [place for place in (gap.from_xy, gap.to_xy) if place is not None]
    if not ends:
        return _feature(None, properties)
    return _feature(_line(np.array(ends), projection), properties)


def _about(record: Evidence) -> dict[str, str]:
    return {
        "service_date": record.service_date,
        "grid_id": record.grid_id,
        "window": record.window,
    }


def _where(section: SectionRecord, from_m: float, to_m: float) -> dict[str, Any]:
    return {"section": section.id, "from_m": round(from_m, 2), "to_m": round(to_m, 2)}


def _driven(section: SectionRecord, run: Covered) -> Floats:
    places = _part(section, run.from_m, run.to_m)
    return places[::-1] if run.to_ms < run.from_ms else places


def _part(section: SectionRecord, from_m: float, to_m: float) -> Floats:
    """Cut a stretch out of a section's line: shape (n, 2), metres east and north."""
    measure, x, y = np.array(section.line).T
    inside = measure[(measure > from_m) & (measure < to_m)]
    along = np.concatenate([[from_m], inside, [to_m]])
    return np.stack([np.interp(along, measure, x), np.interp(along, measure, y)], axis=1)


def _line(places: Floats, projection: LocalProjection) -> dict[str, Any]:
    longitude, latitude = projection.to_degrees(places[:, 0], places[:, 1])
    positions = np.stack([longitude, latitude], axis=1).round(_DECIMALS).tolist()
    if len(positions) == 1 or all(position == positions[0] for position in positions):
        return {"type": "Point", "coordinates": positions[0]}
    parts = _cut_at_180(positions)
    if len(parts) > 1:
        return {"type": "MultiLineString", "coordinates": parts}
    return {"type": "LineString", "coordinates": positions}


def _cut_at_180(line: list[list[float]]) -> list[list[list[float]]]:
    """Cut a line where it crosses 180°, as RFC 7946 has it: there a map begins anew."""
    parts = [[line[0]]]
    for (west, south), (east, north) in pairwise(line):
        if abs(east - west) > _HALF_DEG:
            side = math.copysign(_HALF_DEG, west)
            way = (side - west) + (side + east)
            share = (side - west) / way if way else 0.0
            latitude = round(south + share * (north - south), _DECIMALS)
            parts[-1].append([side, latitude])
            parts.append([[-side, latitude]])
        parts[-1].append([east, north])
    return parts


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}
