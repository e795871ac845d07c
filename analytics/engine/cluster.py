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
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.engine.brief import Brief, dropped_of
from analytics.engine.clusters import ClusterError
from analytics.engine.engine import Ground, Writing
from analytics.engine.shares import Share, bunches_of, shares_of, whole_of
from analytics.engine.tasks import (
    JudgedShare,
    brief_some,
    judge_some,
    observe_some,
    packed,
    pass_some,
    send,
)
from analytics.tracking.fleet import FLEET, Misfits
from analytics.verdicts.evaluation import (
    HeldPortion,
    PingSource,
    Portion,
    portions_of,
    vehicles_on,
)
from analytics.verdicts.judge import Judgement
from geofence.kept.store import ObservationStore
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.observation import Observation
from geofence.seen.observe import Pings

if TYPE_CHECKING:
    from distributed import Client, Future

GRIDS_AT_ONCE = 16
"""A task of judging: small beside a night, large beside what sending it costs;"""
MOST_TASKS = 256
"""more where there would be more tasks, each of which goes through the plan."""
VEHICLES_AT_ONCE = 16
"""A task of observing: those of one share, or some of them."""
_LOST = ("error", "lost", "cancelled")
IN_HAND = 3
"""Tasks a worker that are sent ahead, so that none waits and little is held in memory."""
Task = TypeVar("Task")


