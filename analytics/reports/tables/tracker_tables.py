"""Trackers in a report: those that are wrong, and vehicles that were not heard of at all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from analytics.day import Day
from analytics.tracking.faults import TrackingCode
from geofence.plan.plan import Plan

_UNITS = {
    TrackingCode.GCJ02_POSITIONS: "metres",
    TrackingCode.BD09_POSITIONS: "metres",
    TrackingCode.POSITIONS_MOVED: "metres",
    TrackingCode.STREETS_IN_GCJ02: "metres",
    TrackingCode.STREETS_IN_BD09: "metres",
    TrackingCode.STREETS_MOVED: "metres",
    TrackingCode.STREETS_ELSEWHERE: "metres",
    TrackingCode.STREETS_COARSE: "metres",
}


def vehicles_on_duty(plan: Plan, service_date: date) -> dict[str, list[str]]:
    """Name the vehicles that are to serve on a date, each with its grids, in the plan's order."""
    duty: dict[str, list[str]] = {}
    for grid in plan.grids:
        if service_date.weekday() in grid.days:
            for vehicle in plan.vehicles_of(grid, service_date):
                duty.setdefault(vehicle, []).append(grid.id)
    return duty


def fault_rows(days: Sequence[Day]) -> Iterator[dict[str, Any]]:
    """Give a row a fault of a tracker, day by day; one of the whole fleet names no vehicle."""
    for day in days:
        duty = vehicles_on_duty(day.plan, day.service_date)
        for fault in day.faults:
            yield {
                "service_date": day.service_date.isoformat(),
                "vehicle_id": fault.vehicle_id,
                "grids": " ".join(duty.get(fault.vehicle_id, ())),
                "code": fault.code.value,
                "since": pd.Timestamp(fault.since_ms, unit="ms", tz="UTC"),
                "until": pd.Timestamp(fault.until_ms, unit="ms", tz="UTC"),
                "value": fault.value,
                "unit": _UNITS.get(fault.code, "seconds"),
                "remedy": fault.code.value,
            }


def silent_rows(days: Sequence[Day], owners: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give a row a vehicle of which no ping bears on the date, though its grid had service."""
    for day in days:
        seen = set(day.vehicles_seen)
        for vehicle, grids in vehicles_on_duty(day.plan, day.service_date).items():
            if vehicle not in seen:
                yield {
                    "service_date": day.service_date.isoformat(),
                    "vehicle_id": vehicle,
                    "grids": " ".join(grids),
                    "operator": owners[grids[0]],
                }
