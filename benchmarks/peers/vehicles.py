"""What every peer is given and gives back: a vehicle's track, and what was seen of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Gaps, Observation, Passes
from geofence.track.track import NOT_REPORTED, Fixes, Track, build_track


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """One vehicle's day, as `geofence.track.track.build_track` leaves it."""

    vehicle_id: str
    track: Track

    @property
    def parts(self) -> list[slice]:
        """The stretches of fixes between two cuts."""
        begins = np.flatnonzero(self.track.cut)
        ends = np.append(begins[1:], len(self.track.cut))
        return [slice(int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]


def vehicles_of(pings: pd.DataFrame, network: Network, rules: ServiceRules) -> list[Vehicle]:
    """Prepare the track of each vehicle, in order of vehicle id.

    Parameters
    ----------
    pings
        One row a key, sorted by vehicle and event time, as `ingest.ping.resolve` gives them.
    """
    return [
        Vehicle(str(vehicle_id), build_track(_fixes(rows, network), rules))
        for vehicle_id, rows in pings.groupby("vehicle_id", sort=True)
    ]


def fix_count(vehicles: Sequence[Vehicle]) -> int:
    """Count the fixes of all tracks."""
    return sum(len(vehicle.track.cut) for vehicle in vehicles)


def observation_of(vehicle: Vehicle, passes: Passes, gaps: Gaps) -> Observation:
    """Put together what the verdicts need of one vehicle."""
    track, fixes = vehicle.track, vehicle.track.fixes
    parts = vehicle.parts
    return Observation(
        vehicle_id=vehicle.vehicle_id,
        time_ms=track.kept_ms,
        x=track.kept_x,
        y=track.kept_y,
        part_started_ms=fixes.time_ms[[part.start for part in parts]],
        part_finished_ms=fixes.time_ms[[part.stop - 1 for part in parts]],
        passes=passes,
        gaps=gaps,
        frozen_started_ms=track.frozen_started_ms,
        frozen_finished_ms=track.frozen_finished_ms,
        skewed_ms=np.empty(0, dtype=np.int64),
        outlier_ms=track.outlier_ms,
    )


def _fixes(rows: pd.DataFrame, network: Network) -> Fixes:
    utc = rows["event_time"].dt.tz_convert("UTC").dt.tz_localize(None).dt.as_unit("ms")
    x, y = network.projection.to_metres(rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    return Fixes(
        time_ms=utc.to_numpy().astype(np.int64),
        x=x,
        y=y,
        speed_mps=rows["speed_mps"].to_numpy(),
        heading_deg=rows["heading_deg"].to_numpy(),
        accuracy_m=rows["accuracy_m"].to_numpy(),
        working=rows["working"].astype("Int8").fillna(NOT_REPORTED).to_numpy().astype(np.int8),
        tasks=np.full(len(rows), NOT_REPORTED, dtype=np.int32),
        satellites=np.full(len(rows), NOT_REPORTED, np.int16),
    )
