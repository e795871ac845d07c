"""Paths: the routes of the chosen chains as pieces of arcs, and what speaks against them.

A *rival* of a piece is an explanation of nearly the same cost that does without its edge. How near,
depends on what is claimed: to say that a truck was on a street, the best explanation must beat its
rivals by `credit_margin`; to say that it was nowhere else, by `denial_margin`, which is more.

A rival that goes out and back over an edge is one even where it keeps to the edges of the path: how
far it went on them is then in doubt.

A truck that keeps to one edge over several fixes is certain there if it is at any of them: nobody
leaves an edge and comes back to it but by its ends.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.matching.states import States
from geofence.matching.transition import (
    ALONG,
    BACK,
    Roads,
    Steps,
    best_way,
    fill_route,
)
from geofence.matching.viterbi import Lattice
from geofence.track.growth import grown

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Pieces(NamedTuple):
    """Pieces of arcs travelled between two fixes, in order of the fix they lead to."""

    fix: Places
    arc: Indices
    from_m: Floats
    to_m: Floats
    """Measures along the arc; a piece that runs back has ``to < from``."""
    from_share: Floats
    to_share: Floats
    """Where in the time between the two fixes the piece lies, 0 to 1."""
    certain: Flags
    """Whether the piece belongs to the path and no rival comes near."""


def join_pieces(*parts: Pieces) -> Pieces:
    """Put pieces one after the other."""
    columns: list[NDArray[Any]] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Pieces(*columns)


def choose_pieces(pieces: Pieces, chosen: Flags) -> Pieces:
    """Keep the chosen pieces."""
    columns: list[NDArray[Any]] = [column[chosen] for column in pieces]
    return Pieces(*columns)


class Doubts(NamedTuple):
    """What speaks against the chosen pieces."""

    certain: Flags
    """For each piece, whether no rival comes within `credit_margin`."""
    rival_fix: Places
    rival_from: Places
    rival_to: Places
    """The rivals within `denial_margin`: the fix a step leads to and its states at both ends."""


@kernel
def lay_out(
    fix: Places, state_from: Places, state_to: Places, before: Places,
    states: States, roads: Roads, steps: Steps,
) -> tuple[Pieces, Floats]:  # fmt: skip
    """Lay out routes to fixes that are not held, in the order given, between two states each.

    Returns their pieces and for each route its length in metres, which is negative where the error
    of a fix puts it behind the fix before it.
    """
    room = 16 + 2 * len(fix)
    owner = np.empty(room, dtype=np.int64)
    arc = np.empty(room, dtype=np.int32)
    spans = np.empty((room, 4))
    arcs = np.empty(64, dtype=np.int32)  # of one route, from the end of travel
    length_m = np.zeros(len(fix))
    used = 0
    for r in range(len(fix)):
        p = state_from[r]
        q = state_to[r]
        route_m, way = best_way(
            roads, steps, before[fix[r]], fix[r],
            states.arc[p], states.offset_m[p], states.arc[q], states.offset_m[q],
        )  # fmt: skip
        arcs, count = fill_route(roads, states.arc[p], states.arc[q], way, arcs)
        if used + count > room:
            room = 2 * room + count
            owner = grown(owner, room)
            arc = grown(arc, room)
            wider = np.empty((room, 4))
            wider[:used] = spans[:used]
            spans = wider
        done_m = 0.0
        for k in range(count):
            here = arcs[count - 1 - k]
            whole_m = roads.edge_length_m[here >> 1]
            from_m = states.offset_m[p] if k == 0 else 0.0
            to_m = states.offset_m[q] if k == count - 1 else whole_m
            if way == BACK:
                to_m = whole_m - states.offset_m[q]
            owner[used + k] = fix[r]
            arc[used + k] = here
            spans[used + k, 0] = from_m
            spans[used + k, 1] = to_m
            spans[used + k, 2] = done_m
            done_m += abs(to_m - from_m)
            spans[used + k, 3] = done_m
        if done_m > 0.0:
            for k in range(used, used + count):
                spans[k, 2] /= done_m
                spans[k, 3] /= done_m
        length_m[r] = states.offset_m[q] - states.offset_m[p] if way == ALONG else route_m
        used += count
    return Pieces(
        owner[:used], arc[:used], spans[:used, 0].copy(), spans[:used, 1].copy(),
        spans[:used, 2].copy(), spans[:used, 3].copy(), np.ones(used, dtype=np.bool_),
    ), length_m  # fmt: skip


@kernel
def weigh(
    pieces: Pieces, chosen: Places, onward: Floats, lattice: Lattice,
    states: States, roads: Roads, steps: Steps, credit_margin: float, denial_margin: float,
) -> Doubts:  # fmt: skip
    """Weigh the pieces of the chosen chains against their rivals."""
    size = len(pieces.fix)
    certain = np.ones(size, dtype=np.bool_)
    rivals = np.empty((64, 3), dtype=np.int64)
    arcs = np.empty(64, dtype=np.int32)
    used = 0
    begin = 0
    while begin < size:
        i = pieces.fix[begin]
        end = begin
        while end < size and pieces.fix[end] == i:
            end += 1
        last = lattice.before[i]
        height = lattice.first[last + 1] - lattice.first[last]
        width = lattice.first[i + 1] - lattice.first[i]
        forward = lattice.forward[lattice.first[last] : lattice.first[last + 1]]
        beyond = onward[lattice.first[i] : lattice.first[i + 1]]
        pairs = lattice.pair[lattice.pair_first[i] : lattice.pair_first[i + 1]]
        k0 = chosen[last] - lattice.first[last]
        m0 = chosen[i] - lattice.first[i]
        least = forward[k0] + pairs[k0 * width + m0] + beyond[m0]
        for k in range(height):
            for m in range(width):
                dearer = forward[k] + pairs[k * width + m] + beyond[m] - least
                if not dearer <= denial_margin or (k == k0 and m == m0):
                    continue
                p = lattice.active[lattice.first[last] + k]
                q = lattice.active[lattice.first[i] + m]
                way = best_way(
                    roads, steps, last, i,
                    states.arc[p], states.offset_m[p], states.arc[q], states.offset_m[q],
                )[1]  # fmt: skip
                arcs, count = fill_route(roads, states.arc[p], states.arc[q], way, arcs)
                differs = False
                for piece in range(begin, end):
                    if not _holds(arcs, count, pieces.arc[piece]):
                        differs = True
                        certain[piece] &= dearer > credit_margin
                if differs or _goes_out_and_back(arcs, count):
                    if used == len(rivals):
                        wider = np.empty((2 * used, 3), dtype=np.int64)
                        wider[:used] = rivals
                        rivals = wider
                    rivals[used, 0] = i
                    rivals[used, 1] = p
                    rivals[used, 2] = q
                    used += 1
        begin = end
    _join_stays(lattice.before, steps.held, pieces, certain)
    return Doubts(
        certain, rivals[:used, 0].copy(), rivals[:used, 1].copy(),
        rivals[:used, 2].copy(),
    )  # fmt: skip


@kernel
def _join_stays(before: Places, held: Flags, pieces: Pieces, sure: Flags) -> None:
    """Make sure of all pieces of a stay on one edge if one of them is."""
    begin = 0
    while begin < len(sure):
        end = begin + 1
        any_sure = sure[begin]
        while end < len(sure) and pieces.arc[end] >> 1 == pieces.arc[begin] >> 1:
            onward = pieces.fix[end] == pieces.fix[end - 1]
            if not onward and came_from(before, held, pieces.fix[end]) != pieces.fix[end - 1]:
                break
            any_sure |= sure[end]
            end += 1
        sure[begin:end] = any_sure
        begin = end


@kernel
def came_from(before: Places, held: Flags, fix: int) -> int:
    """Give the fix a path comes from to a fix, of a stand its first; -1 where it begins."""
    last = before[fix]
    while last >= 0 and held[last]:
        last = before[last]
    return int(last)


@kernel
def find_alternatives(
    pieces: Pieces, others: Pieces, edge_length_m: Floats, slack_m: Floats
) -> tuple[Flags, Floats, Floats]:
    """Tell what rivals drove that the chosen route to that fix does without.

    Both lists are in order of the fix they lead to. Returns for each piece of a rival whether it
    counts, and from where to where on its arc: on an edge of the route what lies beyond that, if it
    is longer than noise may move a fix (`slack_m` of each).
    """
    elsewhere = np.zeros(len(others.fix), dtype=np.bool_)
    from_m = others.from_m.copy()
    to_m = others.to_m.copy()
    begin = 0
    for r in range(len(others.fix)):
        while begin < len(pieces.fix) and pieces.fix[begin] < others.fix[r]:
            begin += 1
        end = begin
        while end < len(pieces.fix) and pieces.fix[end] == others.fix[r]:
            end += 1
        low_m = min(from_m[r], to_m[r])
        high_m = max(from_m[r], to_m[r])
        shared = False
        changed = True
        while changed:  # what one piece leaves may be cut by one before it
            changed = False
            for at in range(begin, end):
                if pieces.arc[at] >> 1 != others.arc[r] >> 1:
                    continue
                shared = True
                least_m = min(pieces.from_m[at], pieces.to_m[at])
                most_m = max(pieces.from_m[at], pieces.to_m[at])
                if pieces.arc[at] != others.arc[r]:
                    whole_m = edge_length_m[pieces.arc[at] >> 1]
                    least_m, most_m = whole_m - most_m, whole_m - least_m
                if least_m <= low_m < most_m:
                    low_m = most_m
                    changed = True
                if least_m < high_m <= most_m:
                    high_m = least_m
                    changed = True
        if not shared:
            elsewhere[r] = True
        elif high_m - low_m > slack_m[others.fix[r]]:
            elsewhere[r] = True
            from_m[r] = low_m
            to_m[r] = high_m
    return elsewhere, from_m, to_m


@kernel
def _holds(arcs: Indices, count: int, arc: int) -> bool:
    """Whether a route of `count` arcs goes over the edge of an arc."""
    at = 0
    while at < count and arcs[at] >> 1 != arc >> 1:
        at += 1
    return at < count


@kernel
def _goes_out_and_back(arcs: Indices, count: int) -> bool:
    """Whether a route of `count` arcs goes over an edge both ways."""
    for at in range(count):
        again = at + 1
        while again < count and arcs[again] != arcs[at] ^ 1:
            again += 1
        if again < count:
            return True
    return False
