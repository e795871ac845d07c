"""The plan as documents of the interface: what there is to be shown, without contacts."""

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np

from analytics.dashboard.documents.documents import (
    BasemapDoc,
    FacilityDoc,
    OperatorDoc,
    PlanDoc,
    PlanGridDoc,
    PlanStreetDoc,
)
from geofence.network.network import Network
from geofence.network.projection import joined_degrees
from geofence.plan.plan import Grid, Plan
from ingest.time_zones import utc_offsets

LANGUAGES = ["zh", "en"]


def plan_document(
    plan: Plan, network: Network, service_date: date, basemap: BasemapDoc | None = None
) -> PlanDoc:
    """Describe a plan as it is in force on a date."""
    lines = [section.coordinates for section in plan.sections]
    points = np.concatenate(lines)
    longitude, latitude = joined_degrees(points[:, 0]), points[:, 1]
    return PlanDoc(
        version=plan.version,
        name=plan.name,
        timezone=plan.timezone,
        utc_offsets=[list(each) for each in utc_offsets(plan.timezone)],
        schematic=plan.schematic,
        languages=list(LANGUAGES),
        language=LANGUAGES[0],
        operators=[OperatorDoc(id=each.id, name=each.name) for each in plan.operators],
        grids=[_grid(plan, network, grid, service_date) for grid in plan.grids],
        facilities=[
            FacilityDoc(
                kind=each.kind, name=each.name, longitude=each.longitude, latitude=each.latitude
            )
            for each in plan.facilities
        ],
        bounds=(
            float(longitude.min()),
            float(latitude.min()),
            float(longitude.max()),
            float(latitude.max()),
        ),
        basemap=basemap,
    )


def streets_geojson(plan: Plan, network: Network) -> dict[str, Any]:
    """Draw the sections; `number` is what served stretches name them by."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": number,
                "properties": {
                    "id": section.id,
                    "number": number,
                    "name": section.name,
                    "grids": list(section.grids),
                    "oneway": section.oneway,
                    "length_m": round(float(network.section_length_m[number]), 1),
                },
                "geometry": {
                    "type": "LineString",
                    "coordinates": np.round(section.coordinates, 6).tolist(),
                },
            }
            for number, section in enumerate(plan.sections)
        ],
    }


def center_of(plan: Plan, grid_id: str, street: str | None = None) -> tuple[float, float] | None:
    """Give a vertex in the middle of a grid or of a street of it; None if it has no section."""
    numbers = (
        plan.sections_of_grid.get(grid_id, ())
        if street is None
        else plan.sections_of_street.get((grid_id, street), ())
    )
    if not numbers:
        return None
    points = np.concatenate([plan.sections[number].coordinates for number in numbers])
    points[:, 0] = joined_degrees(points[:, 0])
    nearest = int(np.abs(points - np.median(points, axis=0)).sum(axis=1).argmin())
    longitude, latitude = points[nearest].tolist()
    return round(longitude - 360.0 if longitude > 180.0 else longitude, 6), round(latitude, 6)


def _grid(plan: Plan, network: Network, grid: Grid, service_date: date) -> PlanGridDoc:
    lengths_m: dict[str, float] = defaultdict(float)
    for number in plan.sections_of_grid.get(grid.id, ()):
        lengths_m[plan.sections[number].name] += float(network.section_length_m[number])
    streets = [
        PlanStreetDoc(name=name, length_m=round(lengths_m[name], 1), located=True)
        for name in sorted(lengths_m)
    ]
    streets += [
        PlanStreetDoc(name=name, length_m=0.0, located=False) for name in plan.unlocated(grid)
    ]
    return PlanGridDoc(
        id=grid.id,
        operator=grid.operator_id,
        vehicles=list(plan.vehicles_of(grid, service_date)),
        windows=[window.text for window in grid.windows],
        streets=streets,
        center=center_of(plan, grid.id),
    )
