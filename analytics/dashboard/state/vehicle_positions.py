"""Where vehicles are by their last fixes, as a map shows it. No clock: `now_ms` is given."""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from analytics.dashboard.documents.documents import Motion, TracedVehicleDoc, VehicleDoc
from geofence.plan.plan import Plan
from ingest.log.rows import epoch_ms
from ingest.ping import RECEIVED_COLUMN

TRAIL_MS = 5 * 60_000
TRAIL_STEP_MS = 5_000
"""Points of a trail are at least so far apart."""
MOVING_MPS = 0.8
DEGREE_M = 111_320.0
"""Length of a degree of latitude."""

Fix = tuple[int, float, float, float | None, float | None, int | None]
"""Event time, longitude, latitude, speed, heading, time of reception."""


@dataclass(slots=True)
class _Whereabouts:
    grids: list[str]
    last: Fix | None = None
    before: Fix | None = None
    trail: deque[tuple[float, float, int]] = field(default_factory=deque)


class VehiclePositions:
    """The vehicles of a plan on a service date, in the plan's order, then the spares.

    Parameters
    ----------
    silent_ms
        A vehicle not heard of for longer is silent.
    """

    def __init__(self, plan: Plan, service_date: date, silent_ms: float) -> None:
        self._silent_ms = silent_ms
        self._vehicles: dict[str, _Whereabouts] = {}
        for grid in plan.grids:
            for vehicle in plan.vehicles_of(grid, service_date):
                self._vehicles.setdefault(vehicle, _Whereabouts([])).grids.append(grid.id)
        for operator in plan.operators:
            for vehicle in operator.spares:
                self._vehicles.setdefault(vehicle, _Whereabouts([]))

    @property
    def ids(self) -> Sequence[str]:
        """Name the vehicles."""
        return list(self._vehicles)

    def grids_of(self, vehicle_id: str) -> list[str]:
        """Name the grids a vehicle works for; none for one that is not of the plan."""
        found = self._vehicles.get(vehicle_id)
        return list(found.grids) if found else []

    def add(self, pings: pd.DataFrame) -> set[str]:
        """Take in pings in any order; give the vehicles whose last fix is another now."""
        moved = set()
        for vehicle, rows in pings.groupby("vehicle_id", sort=False):
            place = self._vehicles.get(str(vehicle))
            if place is not None and _follow(place, _fixes(rows)):
                moved.add(str(vehicle))
        return moved

    def positions(self, now_ms: int, chosen: Iterable[str] | None = None) -> list[VehicleDoc]:
        """Tell where the chosen vehicles are, or all."""
        names = self._vehicles if chosen is None else chosen
        return [self._position(name, now_ms) for name in names]

    def traced(self, now_ms: int, chosen: Iterable[str] | None = None) -> list[TracedVehicleDoc]:
        """Tell where the chosen vehicles are, or all, and how they came there."""
        names = self._vehicles if chosen is None else chosen
        return [
            TracedVehicleDoc(**self._position(name, now_ms), trail=list(self._vehicles[name].trail))
            for name in names
        ]

    def _position(self, name: str, now_ms: int) -> VehicleDoc:
        place = self._vehicles[name]
        if place.last is None:
            return VehicleDoc(
                id=name, grids=place.grids, longitude=None, latitude=None, heading_deg=None,
                speed_mps=None, event_ms=None, received_ms=None, motion="unseen",
            )  # fmt: skip
        event_ms, longitude, latitude, speed_mps, heading_deg, received_ms = place.last
        return VehicleDoc(
            id=name,
            grids=place.grids,
            longitude=longitude,
            latitude=latitude,
            heading_deg=_heading_deg(place) if heading_deg is None else heading_deg,
            speed_mps=speed_mps,
            event_ms=event_ms,
            received_ms=received_ms,
            motion=_motion(place, now_ms, self._silent_ms),
        )


def _fixes(rows: pd.DataFrame) -> list[Fix]:
    """Give the fixes of one vehicle that a trail may need, by time."""
    event_ms = epoch_ms(rows["event_time"])
    kept = np.flatnonzero(event_ms > event_ms.max() - TRAIL_MS)
    kept = kept[np.argsort(event_ms[kept], kind="stable")]
    received = (
        epoch_ms(rows[RECEIVED_COLUMN])[kept].tolist()
        if RECEIVED_COLUMN in rows.columns
        else [None] * len(kept)
    )
    numbers = [
        np.round(rows[name].to_numpy(np.float64)[kept], digits).tolist()
        for name, digits in (
            ("longitude", 6), ("latitude", 6), ("speed_mps", 2), ("heading_deg", 1),
        )
    ]  # fmt: skip
    return [
        (at_ms, lon, lat, _known(speed), _known(heading), heard if heard and heard > 0 else None)
        for at_ms, lon, lat, speed, heading, heard in zip(
            event_ms[kept].tolist(), *numbers, received, strict=True
        )
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _follow(place: _Whereabouts, fixes: list[Fix]) -> bool:
    """Go on to fixes that are no older than the last one; True if there is one."""
    moved = False
    for fix in fixes:
        if place.last is not None and fix[0] < place.last[0]:
            continue
        if place.last is not None and fix[0] > place.last[0]:
            place.before = place.last
        place.last, moved = fix, True
        trail = place.trail
        if not trail or fix[0] - trail[-1][2] >= TRAIL_STEP_MS:
            trail.append((fix[1], fix[2], fix[0]))
        while trail and trail[0][2] < fix[0] - TRAIL_MS:
            trail.popleft()
    return moved


def _motion(place: _Whereabouts, now_ms: int, silent_ms: float) -> Motion:
    if place.last is None:
        return "unseen"
    if now_ms - place.last[0] > silent_ms:
        return "silent"
    speed_mps = place.last[3]
    if speed_mps is None:
        step = _step_m(place)
        speed_mps = 0.0 if step is None else math.hypot(*step[:2]) / step[2]
    return "moving" if speed_mps >= MOVING_MPS else "standing"


def _heading_deg(place: _Whereabouts) -> float | None:
    """Tell the direction of the last step, if it is one."""
    step = _step_m(place)
    if step is None or math.hypot(*step[:2]) < 3.0:
        return None
    return round(math.degrees(math.atan2(step[0], step[1])) % 360.0, 1) % 360.0


def _step_m(place: _Whereabouts) -> tuple[float, float, float] | None:
    """Give metres east and north from the fix before the last to the last, and the seconds."""
    if place.last is None or place.before is None:
        return None
    east = (place.last[1] - place.before[1]) * DEGREE_M * math.cos(math.radians(place.last[2]))
    north = (place.last[2] - place.before[2]) * DEGREE_M
    return east, north, (place.last[0] - place.before[0]) / 1000.0
