"""What a worker does: observes some vehicles, judges some grids. Pure functions of what is sent.

A plan is sent once, as the result of a task of its own: one that is lost with its worker is made
again. What is made of it, its matcher, stays with the worker; so does what was seen
of vehicles, until it is judged.
"""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import llvmlite.binding
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.engine.brief import Brief, brief_of
from analytics.engine.shares import Share
from analytics.tracking.fleet import Misfits
from analytics.verdicts.evaluation import Portion
from analytics.verdicts.fleet import believe
from analytics.verdicts.judge import Judgement, judge
from analytics.verdicts.swapped import passing_over
from analytics.verdicts.tables import lines_of
from geofence.kept.observing import Kept
from geofence.kept.store import ObservationStore
from geofence.kernels import code_version
from geofence.matching.matcher import Matcher
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import fixes_in_turn, look

PLANS_KEPT = 2
_CODEC = "zstd"
Seen = tuple[Observation, ...] | None
"""What was seen of some vehicles, by id; None if their pings could not be read there."""


@dataclass(frozen=True, slots=True, eq=False)
class Briefs:
    """What a worker gives back of some vehicles."""

    is_read: bool
    """Whether their pings could be read there."""
    briefs: tuple[Brief, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedShare:
    """What a worker gives back of some grids."""

    judgement: Judgement
    """Without its cases."""
    evidence: bytes
    """Lines, by street."""


class SentPlan:
    """A plan as it lies on a worker, with its name."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self._content = name, content

    def unpacked(self) -> tuple[Plan, Network]:
        """Unpack it, with its network."""
        found: tuple[Plan, Network] = pickle.loads(  # noqa: S301 - from who sends the code as well
            self._content
        )
        return found


def send(name: str, content: bytes) -> SentPlan:
    """Hold a plan for the tasks that need it."""
    return SentPlan(name, content)


def packed(portion: Portion) -> tuple[bytes, int]:
    """Pack pings as they are sent: a scheduler holds them until what was seen of them is judged."""
    content = pickle.dumps(portion)
    return pa.compress(content, codec=_CODEC, asbytes=True), len(content)


def observe_some(sent: SentPlan, packed: tuple[bytes, int], store: ObservationStore | None) -> Seen:
    """Observe the vehicles of a portion; what the worker's store has is not matched again."""
    content, size = packed
    portion: Portion = pickle.loads(  # noqa: S301 - from who sends the code as well
        pa.decompress(content, size, codec=_CODEC, asbytes=True)
    )
    pings = portion.read()
    if pings is None:
        return None
    plan, network, matcher = _world(sent)
    kept = Kept(store, network, plan.rules, plan.work) if store else None
    seen = []
    for one in fixes_in_turn(pings, network, plan.work):
        key, found = kept.recall(one) if kept else ("", None)
        if found is None:
            found = look(one, matcher, plan.rules, plan.work)
            if kept is not None:
                kept.keep(key, found)
        seen.append(found)
    return tuple(seen)


def brief_some(seen: Seen) -> Briefs:
    """Give in brief what was seen."""
    return Briefs(seen is not None, tuple(map(brief_of, seen or ())))


def pass_some(seen: Seen, sections: NDArray[np.int64]) -> list[Observation]:
    """Give who served any of some sections, with the passes that count."""
    return passing_over(seen or (), sections)


def judge_some(
    sent: SentPlan,
    seen: Sequence[Seen],
    share: Share,
    service_date: date,
    misfits: Misfits,
    evidence: bool,
) -> JudgedShare:
    """Judge some grids from what may be believed of their vehicles."""
    plan, network, _ = _world(sent)
    believed = [
        believe(each, misfits)
        for some in seen
        for each in some or ()
        if each.vehicle_id in share.vehicles
    ]
    judgement = judge(believed, plan, network, service_date, grid_ids=frozenset(share.grid_ids))
    lines = b"".join(lines_of(judgement.evidence())) if evidence else b""
    return JudgedShare(replace(judgement, cases=()), lines)


def what_works() -> tuple[str, str]:
    """Name the code and the processor of a worker: two kinds of them may differ in a last digit."""
    return code_version(), llvmlite.binding.get_host_cpu_name()


_worlds: dict[str, tuple[Plan, Network, Matcher]] = {}


def _world(sent: SentPlan) -> tuple[Plan, Network, Matcher]:
    world = _worlds.get(sent.name)
    if world is None:
        plan, network = sent.unpacked()
        while len(_worlds) >= PLANS_KEPT:
            _worlds.pop(next(iter(_worlds)))
        world = _worlds[sent.name] = plan, network, Matcher(network)
    return world
