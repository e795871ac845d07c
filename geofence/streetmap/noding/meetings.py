"""Where lines meet: places that become vertices of both, at which both are cut.

Two lines meet where they cross, and where a vertex of one is within `SAME_M` of the other. Lines
that run along each other do not meet at each vertex, only where one of them ends or turns off.
What is on a bridge or in a tunnel meets others at ends only, its own or theirs.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geofence.streetmap.noding.flat_lines import (
    DEGREE_M,
    SAME_M,
    Flags,
    FlatLines,
    Floats,
    Longs,
    distinct,
    metres,
    on_sphere,
)
from geofence.streetmap.noding.segment_pairs import segment_pairs

_ALONG = 0.02
"""Sine of the angle up to which two segments run along each other."""
_ASIDE_M = 4.0 * SAME_M
"""And how far one of them may end beside the other: what parts by more meets in a point only."""
_ROUNDS = 12
"""Each round looks only at what the one before has moved. From round to round a place that is
inserted keeps `SAME_M` more from the vertices of its segment, or else joins the nearer of them:
so three lines that all but meet in a point come to rest."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Meetings of some pairs of segments."""

    vertex: Longs
    """(n, 2) vertices that become one place, at which their lines are cut; often one with itself.
    """
    segment: Longs
    """Segments that get a vertex more, by their first one, and where: longitude, latitude."""
    spot: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """What is asked of lines again and again."""

    lines: FlatLines
    measure_m: Floats
    is_tip: Flags

    def step(self, vertex: Longs, way: int) -> Floats:
        """Give the way to the vertex before or behind, in metres; zero if there is none."""
        there = np.clip(vertex + way, 0, len(self.is_tip) - 1)
        spots, owner = self.lines.spots, self.lines.owner
        step = metres(spots[there] - spots[vertex], spots[vertex, 1])
        step[owner[there] != owner[vertex]] = 0.0
        return step


def noded(lines: FlatLines, fresh: Flags | None = None) -> FlatLines:
    """Cut lines wherever they meet.

    Parameters
    ----------
    fresh
        (vertices,) of pairs of segments only those are looked at of which one has such a vertex;
        all without it.
    """
    cut = np.zeros(len(lines.spots), dtype=np.bool_)
    changed = np.ones(len(lines.spots), dtype=np.bool_) if fresh is None else fresh
    for number in range(1, _ROUNDS + 1):
        found = _meetings(lines, changed, number * SAME_M)
        cut[found.vertex.ravel()] = True
        lines, cut, changed = _applied(lines, cut, found)
        if not changed.any():
            break
    return _cut(lines, cut)


def _meetings(lines: FlatLines, changed: Flags, reach_m: float) -> _Found:
    is_tip = np.zeros(len(lines.spots), dtype=np.bool_)
    is_tip[lines.tips.ravel()] = True
    course = _Course(lines, lines.measures(), is_tip)
    begin = lines.segments
    spots = lines.spots
    highest = float(np.abs(spots[:, 1]).max(initial=0.0))
    margin_deg = 2.0 * SAME_M / DEGREE_M / max(np.cos(np.radians(highest)), 0.01)
    wanted = changed[begin] | changed[begin + 1]
    parts = [
        _meetings_of(course, begin[one], begin[other], reach_m)
        for one, other in segment_pairs(spots[begin], spots[begin + 1], margin_deg, wanted)
    ]
    return _Found(
        np.concatenate([np.empty((0, 2), np.int64), *(part.vertex for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.segment for part in parts)]),
        np.concatenate([np.empty((0, 2)), *(part.spot for part in parts)]),
    )


