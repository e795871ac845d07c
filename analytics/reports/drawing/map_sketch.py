"""What a map of a miss shows, as plain lines taken from the evidence, light enough to send on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.reports.tables.report import Miss
from analytics.verdicts.evidence import Evidence, SectionRecord
from geofence.network.network import Network

Line = NDArray[np.float64]
"""Shape (n, 2): metres east and north."""
MARGIN_SHARE = 0.08
LEAST_MARGIN_M = 30.0
MAP_ASPECT = 1.5
"""Width over height of the drawing."""


@dataclass(frozen=True, slots=True, eq=False)
class StreetSketch:
    """One street of the grid."""

    name: str
    verdict: str
    lines: tuple[Line, ...]
    missing: tuple[Line, ...]
    """Stretches not seen collected in the period judged."""
    ambiguous: tuple[Line, ...]
    """Of these, stretches that may have been."""


@dataclass(frozen=True, slots=True, eq=False)
class MapSketch:
    """One grid in one window."""

    service_date: str
    grid_id: str
    window: str
    verdict: str
    streets: tuple[StreetSketch, ...]
    others: tuple[Line, ...]
    """Other roads within the bounds."""
    bounds: tuple[float, float, float, float]
    """West, east, south, north, in metres; as wide as `MAP_ASPECT` says."""
    schematic: bool


def sketch(miss: Miss) -> MapSketch:
    """Take from a miss what its map shows."""
    streets = tuple(_street(record) for record in miss.records)
    bounds = _bounds(np.concatenate([line for street in streets for line in street.lines]))
    window = miss.case.window
    return MapSketch(
        service_date=window.service_date.isoformat(),
        grid_id=window.grid_id,
        window=window.text,
        verdict=miss.verdict,
        streets=streets,
        others=_others(miss.case.network, window.grid_id, bounds),
        bounds=bounds,
        schematic=miss.case.plan.schematic,
    )


def _street(record: Evidence) -> StreetSketch:
    return StreetSketch(
        name=record.street,
        verdict=record.verdict.value,
        lines=tuple(np.array(section.line)[:, 1:] for section in record.sections),
        missing=tuple(
            _stretch(section, *ends) for section in record.sections for ends in section.missing
        ),
        ambiguous=tuple(
            _stretch(section, run.from_m, run.to_m)
            for section in record.sections
            for run in section.ambiguous
        ),
    )


def _stretch(section: SectionRecord, from_m: float, to_m: float) -> Line:
    measure, x, y = np.array(section.line).T
    inner = measure[(measure > from_m) & (measure < to_m)]
    places = np.concatenate([[from_m], inner, [to_m]])
    return np.stack([np.interp(places, measure, x), np.interp(places, measure, y)], axis=1)


def _bounds(points: Line) -> tuple[float, float, float, float]:
    """Give what holds all points and some margin, widened to the shape of the drawing."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    size = high - low
    size = size + 2 * np.maximum(LEAST_MARGIN_M, MARGIN_SHARE * size.max())
    width = max(float(size[0]), float(size[1]) * MAP_ASPECT)
    half = np.array([width, width / MAP_ASPECT]) / 2
    (west, south), (east, north) = middle - half, middle + half
    return float(west), float(east), float(south), float(north)


def _others(
    network: Network, grid_id: str, bounds: tuple[float, float, float, float]
) -> tuple[Line, ...]:
    west, east, south, north = bounds
    first = network.section_first_vertex
    x, y, begins = network.vertex_x, network.vertex_y, first[:-1]
    inside = (
        (np.maximum.reduceat(x, begins) >= west)
        & (np.minimum.reduceat(x, begins) <= east)
        & (np.maximum.reduceat(y, begins) >= south)
        & (np.minimum.reduceat(y, begins) <= north)
    )
    return tuple(
        np.stack([x[first[i] : first[i + 1]], y[first[i] : first[i + 1]]], axis=1)
        for i in np.flatnonzero(inside).tolist()
        if grid_id not in network.section_grids[i]
    )


def sketches(misses: Sequence[Miss]) -> tuple[MapSketch, ...]:
    """Take from each miss what its map shows."""
    return tuple(sketch(miss) for miss in misses)
