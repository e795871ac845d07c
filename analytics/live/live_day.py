"""A service date while it happens: the functions of the nightly run, driven ping by ping.

Whatever order and portions the pings come in, after the last one `LiveDay.judgement` is what
`analytics.verdicts.evaluation.evaluate` makes of all of them together.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from analytics.live.status import live_statuses
from analytics.makeup.linking import make_ups
from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.fleet import Fleet
from analytics.verdicts.judge import Judgement, judge
from geofence.matching.matcher import Matcher
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation
from geofence.seen.stream import VehicleStream


class LiveDay:
    """What is known of one service date so far."""

    def __init__(self, plan: Plan, service_date: date) -> None:
        self.plan = plan
        self.service_date = service_date
        self.now_ms: int | None = None
        """Latest event time seen, the clock of the live view; None before the first ping."""
        self._network = build_network(plan.sections)
        self._matcher = Matcher(self._network)
        self._fleet = Fleet(plan, self._network, service_date)
        self._streams: dict[str, VehicleStream] = {}

    def add(self, pings: pd.DataFrame) -> None:
        """Take in pings; those of other vehicles or days are passed over."""
        chosen = bearing_on(pings, self.plan, self.service_date)
        for vehicle, rows in chosen.groupby("vehicle_id", sort=False):
            self._stream(str(vehicle)).add(rows)
        if len(chosen):
            latest = int(chosen["event_time"].max().timestamp() * 1000)
            self.now_ms = max(latest, self.now_ms or latest)

    def observations(self) -> tuple[Observation, ...]:
        """Give what may be believed of each vehicle, by id; only what is new is matched."""
        return self._believed()[0]

    def statuses(self) -> pd.DataFrame:
        """Tell where every street stands now, as `analytics.live.status.live_statuses` does."""
        return live_statuses(
            self.observations(), self.plan, self._network, self.service_date, self.now_ms or 0
        )

    def judgement(self) -> Judgement:
        """Judge the date by what is known so far."""
        seen, misfits = self._believed()
        return judge(seen, self.plan, self._network, self.service_date, misfits)

    def make_ups(self, until_ms: int) -> pd.DataFrame:
        """Tell of every miss up to an instant whether it was made up, as `make_ups` does."""
        seen = self.observations()
        judgement = judge(seen, self.plan, self._network, self.service_date)
        return make_ups(judgement, seen, self.plan, self._network, self.service_date, until_ms)

    def _believed(self) -> tuple[tuple[Observation, ...], Mapping[str, Misfit]]:
        streams = (self._streams[vehicle] for vehicle in sorted(self._streams))
        return self._fleet.believed([stream.observation() for stream in streams])

    def _stream(self, vehicle_id: str) -> VehicleStream:
        if vehicle_id not in self._streams:
            self._streams[vehicle_id] = VehicleStream(
                vehicle_id, self._matcher, self.plan.rules, self.plan.work
            )
        return self._streams[vehicle_id]
