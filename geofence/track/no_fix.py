"""Fixes that say themselves that they are none: no satellites, or an accuracy no street can use.

Their place is an old one, or that of a cell tower. They are no observation: the vehicle was not
heard of then.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int16]
Flags = NDArray[np.bool_]

USELESS_M = 100.0
"""A fix with a larger reported accuracy tells no street: it may be on any of several blocks, and
comes from a network's cells."""


def without_fix(x: Floats, y: Floats, accuracy_m: Floats, satellites: Counts) -> Flags:
    """Tell which fixes of one vehicle are none by their own words.

    A receiver that counts satellites has no fix with 0. One that never tells of any does not count
    them, and is believed once it moves: all fixes with 0 in one place to the last bit are none.
    That hangs on all fixes of the vehicle together, and not on their order.

    Parameters
    ----------
    satellites
        Negative where not reported.
    """
    zero = satellites == 0
    if zero.any() and not (satellites > 0).any():
        at_x, at_y = x[zero], y[zero]
        if len(at_x) < 2 or (at_x != at_x[0]).any() or (at_y != at_y[0]).any():
            zero = np.zeros(len(zero), dtype=np.bool_)
    flags: Flags = zero | (accuracy_m > USELESS_M)
    return flags


def first_untold(satellites: Counts) -> int | None:
    """Give the first fix of which only later ones tell whether it is one; None if none is."""
    zeros = np.flatnonzero(satellites == 0)
    return None if len(zeros) == 0 or (satellites > 0).any() else int(zeros[0])
