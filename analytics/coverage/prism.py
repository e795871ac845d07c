"""What a truck out of sight could have served: the space-time prism of each gap.

In a gap from ``(t0, A)`` to ``(t1, B)`` a truck travels at most ``prism_travel_mps`` in a straight
line and serves metres at ``prism_service_kmh``. A cell ``c`` of length ``l`` could have been served
if the truck could get there, serve it, and get to B in time (Hägerstrand 1970; Miller 2005)::

    min(t1 - d(c, B) / v, P1) - max(t0 + d(A, c) / v, P0) >= l / s

with ``[P0, P1)`` the period judged and distances taken to the near end of the cell. All that was
served in the gap lies between the earliest arrival and the latest departure over such cells, which
bounds the metres it can hold. Both bounds only ever err towards "could have been served".
"""

import numpy as np

from analytics.coverage.unseen import Unseen
from geofence.kernels import kernel
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Flags, Floats

_ROUNDING_MS = 1e-6


def hidden_m(
    x: Floats,
    y: Floats,
    weight_m: Floats,
    unseen: Unseen,
    start_ms: int,
    until_ms: int,
    rules: ServiceRules,
) -> float:
    """Bound the metres of the given cells that may have been served unseen in a period.

    Each gap holds at most its time for the cells at service pace and at most the cells it can
    reach; all gaps together hold at most their sum and the cells that any of them can reach.
    """
    if not len(x) or not len(unseen.started_ms):
        return 0.0
    ends = np.stack([unseen.from_x, unseen.from_y, unseen.to_x, unseen.to_y])
    box = np.array([x.min(), y.min(), x.max(), y.max()])
    limits = np.array([start_ms, until_ms], dtype=np.float64)
    times = np.stack([unseen.started_ms, unseen.finished_ms])
    pace = np.array([rules.prism_travel_mps, rules.prism_service_kmh / 3.6]) / 1000.0
    capacity = capacity_m(unseen, start_ms, until_ms, rules)
    reachable, held_m = _reach(np.stack([x, y, weight_m]), box, times, ends, limits, pace, capacity)
    return min(float(weight_m[reachable].sum()), held_m)


def capacity_m(unseen: Unseen, start_ms: int, until_ms: int, rules: ServiceRules) -> Floats:
    """Bound the metres, wherever they are, that each gap could hold within a period.

    Of the time of a gap within the period, what straight travel from its first fix to its last
    needs is lost to service, except that metres served on the way are travel too: a truck that
    collects along a straight street loses none.
    """
    travel = rules.prism_travel_mps / 1000.0
    service = rules.prism_service_kmh / 3600.0
    begin = np.maximum(unseen.started_ms, start_ms)
    time_ms = np.maximum(np.minimum(unseen.finished_ms, until_ms) - begin, 0.0)
    outside_ms = unseen.finished_ms - unseen.started_ms - time_ms
    apart = np.hypot(unseen.to_x - unseen.from_x, unseen.to_y - unseen.from_y)
    bound = np.isfinite(outside_ms) & np.isfinite(apart)  # else the truck is bound to no place
    way_m = np.where(bound, np.maximum(apart - np.where(bound, outside_ms, 0.0) * travel, 0.0), 0.0)
    most_m: Floats = time_ms * service
    if service < travel:
        spare_ms = np.maximum(time_ms - way_m / travel, 0.0)
        most_m = np.minimum(most_m, spare_ms / (1.0 / service - 1.0 / travel))
    return most_m


@kernel
def _reach(
    cells: Floats,
    box: Floats,
    times: Floats,
    ends: Floats,
    limits: Floats,
    pace: Floats,
    capacity: Floats,
) -> tuple[Flags, float]:
    """Find the cells that some gap can reach, and the metres that all gaps can hold of them.

    Rows of `cells` are x, y and length; of `times` start and finish of each gap; of `ends` x and y
    of the fix before it and of the fix after. `box` bounds the cells, `limits` the period, `pace`
    has travel and service in metres per ms, `capacity` what each gap holds wherever the truck is.
    """
    count = cells.shape[1]
    reachable = np.zeros(count, dtype=np.bool_)
    held_m = 0.0
    for gap in range(times.shape[1]):
        near_a = _outside(box, ends[0, gap], ends[1, gap]) - 1.0
        near_b = _outside(box, ends[2, gap], ends[3, gap]) - 1.0
        begin = _arrival(times[0, gap], near_a, limits[0], pace[0])
        end = _departure(times[1, gap], near_b, limits[1], pace[0])
        if end <= begin:
            continue
        first = np.inf
        last = -np.inf
        reached_m = 0.0
        for cell in range(count):
            half_m = cells[2, cell] / 2.0
            there = np.hypot(cells[0, cell] - ends[0, gap], cells[1, cell] - ends[1, gap])
            back = np.hypot(cells[0, cell] - ends[2, gap], cells[1, cell] - ends[3, gap])
            begin = _arrival(times[0, gap], there - half_m, limits[0], pace[0])
            end = _departure(times[1, gap], back - half_m, limits[1], pace[0])
            if end - begin + _ROUNDING_MS >= cells[2, cell] / pace[1]:
                reachable[cell] = True
                reached_m += cells[2, cell]
                first = min(first, begin)
                last = max(last, end)
        if last > first:
            held_m += min(reached_m, (last - first) * pace[1], capacity[gap])
    return reachable, held_m


@kernel
def _arrival(started_ms: float, way_m: float, period_start_ms: float, travel: float) -> float:
    if np.isnan(way_m):
        return max(period_start_ms, started_ms)
    return max(period_start_ms, started_ms + max(way_m, 0.0) / travel)


@kernel
def _departure(finished_ms: float, way_m: float, period_end_ms: float, travel: float) -> float:
    if np.isnan(way_m):
        return min(period_end_ms, finished_ms)
    return min(period_end_ms, finished_ms - max(way_m, 0.0) / travel)


@kernel
def _outside(box: Floats, x: float, y: float) -> float:
    """Distance from a point to the nearest point of a box."""
    return float(np.hypot(max(box[0] - x, 0.0, x - box[2]), max(box[1] - y, 0.0, y - box[3])))
