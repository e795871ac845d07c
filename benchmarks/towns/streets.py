"""Streets out of nameless roads: those that go straight on at a junction are one street."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.towns.roads import Roads

BEND_DEG = 25.0
"""A street goes on at a junction where it bends by no more."""
ROADS_AT_MOST = 8
"""A longer street is cut: the next part has a name of its own."""
End = tuple[int, int]
"""A road and one of its ends: 0 its tail, 1 its head."""


def name_streets(roads: Roads) -> dict[int, str]:
    """Name each drawn road after its street.

    At each junction the two roads that are most nearly in line are joined first, then the next two.
    """
    joined: dict[End, End] = {}
    for one, other in _joints(roads):
        if one not in joined and other not in joined:
            joined[one], joined[other] = other, one
    names: dict[int, str] = {}
    for start in sorted({int(number) for number in roads.drawn}):
        if start in names:
            continue
        chain = _chain(start, joined)
        for place, road in enumerate(chain):
            # numbered by its first road, so that a name is the same whatever else is in the town
            names[road] = f"Street {chain[place - place % ROADS_AT_MOST]}"
    return names


def _joints(roads: Roads) -> list[tuple[End, End]]:
    """Give the pairs of road ends that are nearly in line, the straightest first."""
    at: dict[str, list[tuple[End, NDArray[np.float64]]]] = defaultdict(list)
    for number in sorted({int(number) for number in roads.drawn}):
        road = roads.roads[number]
        for end, (corner, inner) in enumerate(((0, 1), (-1, -2))):
            outward = road.line[inner] - road.line[corner]
            junction = road.head if end else road.tail
            at[junction].append(((number, end), outward / np.hypot(*outward)))
    found = []
    for ends in at.values():
        for place, (one, way) in enumerate(ends):
            for other, onward in ends[place + 1 :]:
                bend = np.degrees(np.arccos(np.clip(-(way @ onward), -1.0, 1.0)))
                if bend <= BEND_DEG and one[0] != other[0]:
                    found.append((float(bend), one, other))
    return [(one, other) for _, one, other in sorted(found)]


def _chain(road: int, joined: dict[End, End]) -> list[int]:
    """Give the roads of a street from one of its ends to the other."""
    back = list(_onward(road, 0, joined))
    if back and back[-1] == road:  # a ring
        return back
    return [*back[::-1], road, *_onward(road, 1, joined)]


def _onward(road: int, end: int, joined: dict[End, End]) -> Iterator[int]:
    start = road
    while (following := joined.get((road, end))) is not None:
        road, entered = following
        yield road
        if road == start:
            return
        end = 1 - entered
