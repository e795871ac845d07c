"""When the vehicles of a grid were out of sight in a window, and where they came from and went to.

Between its first and its last fix of a service day a vehicle is out of sight in its gaps. Before
the first and after the last it is taken to be off duty, unless that silence covers more than
``gap_s`` of a window: then it is a gap of that window with one open end, or two if the vehicle was
not heard of at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.coverage.coverage import select
from analytics.coverage.windows import ServiceWindow
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Flags, Floats, Gaps, Instants, Observation


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Times out of sight, vehicle by vehicle, each in order of time.

    An open end has an infinite instant and the position NaN.
    """

    vehicle_ids: tuple[str, ...]
    started_ms: Floats
    finished_ms: Floats
    from_x: Floats
    from_y: Floats
    to_x: Floats
    to_y: Floats
    silent: Flags
    """False if fixes came but could not be placed on a street."""


@dataclass(frozen=True, slots=True, eq=False)
class Duty:
    """What was seen of one vehicle within the horizon of a service date."""

    vehicle_id: str
    observation: Observation | None
    """None if no fix lies in the horizon; without any fix if none of those was believed."""


def on_duty(vehicle_id: str, observation: Observation | None, first_ms: int, last_ms: int) -> Duty:
    """Keep what lies between the fixes of ``[first_ms, last_ms)``."""
    if observation is None:
        return Duty(vehicle_id, None)

    def within(instants: Instants) -> Instants:
        return instants[(instants >= first_ms) & (instants < last_ms)]

    inside = (observation.time_ms >= first_ms) & (observation.time_ms < last_ms)
    if inside.all() and len(inside):
        return Duty(vehicle_id, observation)
    dropped = (observation.no_fix_ms, observation.stale_ms, observation.doubted_ms)
    if not inside.any() and not any(len(within(each)) for each in dropped):
        return Duty(vehicle_id, None)
    times = observation.time_ms[inside]
    first, last = (times[0], times[-1]) if len(times) else (last_ms, first_ms)
    passes, gaps = observation.passes, observation.gaps
    parts = (observation.part_finished_ms >= first) & (observation.part_started_ms <= last)
    # a pass between two fixes that are kept may miss their instants by rounding
    moved = (passes.started_ms >= first - 0.5) & (passes.finished_ms <= last + 0.5)
    hidden = (gaps.started_ms >= first) & (gaps.finished_ms <= last)
    return Duty(
        vehicle_id,
        Observation(
            vehicle_id=vehicle_id,
            time_ms=times,
            x=observation.x[inside],
            y=observation.y[inside],
            part_started_ms=np.maximum(observation.part_started_ms[parts], first),
            part_finished_ms=np.minimum(observation.part_finished_ms[parts], last),
            passes=select(passes, moved),
            gaps=_select_gaps(gaps, hidden),
            frozen_started_ms=observation.frozen_started_ms,
            frozen_finished_ms=observation.frozen_finished_ms,
            skewed_ms=within(observation.skewed_ms),
            outlier_ms=within(observation.outlier_ms),
            no_fix_ms=within(observation.no_fix_ms),
            stale_ms=within(observation.stale_ms),
            doubted_ms=within(observation.doubted_ms),
            doubted_started_ms=observation.doubted_started_ms,
            doubted_finished_ms=observation.doubted_finished_ms,
        ),
    )


def unseen_in(window: ServiceWindow, duties: Sequence[Duty], rules: ServiceRules) -> Unseen:
    """Collect the times out of sight that touch the period judged."""
    found = [_unseen_of(window, duty, rules) for duty in duties]
    table = np.concatenate([rows for rows in found if len(rows)] or [np.empty((0, 7))])
    started_ms, finished_ms, from_x, from_y, to_x, to_y, silent = np.ascontiguousarray(table.T)
    return Unseen(
        tuple(d.vehicle_id for d, rows in zip(duties, found, strict=True) for _ in rows),
        started_ms,
        finished_ms,
        from_x,
        from_y,
        to_x,
        to_y,
        silent == 1.0,
    )


