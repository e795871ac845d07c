"""Where a vehicle was at the pace of work, and where it drove faster, as sets of small squares.

A set, so that order, repetition and portions of fixes change nothing, and that it stays small: how
often and how long a vehicle was in a square does not count. A square is one number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.track.track import Fixes

Floats = NDArray[np.float64]
Squares = NDArray[np.int64]
"""Numbers of squares, ascending."""

SQUARE_M = 10.0
"""Side of a square, in the network's metres."""
LEAST_MPS = 0.5
MOST_MPS = 30.0 / 3.6
"""Slower a truck stands, and faster it is on its way, often on roads that no plan draws."""
_ROW = 1 << 32


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Where one vehicle moved."""

    at_work: Squares
    faster: Squares

    def everywhere(self) -> Squares:
        """Give all squares, ascending."""
        return np.union1d(self.at_work, self.faster)


def visited(fixes: Fixes) -> Visits:
    """Give the squares of the fixes of one vehicle at which it moved.

    Where no speed is reported, that since the fix before counts.
    """
    speed_mps = fixes.speed_mps
    if len(speed_mps) and np.isnan(speed_mps).any():
        step_s = np.diff(fixes.time_ms, prepend=fixes.time_ms[:1]) / 1000.0
        step_m = np.hypot(
            np.diff(fixes.x, prepend=fixes.x[:1]), np.diff(fixes.y, prepend=fixes.y[:1])
        )
        since_mps = np.divide(step_m, step_s, out=np.zeros(len(step_s)), where=step_s > 0)
        speed_mps = np.where(np.isnan(speed_mps), since_mps, speed_mps)
    working = (speed_mps >= LEAST_MPS) & (speed_mps <= MOST_MPS)
    faster = speed_mps > MOST_MPS
    return Visits(*(squares_at(fixes.x[each], fixes.y[each]) for each in (working, faster)))


def squares_at(x: Floats, y: Floats) -> Squares:
    """Give the squares in which places lie."""
    column, row = (np.floor(at / SQUARE_M).astype(np.int64) for at in (x, y))
    number = column * _ROW + row
    # most fixes lie in the square of the one before: sorting is what takes time
    return np.unique(number[np.append(True, np.diff(number) != 0)[: len(number)]])


def centres(squares: Squares) -> tuple[Floats, Floats]:
    """Give the middles of squares, in the network's metres."""
    column, row = _places(squares)
    x, y = (column + 0.5) * SQUARE_M, (row + 0.5) * SQUARE_M
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def choose(squares: Squares, per_side: int, most_cells: int, most_of_cell: int) -> Squares:
    """Choose some squares of some cells, which have so many squares on a side.

    Chosen by a hash of the number, so that what is chosen of a set changes little as it grows.
    """
    column, row = _places(squares)
    cells, cell = np.unique((column // per_side) * _ROW + row // per_side, return_inverse=True)
    is_chosen = np.zeros(len(cells), dtype=np.bool_)
    is_chosen[np.argsort(_hash(cells), kind="stable")[:most_cells]] = True
    found = np.flatnonzero(is_chosen[cell])
    found = found[np.lexsort((_hash(squares[found]), cell[found]))]
    begins = np.flatnonzero(np.append(True, np.diff(cell[found]) != 0)[: len(found)])
    rank = np.arange(len(found)) - np.repeat(begins, np.diff(np.append(begins, len(found))))
    return np.sort(squares[found[rank < most_of_cell]])


def _places(squares: Squares) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give column and row of squares."""
    row = (squares + _ROW // 2) % _ROW - _ROW // 2
    return (squares - row) // _ROW, row


def _hash(numbers: Squares) -> NDArray[np.uint64]:
    """Scatter numbers: the finalizer of MurmurHash3."""
    found = numbers.astype(np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        found = (found ^ (found >> np.uint64(33))) * np.uint64(factor)
    return found ^ (found >> np.uint64(33))
