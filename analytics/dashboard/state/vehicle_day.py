"""What a vehicle reported in a stretch of time: fixes, gaps, faults of its tracker, events."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.dashboard.documents.documents import EventDoc, FaultDoc, SpanDoc, VehicleDayDoc
from analytics.tracking.faults import TRACKING_MEANINGS
from analytics.tracking.fleet import find_misfits, street_fit
from analytics.tracking.reports import refused_frame
from analytics.tracking.trackers import find_tracking_faults
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.observe import observe
from ingest.event import Event
from ingest.log.rows import epoch_ms

MOST_FIXES = 5_000
MOST_EVENTS = 2_000


def vehicle_day(
    vehicle_id: str,
    pings: pd.DataFrame,
    grids: list[str],
    plan: Plan,
    network: Network,
    events: Sequence[Event] = (),
) -> VehicleDayDoc:
    """Describe the pings and events of one vehicle, both sorted by time."""
    gaps: list[SpanDoc] = []
    faults: list[FaultDoc] = []
    if len(pings):
        (seen,) = observe(pings, network, plan.rules, work=plan.work)
        silent = seen.gaps.silent
        gaps = [
            SpanDoc(from_ms=int(from_ms), to_ms=int(to_ms))
            for from_ms, to_ms in zip(
                seen.gaps.started_ms[silent], seen.gaps.finished_ms[silent], strict=True
            )
        ]
        misfits = find_misfits(street_fit(network), (), [(vehicle_id, seen.visits)])
        report = find_tracking_faults(pings, refused_frame([]), network, plan.timezone, misfits)
        faults = [
            FaultDoc(
                code=fault.code.value,
                text=f"{TRACKING_MEANINGS[fault.code]} {fault.evidence}",
                since_ms=fault.since_ms,
                until_ms=fault.until_ms,
            )
            for fault in report.faults
        ]
    return VehicleDayDoc(
        id=vehicle_id,
        fixes=_thinned(pings),
        gaps=gaps,
        faults=faults,
        events=[_event(event) for event in events[-MOST_EVENTS:]],
        grids=grids,
    )


def _event(event: Event) -> EventDoc:
    return EventDoc(
        at_ms=event.event_time_ms,
        kind=event.kind,
        reference=event.reference,
        weight_kg=event.weight_kg,
        longitude=event.longitude,
        latitude=event.latitude,
    )


def _thinned(
    pings: pd.DataFrame,
) -> list[tuple[float, float, int, float | None, float | None]]:
    """Take every n-th fix, and the last."""
    step = max(1, -(-len(pings) // (MOST_FIXES - 1)))
    chosen = np.unique(np.append(np.arange(0, len(pings), step), max(len(pings) - 1, 0)))
    rows = pings.iloc[chosen[: len(pings)]]
    columns = (
        rows["longitude"].round(6).tolist(),
        rows["latitude"].round(6).tolist(),
        epoch_ms(rows["event_time"]).tolist(),
        _known(rows["speed_mps"], 2),
        _known(rows["heading_deg"], 1),
    )
    return list(zip(*columns, strict=True))


def _known(values: "pd.Series[float]", digits: int) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.round(digits).tolist()]
