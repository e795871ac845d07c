"""Runs of a flat array, such as the vertices of some sections, laid end to end."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def laid_out(begins: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Tell where runs begin once they are laid end to end, and which entries they take.

    Parameters
    ----------
    begins, counts
        (runs,) where each begins in the flat array, and how many entries it has.

    Returns
    -------
    (runs + 1,) places, the last of which is the number of all entries, and so many entries.
    """
    first = np.concatenate([[0], np.cumsum(counts)])
    return first, np.repeat(begins - first[:-1], counts) + np.arange(first[-1])
