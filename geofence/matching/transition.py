"""Transition: the routes a truck may have taken between two fixes, and what they cost."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.route_table import RouteTable, find_route
from geofence.network.network import Network
from geofence.track.growth import grown
from geofence.track.receiver import CORRELATION_S, mean_speed_variance

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

ALONG = -1
"""The way from one place to another on the same arc."""
BACK = -2
"""The way that turns back in the middle of an edge."""
NEVER = -2
"""No arc."""
PLACE_ERROR_M = 4.0
"""Standard deviation of a way's length that nothing takes away: where on the road one drives."""
STAND_IN_DRIFTS = 4.0
"""So many times that variance where no speeds are reported and the steps before and after a step
stand in: they are of longer ago, and their fixes err."""
INCONSISTENT = 3.0
"""Speeds that make less than the straight line by so many standard deviations are not believed."""
TOLD_TAIL = 3.0
"""Degrees of freedom of that error: trucks stop and go."""
TOLD_MOST = 5.0
"""Speeds reported never cost more than this: a sensor may be wrong."""
TOLD_SURELY = 1.01 * math.expm1(2.0 * TOLD_MOST / (TOLD_TAIL + 1.0))
"""Beyond this the logarithm need not be worked out."""


class Roads(NamedTuple):
    """What a route needs to know of the network, as flat arrays for compiled kernels."""

    arc_from: Indices
    arc_to: Indices
    edge_length_m: Floats
    dead_end: Flags
    first: Places
    target: Indices
    distance_m: Floats
    first_arc: Indices
    last_arc: Indices
    u_turn_cost: float
    back_cost: float


class Steps(NamedTuple):
    """The steps of a track from fix to fix, as flat arrays for compiled kernels."""

    time_ms: Places
    x: Floats
    y: Floats
    held: Flags
    """True where a fix belongs to the same stand as the one before it."""
    slack_m: Floats
    """How far noise may move each fix back on its arc."""
    reach_m: Floats
    """How long the route to each fix may be."""
    speed_mps: Floats
    """As reported at each fix, NaN where it is not or is not believed."""
    came_mps: Floats
    left_mps: Floats
    """By the fixes alone: of the step to each fix and of the step from it, NaN beyond a cut."""
    beta_base_m: float
    beta_per_s: float


def lay_roads(network: Network, table: RouteTable, u_turn_cost: float, back_cost: float) -> Roads:
    """Put network and route table together."""
    return Roads(
        arc_from=network.arc_from,
        arc_to=network.arc_to,
        edge_length_m=network.edge_length_m,
        dead_end=np.diff(network.node_first_arc) <= 1,
        first=table.first,
        target=table.target,
        distance_m=table.distance_m,
        first_arc=table.first_arc,
        last_arc=table.last_arc,
        u_turn_cost=u_turn_cost,
        back_cost=back_cost,
    )


@kernel
def detour_cost(route_m: float, straight_m: float, beta_m: float) -> float:
    """Exponential error of route against straight line (Newson & Krumm 2009, eq. 2)."""
    return abs(route_m - straight_m) / beta_m


class Step(NamedTuple):
    """One step of a track, whose numbers all pairs of states share."""

    straight_m: float
    beta_m: float
    slack_m: float
    reach_m: float
    told_m: float
    """Length of the way by the speeds reported at both ends, NaN if they tell nothing."""
    told_error_m: float
    """Its standard deviation,"""
    turned_error_m: float
    """and that of a way which turns round: there an error of both fixes counts twice."""


