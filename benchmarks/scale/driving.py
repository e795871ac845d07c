"""A night of a city of any size, driven block by block, so that its cost grows with the city.

The trucks of a block drive on the streets within its bounds. A file each holds a block's pings, a
row group a vehicle, in order of their ids.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.networks.partition import partition
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from ingest.ping import resolve
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
GRIDS_OF_A_BLOCK = 25
MARGIN_DEG = 0.002
"""How far beyond its own streets the trucks of a block may drive: a street or two."""


def drive(plan_file: Path, folder: Path, interval_s: float, seed: int) -> Iterator[tuple[int, int]]:
    """Drive all blocks of a plan, on all cores, and give how many of how many are done.

    Blocks of which `folder` has the file already are not driven again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    blocks = blocks_of(read_plan(plan_file))
    count = int(blocks.max()) + 1
    missing = [block for block in range(count) if not block_file(folder, block).exists()]
    if not missing:
        return
    # spawned, so that none inherits the threads of this process
    cores = min(len(missing), os.cpu_count() or 1)
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        driven = [
            pool.submit(_drive_some, plan_file, folder, missing[first::cores], interval_s, seed)
            for first in range(cores)
        ]
        for future in as_completed(driven):
            future.result()
            yield sum(block_file(folder, block).exists() for block in range(count)), count


def block_file(folder: Path, block: int) -> Path:
    """Name the file of a block's pings."""
    return folder / f"block-{block:05d}.parquet"


def blocks_of(plan: Plan) -> NDArray[np.int64]:
    """Give the block of each grid of a plan: compact ones, of about as many grids each."""
    section_middles = np.array([section.coordinates.mean(axis=0) for section in plan.sections])
    middles = np.array(
        [section_middles[[*plan.sections_of_grid[grid.id]]].mean(axis=0) for grid in plan.grids]
    )
    count = max(1, round(len(plan.grids) / GRIDS_OF_A_BLOCK))
    return partition(middles, np.ones(len(middles)), count)


def _drive_some(plan_file: Path, folder: Path, some: list[int], every_s: float, seed: int) -> None:
    plan = read_plan(plan_file)
    blocks = blocks_of(plan)
    bounds = np.array(
        [[*each.coordinates.min(axis=0), *each.coordinates.max(axis=0)] for each in plan.sections]
    )
    settings = SimulationSettings(receiver=ReceiverSettings(interval_s=every_s))
    for block in some:
        part = _part(plan, np.flatnonzero(blocks == block), bounds)
        day = simulate_day(part, SERVICE_DATE, Scenario.MIXED, seed, settings=settings)
        write_block(resolve(day.pings).pings, block_file(folder, block))


def _part(plan: Plan, numbers: NDArray[np.intp], bounds: NDArray[np.float64]) -> Plan:
    """Cut a block out of a plan: its grids, and all streets that reach into its bounds."""
    grids = tuple(plan.grids[number] for number in numbers.tolist())
    own = bounds[[n for grid in grids for n in plan.sections_of_grid[grid.id]]]
    west, south = own[:, :2].min(axis=0) - MARGIN_DEG
    east, north = own[:, 2:].max(axis=0) + MARGIN_DEG
    near = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    near &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    sections = tuple(plan.sections[number] for number in np.flatnonzero(near).tolist())
    return replace(plan, grids=grids, sections=sections)


def write_block(pings: pd.DataFrame, path: Path) -> None:
    """Write the pings of a block, a row group a vehicle."""
    table = pa.Table.from_pandas(pings, preserve_index=False)
    numbers, _ = pd.factorize(pings["vehicle_id"])
    ends = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(pings)]
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, table.schema, compression="zstd") as writer:
        for first, end in pairwise(ends):
            writer.write_table(table.slice(first, end - first))
    unfinished.replace(path)
