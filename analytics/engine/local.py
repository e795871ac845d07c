"""Nights worked out by this process, on some threads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.engine.engine import Ground, Writing
from analytics.engine.shares import shares_of, whole_of
from analytics.verdicts.evaluation import PingSource
from analytics.verdicts.judge import Judgement, count_unbelieved, judge
from analytics.verdicts.tables import lines_of
from geofence.kept.observing import observe_kept
from geofence.kept.store import ObservationStore
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import Pings, observe

GRIDS_AT_ONCE = 64
"""Of so many the cases are in memory, however many there are."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """One process, that of who asks."""

    workers: int = 1
    """Vehicles that are matched at once."""
    store: ObservationStore | None = None
    """Where observations are kept; none are without it."""

    def observe(self, pings: Pings, network: Network, plan: Plan) -> Iterable[Observation]:
        """Observe with some threads; what is kept is not matched again."""
        if self.store is None:
            return observe(pings, network, plan.rules, workers=self.workers, work=plan.work)
        return observe_kept(
            pings, network, plan.rules, store=self.store, workers=self.workers, work=plan.work
        )

    def work_out(
        self, pings: PingSource, ground: Ground, service_date: date, *, evidence: Writing | None
    ) -> Judgement:
        """Observe the fleet, then judge some grids after the other."""
        plan, network = ground.plan, ground.network
        seen = tuple(self.observe(pings.bearing_on(plan, service_date), network, plan))
        observations, misfits = ground.fleet(service_date).believed(seen)
        of_vehicle = {one.vehicle_id: one for one in observations}
        judged = []
        for share in shares_of(plan, service_date, GRIDS_AT_ONCE):
            theirs = [of_vehicle[each] for each in share.vehicles if each in of_vehicle]
            some = frozenset(share.grid_ids)
            part = judge(theirs, plan, network, service_date, grid_ids=some)
            if evidence is not None:
                evidence(lines_of(part.evidence()))
            judged.append(replace(part, cases=()))
        outliers = sum(len(one.outlier_ms) for one in observations)
        dropped = {"outlier": outliers, **count_unbelieved(observations)}
        return whole_of(judged, service_date, misfits, dropped)

    @property
    def left_out(self) -> Sequence[str]:
        """Nothing ever is."""
        return ()
