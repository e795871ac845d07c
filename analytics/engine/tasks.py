"""What a worker does: observes one vehicle, judges some grids. Pure functions of what is sent.

A plan is sent once, as the result of a task of its own: one that is lost with its worker is made
again. What is made of it, the network and its matcher, stays with the worker.
"""

import pickle
from dataclasses import dataclass, replace
from datetime import date

import llvmlite.binding

from analytics.engine.shares import Share
from analytics.verdicts.judge import Judgement, judge
from analytics.verdicts.tables import lines_of
from geofence.kernels import code_version
from geofence.matching.matcher import Matcher
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import VehicleFixes, look

PLANS_KEPT = 2


@dataclass(frozen=True, slots=True, eq=False)
class JudgedShare:
    """What a worker gives back of some grids."""

    judgement: Judgement
    """Without its cases."""
    evidence: tuple[bytes, ...]
    """Lines, by street."""


class SentPlan:
    """A plan as it lies on a worker, with its name."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self._content = name, content

    def plan(self) -> Plan:
        """Unpack the plan."""
        plan: Plan = pickle.loads(self._content)  # noqa: S301 - from who sends the code as well
        return plan


def send(name: str, content: bytes) -> SentPlan:
    """Hold a plan for the tasks that need it."""
    return SentPlan(name, content)


def observe_one(sent: SentPlan, one: VehicleFixes) -> Observation:
    """Observe a vehicle."""
    plan, _, matcher = _world(sent)
    return look(one, matcher, plan.rules, plan.work)


def judge_some(sent: SentPlan, share: Share, service_date: date, evidence: bool) -> JudgedShare:
    """Judge some grids from what may be believed of their vehicles."""
    plan, network, _ = _world(sent)
    some = frozenset(share.grid_ids)
    judgement = judge(share.observations, plan, network, service_date, grid_ids=some)
    lines = tuple(lines_of(judgement.evidence())) if evidence else ()
    return JudgedShare(replace(judgement, cases=()), lines)


def what_works() -> tuple[str, str]:
    """Name the code and the processor of a worker: two kinds of them may differ in a last digit."""
    return code_version(), llvmlite.binding.get_host_cpu_name()


_worlds: dict[str, tuple[Plan, Network, Matcher]] = {}


def _world(sent: SentPlan) -> tuple[Plan, Network, Matcher]:
    world = _worlds.get(sent.name)
    if world is None:
        plan = sent.plan()
        network = build_network(plan.sections)
        while len(_worlds) >= PLANS_KEPT:
            _worlds.pop(next(iter(_worlds)))
        world = _worlds[sent.name] = plan, network, Matcher(network)
    return world
