"""From the pings of a fleet to what was seen of each vehicle."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geofence.kernels import aside
from geofence.matching.matcher import Match, Matcher
from geofence.matching.settings import MatchSettings
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.plan.work import NO_WORK, Work
from geofence.seen.observation import Observation
from geofence.seen.parts import match_parts
from geofence.seen.passes import build_gaps, build_passes
from geofence.seen.squares import visited
from geofence.track.no_fix import without_fix
from geofence.track.track import NOT_REPORTED, Fixes, Track, build_track
from ingest.ping import RECEIVED_COLUMN

FAR_M = 100_000.0
"""A fix farther than this outside the network is no fix of a truck at work: an outlier."""
ROWS_AT_ONCE = 500_000
"""About so many pings are turned into fixes at a time."""
Pings = pd.DataFrame | Iterable[pd.DataFrame]
"""Frames of pings with one row a key, sorted by vehicle and event time, as `ingest.ping.resolve`
gives them: one, or parts that have all pings of some vehicles each, in order of vehicle id."""
SKEW_MS = 60_000
"""A fix received this much before its own event time shows that the device's clock runs ahead."""


@dataclass(frozen=True, slots=True, eq=False)
class VehicleFixes:
    """What one vehicle sent, in the network's metres: all that is looked at to observe it."""

    vehicle_id: str
    fixes: Fixes
    skewed: NDArray[np.bool_]
    """True for each fix that was received before it claims to have happened."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """An observation and how it came about."""

    observation: Observation
    fixes: Fixes
    """Those that are some, by their own words, and not far outside the network."""
    track: Track
    match: Match
    parts: dict[bytes, Match]
    """The matches of the parts, see `geofence.seen.parts.match_parts`."""


def observe(
    pings: Pings,
    network: Network,
    rules: ServiceRules,
    settings: MatchSettings | None = None,
    workers: int = 1,
    work: Work = NO_WORK,
) -> Iterator[Observation]:
    """Match each vehicle's pings in turn, in order of vehicle id.

    Parameters
    ----------
    pings
        Column ``received_time`` is optional.
    workers
        How many vehicles are matched at once, each on a thread of its own.
    work
        What the plan asks of tasks.
    """
    matcher = Matcher(network, settings)
    fleet = fixes_in_turn(pings, network, work)
    return in_turn(lambda one: look(one, matcher, rules, work), fleet, workers)


def look(one: VehicleFixes, matcher: Matcher, rules: ServiceRules, work: Work) -> Observation:
    """Observe one vehicle."""
    return sight(one.vehicle_id, one.fixes, one.skewed, matcher, rules, {}, work).observation


def in_turn(
    looking: Callable[[VehicleFixes], Observation], fleet: Iterable[VehicleFixes], workers: int
) -> Iterator[Observation]:
    """Look at some vehicles at once, each on a thread of its own, and give them in their order."""
    if workers == 1:
        yield from map(looking, fleet)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        ahead: deque[Future[Observation]] = deque()
        for one in fleet:
            # two each, so that none is idle while the first in line takes long
            if len(ahead) == 2 * workers:
                yield ahead.popleft().result()
            ahead.append(pool.submit(looking, one))
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # whoever is interrupted waits for no others


def fixes_in_turn(pings: Pings, network: Network, work: Work) -> Iterator[VehicleFixes]:
    """Give the fixes of each vehicle, in order of vehicle id, made of some vehicles at a time."""
    for part in parts_of(pings) if isinstance(pings, pd.DataFrame) else pings:
        yield from fixes_of_fleet(part, network, work)


def parts_of(pings: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Cut a frame between vehicles into parts of about `ROWS_AT_ONCE`, or of one vehicle."""
    numbers, _ = pd.factorize(pings["vehicle_id"])
    ends = np.append(np.flatnonzero(np.diff(numbers)) + 1, len(numbers))
    first = 0
    while first < len(numbers):
        after = np.searchsorted(ends, first + ROWS_AT_ONCE, side="right")
        end = int(ends[max(after - 1, np.searchsorted(ends, first, side="right"))])
        yield pings.iloc[first:end]
        first = end


