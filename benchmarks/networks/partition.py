"""Service areas for a town that has none: even grids, each with a vehicle and windows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.network.projection import LocalProjection
from geofence.plan.plan import Facility, Grid, Operator, Plan, Section
from geofence.plan.timetable import parse_window
from geofence.plan.version import content_version

Floats = NDArray[np.float64]

EFFECTIVE_FROM = date(2022, 3, 25)
GRID_KM = 3.6
"""About this much street a grid."""
GRIDS = (20, 40)
"""At least and at most so many grids."""
SCRAP_M = 150.0
"""A grid has at least this much of a street, if its street is that long anywhere."""
GRIDS_PER_OPERATOR = 12
TIMETABLES = (
    ("07:00-10:00", "14:30-17:30"),
    ("06:30-09:30", "11:00-13:30", "16:00-19:00"),
    ("07:00-09:30", "10:00-12:30", "14:00-16:30", "18:00-20:30"),
)


def partition(middles: Floats, lengths_m: Floats, count: int) -> NDArray[np.int64]:
    """Split places into compact parts of nearly equal length, across the longer side each time.

    Parameters
    ----------
    middles
        Shape (n, 2), metres.

    Returns
    -------
    The part of each place, 0 to `count` - 1.
    """
    part = np.zeros(len(middles), dtype=np.int64)
    _split(part, np.arange(len(middles)), middles, lengths_m, count)
    return part


def _split(
    part: NDArray[np.int64], own: NDArray[np.int64], middles: Floats, lengths_m: Floats, count: int
) -> None:
    """Give the places `own`, all of one part so far, to `count` parts from that number on."""
    if count == 1:
        return
    axis = int(np.argmax(np.ptp(middles[own], axis=0)))
    own = own[np.lexsort((own, middles[own, 1 - axis], middles[own, axis]))]
    share = np.cumsum(lengths_m[own]) - lengths_m[own] / 2
    first = count // 2
    fair = np.searchsorted(share, lengths_m[own].sum() * first / count)
    cut = int(np.clip(fair, first, len(own) - (count - first)))  # no part goes without a place
    part[own[cut:]] += first
    _split(part, own[:cut], middles, lengths_m, first)
    _split(part, own[cut:], middles, lengths_m, count - first)


def plan_of(
    name: str,
    timezone: str,
    sections: Sequence[Section],
    together: Sequence[Sequence[int]],
    facilities: Sequence[Facility],
    *,
    schematic: bool,
) -> Plan:
    """Make a plan in which every named section belongs to one grid, with one vehicle a grid.

    Parameters
    ----------
    together
        Indices of the named sections, in groups that must not be divided between grids.
    """
    middles, lengths_m = _extents(sections, together)
    count = int(np.clip(round(lengths_m.sum() / 1000 / GRID_KM), *GRIDS))
    count = min(count, len(together))
    ids = [f"G{number:02d}" for number in range(1, count + 1)]
    part = partition(middles, lengths_m, count)
    part = _without_scraps(part, [sections[group[0]].name for group in together], lengths_m)
    grid_of = {
        index: ids[place]
        for group, place in zip(together, part.tolist(), strict=True)
        for index in group
    }
    streets: dict[str, set[str]] = {grid_id: set() for grid_id in ids}
    for index, grid_id in grid_of.items():
        streets[grid_id].add(sections[index].name)
    grids = [
        Grid(
            id=grid_id,
            operator_id=f"sweep-{number // GRIDS_PER_OPERATOR + 1}",
            vehicles=(f"晋B{number + 1:05d}",),
            windows=tuple(map(parse_window, TIMETABLES[number % len(TIMETABLES)])),
            streets=tuple(sorted(streets[grid_id])),
        )
        for number, grid_id in enumerate(ids)
    ]
    operators = -(-count // GRIDS_PER_OPERATOR)
    plan = Plan(
        name=name,
        timezone=timezone,
        effective_from=EFFECTIVE_FROM,
        operators=tuple(
            Operator(f"sweep-{number}", f"机扫第{number}公司") for number in range(1, operators + 1)
        ),
        grids=tuple(grids),
        sections=tuple(
            replace(section, grids=(grid_of[index],)) if index in grid_of else section
            for index, section in enumerate(sections)
        ),
        version="",
        facilities=tuple(facilities),
        schematic=schematic,
    )
    return replace(plan, version=content_version(plan))


def _extents(
    sections: Sequence[Section], together: Sequence[Sequence[int]]
) -> tuple[Floats, Floats]:
    """Give the middle (n, 2) and the length of each group of sections, in metres."""
    corners = np.concatenate([section.coordinates for section in sections])
    projection = LocalProjection.around(corners[:, 0], corners[:, 1])
    lines = [
        shapely.LineString(np.stack(projection.to_metres(*section.coordinates.T), axis=1))
        for section in sections
    ]
    groups = [shapely.MultiLineString([lines[index] for index in group]) for group in together]
    return shapely.get_coordinates(shapely.centroid(groups)), shapely.length(groups)


def _without_scraps(
    part: NDArray[np.int64], names: Sequence[str], lengths_m: Floats
) -> NDArray[np.int64]:
    """Give what a border cuts off a street, if short, to the part that has most of the street."""
    held: dict[str, dict[int, float]] = {}
    for name, place, length_m in zip(names, part.tolist(), lengths_m.tolist(), strict=True):
        of_street = held.setdefault(name, {})
        of_street[place] = of_street.get(place, 0.0) + length_m
    kept = [
        place if held[name][place] >= SCRAP_M else max(held[name], key=lambda p: held[name][p])
        for name, place in zip(names, part.tolist(), strict=True)
    ]
    return np.array(kept, dtype=np.int64)
