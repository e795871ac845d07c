"""From the pings of a fleet to what was seen of each vehicle."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geofence.match_settings import MatchSettings
from geofence.matcher import Matcher
from geofence.network import Network
from geofence.observation import Observation
from geofence.passes import build_gaps, build_passes
from geofence.plan import ServiceRules
from geofence.track import NOT_REPORTED, Fixes, build_track
from ingest.ping import RECEIVED_COLUMN

FAR_M = 100_000.0
"""A fix farther than this outside the network is no fix of a truck at work: an outlier."""
SKEW_MS = 60_000
"""A fix received this much before its own event time shows that the device's clock runs ahead."""


def observe(
    pings: pd.DataFrame,
    network: Network,
    rules: ServiceRules,
    settings: MatchSettings | None = None,
) -> Iterator[Observation]:
    """Match each vehicle's pings in turn, in order of vehicle id.

    Parameters
    ----------
    pings
        Frame of pings with one row a key, sorted by vehicle and event time, as
        `ingest.ping.resolve` gives them. Column ``received_time`` is optional.
    """
    matcher = Matcher(network, settings)
    time_ms = _milliseconds(pings["event_time"])
    x, y = network.projection.to_metres(pings["longitude"].to_numpy(), pings["latitude"].to_numpy())
    fixes = Fixes(
        time_ms=time_ms,
        x=x,
        y=y,
        speed_mps=pings["speed_mps"].to_numpy(),
        heading_deg=pings["heading_deg"].to_numpy(),
        accuracy_m=pings["accuracy_m"].to_numpy(),
        working=pings["working"].astype("Int8").fillna(NOT_REPORTED).to_numpy().astype(np.int8),
    )
    skewed = np.zeros(len(pings), dtype=np.bool_)
    if RECEIVED_COLUMN in pings.columns:
        received = pings[RECEIVED_COLUMN]
        skewed = np.asarray(received.notna()) & (_milliseconds(received) < time_ms - SKEW_MS)
    numbers, vehicles = pd.factorize(pings["vehicle_id"])
    first = np.searchsorted(numbers, np.arange(len(vehicles) + 1))
    for number, vehicle in enumerate(vehicles):
        rows = slice(first[number], first[number + 1])
        yield _observe_vehicle(str(vehicle), fixes[rows], skewed[rows], matcher, rules)


def _observe_vehicle(
    vehicle_id: str, fixes: Fixes, skewed: NDArray[np.bool_], matcher: Matcher, rules: ServiceRules
) -> Observation:
    near = _near(fixes, matcher.network)
    track = build_track(fixes[near], rules)
    match = matcher.match(track)
    key = track.fixes
    begins = np.flatnonzero(track.cut)
    ends = np.append(begins[1:], len(key.time_ms)) - 1
    return Observation(
        vehicle_id=vehicle_id,
        time_ms=track.kept_ms,
        x=track.kept_x,
        y=track.kept_y,
        part_started_ms=key.time_ms[begins],
        part_finished_ms=key.time_ms[ends],
        passes=build_passes(matcher.network, track, match, rules),
        gaps=build_gaps(track, match),
        frozen_started_ms=track.frozen_started_ms,
        frozen_finished_ms=track.frozen_finished_ms,
        skewed_ms=fixes.time_ms[skewed],
        outlier_ms=np.sort(np.concatenate([track.outlier_ms, fixes.time_ms[~near]])),
    )


def _near(fixes: Fixes, network: Network) -> NDArray[np.bool_]:
    x, y = network.vertex_x, network.vertex_y
    near: NDArray[np.bool_] = (
        (fixes.x > x.min() - FAR_M)
        & (fixes.x < x.max() + FAR_M)
        & (fixes.y > y.min() - FAR_M)
        & (fixes.y < y.max() + FAR_M)
    )
    return near


def _milliseconds(instants: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
    """Milliseconds since 1970; a missing instant becomes the least integer."""
    utc = instants.dt.tz_convert("UTC").dt.tz_localize(None).dt.as_unit("ms")
    return utc.to_numpy().astype(np.int64)