def fixes_of_fleet(pings: pd.DataFrame, network: Network, work: Work) -> list[VehicleFixes]:
    """Give the fixes of each vehicle of a frame, in order of vehicle id."""
    fixes, skewed = read_fixes(pings, network, work)
    numbers, vehicles = pd.factorize(pings["vehicle_id"])
    first = np.searchsorted(numbers, np.arange(len(vehicles) + 1))
    rows = [slice(begin, end) for begin, end in pairwise(first)]
    return [
        VehicleFixes(str(vehicle), fixes[some], skewed[some])
        for vehicle, some in zip(vehicles, rows, strict=True)
    ]


def read_fixes(
    pings: pd.DataFrame, network: Network, work: Work = NO_WORK
) -> tuple[Fixes, NDArray[np.bool_]]:
    """Give pings as fixes in the network's metres, and which show a clock that runs ahead."""
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
        tasks=_tasks(pings, work.looked_at),
        satellites=pings["satellites"].fillna(NOT_REPORTED).to_numpy().astype(np.int16),
    )
    skewed = np.zeros(len(pings), dtype=np.bool_)
    if RECEIVED_COLUMN in pings.columns:
        received = pings[RECEIVED_COLUMN]
        skewed = np.asarray(received.notna()) & (_milliseconds(received) < time_ms - SKEW_MS)
    return fixes, skewed


def _tasks(pings: pd.DataFrame, looked_at: int) -> NDArray[np.int32]:
    """Give the tasks that are told, as far as the plan looks at them."""
    if not looked_at or "tasks" not in pings.columns:
        return np.full(len(pings), NOT_REPORTED, np.int32)
    told = pings["tasks"].notna().to_numpy()
    masks = pings["tasks"].fillna(0).to_numpy().astype(np.int32)
    return np.where(told, masks & looked_at, NOT_REPORTED).astype(np.int32)


@aside
def sight(
    vehicle_id: str,
    fixes: Fixes,
    skewed: NDArray[np.bool_],
    matcher: Matcher,
    rules: ServiceRules,
    known: Mapping[bytes, Match],
    work: Work = NO_WORK,
) -> Sighting:
    """Observe one vehicle; parts of its track whose match is known are not matched again."""
    is_near = _near(fixes, matcher.network)
    is_fix = ~without_fix(fixes.x, fixes.y, fixes.accuracy_m, fixes.satellites)
    usable = is_near & is_fix
    near = fixes if usable.all() else fixes[usable]
    track = build_track(near, rules)
    match, parts = match_parts(track, matcher, known)
    key = track.fixes
    begins = track.cut
    ends = np.roll(begins, -1)  # the first fix begins a part, so the last one ends one
    observation = Observation(
        vehicle_id=vehicle_id,
        time_ms=track.kept_ms,
        x=track.kept_x,
        y=track.kept_y,
        part_started_ms=key.time_ms[begins],
        part_finished_ms=key.time_ms[ends],
        passes=build_passes(matcher.network, track, match, rules, work),
        gaps=build_gaps(track, match),
        frozen_started_ms=track.frozen_started_ms,
        frozen_finished_ms=track.frozen_finished_ms,
        skewed_ms=fixes.time_ms[skewed],
        outlier_ms=np.sort(np.concatenate([track.outlier_ms, fixes.time_ms[~is_near & is_fix]])),
        no_fix_ms=fixes.time_ms[~is_fix],
        stale_ms=track.stale_ms,
        doubted_ms=track.doubted_ms,
        doubted_started_ms=track.doubted_started_ms,
        doubted_finished_ms=track.doubted_finished_ms,
        visits=visited(near),
    )
    return Sighting(observation, near, track, match, parts)


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
