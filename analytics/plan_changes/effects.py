"""What another plan would have changed: days of the log judged by both, and what came out."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.plan_changes.alignment import Key, counterparts
from analytics.tracking.fleet import street_fit
from analytics.verdicts.evaluation import bearing_on, plan_horizon
from analytics.verdicts.fleet import Fleet
from analytics.verdicts.judge import Judgement, judge
from analytics.verdicts.verdict import Verdict
from geofence.difference.comparison import Comparison
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import observe
from geofence.seen.street_fit import StreetFit
from ingest.log.pinglog import PingLog


@dataclass(frozen=True, slots=True)
class Turned:
    """A street that would have come out otherwise; empty where one plan does not judge it."""

    service_date: date
    grid_id: str
    window: str
    street: str
    before: str
    after: str
    was: Key | None = None
    """What the old plan calls it, if otherwise."""


@dataclass(frozen=True, slots=True)
class DayEffect:
    """A date judged by both plans."""

    service_date: date
    before: Mapping[str, int]
    """Streets by verdict, by the old plan."""
    after: Mapping[str, int]
    turned: tuple[Turned, ...]
    ping_count: int


def effects(
    log: PingLog,
    comparison: Comparison,
    days: Sequence[date],
    workers: int = 1,
    done: Callable[[], None] = lambda: None,
) -> Iterator[DayEffect]:
    """Judge dates by the plans of a comparison from the same pings.

    Dates on which neither plan has service are left out; of those without pings nothing is said.

    Parameters
    ----------
    done
        Called after each half of a date.

    Raises
    ------
    LogError
        If the log cannot be read.
    """
    old, new = comparison.old, comparison.new
    counterpart = counterparts(comparison)
    grounds = [_Ground.of(old)]
    is_same = _draws(old) == _draws(new) and (old.rules, old.work) == (new.rules, new.work)
    grounds.append(_Ground(new, grounds[0].network, grounds[0].fit) if is_same else _Ground.of(new))
    for day in days:
        spans = [span for plan in (old, new) if (span := plan_horizon(plan, day)) is not None]
        if not spans:
            for _ in grounds:
                done()
            continue
        start_ms, end_ms = min(span[0] for span in spans), max(span[1] for span in spans)
        vehicles = sorted(old.vehicles | new.vehicles)
        pings = log.read_pings(start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
        if not len(pings):
            for _ in grounds:
                done()
            yield DayEffect(day, _counted({}), _counted({}), (), 0)
            continue
        found, seen = [], _Seen(workers)
        for ground in grounds:
            found.append(_verdicts(ground, pings, day, seen))
            done()
        yield _effect(day, found[0], found[1], counterpart, len(pings))


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    plan: Plan
    network: Network
    fit: StreetFit

    @classmethod
    def of(cls, plan: Plan) -> "_Ground":
        network = build_network(plan.sections)
        return cls(plan, network, street_fit(network))


class _Seen:
    """What was seen of a day's vehicles; on the same streets none is matched twice."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._known: dict[int, tuple[pd.DataFrame, tuple[Observation, ...]]] = {}

    def on(self, ground: _Ground, pings: pd.DataFrame) -> tuple[Observation, ...]:
        known = self._known.get(id(ground.network))
        if known is not None and known[0].equals(pings):
            return known[1]
        plan = ground.plan
        seen = tuple(
            observe(pings, ground.network, plan.rules, workers=self._workers, work=plan.work)
        )
        self._known[id(ground.network)] = (pings, seen)
        return seen


def _verdicts(ground: _Ground, pings: pd.DataFrame, day: date, seen: _Seen) -> dict[Key, str]:
    plan, network = ground.plan, ground.network
    observed = seen.on(ground, bearing_on(pings, plan, day))
    believed, misfits = Fleet(plan, network, day, ground.fit).believed(observed)
    return _by_key(judge(believed, plan, network, day, misfits))


def _by_key(judgement: Judgement) -> dict[Key, str]:
    frame = judgement.streets
    columns = (frame[name].astype(str) for name in ("grid_id", "window", "street", "verdict"))
    return {
        (grid_id, window, street): verdict
        for grid_id, window, street, verdict in zip(*columns, strict=True)
    }


def _effect(
    day: date,
    before: Mapping[Key, str],
    after: Mapping[Key, str],
    counterpart: Callable[[Key], Key],
    ping_count: int,
) -> DayEffect:
    had = {now if (now := counterpart(key)) in after else key: key for key in before}
    turned = []
    for key in sorted(had.keys() | after.keys()):
        was = had.get(key)
        verdict = "" if was is None else before[was]
        if verdict != after.get(key, ""):
            other = was if was is not None and was != key else None
            turned.append(Turned(day, *key, verdict, after.get(key, ""), other))
    return DayEffect(day, _counted(before), _counted(after), tuple(turned), ping_count)


def _counted(verdicts: Mapping[Key, str]) -> dict[str, int]:
    count = Counter(verdicts.values())
    return {verdict.value: count[verdict.value] for verdict in Verdict}


def _draws(plan: Plan) -> list[tuple[object, ...]]:
    """Give all of the sections that a network and its passes depend on."""
    return [
        (each.id, each.name, each.grids, each.oneway, each.coordinates.tobytes())
        for each in plan.sections
    ]