def _meetings_of(course: _Course, one: Longs, other: Longs, reach_m: float) -> _Found:
    """Find meetings of pairs of segments, each given by its first vertex."""
    lines = course.lines
    owner, spots, ground = lines.owner, lines.spots, lines.is_ground
    # what follows on meets again only if it turns back
    beside = np.abs(one - other) == 1
    beside[beside] = owner[one[beside]] == owner[other[beside]]
    pair = np.flatnonzero(beside)
    step = spots[one[pair] + 1] - spots[one[pair]]
    beside[pair] = (step * (spots[other[pair] + 1] - spots[other[pair]])).sum(axis=1) > 0.0
    one, other = one[~beside], other[~beside]
    level = ground[owner[one]] & ground[owner[other]]
    near = np.zeros(len(one), dtype=np.bool_)
    vertices, segments, places = [], [], []
    for vertex, segment in ((one, other), (one + 1, other), (other, one), (other + 1, one)):
        touching = _touching(course, vertex, segment, level, reach_m)
        near |= touching.is_near
        mine = vertex[touching.is_met]
        vertices.append(np.stack([mine, touching.vertex], axis=1))
        segments.append(segment[touching.is_inside])
        places.append(spots[vertex[touching.is_inside]])
    apart = (owner[one] != owner[other]) | (np.abs(one - other) > 1)
    crossing, at = _crossing(course, one, other, level & apart & ~near)
    segments += [one[crossing], other[crossing]]
    places += [at, at]
    return _Found(np.concatenate(vertices), np.concatenate(segments), np.concatenate(places))


@dataclass(frozen=True, slots=True)
class _Touching:
    is_near: Flags
    """Of vertex and segment: that one is within `SAME_M` of the other."""
    is_met: Flags
    """And that their lines meet there."""
    is_inside: Flags
    """And that the segment has no vertex there yet."""
    vertex: Longs
    """Of what is met: the vertex of the segment, or where it has none there, the vertex itself."""


def _touching(
    course: _Course, vertex: Longs, segment: Longs, level: Flags, reach_m: float
) -> _Touching:
    spots, owner = course.lines.spots, course.lines.owner
    latitude = spots[vertex, 1]
    along = metres(spots[segment + 1] - spots[segment], latitude)
    away = metres(spots[vertex] - spots[segment], latitude)
    size_m = np.hypot(*along.T)
    at_m = np.clip((away * along).sum(axis=1) / size_m, 0.0, size_m)
    near = np.hypot(*(away - along * (at_m / size_m)[:, None]).T) <= SAME_M
    # a line meets itself only where it comes back
    way_m = np.abs(course.measure_m[vertex] - course.measure_m[segment] - at_m)
    near &= (owner[vertex] != owner[segment]) | (way_m > 4.0 * SAME_M)
    first_m = np.hypot(*away.T)
    last_m = np.hypot(*metres(spots[vertex] - spots[segment + 1], latitude).T)
    inside = near & (np.minimum(first_m, last_m) > reach_m)
    there = np.where(last_m < first_m, segment + 1, segment)
    ends = course.is_tip[vertex] | (~inside & course.is_tip[there])
    met = near & (ends | level)
    asked = np.flatnonzero(met & ~ends)
    beside = np.zeros(len(vertex), dtype=np.bool_)
    beside[asked] = _run_along(course, vertex[asked], segment[asked], there[asked], inside[asked])
    met &= ~beside
    return _Touching(near, met, inside & met, np.where(inside, vertex, there)[met])


def _run_along(
    course: _Course, vertex: Longs, segment: Longs, there: Longs, inside: Flags
) -> Flags:
    """Tell where lines run along each other on both sides of a vertex."""
    before, behind = course.step(vertex, -1), course.step(vertex, 1)
    ahead = course.step(segment, 1)
    back_there = np.where(inside[:, None], -ahead, course.step(there, -1))
    ahead_there = np.where(inside[:, None], ahead, course.step(there, 1))
    same = _alike(before, back_there) & _alike(behind, ahead_there)
    opposed = _alike(before, ahead_there) & _alike(behind, back_there)
    return same | opposed


def _alike(one: Floats, other: Floats) -> Flags:
    """Tell which ways from a place lead along each other, to the end of the shorter one."""
    size_m = np.hypot(*one.T), np.hypot(*other.T)
    longer_m = np.maximum(np.maximum(*size_m), 1e-12)
    # how far the shorter one ends beside the longer one
    aside_m = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / longer_m
    alike: Flags = (aside_m <= np.minimum(_ALONG * np.minimum(*size_m), _ASIDE_M)) & (
        (one * other).sum(axis=1) > 0.0
    )
    return alike


def _crossing(course: _Course, one: Longs, other: Longs, asked: Flags) -> tuple[Flags, Floats]:
    """Tell which pairs of segments cross, and where."""
    spots = course.lines.spots
    along, across = spots[one + 1] - spots[one], spots[other + 1] - spots[other]
    between = spots[other] - spots[one]
    turn = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (between[:, 0] * across[:, 1] - between[:, 1] * across[:, 0]) / turn
        share_other = (between[:, 0] * along[:, 1] - between[:, 1] * along[:, 0]) / turn
        crossing = asked & (turn != 0.0) & (share > 0.0) & (share < 1.0)
        crossing &= (share_other > 0.0) & (share_other < 1.0)
    at = spots[one[crossing]] + share[crossing, None] * along[crossing]
    return crossing, at