class ClusterEngine:
    """The workers of a cluster.

    Parameters
    ----------
    client
        Connected, see `analytics.engine.clusters`.
    store
        Where workers keep observations, each on its own machine; none are kept without it.
    tell
        Told of what is done, and how much of it there is.
    workers
        How many there will be at least, if they are still on their way.
    """

    def __init__(
        self,
        client: "Client",
        store: ObservationStore | None = None,
        tell: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
        workers: int = 1,
    ) -> None:
        self._client, self._store, self._tell, self._workers = client, store, tell, workers
        self._left_out: list[str] = []
        self._plan_sent: tuple[Plan, Any] | None = None

    @property
    def left_out(self) -> Sequence[str]:
        """What took worker after worker down."""
        return self._left_out

    def observe(
        self,
        pings: Pings,
        network: Network,
        plan: Plan,
    ) -> Iterable[Observation]:
        """Observe some vehicles a task, whose pings are sent as workers ask for them."""

        def portions() -> Iterator[tuple[tuple[str, ...], HeldPortion]]:
            for part in [pings] if isinstance(pings, pd.DataFrame) else pings:
                names = part["vehicle_id"].unique().tolist()
                bunches = [
                    tuple(names[first : first + VEHICLES_AT_ONCE])
                    for first in range(0, len(names), VEHICLES_AT_ONCE)
                ]
                yield from zip(bunches, portions_of(part, bunches), strict=True)

        def alone(
            task: tuple[tuple[str, ...], HeldPortion],
        ) -> Iterator[tuple[tuple[str, ...], HeldPortion]]:
            some = [(each,) for each in task[0]]
            return zip(some, portions_of(task[1].pings, some), strict=True)

        def submit(task: tuple[tuple[str, ...], HeldPortion]) -> "Future[Any]":
            return self._observed(Ground(plan, network), task[1])

        of = len({vehicle for grid in plan.grids for vehicle in grid.vehicles})
        seen: list[Observation] = []
        tasks = self._done("matched", submit, portions(), of, lambda task: len(task[0]), alone)
        for (vehicles, _), found in tasks:
            if found is None:
                self._left_out += [f"vehicle {each}" for each in vehicles]
            seen += found or ()
        self._end_observing()
        return sorted(seen, key=lambda each: each.vehicle_id)

    def work_out(
        self, pings: PingSource, ground: Ground, service_date: date, *, evidence: Writing | None
    ) -> Judgement:
        """Have workers read, observe and judge; what was seen stays with them.

        Of each vehicle comes a brief, as that takes a look at all of the fleet, and of those who
        served streets of silent vehicles the passes that count.
        """
        plan = ground.plan
        at_once = max(GRIDS_AT_ONCE, -(-len(plan.grids) // MOST_TASKS))
        shares = list(shares_of(plan, service_date, at_once))
        vehicles = vehicles_on(plan, service_date)
        bunches = bunches_of(shares, vehicles, VEHICLES_AT_ONCE)
        seen: dict[str, Future[Any]] = {}
        fleet = self._briefs(pings, ground, service_date, bunches, seen)

        def passing(sections: NDArray[np.int64]) -> list[Observation]:
            asked = [
                self._client.submit(pass_some, one, sections, pure=False)
                for one in _each_once(seen.values())
            ]
            found = [each for some in asked for each in _result_of(some)]
            return sorted(found, key=lambda each: each.vehicle_id)

        misfits = ground.fleet(service_date).misfits([each.seen for each in fleet], passing)
        judged = self._judged(ground, shares, seen, service_date, misfits, evidence)
        return whole_of(judged, service_date, misfits, dropped_of(fleet, misfits))

    def _briefs(
        self,
        pings: PingSource,
        ground: Ground,
        service_date: date,
        bunches: Sequence[tuple[str, ...]],
        seen: "dict[str, Future[Any]]",
    ) -> list[Brief]:
        """Have a fleet observed, and give it in brief, by vehicle id; `seen` takes where it is."""
        plan = ground.plan
        fleet: list[Brief] = []
        unread: list[tuple[str, ...]] = []

        def submit(task: tuple[tuple[str, ...], Portion]) -> "Future[Any]":
            vehicles, portion = task
            future = self._observed(ground, portion)
            seen.update(dict.fromkeys(vehicles, future))
            return self._client.submit(brief_some, future, pure=False)

        def alone(
            task: tuple[tuple[str, ...], Portion],
        ) -> Iterator[tuple[tuple[str, ...], Portion]]:
            some = [(each,) for each in task[0]]
            return zip(some, pings.portions(plan, service_date, some), strict=True)

        def brief(tasks: Iterator[tuple[tuple[str, ...], Portion]], of: int) -> None:
            done = self._done("matched", submit, tasks, of, lambda task: len(task[0]), alone)
            for (vehicles, _), found in done:
                if found is None:
                    self._left_out.extend(f"vehicle {each}" for each in vehicles)
                    for each in vehicles:
                        del seen[each]
                elif found.is_read:
                    fleet.extend(found.briefs)
                else:
                    unread.append(vehicles)

        of = sum(map(len, bunches))
        brief(zip(bunches, pings.portions(plan, service_date, bunches), strict=True), of)
        again, unread = unread, []  # whose files are not there, or were taken away
        brief(((some, pings.read(plan, service_date, some)) for some in again), of)
        self._end_observing()
        return sorted(fleet, key=lambda each: each.seen.vehicle_id)

    def _judged(
        self,
        ground: Ground,
        shares: Sequence[Share],
        seen: "Mapping[str, Future[Any]]",
        service_date: date,
        misfits: Misfits,
        evidence: Writing | None,
    ) -> list[Judgement]:
        """Have shares judged where their vehicles were seen; what is done before its turn waits."""

        def submit(number: int) -> "Future[Any]":
            share = shares[number]
            theirs = _each_once(seen[each] for each in share.vehicles if each in seen)
            return self._client.submit(
                judge_some, self._send(ground), theirs, share, service_date,
                _of_share(misfits, share), evidence is not None, pure=False,
            )  # fmt: skip

        judged: list[Judgement] = []
        early: dict[int, JudgedShare | None] = {}
        written = 0
        of = len(ground.plan.grids)
        numbers = iter(range(len(shares)))
        tasks = self._done(
            "judged", submit, numbers, of, lambda one: len(shares[one].grid_ids), lambda one: (one,)
        )
        for number, part in tasks:
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
                    evidence((one.evidence,))
        return judged

    def _observed(self, ground: Ground, portion: Portion) -> "Future[Any]":
        return self._client.submit(
            observe_some, self._send(ground), packed(portion), self._store, pure=False
        )

    def _end_observing(self) -> None:
        if self._store is not None:
            self._store.sweep()

    def _send(self, ground: Ground) -> "Future[Any]":
        """Give a plan with its network as workers have it.

        Sent once, and again if it was lost with too many.
        """
        known = self._plan_sent
        plan = ground.plan
        if known is None or known[0] is not plan or known[1].status in _LOST:
            content = pickle.dumps((plan, ground.network))
            name = blake2b(content, digest_size=16).hexdigest()
            known = plan, self._client.submit(send, name, content, pure=False)
            self._plan_sent = known
        return known[1]

    def _done(
        self,
        what: str,
        submit: "Callable[[Task], Future[Any]]",
        tasks: Iterator[Task],
        of: int,
        size: Callable[[Task], int],
        alone: Callable[[Task], Iterable[Task]],
    ) -> Iterator[tuple[Task, Any]]:
        """Have tasks done, and give what comes out as it comes; None of what is left out.

        Of tasks, which are of some size each and about `of` in all, only those in hand are held.

        Of a worker that dies all that it had in hand is suspected. So what was suspected too often
        is done again at the end, cut by `alone`, one part after the other.
        """
        from distributed import KilledWorker, as_completed

        in_hand: dict[Any, Task] = {}
        suspects: list[Task] = []
        done = 0

        def begin(task: Task) -> "Future[Any]":
            future = submit(task)
            in_hand[future.key] = task
            return future

        def some_more() -> "list[Future[Any]]":
            workers = max(self._workers, sum(self._client.nthreads().values()))
            room = max(0, workers * IN_HAND - len(in_hand))
            return [begin(task) for task in islice(tasks, room)]

        coming = as_completed(some_more())
        for future in coming:
            task = in_hand.pop(future.key)
            error = _error_of(future)
            coming.update(some_more())
            if isinstance(error, KilledWorker):
                suspects.append(task)
                continue
            done += size(task)
            self._tell(what, done, max(of, done))
            yield task, future.result()
        for task in (part for suspect in suspects for part in alone(suspect)):
            future = submit(task)
            is_culprit = isinstance(_error_of(future), KilledWorker)
            done += size(task)
            self._tell(what, done, max(of, done))
            yield task, None if is_culprit else future.result()


def _each_once(futures: "Iterable[Future[Any]]") -> "list[Future[Any]]":
    return list({future.key: future for future in futures}.values())


def _of_share(misfits: Misfits, share: Share) -> Misfits:
    """Keep what is about the vehicles of a share, or about all."""
    return {name: each for name, each in misfits.items() if name in {*share.vehicles, FLEET}}


def _result_of(future: "Future[Any]") -> Any:  # noqa: ANN401 - of any task
    error = _error_of(future)
    if error is not None:
        raise error
    return future.result()


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
