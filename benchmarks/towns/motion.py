"""Where each truck really was, second by second."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.towns.roads import Roads

Floats = NDArray[np.float64]
JUNCTION = -1


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """One truck's motion, a row a second, ascending."""

    second: NDArray[np.int64]
    """After local midnight."""
    x: Floats
    y: Floats
    """Metres, on its lane."""
    speed_mps: Floats
    heading_deg: Floats
    road: NDArray[np.int64]
    """Number of the road it is on, `JUNCTION` between two."""
    along_m: Floats
    """Measure of its front along that road from junction to junction, in the direction it drives;
    0 on a junction."""


COLUMNS = ("second", "x", "y", "speed_mps", "heading_deg", "road", "along_m")


def motions_of(frame: pd.DataFrame, roads: Roads) -> dict[str, Motion]:
    """Make motions of SUMO's floating car data.

    Parameters
    ----------
    frame
        Columns ``time`` (s), ``id``, ``x``, ``y`` (m), ``speed`` (m/s), ``angle`` (degrees from
        north), ``lane``, ``pos`` (m along the lane).
    """
    on = frame["lane"].astype(str).str.rpartition("_")[0]
    road = on.map(roads.number_of).fillna(JUNCTION).to_numpy(dtype=np.int64)
    # a lane is shorter than its road by the junctions at both ends
    stretch = roads.length_m / np.array([each.lane_m for each in roads.roads])
    along_m = np.where(road >= 0, frame["pos"].to_numpy() * stretch[road], 0.0)
    columns = {
        "second": frame["time"].to_numpy().astype(np.int64),
        "x": frame["x"].to_numpy(),
        "y": frame["y"].to_numpy(),
        "speed_mps": frame["speed"].to_numpy(),
        "heading_deg": frame["angle"].to_numpy(),
        "road": road,
        "along_m": along_m,
    }
    vehicle = frame["id"].astype(str).to_numpy()
    found = {}
    for name in sorted(set(vehicle)):
        own = np.flatnonzero(vehicle == name)
        own = own[np.argsort(columns["second"][own], kind="stable")]
        found[name] = Motion(*(columns[column][own] for column in COLUMNS))
    return found


def save(motions: Mapping[str, Motion], path: Path) -> None:
    """Write motions, whole or not at all."""
    arrays = {
        f"{vehicle}/{column}": getattr(motion, column)
        for vehicle, motion in motions.items()
        for column in COLUMNS
    }
    unfinished = path.with_name("unfinished.npz")
    np.savez_compressed(unfinished, **arrays)
    unfinished.replace(path)


def load(path: Path) -> dict[str, Motion]:
    """Read what `save` wrote."""
    with np.load(path) as arrays:
        vehicles = sorted({name.partition("/")[0] for name in arrays.files})
        return {
            vehicle: Motion(*(arrays[f"{vehicle}/{column}"] for column in COLUMNS))
            for vehicle in vehicles
        }
