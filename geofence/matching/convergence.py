"""Convergence: how far back a path no longer depends on what comes after.

Chains that end in different states at one fix have mostly come the same way until shortly before
(path convergence, as Bloit & Rodet 2008 use it to decode with little delay). Up to there the path
is decided. Which rivals come near it must not change either. Whatever follows, the cost by which a
rival is dearer lies between the least and the most it is over all states in which the last fix may
turn out to be: a rival is decided where both are on one side of each margin.
"""

import numpy as np

from geofence.kernels import kernel
from geofence.matching.viterbi import Lattice, is_within_stand

ROUNDING = 1e-9
"""Costs that differ by less may compare differently when something else is added to both."""


@kernel
def converged_until(
    lattice: Lattice, final: int, credit_margin: float, denial_margin: float
) -> int:
    """Give the last fix such that no step up to it depends on what comes after fix `final`.

    At fix `final` at least one state is active. If the chain it is on is not decided anywhere,
    the result is its first fix.
    """
    ends = lattice.forward[lattice.first[final] : lattice.first[final + 1]]
    chosen = np.arange(lattice.first[final], lattice.first[final + 1])
    onward = np.full((len(ends), len(ends)), np.inf)  # from each state of a fix to each end
    for k in range(len(ends)):
        onward[k, k] = 0.0
    decided = final
    i = final
    while lattice.before[i] >= 0 and not lattice.anchor[i]:
        last = lattice.before[i]
        height = lattice.first[last + 1] - lattice.first[last]
        width = lattice.first[i + 1] - lattice.first[i]
        earlier = np.full((height, len(ends)), np.inf)
        is_open = np.any(chosen != chosen[0])
        is_stand = is_within_stand(lattice.pair_first, i)
        for k in range(height):
            for m in range(width):
                if is_stand:
                    is_way = lattice.back[lattice.first[i] + m] == lattice.first[last] + k
                    cost = 0.0 if is_way else np.inf
                else:
                    cost = lattice.pair[lattice.pair_first[i] + k * width + m]
                if cost == np.inf:
                    continue
                low = np.inf
                high = -np.inf
                for end in range(len(ends)):
                    way = cost + onward[m, end]
                    earlier[k, end] = min(earlier[k, end], way)
                    dearer = lattice.forward[lattice.first[last] + k] + way - ends[end]
                    low = min(low, dearer)
                    high = max(high, dearer)
                for margin in (credit_margin, denial_margin):
                    is_open |= low <= margin + ROUNDING and high >= margin - ROUNDING
        if is_open:
            decided = last
        chosen = lattice.back[chosen]
        onward = earlier
        i = last
    return decided
