"""Ways that share nodes, cut at their junctions into sections.

A *junction* is a node that two ways use, or one way twice; every end of a way is one too. A section
runs from a junction to the next. Where the map lacks a node, the way is cut.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.streetmap.extract.extract import Ways
from geofence.streetmap.runs import Integers, laid_out

_PRIMES = (0x9E3779B97F4A7C1, 0x2545F4914F6CDD1, 0x5851F42D4C957F3)
"""Odd numbers that spread what is told apart by way and ends; products may wrap round."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Cuts:
    """Sections of ways, in order of way and place along it."""

    coordinates: NDArray[np.float64]
    first_vertex: Integers
    ends: Integers
    """(sections, 2) numbers of junctions, counted from 0."""
    way: Integers
    """(sections,) index of the way."""
    part: Integers
    """(sections,) its number along the way, in the direction of traffic, from 1."""
    two_way: Flags
    """(sections,) drawn forth and back by its way, so that traffic goes both ways."""
    incomplete: int
    """Ways of which nodes are absent."""
    short: int
    """Ways that have no two places, so there is no section of them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Vertices:
    """Vertices of all ways, those that exist."""

    way: NDArray[np.int32]
    node: NDArray[np.int32]
    """Numbers from 0; equal ones are one place."""
    place: NDArray[np.float64]
    begins: Flags
    """Whether a run of vertices without a hole begins here."""

    def only(self, which: Flags) -> "_Vertices":
        """Give some of them; all are not copied, for a map may have many millions."""
        if which.all():
            return self
        return _Vertices(self.way[which], self.node[which], self.place[which], self.begins[which])


def split(ways: Ways, backward: Flags) -> Cuts:
    """Cut ways at their junctions.

    Parameters
    ----------
    backward
        Of each way, whether traffic follows it against the order of its nodes; it is turned round.
    """
    vertices, incomplete = _vertices(ways, backward)
    ends_run = np.roll(vertices.begins, -1)
    uses = np.bincount(vertices.node)
    cut = np.flatnonzero((uses[vertices.node] > 1) | vertices.begins | ends_run)
    same_run = ~vertices.begins[cut[1:]]
    begin, end, two_way = _without_rings(vertices.node, cut[:-1][same_run], cut[1:][same_run])
    begin, end, two_way = _once(vertices, begin, end, two_way)
    first, taken = laid_out(begin, end - begin + 1)
    way = vertices.way[begin].astype(np.int64)
    leads = np.flatnonzero(np.diff(way, prepend=-1))
    part = np.arange(len(way)) - np.repeat(leads, np.diff(leads, append=len(way))) + 1
    ends = vertices.node[np.stack([begin, end], axis=1)]
    is_junction = np.zeros(len(uses), dtype=np.bool_)
    is_junction[ends] = True
    return Cuts(
        vertices.place[taken],
        first,
        (np.cumsum(is_junction) - 1)[ends],
        way,
        part,
        two_way,
        incomplete,
        len(ways.ids) - len(leads),
    )


def _vertices(ways: Ways, backward: Flags) -> tuple[_Vertices, int]:
    """Lay out what exists, without vertices that repeat the one before; count incomplete ways."""
    firsts = ways.first_node
    counts = np.diff(firsts)
    way = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    nodes, places = ways.nodes, ways.places
    if backward.any():
        at = np.arange(len(nodes))
        turned = np.flatnonzero(backward[way])
        whose = way[turned]
        at[turned] = firsts[whose] + firsts[whose + 1] - 1 - turned
        nodes, places = nodes[at], places[at]
    begins = np.zeros(len(nodes), dtype=np.bool_)
    begins[firsts[:-1][counts > 0]] = True
    absent = np.isnan(places[:, 0])
    begins[1:] |= absent[:-1]
    incomplete = len(np.unique(way[absent]))
    vertices = _Vertices(way, _numbered(nodes), places, begins).only(~absent)
    node, begins = _merged(vertices), vertices.begins
    kept = begins.copy()
    kept[1:] |= node[1:] != node[:-1]
    return _Vertices(vertices.way, node, vertices.place, begins).only(kept), incomplete


def _numbered(nodes: Integers) -> NDArray[np.int32]:
    """Give each node a number, from 0 in order of their ids."""
    ordered, order = _sorted(nodes)
    number = np.empty(len(nodes), dtype=np.int32)
    number[order] = np.cumsum(np.diff(ordered, prepend=ordered[:1]) != 0, dtype=np.int32)
    return number


def _sorted(nodes: Integers) -> tuple[Integers, Integers]:
    """Sort ids, and tell where each stood.

    Where both fit into one number it is those that are sorted, which is faster than `argsort`.
    """
    lowest = int(nodes.min(initial=0))
    bits = len(nodes).bit_length()
    if (int(nodes.max(initial=0)) - lowest).bit_length() + bits > 63:
        order = np.argsort(nodes)
        return nodes[order], order
    both = np.sort(((nodes - lowest) << bits) | np.arange(len(nodes)))
    return (both >> bits) + lowest, both & ((1 << bits) - 1)


def _merged(vertices: _Vertices) -> NDArray[np.int32]:
    """Make one of nodes that follow each other in a way and lie at the same place."""
    node = vertices.node
    place = np.ascontiguousarray(vertices.place).view(np.complex128)[:, 0]
    same = np.flatnonzero((place[1:] == place[:-1]) & ~vertices.begins[1:])
    same = same[node[same] != node[same + 1]]
    if not len(same):
        return node
    first = np.arange(node.max() + 1, dtype=np.int32)
    for one, other in zip(node[same].tolist(), node[same + 1].tolist(), strict=True):
        low, high = sorted((_first(first, one), _first(first, other)))
        first[high] = low
    merged = np.unique(np.concatenate([node[same], node[same + 1]]))
    first[merged] = [_first(first, each) for each in merged.tolist()]
    return first[node]


def _first(first: NDArray[np.int32], node: int) -> int:
    """Follow a node to the one that it was made one with, and shorten the way there."""
    while (above := int(first[node])) != node:
        first[node] = first[above]
        node = above
    return node


def _without_rings(
    node: NDArray[np.int32], begin: Integers, end: Integers
) -> tuple[Integers, Integers, Flags]:
    """Halve what begins and ends at one junction; of a line out and back only out is kept."""
    ring = node[begin] == node[end]
    there_and_back = ring & (end - begin == 2)
    end = np.where(there_and_back, begin + 1, end)
    halved = np.flatnonzero(ring & ~there_and_back)
    middle = begin[halved] + (end[halved] - begin[halved] + 1) // 2
    begins = np.insert(begin, halved + 1, middle)
    ends = np.insert(end, halved, middle)
    return begins, ends, np.insert(there_and_back, halved + 1, False)


def _once(
    vertices: _Vertices, begin: Integers, end: Integers, two_way: Flags
) -> tuple[Integers, Integers, Flags]:
    """Drop a section that its own way has already, as one that turns back upon itself has."""
    ends = vertices.node[np.stack([begin, end])].astype(np.int64)
    low, high = ends.min(axis=0), ends.max(axis=0)
    way = vertices.way[begin].astype(np.int64)
    key = (way * _PRIMES[0]) ^ (low * _PRIMES[1]) ^ (high * _PRIMES[2])
    ordered = np.sort(key)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return begin, end, two_way
    two_way, gone = two_way.copy(), np.zeros(len(begin), dtype=np.bool_)
    first: dict[tuple[int, ...], tuple[int, bool]] = {}
    for section in np.flatnonzero(np.isin(key, repeated)).tolist():
        line = vertices.node[begin[section] : end[section] + 1].tolist()
        forward = line <= line[::-1]
        drawn = (int(way[section]), *(line if forward else line[::-1]))
        known, its_forward = first.setdefault(drawn, (section, forward))
        if known != section:
            gone[section] = True
            two_way[known] |= two_way[section] or its_forward != forward
    return begin[~gone], end[~gone], two_way[~gone]
