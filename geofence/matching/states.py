"""States: the candidates of each fix with their directions of travel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.emission import heading_cost

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

ON_STREET_M = 0.5
"""A fix this near a street lies on it: which way it is off, its line tells, not the fix."""


class States(NamedTuple):
    """The states of each place, that of a fix or of a whole stand.

    Those of place ``i`` are ``first[i]:first[i + 1]``.
    """

    first: Places
    arc: Indices
    offset_m: Floats
    """Measure along the arc."""
    cost: Floats
    """What direction and heading cost."""
    across_m: Floats
    """How far the fix lies off along the normal."""
    normal_x: Floats
    normal_y: Floats
    """Unit vector from the street towards the fix, or across the street."""


@kernel
def build_states(
    candidate_first: Places, candidate_edge: Indices, candidate_offset_m: Floats,
    candidate_distance_m: Floats, candidate_x: Floats, candidate_y: Floats,
    candidate_bearing: Floats, x: Floats, y: Floats,
    edge_length_m: Floats, arc_open: Flags,
    sigma_m: Floats, heading_deg: Floats, heading_used: Flags,
    concentration: float, wrong_way_cost: float, prune_cost: float,
) -> States:  # fmt: skip
    """Give each candidate its directions of travel; drop hopeless states.

    A one-way street may be driven against its direction, at a price that only a fix with no better
    explanation pays: trucks that collect do it.
    """
    count = len(sigma_m)
    first = np.zeros(count + 1, dtype=np.int64)
    room = max(16, 2 * len(candidate_edge))
    arc = np.empty(room, dtype=np.int32)
    offset = np.empty(room)
    cost = np.empty(room)
    across = np.empty(room)
    normal_x = np.empty(room)
    normal_y = np.empty(room)
    alone = np.empty(room)
    used = 0
    for i in range(count):
        begin = used
        least = np.inf
        for k in range(candidate_first[i], candidate_first[i + 1]):
            edge = candidate_edge[k]
            away_m = candidate_distance_m[k]
            if away_m > ON_STREET_M:
                nx = (x[i] - candidate_x[k]) / away_m
                ny = (y[i] - candidate_y[k]) / away_m
            else:
                nx = -np.sin(candidate_bearing[k])
                ny = np.cos(candidate_bearing[k])
            off_m = nx * (x[i] - candidate_x[k]) + ny * (y[i] - candidate_y[k])
            for side in range(2):
                along = 0.0 if arc_open[2 * edge + side] else wrong_way_cost
                if heading_used[i]:
                    bearing = candidate_bearing[k] + side * np.pi
                    along += heading_cost(heading_deg[i], bearing, concentration)
                arc[used] = 2 * edge + side
                here = candidate_offset_m[k]
                offset[used] = here if side == 0 else edge_length_m[edge] - here
                cost[used] = along
                across[used] = off_m
                normal_x[used] = nx
                normal_y[used] = ny
                alone[used] = along + 0.5 * (away_m / sigma_m[i]) ** 2
                least = min(least, alone[used])
                used += 1
        kept = begin
        for state in range(begin, used):
            if alone[state] <= least + prune_cost:
                arc[kept] = arc[state]
                offset[kept] = offset[state]
                cost[kept] = cost[state]
                across[kept] = across[state]
                normal_x[kept] = normal_x[state]
                normal_y[kept] = normal_y[state]
                kept += 1
        used = kept
        first[i + 1] = used
    return States(
        first, arc[:used], offset[:used], cost[:used], across[:used], normal_x[:used],
        normal_y[:used],
    )  # fmt: skip
