"""Which junctions a random town has, which of them are joined, and what makes one street.

Nodes are scattered with a spacing that changes over the town. The relative neighbourhood graph
joins them, with a share of the Gabriel graph for blocks of all sizes. Links that continue one
another become streets.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay, cKDTree

Floats = NDArray[np.float64]
Link = tuple[int, int]

SIZE_M = (3900.0, 3200.0)
SPACING_M = (85.0, 185.0)
"""Least distance of nodes, where the town is densest and where it is widest."""
GABRIEL_SHARE = 0.42
"""Share of the Gabriel graph's links that are streets, beyond the relative neighbourhood graph."""
SHARPEST_DEG = 32.0
"""No such link leaves a node at less than this from another."""
STRAIGHT_DEG = 40.0
"""Up to this deflection one section continues another."""
STREET_M = 1400.0
"""No street is longer."""


def scattered(rng: np.random.Generator) -> Floats:
    """Throw darts; keep those that are far enough from all kept so far."""
    darts = rng.uniform((0.0, 0.0), SIZE_M, (30_000, 2))
    phase = rng.uniform(0.0, 2 * np.pi, 2)
    wave = np.sin(darts / (430.0, 380.0) + phase).sum(axis=1) / 4 + 0.5
    spacing = SPACING_M[0] + (SPACING_M[1] - SPACING_M[0]) * wave**1.5
    kept = np.zeros(len(darts), dtype=np.bool_)
    neighbours = cKDTree(darts).query_ball_point(darts, spacing)
    for dart, near in enumerate(neighbours):
        kept[dart] = not kept[near].any()
    return darts[kept]


def links(points: Floats, rng: np.random.Generator) -> list[Link]:
    """Join neighbours: all of the relative neighbourhood graph, some of the Gabriel graph."""
    corners = Delaunay(points).simplices
    sides = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]))
    joined, extra = [], []
    for a, b in np.unique(sides, axis=0).tolist():
        from_a = ((points - points[a]) ** 2).sum(axis=1)
        from_b = ((points - points[b]) ** 2).sum(axis=1)
        others = np.ones(len(points), dtype=np.bool_)
        others[[a, b]] = False
        if not (np.maximum(from_a, from_b)[others] < from_a[b]).any():
            joined.append((a, b))
        elif not ((from_a + from_b)[others] < from_a[b]).any():
            extra.append((a, b))
    bearings: dict[int, list[float]] = {}
    for a, b in joined:
        _note(bearings, points, a, b)
    wanted = int(GABRIEL_SHARE * len(extra))
    for place in rng.permutation(len(extra)).tolist():
        a, b = extra[place]
        sharp = any(
            _deflection_deg(_bearing(points, one, other), bearing) < SHARPEST_DEG
            for one, other in ((a, b), (b, a))
            for bearing in bearings.get(one, [])
        )
        if wanted and not sharp:
            wanted -= 1
            joined.append((a, b))
            _note(bearings, points, a, b)
    return sorted(joined)


def _note(bearings: dict[int, list[float]], points: Floats, a: int, b: int) -> None:
    bearings.setdefault(a, []).append(_bearing(points, a, b))
    bearings.setdefault(b, []).append(_bearing(points, b, a))


def _bearing(points: Floats, a: int, b: int) -> float:
    east, north = points[b] - points[a]
    return float(np.degrees(np.arctan2(east, north)))


def _deflection_deg(one: float, other: float) -> float:
    return abs((one - other + 180.0) % 360.0 - 180.0)


def chains(points: Floats, joined: list[Link]) -> Iterator[list[int]]:
    """Give streets as nodes in order: at each node the straightest pairs of links continue."""
    at: dict[int, list[int]] = {}
    for a, b in joined:
        at.setdefault(a, []).append(b)
        at.setdefault(b, []).append(a)
    onward: dict[Link, int] = {}
    for node, ends in at.items():
        pairs = sorted(
            (
                _deflection_deg(_bearing(points, one, node), _bearing(points, node, other)),
                one,
                other,
            )
            for one in ends
            for other in ends
            if one < other
        )
        for deflection, one, other in pairs:
            if deflection <= STRAIGHT_DEG and not {(one, node), (other, node)} & onward.keys():
                onward[one, node], onward[other, node] = other, one
    waiting = set(joined)
    for link in joined:
        if link in waiting:
            yield from _walk(points, link, onward, waiting)


def _walk(
    points: Floats, link: Link, onward: dict[Link, int], waiting: set[Link]
) -> Iterator[list[int]]:
    """Follow a link both ways as far as a street goes, and cut what is too long."""
    waiting.discard(link)
    nodes = list(link)
    for _ in range(2):
        while (after := onward.get((nodes[-2], nodes[-1]))) is not None:
            new = (min(nodes[-1], after), max(nodes[-1], after))
            if new not in waiting:
                break
            waiting.discard(new)
            nodes.append(after)
        nodes.reverse()
    lengths = np.hypot(*np.diff(points[nodes], axis=0).T)
    parts = int(np.ceil(lengths.sum() / STREET_M))
    part = (np.cumsum(lengths) - lengths / 2) // (lengths.sum() / parts + 1e-9)
    for number in range(parts):
        own = np.flatnonzero(part == number)
        if len(own):
            yield nodes[own[0] : own[-1] + 2]
