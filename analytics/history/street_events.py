"""Events beside fixes that happened on a street, in the time that its verdict is of.

They stand beside the proof and are no part of it: a verdict is the same with and without them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.verdicts.evidence import Evidence
from geofence.network.projection import LocalProjection
from geofence.seen.observation import Floats
from ingest.event import Event, EventKind
from ingest.log.pinglog import PingLog
from ingest.log.rows import epoch_ms

NEAR_M = 40.0
"""A bin stands beside the street, and the truck's place is known to ten or twenty metres."""
Places = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class StreetEvent:
    """An event near a street."""

    event: Event
    longitude: float
    latitude: float
    is_told: bool
    """Whether the event told its place; else it is where the vehicle's fixes put it then."""
    distance_m: float
    """From the nearest section of the street."""


def events_on(
    record: Evidence, events: Sequence[Event], pings: pd.DataFrame
) -> tuple[StreetEvent, ...]:
    """Choose the events near a street, of the vehicles and the time that its record is of.

    An event without a place happened where the vehicle was: between the fixes before and after it,
    if no more than the plan's ``gap_s`` lies between these. What names a person is left out.

    Parameters
    ----------
    pings
        Of these vehicles, sorted by vehicle and time.
    """
    vehicles = {each.vehicle_id for each in record.pings}
    chosen = [
        event
        for event in events
        if event.vehicle_id in vehicles
        and record.start_ms <= event.event_time_ms < record.period_end_ms
        and event.kind is not EventKind.DRIVER_CARD
    ]
    if not chosen:
        return ()
    tracks = {str(name): rows for name, rows in pings.groupby("vehicle_id")}
    places = [_place(event, tracks, record.parameters.gap_s * 1000) for event in chosen]
    longitude, latitude = np.array(places, np.float64).reshape(-1, 2).T
    projection = LocalProjection(record.origin.longitude, record.origin.latitude)
    known = np.isfinite(longitude)
    distance_m = np.full(len(chosen), np.inf)
    distance_m[known] = _distance_m(record, projection.to_metres(longitude[known], latitude[known]))
    found = [
        StreetEvent(
            event,
            float(longitude[number]),
            float(latitude[number]),
            event.longitude is not None,
            float(distance_m[number]),
        )
        for number, event in enumerate(chosen)
        if distance_m[number] <= NEAR_M
    ]
    return tuple(sorted(found, key=lambda each: (each.event.event_time_ms, each.event.id)))


def read_events_on(
    log: PingLog, records: Mapping[str, Evidence], before_ms: int | None = None
) -> list[tuple[str, StreetEvent]]:
    """Read the events on streets, whose names stand before them, from the log.

    Parameters
    ----------
    records
        By the name of the street.
    before_ms
        Nothing that happened from then on is known yet.

    Raises
    ------
    LogError
        If the log cannot be read.
    """
    if not records:
        return []
    start_ms = min(record.start_ms for record in records.values())
    end_ms = max(record.period_end_ms for record in records.values())
    end_ms = end_ms if before_ms is None else min(end_ms, before_ms)
    vehicles = {ping.vehicle_id for record in records.values() for ping in record.pings}
    events = log.read_events(start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
    if not events:
        return []
    around_ms = max(round(record.parameters.gap_s * 1000) for record in records.values())
    pings = log.read_pings(
        start_ms=start_ms - around_ms, end_ms=end_ms + around_ms, vehicles=vehicles
    )
    return [
        (street, found)
        for street, record in records.items()
        for found in events_on(record, events, pings)
    ]


def _place(
    event: Event, tracks: Mapping[str, pd.DataFrame], longest_ms: float
) -> tuple[float, float]:
    """Give where an event happened; NaN if nobody knows."""
    if event.longitude is not None and event.latitude is not None:
        return event.longitude, event.latitude
    nowhere = np.nan, np.nan
    track = tracks.get(event.vehicle_id)
    if track is None:
        return nowhere
    times_ms = epoch_ms(track["event_time"])
    after = int(np.searchsorted(times_ms, event.event_time_ms))
    before = (
        after if after < len(times_ms) and times_ms[after] == event.event_time_ms else after - 1
    )
    if before < 0 or after == len(times_ms):
        return nowhere
    lasted_ms = times_ms[after] - times_ms[before]
    if lasted_ms > longest_ms:
        return nowhere
    share = (event.event_time_ms - times_ms[before]) / lasted_ms if lasted_ms else 0.0
    ends = track[["longitude", "latitude"]].to_numpy()[[before, after]]
    longitude, latitude = ends[0] + share * (ends[1] - ends[0])
    return float(longitude), float(latitude)


def _distance_m(record: Evidence, places: Places) -> Floats:
    """Measure from each place to the nearest point of the street."""
    lines = [np.array(section.line)[:, 1:] for section in record.sections]
    begin = np.concatenate([line[:-1] for line in lines])
    along = np.concatenate([line[1:] for line in lines]) - begin
    point = np.stack(places, axis=1)[:, None, :]
    length2 = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip(((point - begin) * along).sum(axis=2) / length2, 0.0, 1.0)
    apart: Floats = np.sqrt(((begin + share[..., None] * along - point) ** 2).sum(axis=2)).min(
        axis=1
    )
    return apart
