"""What became of each street, as lines for a map."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Role(StrEnum):
    """What became of a line."""

    NEW = "new"
    GONE = "gone"
    MOVED = "moved"
    """Where it is now."""
    MOVED_FROM = "moved_from"
    """Where it was."""
    OTHERWISE = "otherwise"
    """As it was, and something else of the street has changed: its name, grid or traffic."""
    SAME = "same"
    ROAD = "road"
    """No grid collects here."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnChange:
    """A line and what became of it."""

    role: Role
    grid_id: str
    street: str
    line: NDArray[np.float64]
    """Shape (n, 2): metres east and north of the middle of the plans."""