def _applied(lines: FlatLines, cut: Flags, found: _Found) -> tuple[FlatLines, Flags, Flags]:
    """Move what meets to one place, and insert what is new; also tell which vertices changed."""
    spots, owner = lines.spots, lines.owner
    vertices, link = np.unique(found.vertex, return_inverse=True)
    count = len(vertices)
    places = _one_place(np.concatenate([spots[vertices], found.spot]), link.reshape(-1, 2))
    moved = np.zeros(len(spots), dtype=np.bool_)
    moved[vertices] = (places[:count] != spots[vertices]).any(axis=1)
    spots = spots.copy()
    spots[vertices] = places[:count]
    segment, spot = found.segment, places[count:]
    away = np.hypot(*metres(spot - spots[segment], spot[:, 1]).T)
    order = np.lexsort((spot[:, 1], spot[:, 0], away, segment))
    segment, spot = segment[order], spot[order]
    again = np.zeros(len(segment), dtype=np.bool_)
    again[1:] = (np.diff(segment) == 0) & (np.diff(spot, axis=0) == 0.0).all(axis=1)
    segment, spot = segment[~again], spot[~again]
    changed = np.insert(moved, segment + 1, True)
    return _without_repeats(
        FlatLines(
            np.insert(spots, segment + 1, spot, axis=0),
            np.insert(owner, segment + 1, owner[segment]),
            lines.parent,
            lines.is_ground,
        ),
        np.insert(cut, segment + 1, True),
        changed,
    )


def _without_repeats(
    lines: FlatLines, cut: Flags, changed: Flags
) -> tuple[FlatLines, Flags, Flags]:
    """Take out vertices at the place of the one before; a line of one place only stays as two."""
    same = np.zeros(len(cut), dtype=np.bool_)
    same[1:] = (lines.owner[1:] == lines.owner[:-1]) & (lines.spots[1:] == lines.spots[:-1]).all(
        axis=1
    )
    if not same.any():
        return lines, cut, changed
    head = np.flatnonzero(~same)
    cut = np.logical_or.reduceat(cut, head)
    changed = np.logical_or.reduceat(changed, head)
    owner = lines.owner[head]
    keep = np.bincount(owner, minlength=lines.count) >= 2
    mine = keep[owner]
    shorter = FlatLines(lines.spots[head], owner, lines.parent, lines.is_ground).kept(keep)
    return shorter, cut[mine], changed[mine]


def _one_place(spots: Floats, links: Longs) -> Floats:
    """Give what is linked or within `SAME_M` of each other the place of the first of them."""
    if len(spots) == 0:
        return spots
    # a star of many lines gives the same place again and again, but for a rounding
    first, number = distinct(np.round(spots, 8))
    near = cKDTree(on_sphere(spots[first])).query_pairs(SAME_M, output_type="ndarray")
    one, other = np.concatenate([near, number[links]]).T
    joined = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(len(first),) * 2)
    groups, group = connected_components(joined, directed=False)
    earliest = np.full(groups, len(spots), dtype=np.int64)
    np.minimum.at(earliest, group, first)
    return spots[earliest[group[number]]]


def _cut(lines: FlatLines, cut: Flags) -> FlatLines:
    """Make lines of the pieces between cuts."""
    is_tip = np.zeros(len(cut), dtype=np.bool_)
    is_tip[lines.tips.ravel()] = True
    inner = cut & ~is_tip
    # an inner cut stands twice: it ends one piece and begins the next
    source = np.repeat(np.arange(len(cut)), 1 + inner)
    begins = np.zeros(len(source), dtype=np.bool_)
    begins[lines.first[:-1] + np.concatenate([[0], np.cumsum(inner)])[lines.first[:-1]]] = True
    again = np.zeros(len(source), dtype=np.bool_)
    again[1:] = source[1:] == source[:-1]
    owner = np.cumsum(begins | again) - 1
    line = lines.owner[source[begins | again]]
    return FlatLines(
        lines.spots[source], owner.astype(np.int64), lines.parent[line], lines.is_ground[line]
    )
