"""A city beside itself: copies of a driven one, each with its own streets, trucks and pings.

To drive ten thousand trucks takes half an hour of a core and proves no more: what a night costs
hangs on how many grids, streets and pings there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from geofence.plan.plan import Facility, Grid, Plan, Section
from geofence.plan.writer import render_plan
from ingest.output_file import write_file
from ingest.ping import conform
from simulators.city.city import City, write_city

APART_DEG = 0.02
DECIMALS = 6
"""As the simulated receivers round degrees."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a copy lies, and what its names end with."""

    number: int
    east_deg: float
    north_deg: float

    def name(self, text: str) -> str:
        """Name something of the copy."""
        return text if self.number == 0 else f"{text}-{self.number}"

    def moved(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move longitudes and latitudes, shape (n, 2)."""
        if self.number == 0:
            return degrees
        return (degrees + np.array([self.east_deg, self.north_deg])).round(DECIMALS)


def copies_of(plan: Plan, count: int) -> list[Copy]:
    """Lay out copies on a chequerboard; the first is the city itself."""
    points = np.concatenate([section.coordinates for section in plan.sections])
    width, height = (np.ptp(points, axis=0) + APART_DEG).round(DECIMALS).tolist()
    columns = ceil(sqrt(count))
    return [Copy(n, n % columns * width, n // columns * height) for n in range(count)]


def write_copies(plan: Plan, copies: list[Copy], folder: Path) -> None:
    """Write the plan of all copies together."""
    grids = [_grid(grid, copy) for copy in copies for grid in plan.grids]
    sections = [_section(section, copy) for copy in copies for section in plan.sections]
    facilities = [_facility(each, copy) for copy in copies for each in plan.facilities]
    write_city(City(sections, facilities), folder)
    text = render_plan(replace(plan, grids=tuple(grids)), preface="Copies of a made-up plan.")
    write_file(folder / "plan.toml", text)


def pings_of(blocks: Path, copies: list[Copy]) -> Iterator[pd.DataFrame]:
    """Read the pings of a night of copies, a vehicle each, in order of their ids.

    `blocks` is the folder that `benchmarks.scale.driving.drive` filled.
    """
    places: dict[str, tuple[Copy, Path, int]] = {}
    for path in sorted(blocks.glob("block-*.parquet")):
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            vehicle = metadata.row_group(group).column(0).statistics.min
            places.update({copy.name(vehicle): (copy, path, group) for copy in copies})
    opened: dict[Path, pq.ParquetFile] = {}
    for vehicle, (copy, path, group) in sorted(places.items()):
        if path not in opened:
            opened[path] = pq.ParquetFile(path)
        pings = conform(opened[path].read_row_group(group).to_pandas())
        degrees = copy.moved(pings[["longitude", "latitude"]].to_numpy())
        yield pings.assign(vehicle_id=vehicle, longitude=degrees[:, 0], latitude=degrees[:, 1])


def _grid(grid: Grid, copy: Copy) -> Grid:
    vehicles = tuple(copy.name(vehicle) for vehicle in grid.vehicles)
    return replace(grid, id=copy.name(grid.id), vehicles=vehicles)


def _section(section: Section, copy: Copy) -> Section:
    return replace(
        section,
        id=copy.name(section.id),
        grids=tuple(copy.name(grid) for grid in section.grids),
        coordinates=copy.moved(section.coordinates),
    )


def _facility(facility: Facility, copy: Copy) -> Facility:
    place = copy.moved(np.array([[facility.longitude, facility.latitude]]))[0].tolist()
    return replace(facility, longitude=place[0], latitude=place[1])
