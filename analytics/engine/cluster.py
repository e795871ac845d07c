"""Nights worked out by the workers of a Dask cluster.

A worker that dies costs what it had in hand: others do that again. What takes down one worker
after the other, tried by itself at last, is left out and named.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.engine.clusters import ClusterError
from analytics.engine.engine import JudgedDate
from analytics.engine.tasks import judge_some, observe_one, send
from analytics.verdicts.judge import count_unbelieved, join
from geofence.kept.observing import Kept
from geofence.kept.store import ObservationStore
from geofence.network.network import Network
from geofence.plan.plan import Grid, Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation
from geofence.seen.observe import fixes_of_fleet

if TYPE_CHECKING:
    from distributed import Client, Future

GRIDS_AT_ONCE = 8
"""A task of judging: small beside a night, large beside what sending it costs."""
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

    def observe(self, pings: pd.DataFrame, network: Network, plan: Plan) -> Iterable[Observation]:
        """Observe one vehicle a task; what is kept is not sent."""
        fleet = fixes_of_fleet(pings, network, plan.work)
        kept = Kept(self._store, network, plan.rules, plan.work) if self._store else None
        known = [kept.recall(one) if kept else ("", None) for one in fleet]
        seen = [observation for _, observation in known]
        tasks = {number: (one,) for number, one in enumerate(fleet) if seen[number] is None}
        for number, observation in self._done("matched", observe_one, plan, tasks):
            if observation is None:
                self._left_out.append(f"vehicle {fleet[number].vehicle_id}")
            elif kept is not None:
                kept.keep(known[number][0], observation)
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
        evidence: bool,
    ) -> JudgedDate:
        """Judge some grids a task."""
        of_vehicle = {one.vehicle_id: one for one in observations}
        some = [
            plan.grids[first : first + GRIDS_AT_ONCE]
            for first in range(0, len(plan.grids), GRIDS_AT_ONCE)
        ]

        def task(grids: Sequence[Grid]) -> tuple[Any, ...]:
            vehicles = dict.fromkeys(v for g in grids for v in plan.vehicles_of(g, service_date))
            known = [of_vehicle[vehicle] for vehicle in vehicles if vehicle in of_vehicle]
            ids = frozenset(grid.id for grid in grids)
            return ids, known, service_date, evidence

        tasks = {number: task(grids) for number, grids in enumerate(some)}
        parts: list[JudgedDate | None] = [None] * len(some)
        for number, part in self._done("judged", judge_some, plan, tasks):
            if part is None:
                self._left_out += [f"grid {grid.id}" for grid in some[number]]
            parts[number] = part
        judged = [part for part in parts if part is not None]
        whole = replace(
            join([part.judgement for part in judged]),
            outlier_count=sum(len(one.outlier_ms) for one in observations),
            unbelieved=count_unbelieved(observations),
            misfits=((service_date.isoformat(), misfits),) if misfits else (),
        )
        return JudgedDate(whole, (line for part in judged for line in part.evidence))

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
        tasks: Mapping[int, tuple[Any, ...]],
    ) -> Iterator[tuple[int, Any]]:
        """Have tasks done, and give what comes out as it comes; None of what is left out.

        Of a worker that dies all that it had in hand is suspected. So what was suspected too often
        is done again at the end, each by itself.
        """
        from distributed import KilledWorker, as_completed

        workers = max(1, sum(self._client.nthreads().values()))
        waiting = iter(tasks.items())
        number_of: dict[Any, int] = {}
        suspects: list[int] = []
        done = 0

        def submit(number: int, task: tuple[Any, ...]) -> "Future[Any]":
            future = self._client.submit(function, self._send(plan), *task, pure=False)
            number_of[future.key] = number
            return future

        coming = as_completed([submit(*task) for task in islice(waiting, workers * IN_HAND)])
        for future in coming:
            number = number_of.pop(future.key)
            error = _error_of(future)
            for task in waiting:
                coming.add(submit(*task))
                break
            if isinstance(error, KilledWorker):
                suspects.append(number)
                continue
            done += 1
            self._tell(what, done, len(tasks))
            yield number, future.result()
        for number in suspects:
            future = submit(number, tasks[number])
            is_culprit = isinstance(_error_of(future), KilledWorker)
            done += 1
            self._tell(what, done, len(tasks))
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