@kernel
def step_between(steps: Steps, last: int, following: int) -> Step:
    """Give the step from fix `last` to fix `following`."""
    pause_s = (steps.time_ms[following] - steps.time_ms[last]) / 1000.0
    straight_m = straight_between(steps, last, following)
    told_mps = 0.5 * (steps.speed_mps[last] + steps.speed_mps[following])
    drifts = 1.0
    if np.isnan(told_mps):
        told_mps = 0.5 * (steps.came_mps[last] + steps.left_mps[following])
        drifts = STAND_IN_DRIFTS
    told_m = told_mps * pause_s
    error_m = told_error_m(pause_s, 0.5 * steps.slack_m[following], drifts, False)
    if straight_m > told_m + INCONSISTENT * error_m:
        told_m = np.nan  # the truck went farther than its speed sensor says
    return Step(
        straight_m, steps.beta_base_m + steps.beta_per_s * pause_s,
        steps.slack_m[following], steps.reach_m[following], told_m, error_m,
        told_error_m(pause_s, 0.5 * steps.slack_m[following], drifts, True),
    )  # fmt: skip


@kernel
def straight_between(steps: Steps, last: int, following: int) -> float:
    """Give the straight line between two fixes."""
    east_m = steps.x[following] - steps.x[last]
    return float(math.hypot(east_m, steps.y[following] - steps.y[last]))


@kernel
def told_error_m(pause_s: float, sigma_m: float, drifts: float, turned: bool) -> float:
    """Give the standard deviation of a way's length by the speeds reported at both its ends.

    Where the way begins and ends, fixes of standard deviation `sigma_m` say: what their errors
    have in common cancels out, but if the truck turned round in between it adds up.

    Parameters
    ----------
    drifts
        See `mean_speed_variance`.
    """
    variance = mean_speed_variance(pause_s, drifts) * pause_s * pause_s
    kept = math.exp(-pause_s / CORRELATION_S)
    shared = 1.0 + kept if turned else 1.0 - kept
    return math.sqrt(variance + 2.0 * sigma_m * sigma_m * shared + PLACE_ERROR_M**2)


@kernel
def length_cost(route_m: float, step: Step, error_m: float) -> float:
    """Give what the length of a way costs, by the straight line and by the speeds reported.

    Where no speeds are, as `detour_cost`. Where they are, a way may be longer than the straight
    line by as much as they say, and costs what it differs from them besides.
    """
    if np.isnan(step.told_m):
        return detour_cost(route_m, step.straight_m, step.beta_m)
    longest_m = max(step.straight_m, step.told_m)
    cost = max(0.0, step.straight_m - route_m, route_m - longest_m) / step.beta_m
    apart = (route_m - step.told_m) / error_m
    surprise = apart * apart / TOLD_TAIL
    if surprise > TOLD_SURELY:
        return cost + TOLD_MOST
    return cost + min(TOLD_MOST, 0.5 * (TOLD_TAIL + 1.0) * math.log(1.0 + surprise))


@kernel
def way_cost(
    step: Step, arc_p: int, offset_p: float, length_p: float, arc_q: int, offset_q: float,
    row: int, between_m: float, turn_cost: float, back_cost: float,
) -> tuple[float, float, int]:  # fmt: skip
    """Cost of the best way from one state to another, its length and how it goes.

    Between the arcs lies the route of index `row` in the table, of length `between_m`, which is
    infinite if there is none; its turns cost `turn_cost`.
    """
    if arc_p == arc_q and offset_q >= offset_p - step.slack_m:
        route_m = max(0.0, offset_q - offset_p)
        if route_m <= step.reach_m:
            back_m = max(0.0, offset_p - offset_q)
            cost = length_cost(route_m + back_m, step, step.told_error_m)
            return cost + back_m / step.beta_m, route_m, ALONG
    best = np.inf
    best_m = np.inf
    way = ALONG
    if arc_p == arc_q ^ 1:
        route_m = abs(length_p - offset_q - offset_p)
        if route_m <= step.reach_m:
            best = length_cost(route_m, step, step.turned_error_m) + back_cost
            best_m = route_m
            way = BACK
    route_m = length_p - offset_p + between_m + offset_q
    if route_m <= step.reach_m:
        is_turn = turn_cost > 0.0 or arc_p == arc_q ^ 1
        error_m = step.turned_error_m if is_turn else step.told_error_m
        cost = length_cost(route_m, step, error_m) + turn_cost
        if cost < best:
            best = cost
            best_m = route_m
            way = row
    return best, best_m, way


