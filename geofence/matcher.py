"""The map matcher: a track onto paths through the network.

A hidden Markov model after Newson & Krumm (2009), whose states also know the direction of travel.
The parts stand in files of their own: candidates, emission, transition, viterbi.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.candidates import Buckets, build_buckets, find_candidates
from geofence.match_settings import MatchSettings
from geofence.network import Network
from geofence.track import Fixes, Track
from geofence.transition import build_route_table
from geofence.viterbi import build_states, search, trace

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
REACH_BASE_M = 60.0
"""Room for the error of two fixes in how far a truck may have come between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Where a track was on the network."""

    before: NDArray[np.int64]
    """For each fix of the track the fix from which a route leads to it, -1 where none does."""
    piece_fix: NDArray[np.int64]
    """For each piece of the path the fix it leads to, ascending."""
    piece_arc: Indices
    piece_from_m: Floats
    piece_to_m: Floats
    """Measures along the arc; a piece that runs back has ``to < from``."""
    piece_along_m: Floats
    """How far along the route between the two fixes the piece begins."""
    progress_m: Floats
    """For each fix of the track how far the route leads towards it, negative if its error puts it
    behind the fix before."""


class Matcher:
    """Matches tracks to one network with one set of settings."""

    def __init__(self, network: Network, settings: MatchSettings | None = None) -> None:
        self.network = network
        self.settings = settings or MatchSettings()
        self._buckets: Buckets = build_buckets(network)
        leaving = np.diff(network.node_first_arc)
        self._dead_end = leaving <= 1

    def match(self, track: Track) -> Match:
        """Find the most likely path of a track; never across one of its cuts."""
        fixes, settings, network = track.fixes, self.settings, self.network
        sigma_m = self._sigma_m(fixes)
        radius_m = np.clip(
            settings.radius_sigmas * sigma_m, settings.radius_min_m, settings.radius_max_m
        )
        found = find_candidates(network, self._buckets, fixes.x, fixes.y, radius_m)
        heading_used = (fixes.speed_mps >= settings.heading_min_speed_mps) & np.isfinite(
            fixes.heading_deg
        )
        state_first, state_arc, state_offset_m, state_cost = build_states(
            found.first, found.edge, found.offset_m, found.distance_m, found.bearing,
            network.edge_length_m, network.arc_open,
            sigma_m, fixes.heading_deg, heading_used,
            settings.heading_concentration, settings.wrong_way_cost, settings.prune_cost,
        )  # fmt: skip
        reach_m, bound_m = self._reach(track, state_first, state_arc)
        table = build_route_table(network, bound_m)
        roads = (
            network.arc_from, network.arc_to, network.edge_length_m, self._dead_end,
            table.first, table.target, table.distance_m, table.first_arc, table.last_arc,
            settings.slack_sigmas * sigma_m, reach_m,
            settings.beta_base_m, settings.beta_per_s, settings.u_turn_cost,
        )  # fmt: skip
        chosen, before = search(
            fixes.time_ms, fixes.x, fixes.y, track.cut,
            state_first, state_arc, state_offset_m, state_cost,
            *roads, settings.bridge_s * 1000.0,
        )  # fmt: skip
        pieces = trace(
            fixes.time_ms, fixes.x, fixes.y, chosen, before, state_arc, state_offset_m, *roads
        )
        return Match(before, *pieces)

    def _sigma_m(self, fixes: Fixes) -> Floats:
        settings = self.settings
        reported = np.clip(fixes.accuracy_m, settings.sigma_min_m, settings.sigma_max_m)
        return np.where(np.isfinite(reported), reported, settings.sigma_m)

    def _reach(
        self, track: Track, state_first: NDArray[np.int64], state_arc: Indices
    ) -> tuple[Floats, Floats]:
        """How long a route to each fix may be, and from each node (-1 where none begins)."""
        fixes, settings = track.fixes, self.settings
        placed = np.flatnonzero(np.diff(state_first) > 0)
        reach_m = np.zeros(len(fixes.time_ms))
        bound_m = np.full(self.network.node_count, -1.0)
        if len(placed) > 1:
            pause_s = np.diff(fixes.time_ms[placed]) / 1000.0
            straight_m = np.hypot(np.diff(fixes.x[placed]), np.diff(fixes.y[placed]))
            reach_m[placed[1:]] = REACH_BASE_M + np.minimum(
                settings.max_speed_mps * pause_s,
                2.0 * straight_m + settings.detour_per_s * pause_s,
            )
            linked = np.cumsum(track.cut)[placed]
            together = linked[1:] == linked[:-1]
            onward_m = np.zeros(len(fixes.time_ms))
            onward_m[placed[:-1]] = np.where(together, reach_m[placed[1:]], -1.0)
            of_state = np.repeat(onward_m, np.diff(state_first))
            np.maximum.at(bound_m, self.network.arc_to[state_arc], of_state)
        return reach_m, bound_m
