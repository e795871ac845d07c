"""Coordinates on a coarse step: what is left of a map that was saved with few decimals.

With three decimals of a degree a position may be 70 m from where it was drawn, and streets lie
where their neighbours are. Of the steps in `STEPS_DEG` the widest is found of which all coordinates
are multiples; in a file of which only a part was saved so, the sections of that part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEPS_DEG = (
    0.1, 0.05, 0.02, 1 / 60, 0.01, 0.005, 30 / 3600, 0.0025, 10 / 3600, 0.002, 5 / 3600, 0.001,
    2 / 3600, 0.0005, 1 / 3600, 0.00025, 0.0002, 0.0001,
)  # fmt: skip
"""Decimals of a degree, halves and quarters of them, and whole seconds of arc."""
LEAST_POSITIONS = 8
"""Fewer positions may be round by chance, or drawn by hand."""
PART_DEG = 0.001
"""The finest step by which a part of a file is told: coordinates of five decimals are multiples of
finer ones often enough."""
MISLEADING_M = 15.0
"""A position that may be off by more is farther than streets are wide."""
_METRES_PER_DEGREE = 111_320.0
_ROUNDING_DEG = 6e-7


@dataclass(frozen=True, slots=True, eq=False)
class CoordinateStep:
    """The step of which the coordinates of some sections are multiples."""

    step_deg: float
    off_m: float
    """How far a position may lie from where it was drawn."""
    coarse: Flags
    """Which sections are so."""

    @property
    def is_whole(self) -> bool:
        """Whether all sections are so."""
        return bool(self.coarse.all())

    @property
    def misleads(self) -> bool:
        """Whether nobody can tell by it on which street a vehicle was."""
        return self.off_m > MISLEADING_M


def find_step(lines: Sequence[Floats]) -> CoordinateStep | None:
    """Find the step of coordinates, shape (n, 2) a line, in degrees; None if there is none."""
    degrees = np.concatenate(lines)
    counts = np.array([len(line) for line in lines])
    first = np.cumsum(counts) - counts
    finest = [_multiples(degrees, step).all() for step in (STEPS_DEG[-1], 1 / 3600)]
    if any(finest):
        step_deg = next(step for step in STEPS_DEG if _multiples(degrees, step).all())
        return _found(step_deg, degrees, counts, np.ones(len(lines), dtype=np.bool_))
    coarse = np.zeros(len(lines), dtype=np.bool_)
    for step in (PART_DEG, 1 / 3600):
        of_step = np.logical_and.reduceat(_multiples(degrees, step), first)
        if step < PART_DEG:  # ten thousand times as likely by chance: not of two positions
            of_step &= counts > 2
        coarse |= of_step
    return _found(PART_DEG, degrees, counts, coarse)


def _multiples(degrees: Floats, step: float) -> Flags:
    """Tell of which positions both coordinates are multiples of a step."""
    off_deg = np.abs(degrees - np.round(degrees / step) * step)
    return np.asarray((off_deg < _ROUNDING_DEG).all(axis=1), dtype=np.bool_)


def _found(step_deg: float, degrees: Floats, counts: Longs, coarse: Flags) -> CoordinateStep | None:
    positions = degrees[np.repeat(coarse, counts)]
    if len(np.unique(positions, axis=0)) < LEAST_POSITIONS:
        return None
    half_m = step_deg * _METRES_PER_DEGREE / 2
    shrink = np.cos(np.radians(float(np.median(positions[:, 1]))))
    return CoordinateStep(step_deg, float(np.hypot(half_m, half_m * shrink)), coarse)
