"""The product and its peer on the pings of a case."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics.verdicts.evaluation import bearing_on, evaluate
from analytics.verdicts.judge import Judgement, judge
from benchmarks.peers.registry import peer_of
from benchmarks.peers.vehicles import Vehicle
from benchmarks.towns.town import SERVICE_DATE
from geofence.network.network import Network
from geofence.plan.plan import Plan, ServiceRules
from geofence.seen.observe import read_fixes
from geofence.track.standing import Stands
from geofence.track.track import Fixes, Track
from ingest.ping import resolve

NO_LIMIT_KMH = 10_000.0
ANY_TRUCK_KMH = 60.0
"""No truck of SUMO's drives so fast: what is wrong with this limit, the speed rule is not guilty
of."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Pings on a plan, with the truth."""

    plan: Plan
    network: Network
    pings: pd.DataFrame
    truth: pd.DataFrame
    sigma_m: float


def product(case: Case) -> Judgement:
    """Judge as ``pingcheng evaluate`` does."""
    return evaluate(case.pings, case.plan, [SERVICE_DATE])


def product_any_speed(case: Case) -> Judgement:
    """Judge with a limit of speed that no truck reaches."""
    return product(replace(case, plan=_limited(case.plan, ANY_TRUCK_KMH)))


def fastmm(case: Case) -> Judgement:
    """Match with fastmm; every metre of its path is served."""
    return _peer(case, NO_LIMIT_KMH)


def fastmm_same_rule(case: Case) -> Judgement:
    """Match with fastmm; a step faster than the plan's limit serves nothing, as ours."""
    return _peer(case, case.plan.rules.service_speed_kmh)


METHODS: dict[str, tuple[str, Callable[[Case], Judgement]]] = {
    "product": ("product", product),
    "product60": ("product, limit 60 km/h", product_any_speed),
    "fastmm": ("fastmm, no speed rule", fastmm),
    "fastmm30": ("fastmm, same speed rule", fastmm_same_rule),
}
PEERS = ("fastmm", "fastmm30")


def is_installed() -> bool:
    """Tell whether the peer is there."""
    return importlib.util.find_spec("fastmm") is not None


def _limited(plan: Plan, limit_kmh: float) -> Plan:
    return replace(plan, rules=replace(plan.rules, service_speed_kmh=limit_kmh))


def _peer(case: Case, limit_kmh: float) -> Judgement:
    plan = case.plan
    chosen = bearing_on(resolve(case.pings).pings, plan, SERVICE_DATE)
    fixes, _ = read_fixes(chosen, case.network)
    vehicle = chosen["vehicle_id"].astype(str).to_numpy()
    vehicles = [
        Vehicle(name, raw_track(fixes[vehicle == name], plan.rules))
        for name in sorted(set(vehicle))
    ]
    peer = peer_of("fastmm", case.network, _limited(plan, limit_kmh).rules)
    seen = peer.observe(vehicles, case.sigma_m, 0).observations
    return judge(tuple(seen), plan, case.network, SERVICE_DATE)


def raw_track(fixes: Fixes, rules: ServiceRules) -> Track:
    """Give the fixes as they came, only cut at gaps: no work of ours helps or hinders a peer."""
    none, ones = np.empty(0, dtype=np.int64), np.ones(len(fixes.time_ms))
    cut = np.ones(len(fixes.time_ms), dtype=np.bool_)
    cut[1:] = np.diff(fixes.time_ms) > rules.gap_s * 1000.0
    return Track(
        fixes=fixes,
        cut=cut,
        stands=Stands(
            np.zeros(len(cut), dtype=np.bool_), ones, 0 * ones, 0 * ones, 0 * ones, np.nan * ones
        ),
        kept_ms=fixes.time_ms,
        kept_x=fixes.x,
        kept_y=fixes.y,
        asked=np.arange(len(cut)),
        frozen_started_ms=none,
        frozen_finished_ms=none,
        outlier_ms=none,
        stale_ms=none,
        doubted_ms=none,
        doubted_started_ms=none,
        doubted_finished_ms=none,
        open_from_ms=int(fixes.time_ms[-1]) if len(cut) else 0,
    )