@kernel
def step_cost(
    roads: Roads, steps: Steps, last: int, following: int,
    arc_p: int, offset_p: float, arc_q: int, offset_q: float,
) -> tuple[float, float, int]:  # fmt: skip
    """Cost of the best route from a state of fix `last` to one of fix `following`.

    Returns the cost (infinite if there is no route within reach), the route's length in metres and
    how it goes: the index of its row in the table, `ALONG` or `BACK`.
    """
    row = find_route(roads.first, roads.target, roads.arc_to[arc_p], roads.arc_from[arc_q])
    between_m = np.inf
    turn_cost = 0.0
    if row >= 0:
        between_m = roads.distance_m[row]
        first_arc = roads.first_arc[row] if roads.first_arc[row] >= 0 else arc_q
        last_arc = roads.last_arc[row] if roads.last_arc[row] >= 0 else arc_p
        if first_arc == turned(roads.arc_to, roads.dead_end, arc_p) or last_arc == turned(
            roads.arc_from, roads.dead_end, arc_q
        ):
            turn_cost = roads.u_turn_cost
    return way_cost(
        step_between(steps, last, following),
        arc_p, offset_p, roads.edge_length_m[arc_p >> 1], arc_q, offset_q,
        row, between_m, turn_cost, roads.back_cost,
    )  # fmt: skip


@kernel
def turned(end: Indices, dead_end: Flags, arc: int) -> int:
    """Give the arc that turns round at one end of an arc at a price, `NEVER` if that is free."""
    return NEVER if dead_end[end[arc]] else arc ^ 1


@kernel
def best_way(
    roads: Roads, steps: Steps, last: int, following: int,
    arc_p: int, offset_p: float, arc_q: int, offset_q: float,
) -> tuple[float, int]:  # fmt: skip
    """Give length and way of the best route as `step_cost` does, with costs only where they matter.

    They do where a truck may turn round on its edge or at the edge's end.
    """
    if arc_p == arc_q ^ 1:
        return step_cost(roads, steps, last, following, arc_p, offset_p, arc_q, offset_q)[1:]
    reach_m = steps.reach_m[following]
    if arc_p == arc_q and offset_q >= offset_p - steps.slack_m[following]:
        route_m = max(0.0, offset_q - offset_p)
        if route_m <= reach_m:
            return route_m, ALONG
    row = find_route(roads.first, roads.target, roads.arc_to[arc_p], roads.arc_from[arc_q])
    if row >= 0:
        route_m = roads.edge_length_m[arc_p >> 1] - offset_p + roads.distance_m[row] + offset_q
        return (route_m, row) if route_m <= reach_m else (np.inf, ALONG)
    return np.inf, ALONG


@kernel
def fill_route(
    roads: Roads, arc_p: int, arc_q: int, way: int, arcs: Indices
) -> tuple[Indices, int]:
    """Fill in the arcs of a route from the end of travel.

    `way` is how `step_cost` says it goes. Returns `arcs`, or an array with more room, and how many
    of it are filled.
    """
    if way < 0:
        arcs[0] = arc_p
        return arcs, 1
    first, target, last_arc, arc_from = roads.first, roads.target, roads.last_arc, roads.arc_from
    start = roads.arc_to[arc_p]
    node = arc_from[arc_q]
    arcs[0] = arc_q
    count = 1
    while node != start:
        if count + 1 == len(arcs):  # room for the first arc of travel, too
            arcs = grown(arcs, 2 * len(arcs))
        arcs[count] = last_arc[find_route(first, target, start, node)]
        node = arc_from[arcs[count]]
        count += 1
    arcs[count] = arc_p
    return arcs, count + 1


@kernel
def route_arcs(roads: Roads, arc_p: int, arc_q: int, way: int) -> Indices:
    """Give the arcs of a route in order of travel; `way` is how `step_cost` says it goes."""
    arcs, count = fill_route(roads, arc_p, arc_q, way, np.empty(16, dtype=np.int32))
    return arcs[:count][::-1].copy()
