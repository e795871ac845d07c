"""A vehicle while its pings come in: in pieces of any size, in any order, any number of times.

After each piece the observation is that of `geofence.seen.observe.observe` over all pings so far,
made by the same functions. Only the parts of the track that hold something new are matched again.
"""

import pandas as pd

from geofence.matching.matcher import Match, Matcher
from geofence.plan.plan import ServiceRules
from geofence.plan.work import NO_WORK, Work
from geofence.seen.observation import Observation
from geofence.seen.observe import Sighting, read_fixes, sight
from geofence.seen.settled import decided_until_ms
from geofence.track.no_fix import first_untold
from ingest.ping import conform, resolve


class VehicleStream:
    """The pings of one vehicle so far.

    Its state is these pings and the matches of the parts of their track. It can be thrown away at
    any time: from the log the same comes out again.
    """

    def __init__(
        self, vehicle_id: str, matcher: Matcher, rules: ServiceRules, work: Work = NO_WORK
    ) -> None:
        self.vehicle_id = vehicle_id
        self._matcher = matcher
        self._rules = rules
        self._work = work
        self._pieces: list[pd.DataFrame] = []
        self._parts: dict[bytes, Match] = {}
        self._sighting: Sighting | None = None

    def add(self, pings: pd.DataFrame) -> None:
        """Take in pings of this vehicle, as `ingest.ping.conform` gives them."""
        if len(pings):
            self._pieces.append(pings)
            self._sighting = None

    def observation(self) -> Observation:
        """Give what is seen of the vehicle by the pings so far."""
        return self._look().observation

    def decided_until_ms(self) -> int | None:
        """Give the instant before which pings with later event times change no pass and no gap.

        What comes after it is provisional. None before the first ping near the network.
        """
        seen = self._look()
        if len(seen.fixes.time_ms) == 0:
            return None
        parts = list(seen.parts.values())
        decided_ms = decided_until_ms(
            seen.fixes, seen.track, parts, self._rules.gap_s, self._matcher.settings
        )
        # of a vehicle that has told of no satellites yet
        untold = first_untold(seen.fixes.satellites)
        return decided_ms if untold is None else min(decided_ms, int(seen.fixes.time_ms[untold]))

    def _look(self) -> Sighting:
        if self._sighting is None:
            pings = resolve(pd.concat(self._pieces)).pings if self._pieces else _none()
            self._pieces = [pings]
            fixes, skewed = read_fixes(pings, self._matcher.network, self._work)
            self._sighting = sight(
                self.vehicle_id, fixes, skewed, self._matcher, self._rules, self._parts, self._work
            )
            self._parts = self._sighting.parts
        return self._sighting


def _none() -> pd.DataFrame:
    return conform(
        pd.DataFrame({"vehicle_id": [], "event_time": [], "longitude": [], "latitude": []})
    )
