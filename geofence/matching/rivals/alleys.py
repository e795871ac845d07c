"""Alleys: dead ends and loops so short that the fixes cannot tell whether a truck was in them.

A truck that backs into an alley of 40 m and comes out again leaves no trace in fixes that are off
by 20 m, nor in fixes half a minute apart. Its path stays on the street before it, but nobody can
say that the alley was not served.
"""

import numpy as np
from numpy.typing import NDArray

from geofence.matching.paths import Pieces
from geofence.matching.states import States
from geofence.matching.transition import Steps
from geofence.network.network import Network

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

ALLEY_SIGMAS = 3.0
"""An alley is hidden if it is no longer than this many standard deviations of a fix,"""
ALLEY_MPS = 2.0
"""or than a truck that collects at twice this speed gets on its way in within a step."""
NEAR_SIGMAS = 2.5
"""It may have been entered if a fix lies no farther off it than this."""


def find_alleys(
    network: Network, states: States, steps: Steps, before: NDArray[np.int64], sigma_m: Floats,
) -> Pieces:  # fmt: skip
    """Give the alleys that a truck may have entered unseen, as uncertain pieces of its steps."""
    dead_end = np.diff(network.node_first_arc) <= 1
    begin, end = network.arc_from[::2], network.arc_to[::2]
    hidden = (begin == end) | (dead_end[begin] != dead_end[end])
    time_ms = steps.time_ms
    step_s = np.where(before >= 0, time_ms - time_ms[np.maximum(before, 0)], 0) / 1000.0
    longest_m = np.maximum(ALLEY_SIGMAS * sigma_m, ALLEY_MPS * step_s)
    asked = (before >= 0) & ~steps.held  # most fixes lie in stands
    of, fix = _states_of(states.first, np.cumsum(~steps.held) - 1, np.flatnonzero(asked))
    arc = states.arc[of]
    edge = arc >> 1
    chosen = hidden[edge] & (arc & 1 == 0)
    chosen &= network.edge_depth_m[edge] <= longest_m[fix]
    chosen &= np.abs(states.across_m[of]) <= NEAR_SIGMAS * sigma_m[fix]
    fix, arc = fix[chosen], arc[chosen]
    none, all_ = np.zeros(len(fix)), np.ones(len(fix))
    doubtful = np.zeros(len(fix), dtype=np.bool_)
    return Pieces(fix, arc, none, network.edge_length_m[arc >> 1], none, all_, doubtful)


def _states_of(first: Places, place: Places, fixes: Places) -> tuple[Places, Places]:
    """Give the states of some fixes, and the fix of each."""
    begins = first[place[fixes]]
    counts = first[place[fixes] + 1] - begins
    fix = np.repeat(fixes, counts)
    within = np.arange(len(fix)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(begins, counts) + within, fix
