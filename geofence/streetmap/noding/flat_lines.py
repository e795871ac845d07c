"""Lines as flat arrays while they are cut and joined, in longitude and latitude."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

SAME_M = 0.01
"""Places this near each other are one."""
DEGREE_M = 111_195.0
"""A degree of latitude on the sphere: what is measured here is short."""


def metres(degrees: Floats, latitude: Floats) -> Floats:
    """Turn (n, 2) differences of longitude and latitude around some latitudes into metres."""
    scale = np.stack([DEGREE_M * np.cos(np.radians(latitude)), np.full(len(latitude), DEGREE_M)])
    product: Floats = degrees * scale.T
    return product


def on_sphere(spots: Floats) -> Floats:
    """Give (n, 3) places on a sphere in metres: near each other there if they are on earth."""
    longitude, latitude = np.radians(spots).T
    radius_m = np.degrees(DEGREE_M)
    level = np.cos(latitude)
    places: Floats = radius_m * np.stack(
        [level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)], axis=1
    )
    return places


def distinct(spots: Floats) -> tuple[Longs, Longs]:
    """Give where in (n, 2) places each different one comes first, and the number of each place."""
    pairs = np.ascontiguousarray(spots).view(np.complex128).ravel()
    _, first, number = np.unique(pairs, return_index=True, return_inverse=True)
    return first.astype(np.int64), number.astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class FlatLines:
    """Lines of at least two vertices each, no two following ones of which are one place."""

    spots: Floats
    """(n, 2) longitude and latitude of all vertices, line after line."""
    owner: Longs
    """(n,) line of each vertex, from 0 on without a gap."""
    parent: Longs
    """(lines,) what each line was cut from."""
    is_ground: Flags
    """(lines,) False of what lies on a bridge or in a tunnel."""

    @property
    def count(self) -> int:
        """Number of lines."""
        return len(self.parent)

    @property
    def first(self) -> Longs:
        """(lines + 1,) where each line begins."""
        return np.searchsorted(self.owner, np.arange(self.count + 1)).astype(np.int64)

    @property
    def tips(self) -> Longs:
        """(lines, 2) first and last vertex of each line."""
        first = self.first
        return np.stack([first[:-1], first[1:] - 1], axis=1)

    @property
    def segments(self) -> Longs:
        """The vertices that another one of their line follows."""
        return np.flatnonzero(self.owner[:-1] == self.owner[1:])

    def measures(self) -> Floats:
        """Metres along its line of each vertex."""
        steps = np.zeros(len(self.spots))
        steps[1:] = np.hypot(*metres(np.diff(self.spots, axis=0), self.spots[1:, 1]).T)
        total = np.cumsum(steps)
        along: Floats = total - total[self.first[:-1]][self.owner]
        return along

    def junctions(self) -> tuple[Longs, Longs]:
        """Give the number of the place of each tip, (lines, 2), and how many tips are at each."""
        _, number = distinct(self.spots[self.tips.ravel()])
        return number.reshape(-1, 2), np.bincount(number).astype(np.int64)

    def kept(self, keep: Flags) -> "FlatLines":
        """Give some of the lines."""
        number = np.cumsum(keep) - 1
        mine = keep[self.owner]
        return FlatLines(
            self.spots[mine], number[self.owner[mine]], self.parent[keep], self.is_ground[keep]
        )


def flat_lines(spots: Floats, owner: Longs, parent: Longs, is_ground: Flags) -> FlatLines:
    """Make lines, without vertices that repeat the one before, and without lines of one place.

    A line's last vertex stays where it is: the one before gives way.
    """
    while len(spots):
        same = owner[:-1] == owner[1:]
        near = same & (np.hypot(*metres(np.diff(spots, axis=0), spots[1:, 1]).T) <= SAME_M)
        # of a run of near ones every second goes, until none is left
        run = np.arange(len(near)) - np.maximum.accumulate(np.where(near, -1, np.arange(len(near))))
        goes = near & (run % 2 == 1)
        if not goes.any():
            break
        drop = np.zeros(len(spots), dtype=np.bool_)
        at = np.flatnonzero(goes) + 1
        is_last = np.append(owner[1:] != owner[:-1], True)
        is_first = np.insert(owner[1:] != owner[:-1], 0, True)
        gives_way = is_last[at] & ~is_first[at - 1]
        drop[np.where(gives_way, at - 1, at)] = True
        spots, owner = spots[~drop], owner[~drop]
    counts = np.bincount(owner, minlength=len(parent))
    return FlatLines(spots, owner, parent, is_ground).kept(counts >= 2)
