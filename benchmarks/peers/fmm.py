"""fastmm: the C++ implementation of FMM (Yang & Gidofalvi 2018) with its table of routes.

Timed: its ``match`` calls, one a track part. Not timed: the network, the table of routes, the
conversion of tracks into its own objects and of its results into ours.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from benchmarks.peers.paths import Leg, Piece, edge_line, match_of
from benchmarks.peers.peer import Outcome, PeerError
from benchmarks.peers.vehicles import Vehicle, observation_of
from benchmarks.stopwatch import best_time
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.seen.passes import build_gaps, build_passes

CANDIDATES = 16
GPS_ERROR_SIGMAS = 4.0
"""Its emission takes errors for independent; errors that drift weigh too much by their deviation
alone. The best of 0.7 to 25 on a day of another seed, as are the other numbers."""
RADIUS_MIN_M = 50.0
RADIUS_SIGMAS = 4.0
REVERSE_SIGMAS = 3.0
"""How far a fix may fall back on its arc, in standard deviations."""
BOUND_MIN_M = 1000.0
BOUND_DETOUR = 2.0
"""Routes are tabled up to this many times the longest straight line between two fixes."""


class FastmmPeer:
    """fastmm with distance as cost, an edge for each open arc."""

    title: ClassVar[str] = "fastmm"

    def __init__(self, network: Network, rules: ServiceRules) -> None:
        try:
            import fastmm
        except ImportError as error:
            raise PeerError(
                "fastmm is not installed; install it with: make .venv/.installed-bench"
            ) from error
        self._fastmm = fastmm
        self._network, self._rules = network, rules
        with _quiet():
            self._roads = fastmm.Network()
            drawn = np.repeat(network.edge_section >= 0, 2)
            for arc in np.flatnonzero(network.arc_open & drawn).tolist():
                self._roads.add_edge(
                    arc,
                    source=int(network.arc_from[arc]),
                    target=int(network.arc_to[arc]),
                    geom=edge_line(network, arc >> 1)[:: -1 if arc & 1 else 1],
                )
            self._roads.finalize()

    def observe(self, vehicles: Sequence[Vehicle], sigma_m: float, runs: int) -> Outcome:
        """Match every track part."""
        matcher = self._matcher(vehicles)
        trajectories = [
            self._fastmm.Trajectory.from_xy_tuples(
                list(zip(fixes.x[part].tolist(), fixes.y[part].tolist(), strict=True))
            )
            for vehicle in vehicles
            for fixes in (vehicle.track.fixes,)
            for part in vehicle.parts
        ]
        settings = {
            "max_candidates": CANDIDATES,
            "candidate_search_radius": max(RADIUS_MIN_M, RADIUS_SIGMAS * sigma_m),
            "gps_error": GPS_ERROR_SIGMAS * sigma_m,
            "reverse_tolerance": REVERSE_SIGMAS * sigma_m,
        }
        results, seconds = best_time(
            lambda: [matcher.match(trajectory, **settings) for trajectory in trajectories], runs
        )
        found = iter(results)
        observations = []
        for vehicle in vehicles:
            track = vehicle.track
            legs = [
                leg
                for part in vehicle.parts
                for leg in legs_of(next(found), self._network, part.start)
            ]
            match = match_of(legs, len(track.cut))
            passes = build_passes(self._network, track, match, self._rules)
            observations.append(observation_of(vehicle, passes, build_gaps(track, match)))
        return Outcome(observations, seconds)

    def _matcher(self, vehicles: Sequence[Vehicle]) -> Any:  # noqa: ANN401 - no types
        bound_m = max(BOUND_MIN_M, BOUND_DETOUR * _longest_step_m(vehicles))
        with _quiet(), tempfile.TemporaryDirectory() as folder:
            return self._fastmm.FastMapMatch(
                self._roads,
                self._fastmm.TransitionMode.SHORTEST,
                max_distance_between_candidates=bound_m,
                cache_dir=folder,
            )


def legs_of(result: Any, network: Network, first: int) -> Iterator[Leg]:  # noqa: ANN401
    """Read the routes of a matched trajectory whose first fix is number `first` of its track."""
    for part in result.subtrajectories:
        for segment in part.segments:
            yield Leg(
                before=first + segment.p0.trajectory_index,
                fix=first + segment.p1.trajectory_index,
                pieces=_pieces(segment, network),
            )


def _pieces(segment: Any, network: Network) -> tuple[Piece, ...]:  # noqa: ANN401
    arcs = [edge.edge_id for edge in segment.edges]
    ends_m = network.edge_length_m[np.array(arcs) >> 1].tolist()
    begins_m = [0.0] * len(arcs)
    begins_m[0] = segment.p0.offset_from_start_of_edge
    ends_m[-1] = segment.p1.offset_from_start_of_edge
    return tuple(zip(arcs, begins_m, ends_m, strict=True))


def _longest_step_m(vehicles: Sequence[Vehicle]) -> float:
    longest_m = 0.0
    for vehicle in vehicles:
        fixes, linked = vehicle.track.fixes, ~vehicle.track.cut[1:]
        steps_m = np.hypot(np.diff(fixes.x), np.diff(fixes.y))[linked]
        longest_m = max(longest_m, float(steps_m.max(initial=0.0)))
    return longest_m


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep fastmm's log, which it writes to file descriptor 1, off the table's output."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "wb") as nothing:  # noqa: PTH123 - a device, not a path
        os.dup2(nothing.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