def _unseen_of(window: ServiceWindow, duty: Duty, rules: ServiceRules) -> NDArray[np.float64]:
    """Rows of started, finished, from x, from y, to x, to y and silent.

    A gap whose ends no truck could join in its time contradicts itself: one of the two fixes is
    wrong, and nobody knows which. Such a gap binds the truck to no place.
    """
    gap_ms = rules.gap_s * 1000.0
    nowhere = (np.nan, np.nan)
    observation = duty.observation
    if observation is None or len(observation.time_ms) == 0:
        return np.array([(-np.inf, np.inf, *nowhere, *nowhere, 1.0)])
    gaps = observation.gaps
    touching = (gaps.finished_ms > window.start_ms) & (gaps.started_ms < window.period_end_ms)
    columns = (
        gaps.started_ms, gaps.finished_ms, gaps.from_x, gaps.from_y, gaps.to_x, gaps.to_y,
        gaps.silent,
    )  # fmt: skip
    rows = np.stack([np.asarray(column[touching], np.float64) for column in columns], axis=1)
    apart_m = np.hypot(rows[:, 4] - rows[:, 2], rows[:, 5] - rows[:, 3])
    joined = apart_m * 1000.0 <= rules.prism_travel_mps * (rows[:, 1] - rows[:, 0])
    rows[~joined, 2:6] = np.nan
    first, last = int(observation.time_ms[0]), int(observation.time_ms[-1])
    before: list[tuple[float, ...]] = []
    after: list[tuple[float, ...]] = []
    if first > window.start_ms:
        is_silent = float(min(first, window.end_ms) - window.start_ms > gap_ms)
        before = [(-np.inf, first, *nowhere, observation.x[0], observation.y[0], is_silent)]
    place = (observation.x[-1], observation.y[-1])
    if window.end_ms - max(last, window.start_ms) > gap_ms:
        after = [(last, np.inf, *place, *nowhere, 1.0)]
    elif last < window.end_ms:
        # no more than a pause of the tracker: the truck may have served until the end, which for
        # every place it could reach by then lies within twice the pause
        after = [(last, 2.0 * window.end_ms - last, *place, *place, 0.0)]
    return np.concatenate([np.array(part).reshape(-1, 7) for part in (before, rows, after)])


def _select_gaps(gaps: Gaps, chosen: Flags) -> Gaps:
    return Gaps(
        started_ms=gaps.started_ms[chosen],
        finished_ms=gaps.finished_ms[chosen],
        from_x=gaps.from_x[chosen],
        from_y=gaps.from_y[chosen],
        to_x=gaps.to_x[chosen],
        to_y=gaps.to_y[chosen],
        silent=gaps.silent[chosen],
    )


def was_pinged(window: ServiceWindow, duties: Sequence[Duty]) -> bool:
    """Whether any fix of the vehicles lies in the period judged."""
    return any(ping_span(window, duty)[2] for duty in duties)


def ping_span(window: ServiceWindow, duty: Duty) -> tuple[int | None, int | None, int]:
    """Give the first fix in the period judged, the last, and how many there are."""
    if duty.observation is None:
        return None, None, 0
    times = duty.observation.time_ms
    begin, end = np.searchsorted(times, [window.start_ms, window.period_end_ms])
    if begin == end:
        return None, None, 0
    return int(times[begin]), int(times[end - 1]), int(end - begin)


def observed_share(window: ServiceWindow, duties: Sequence[Duty]) -> float:
    """Give the share of ``[start, end)`` in which at least one vehicle was observed."""
    seen = [duty.observation for duty in duties if duty.observation is not None]
    if not seen:
        return 0.0
    started = np.concatenate([observation.part_started_ms for observation in seen])
    finished = np.concatenate([observation.part_finished_ms for observation in seen])
    order = np.lexsort((finished, started))
    begin = np.clip(started[order], window.start_ms, window.end_ms)
    end = np.maximum.accumulate(np.clip(finished[order], window.start_ms, window.end_ms))
    covered_until = np.concatenate([[window.start_ms], end[:-1]])
    observed_ms = np.maximum(end - np.maximum(begin, covered_until), 0).sum()
    return float(observed_ms / (window.end_ms - window.start_ms))
