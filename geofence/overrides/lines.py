"""Drawn lines cut in two and joined end to end, as the positions of GeoJSON."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

MEET_M = 1.0
"""Ends of two lines that are to be one lie at most this far apart."""
SHORTEST_M = 1.0
"""Each piece of a line that is cut is at least this long."""
FARTHEST_M = 50.0
"""A line is cut at most this far from where it should be: it was drawn anew since, a bit aside."""
DECIMALS = 7
"""Of a degree, where a line is cut: a centimetre."""
_METRES_A_DEGREE = 111_320.0

Line = Sequence[Sequence[float]]


LineFault = Literal["far", "short", "apart", "against", "mixed", "taken"]


class LineError(ValueError):
    """A line cannot be cut or joined there; the message says why.

    Parameters
    ----------
    kind
        What is in the way, for those who say it in other words.
    """

    def __init__(self, kind: LineFault, told: str) -> None:
        super().__init__(told)
        self.kind = kind


class Spot(NamedTuple):
    """The nearest place of a line to a position."""

    edge: int
    share: float
    """0 to 1 along the edge."""
    away_m: float
    along_m: float
    """From the line's start."""


def cut_line(line: Line, at: Sequence[float]) -> tuple[list[list[float]], list[list[float]]]:
    """Cut a line at its nearest place to a position; both pieces hold the place.

    Raises
    ------
    LineError
        If the place is too far off, or too near an end.
    """
    spot = nearest_spot(line, at)
    if spot.away_m > FARTHEST_M:
        far = f"the line is {spot.away_m:,.0f} m from there now"
        raise LineError("far", f"{far}, and is cut at most {FARTHEST_M:g} m off")
    rest_m = length_m(line) - spot.along_m
    if min(spot.along_m, rest_m) < SHORTEST_M:
        raise LineError("short", f"less than {SHORTEST_M:g} m of it would be left at one end")
    start, stop = line[spot.edge], line[spot.edge + 1]
    here = _between(start, stop, spot.share)
    before = [list(position) for position in line[: spot.edge + 1]]
    after = [list(position) for position in line[spot.edge + 1 :]]
    if list(start[:2]) == here:
        here = before.pop()
    elif list(stop[:2]) == here:
        here = after.pop(0)
    return [*before, here], [list(here), *after]


def join_lines(first: Line, second: Line, *, directed: bool = False) -> list[list[float]]:
    """Make one line of two that meet at an end, in the direction of the first.

    Parameters
    ----------
    directed
        Neither may be turned round, as traffic follows both.

    Raises
    ------
    LineError
        If they do not meet, or only against the direction.
    """
    ways = [
        (_apart_m(first[-1], second[0]), first, second),
        (_apart_m(second[-1], first[0]), second, first),
        (_apart_m(first[-1], second[-1]), first, second[::-1]),
        (_apart_m(second[0], first[0]), second[::-1], first),
    ]
    gaps_m = [gap_m for gap_m, _, _ in ways]
    if directed and min(gaps_m[:2]) > MEET_M >= min(gaps_m[2:]):
        raise LineError("against", "they are one-way against each other")
    allowed = ways[:2] if directed else ways
    gap_m, head, tail = min(allowed, key=lambda way: way[0])
    if gap_m > MEET_M:
        raise LineError("apart", f"they do not meet: their ends are {gap_m:,.0f} m apart")
    joined = [list(position) for position in head]
    same = list(head[-1][:2]) == list(tail[0][:2])
    return joined + [list(position) for position in tail[1 if same else 0 :]]


def nearest_spot(line: Line, at: Sequence[float]) -> Spot:
    """Find the nearest place of a line; of several the first."""
    metres = [_metres(position, at) for position in line]
    best, along_m = Spot(0, 0.0, math.inf, 0.0), 0.0
    for edge, ((x, y), (to_x, to_y)) in enumerate(pairwise(metres)):
        edge_x, edge_y = to_x - x, to_y - y
        long_m = math.hypot(edge_x, edge_y)
        share = -(x * edge_x + y * edge_y) / long_m**2 if long_m else 0.0
        share = min(1.0, max(0.0, share))
        away_m = math.hypot(x + share * edge_x, y + share * edge_y)
        if away_m < best.away_m:
            best = Spot(edge, share, away_m, along_m + share * long_m)
        along_m += long_m
    return best


def nearest_place(line: Line, at: Sequence[float]) -> list[float]:
    """Give the position of the nearest place of a line, as a cut would have it."""
    spot = nearest_spot(line, at)
    return _between(line[spot.edge], line[spot.edge + 1], spot.share)


def middle_of(line: Line) -> tuple[float, float]:
    """Give the place half way along a line."""
    half_m = length_m(line) / 2
    for start, stop in pairwise(line):
        edge_m = _apart_m(start, stop)
        if edge_m >= half_m and edge_m > 0:
            longitude, latitude = _between(start, stop, half_m / edge_m)
            return longitude, latitude
        half_m -= edge_m
    return line[-1][0], line[-1][1]


def length_m(line: Line) -> float:
    """Measure a line, to a few parts in a thousand: enough to tell what is too short."""
    return sum(_apart_m(start, stop) for start, stop in pairwise(line))


def _apart_m(one: Sequence[float], other: Sequence[float]) -> float:
    return math.hypot(*_metres(one, other))


def _metres(position: Sequence[float], origin: Sequence[float]) -> tuple[float, float]:
    """East and north of the origin, the short way round the earth."""
    east = (position[0] - origin[0] + 180.0) % 360.0 - 180.0
    shrink = math.cos(math.radians(origin[1]))
    return east * shrink * _METRES_A_DEGREE, (position[1] - origin[1]) * _METRES_A_DEGREE


def _between(start: Sequence[float], stop: Sequence[float], share: float) -> list[float]:
    if share in {0.0, 1.0}:
        return list((stop if share else start)[:2])
    east = (stop[0] - start[0] + 180.0) % 360.0 - 180.0
    longitude = (start[0] + share * east + 180.0) % 360.0 - 180.0
    latitude = start[1] + share * (stop[1] - start[1])
    return [round(float(longitude), DECIMALS), round(float(latitude), DECIMALS)]
