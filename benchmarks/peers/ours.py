"""The matcher of this project.

Timed: candidates, search, path and passes of every track. Not timed: projection and tracks, which
all methods share, and the network's index.
"""

from collections.abc import Sequence
from typing import ClassVar

from benchmarks.peers.peer import Outcome
from benchmarks.peers.vehicles import Vehicle, observation_of
from benchmarks.stopwatch import best_time
from geofence.matching.matcher import Matcher
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Observation
from geofence.seen.passes import build_gaps, build_passes


class OurPeer:
    """The matcher with its default settings; it takes each fix's error from ``accuracy_m``."""

    title: ClassVar[str] = "pingcheng"

    def __init__(self, network: Network, rules: ServiceRules) -> None:
        self._matcher = Matcher(network)
        self._rules = rules

    def observe(self, vehicles: Sequence[Vehicle], sigma_m: float, runs: int) -> Outcome:  # noqa: ARG002
        """Match every track."""
        observations, seconds = best_time(lambda: [self._observe(each) for each in vehicles], runs)
        return Outcome(observations, seconds)

    def _observe(self, vehicle: Vehicle) -> Observation:
        track = vehicle.track
        match = self._matcher.match(track)
        return observation_of(
            vehicle,
            build_passes(self._matcher.network, track, match, self._rules),
            build_gaps(track, match),
        )
