"""Nights worked out by this process, on some threads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from analytics.engine.engine import JudgedDate
from analytics.verdicts.judge import judge
from analytics.verdicts.tables import lines_of
from geofence.kept.observing import observe_kept
from geofence.kept.store import ObservationStore
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation
from geofence.seen.observe import observe


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """One process, that of who asks."""

    workers: int = 1
    """Vehicles that are matched at once."""
    store: ObservationStore | None = None
    """Where observations are kept; none are without it."""

    def observe(self, pings: pd.DataFrame, network: Network, plan: Plan) -> Iterable[Observation]:
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
        evidence: bool,
    ) -> JudgedDate:
        """Judge at once; the evidence is worked out as it is taken."""
        judgement = judge(observations, plan, network, service_date, misfits)
        lines = lines_of(judgement.evidence()) if evidence else ()
        return JudgedDate(replace(judgement, cases=()), lines)

    @property
    def left_out(self) -> Sequence[str]:
        """Nothing ever is."""
        return ()
