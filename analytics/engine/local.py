"""Nights worked out by this process, on some threads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from analytics.engine.engine import Writing
from analytics.engine.shares import shares_of, whole_of
from analytics.verdicts.judge import Judgement, judge
from analytics.verdicts.tables import lines_of
from geofence.kept.observing import observe_kept
from geofence.kept.store import ObservationStore
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
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

    def judge(
        self,
        observations: Sequence[Observation],
        plan: Plan,
        network: Network,
        service_date: date,
        misfits: Mapping[str, Misfit],
        *,
        evidence: Writing | None,
    ) -> Judgement:
        """Judge some grids after the other."""
        judged = []
        for share in shares_of(observations, plan, service_date, GRIDS_AT_ONCE):
            some = frozenset(share.grid_ids)
            part = judge(share.observations, plan, network, service_date, grid_ids=some)
            if evidence is not None:
                evidence(lines_of(part.evidence()))
            judged.append(replace(part, cases=()))
        return whole_of(judged, observations, service_date, misfits)

    @property
    def left_out(self) -> Sequence[str]:
        """Nothing ever is."""
        return ()
