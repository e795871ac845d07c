"""A service date while it happens: the functions of the nightly run, driven ping by ping.

Whatever order and portions the pings come in, after the last one `LiveDay.judgement` is what
`analytics.evaluation.evaluate` makes of all of them together.
"""

from datetime import date

import pandas as pd

from analytics.evaluation import bearing_on
from analytics.judge import Judgement, judge
from analytics.live_status import live_statuses
from geofence.network import build_network
from geofence.observation import Observation
from geofence.observe import observe
from geofence.plan import Plan
from ingest.ping import resolve


class LiveDay:
    """What is known of one service date so far."""

    def __init__(self, plan: Plan, service_date: date) -> None:
        self.plan = plan
        self.service_date = service_date
        self.now_ms: int | None = None
        """Latest event time seen, the clock of the live view; None before the first ping."""
        self._network = build_network(plan.sections)
        self._pings: dict[str, list[pd.DataFrame]] = {}
        self._observations: dict[str, Observation] = {}
        self._touched: set[str] = set()

    def add(self, pings: pd.DataFrame) -> None:
        """Take in pings; those of other vehicles or days are passed over."""
        chosen = bearing_on(pings, self.plan, self.service_date)
        for vehicle, rows in chosen.groupby("vehicle_id", sort=False):
            self._pings.setdefault(str(vehicle), []).append(rows)
            self._touched.add(str(vehicle))
        if len(chosen):
            latest = int(chosen["event_time"].max().timestamp() * 1000)
            self.now_ms = max(latest, self.now_ms or latest)

    def observations(self) -> tuple[Observation, ...]:
        """Match again the vehicles of which something new came; by vehicle id."""
        if self._touched:
            for vehicle in self._touched:
                self._pings[vehicle] = [resolve(pd.concat(self._pings[vehicle])).pings]
            fresh = pd.concat([self._pings[vehicle][0] for vehicle in sorted(self._touched)])
            for seen in observe(fresh.reset_index(drop=True), self._network, self.plan.rules):
                self._observations[seen.vehicle_id] = seen
            self._touched.clear()
        return tuple(self._observations[vehicle] for vehicle in sorted(self._observations))

    def statuses(self) -> pd.DataFrame:
        """Tell where every street stands now, as `analytics.live_status.live_statuses` does."""
        return live_statuses(
            self.observations(), self.plan, self._network, self.service_date, self.now_ms or 0
        )

    def judgement(self) -> Judgement:
        """Judge the date by what is known so far."""
        return judge(self.observations(), self.plan, self._network, self.service_date)
