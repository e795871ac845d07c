"""Lines that are drawn oddly: on each other, across each other, back on themselves."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from geofence.network.join_candidates import TOUCH_M
from geofence.network.network import Network
from geofence.review.warning import PlanWarning, WarningCode, listed

TURN_COS = -np.cos(np.radians(8.0))
"""A line that goes on within so much of where it came from turns back."""
LEAST_PIECE_M = 0.05
"""Of shorter pieces the direction is that of rounding."""


def coincident(network: Network) -> Iterator[PlanWarning]:
    """Tell each pair of which one is collected, and count the others."""
    twins = network.twins
    pairs: defaultdict[tuple[int, int], float] = defaultdict(float)
    for section, carrier, from_m, to_m in zip(
        twins.section.tolist(), twins.carrier.tolist(), twins.from_m, twins.to_m, strict=True
    ):
        pairs[section, carrier] += float(to_m - from_m)
    ids, grids = network.section_ids, network.section_grids
    others = 0
    for (section, carrier), shared_m in sorted(
        pairs.items(), key=lambda item: (ids[item[0][0]], ids[item[0][1]])
    ):
        if not grids[section] and not grids[carrier]:
            others += 1
            continue
        where = "comes back beside itself" if section == carrier else f"lies on {ids[carrier]}"
        yield PlanWarning(
            WarningCode.LINES_COINCIDE,
            "",
            f"{ids[section]} {where} for {shared_m:.1f} m; what serves one serves both",
        )
    if others:
        yield PlanWarning(
            WarningCode.LINES_COINCIDE, "", f"{others} more pairs of sections that no grid collects"
        )


def crossing(network: Network) -> Iterator[PlanWarning]:
    """Tell each crossing with a line that is collected, and count the others."""
    grids = dict(zip(network.section_ids, network.section_grids, strict=True))
    others = 0
    for each in network.crossings:
        if not grids[each.section_id] and not grids[each.other_id]:
            others += 1
            continue
        yield PlanWarning(
            WarningCode.LINES_CROSS,
            "",
            f"{each} without a vertex in common; if it is no bridge, draw one in both",
        )
    if others:
        yield PlanWarning(
            WarningCode.LINES_CROSS,
            "",
            f"{others} more crossings of sections that no grid collects",
        )


def turning_back(network: Network) -> Iterator[PlanWarning]:
    """Tell vertices at which a line turns back, unless it is told to come back beside itself."""
    measure_m, first = network.vertex_measure_m, network.section_first_vertex
    owner = np.repeat(np.arange(network.section_count), np.diff(first))
    east, north = np.diff(network.vertex_x), np.diff(network.vertex_y)
    size_m = np.hypot(east, north)
    middle = np.flatnonzero(
        (owner[:-2] == owner[2:]) & (size_m[:-1] > LEAST_PIECE_M) & (size_m[1:] > LEAST_PIECE_M)
    )
    dot = east[middle] * east[middle + 1] + north[middle] * north[middle + 1]
    vertex = middle[dot < TURN_COS * size_m[middle] * size_m[middle + 1]] + 1
    own = network.twins.section[network.twins.section == network.twins.carrier]
    vertex = vertex[~np.isin(owner[vertex], own)]
    longitude, latitude = network.projection.to_degrees(
        network.vertex_x[vertex], network.vertex_y[vertex]
    )
    places = [
        f"{network.section_ids[owner[at]]} ({measure_m[at]:.1f} m from its start, at "
        f"{lon:.6f} {lat:.6f})"
        for at, lon, lat in zip(vertex.tolist(), longitude.tolist(), latitude.tolist(), strict=True)
    ]
    if places:
        yield PlanWarning(
            WarningCode.LINE_TURNS_BACK,
            "",
            f"at {len(places)} {'vertex' if len(places) == 1 else 'vertices'}: {listed(places)}",
        )


def close_vertices(network: Network) -> Iterator[PlanWarning]:
    """Tell sections with vertices that follow each other closer than two places may lie."""
    first = network.section_first_vertex
    owner = np.repeat(np.arange(network.section_count), np.diff(first))
    step_m = np.diff(network.vertex_measure_m)
    close = np.flatnonzero((owner[:-1] == owner[1:]) & (step_m < TOUCH_M))
    if not len(close):
        return
    count = np.bincount(owner[close], minlength=network.section_count)
    least_m = np.full(network.section_count, np.inf)
    np.minimum.at(least_m, owner[close], step_m[close])
    order = np.lexsort((np.arange(len(count)), -count))
    told = [
        f"{network.section_ids[section]} ({count[section]}, the closest {least_m[section]:.2f} m)"
        for section in order[: np.count_nonzero(count)].tolist()
    ]
    yield PlanWarning(
        WarningCode.VERTICES_CLOSE,
        "",
        f"vertices that follow the one before within {TOUCH_M:g} m, in {len(told)} "
        f"section{'' if len(told) == 1 else 's'}: {listed(told)}",
    )
