"""Side streets without a name: what leaves a street, or a place, and leads nowhere else."""

from collections.abc import Iterable, Sequence

import numpy as np
from shapely.geometry.base import BaseGeometry

from geofence.locating.ground.continuations import carries_on
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.pieces import Outcome, whole
from geofence.locating.ground.street import Street
from geofence.locating.resolution import Remark, UnlocatedReason
from geofence.streetmap.drivable import LINK

LONGEST_M = 400.0
"""A side street is no longer, its own branches included."""
PLACE_REACH_M = 60.0
"""A branch of a place begins within this of it."""


def branches_of_street(measured: MeasuredMap, street: Street) -> list[tuple[int, ...]]:
    """Give the nameless dead ends and loops at a street, in order along it."""
    found: dict[tuple[int, ...], float] = {}
    seen: set[int] = set()
    for each in street.junctions:
        junction = int(each)
        for section in _nameless(measured, measured.sections_at(junction)):
            if section in seen or carries_on(measured, street, section, junction):
                continue
            branch = _flood(measured, section, street)
            seen.update(branch or ())
            if branch is not None:
                found[branch] = float(measured.junction_xy[junction] @ street.axis)
    return sorted(found, key=lambda branch: (found[branch], branch))


def branches_of_place(measured: MeasuredMap, place: BaseGeometry) -> list[tuple[int, ...]]:
    """Give the nameless sections that begin at a place, short ones only, from west to east."""
    near = measured.tree.query(place, predicate="dwithin", distance=PLACE_REACH_M)
    found: dict[tuple[int, ...], float] = {}
    seen: set[int] = set()
    for section in _nameless(measured, np.sort(near)):
        branch = None if section in seen else _flood(measured, section, None)
        seen.update(branch or ())
        if branch is not None:
            found[branch] = float(measured.vertices(section)[:, 0].mean())
    return sorted(found, key=lambda branch: (found[branch], branch))


def branch_outcome(
    branches: Sequence[tuple[int, ...]], number: int | None, mentioned: int
) -> Outcome:
    """Give all branches, or the one of a number where the notice names `mentioned` of them."""
    if not branches:
        return Outcome(
            reason=UnlocatedReason.BRANCH_ABSENT,
            detail=f"no street without a name leaves it and ends within {LONGEST_M:g} m",
        )
    if number is None:
        count = f"{len(branches)} side street{'s' if len(branches) > 1 else ''}"
        return Outcome(whole(_flat(branches)), detail=f"{count} without a name")
    if len(branches) > mentioned:
        return Outcome(
            reason=UnlocatedReason.AMBIGUOUS,
            detail=f"{len(branches)} side streets have no name, {mentioned} are mentioned:"
            " which ones is not told",
        )
    if number > len(branches):
        return Outcome(
            reason=UnlocatedReason.BRANCH_ABSENT,
            detail=f"{mentioned} side streets are mentioned, the map has {len(branches)}",
        )
    return Outcome(
        whole(branches[number - 1]),
        detail=f"side street {number} of {len(branches)}, counted along the street",
        remarks=(Remark.BRANCHES_SHARED,),
    )


def _flat(branches: Iterable[tuple[int, ...]]) -> list[int]:
    return [section for branch in branches for section in branch]


def _nameless(measured: MeasuredMap, sections: Iterable[int]) -> list[int]:
    """Give the sections that have no name and are no slip roads."""
    street_map = measured.street_map
    return [
        int(section)
        for section in sections
        if measured.is_nameless(int(section))
        and not street_map.road_classes[int(street_map.road_class[section])].endswith(LINK)
    ]


def _flood(measured: MeasuredMap, start: int, street: Street | None) -> tuple[int, ...] | None:
    """Give all nameless sections that hang together with one; None if they lead elsewhere.

    A junction with a named street ends the branch there; if that is another street, or the branch
    goes far, it is no side street.
    """
    branch, waiting = {start}, [start]
    length = 0.0
    while waiting:
        section = waiting.pop()
        length += float(measured.length_m[section])
        if length > LONGEST_M:
            return None
        for junction in measured.street_map.ends[section]:
            others = measured.sections_at(int(junction))
            named = [int(other) for other in others if not measured.is_nameless(int(other))]
            if named:
                if street is not None and not all(other in street.members for other in named):
                    return None
                continue
            for other in _nameless(measured, others):
                if other not in branch:
                    branch.add(other)
                    waiting.append(other)
    return tuple(sorted(branch))
