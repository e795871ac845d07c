"""Nights worked out by the workers of a Dask cluster.

A worker that dies costs what it had in hand: others do that again. What takes down one worker
after the other, tried by itself at last, is left out and named.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from datetime import date
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

from analytics.engine.clusters import ClusterError
from analytics.engine.engine import Writing
from analytics.engine.shares import shares_of, whole_of
from analytics.engine.tasks import JudgedShare, judge_some, observe_one, send
from analytics.verdicts.judge import Judgement
from geofence.kept.observing import Kept
from geofence.kept.store import ObservationStore
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation
from geofence.seen.observe import Pings, VehicleFixes, fixes_in_turn

if TYPE_CHECKING:
    from distributed import Client, Future

GRIDS_AT_ONCE = 8
"""A task of judging: small beside a night, large beside what sending it costs;"""
MOST_TASKS = 256
"""more where there would be more tasks, each of which goes through the plan."""
_LOST = ("error", "lost", "cancelled")
IN_HAND = 3
"""Tasks a worker that are sent ahead, so that none waits and little is held in memory."""


class ClusterEngine:
    """The workers of a cluster.

    Parameters
    ----------
    client
        Connected, see `analytics.engine.clusters`.
    store
        Where this process keeps observations; none are kept without it.
    tell
        Told of what is done, and how much of it there is.
    """

    def __init__(
        self,
        client: "Client",
        store: ObservationStore | None = None,
        tell: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
    ) -> None:
        self._client, self._store, self._tell = client, store, tell
        self._left_out: list[str] = []
        self._plan_sent: tuple[Plan, Any] | None = None

    @property
    def left_out(self) -> Sequence[str]:
        """What took worker after worker down."""
        return self._left_out

    def observe(self, pings: Pings, network: Network, plan: Plan) -> Iterable[Observation]:
        """Observe one vehicle a task; what is kept is not sent.

        Fixes are made as workers ask for them, so that those of a few vehicles are in memory.
        """
        kept = Kept(self._store, network, plan.rules, plan.work) if self._store else None
        seen: list[Observation | None] = []
        waiting: dict[int, tuple[str, str]] = {}

        def new() -> Iterator[tuple[int, tuple[VehicleFixes]]]:
            for number, one in enumerate(fixes_in_turn(pings, network, plan.work)):
                key, known = kept.recall(one) if kept else ("", None)
                seen.append(known)
                if known is None:
                    waiting[number] = key, one.vehicle_id
                    yield number, (one,)

        vehicles = len({vehicle for grid in plan.grids for vehicle in grid.vehicles})
        for number, observation in self._done("matched", observe_one, plan, new(), vehicles):
            key, vehicle_id = waiting.pop(number)
            if observation is None:
                self._left_out.append(f"vehicle {vehicle_id}")
            elif kept is not None:
                kept.keep(key, observation)
            seen[number] = observation
        if kept is not None:
            kept.end()
        return [one for one in seen if one is not None]

    def judge(
        self,
        observations: Sequence[Observation],
        plan: Plan,
        network: Network,  # noqa: ARG002 - each worker has its own
        service_date: date,
        misfits: Mapping[str, Misfit],
        *,
        evidence: Writing | None,
    ) -> Judgement:
        """Judge some grids a task; what is done before its turn waits."""
        at_once = max(GRIDS_AT_ONCE, -(-len(plan.grids) // MOST_TASKS))
        shares = list(shares_of(observations, plan, service_date, at_once))
        tasks = (
            (number, (share, service_date, evidence is not None))
            for number, share in enumerate(shares)
        )
        judged: list[Judgement] = []
        early: dict[int, JudgedShare | None] = {}
        written = 0
        for number, part in self._done("judged", judge_some, plan, tasks, len(shares)):
            if part is None:
                self._left_out += [f"grid {grid_id}" for grid_id in shares[number].grid_ids]
            early[number] = part
            while written in early:
                one = early.pop(written)
                written += 1
                if one is None:
                    continue
                judged.append(one.judgement)
                if evidence is not None:
                    evidence(one.evidence)
        return whole_of(judged, observations, service_date, misfits)

    def _send(self, plan: Plan) -> "Future[Any]":
        """Give the plan as workers have it: sent once, and again if it was lost with too many."""
        known = self._plan_sent
        if known is None or known[0] is not plan or known[1].status in _LOST:
            content = pickle.dumps(plan)
            name = blake2b(content, digest_size=16).hexdigest()
            known = plan, self._client.submit(send, name, content, pure=False)
            self._plan_sent = known
        return known[1]

    def _done(
        self,
        what: str,
        function: Callable[..., Any],
        plan: Plan,
        tasks: Iterator[tuple[int, tuple[Any, ...]]],
        count: int,
    ) -> Iterator[tuple[int, Any]]:
        """Have tasks done, and give what comes out as it comes; None of what is left out.

        Of tasks, about `count`, only those in hand are held.

        Of a worker that dies all that it had in hand is suspected. So what was suspected too often
        is done again at the end, each by itself.
        """
        from distributed import KilledWorker, as_completed

        workers = max(1, sum(self._client.nthreads().values()))
        in_hand: dict[Any, tuple[int, tuple[Any, ...]]] = {}
        suspects: list[tuple[int, tuple[Any, ...]]] = []
        done = 0

        def submit(number: int, task: tuple[Any, ...]) -> "Future[Any]":
            future = self._client.submit(function, self._send(plan), *task, pure=False)
            in_hand[future.key] = number, task
            return future

        coming = as_completed([submit(*task) for task in islice(tasks, workers * IN_HAND)])
        for future in coming:
            number, task = in_hand.pop(future.key)
            error = _error_of(future)
            for following in islice(tasks, 1):
                coming.add(submit(*following))
            if isinstance(error, KilledWorker):
                suspects.append((number, task))
                continue
            done += 1
            self._tell(what, done, max(count, done))
            yield number, future.result()
        for number, task in suspects:
            future = submit(number, task)
            is_culprit = isinstance(_error_of(future), KilledWorker)
            done += 1
            self._tell(what, done, max(count, done))
            yield number, None if is_culprit else future.result()


def _error_of(future: "Future[Any]") -> BaseException | None:
    """Give what a task ended with, once it is done.

    Raises
    ------
    ClusterError
        If it never will be: the cluster is gone, or has had no worker for long.
    """
    try:
        error: BaseException | None = future.exception()
    except CancelledError:
        raise ClusterError("the cluster is gone, or all its workers are") from None
    return error
