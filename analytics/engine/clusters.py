"""Clusters to work on: one that is started for a run, or one that runs already."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from analytics.engine.tasks import what_works

if TYPE_CHECKING:
    from distributed import Client

log = structlog.get_logger(__name__)

STRIKES = 3
"""So many workers may die of a task."""
WAIT_S = 30.0
LOOK_S = 5.0
_OWN_PAGES = "127.0.0.1:0"
_TASKS = "analytics.engine.tasks"
NOBODY_S = 300.0
"""A scheduler that has had no worker for so long is given up."""


class ClusterError(RuntimeError):
    """There is no cluster, or none that can be used."""


@contextmanager
def started(workers: int, memory: str | None) -> Iterator["Client"]:
    """Start workers on this machine, a process each, which nobody else can reach.

    They may still be on their way when this returns: the plan is read meanwhile.

    Parameters
    ----------
    memory
        What each may take, such as ``2GiB``, before it is started anew; by default its share of
        what there is.

    Raises
    ------
    ClusterError
        If Dask is not installed, or `memory` is no amount.
    """
    try:
        import dask
        from dask.utils import parse_bytes
        from distributed import Client, LocalCluster
        from distributed.security import Security
    except ImportError as error:
        raise _not_installed(error) from error

    if memory is not None:
        try:
            parse_bytes(memory)
        except ValueError:
            raise ClusterError(f"{memory!r} is no amount of memory; write one like 2GiB") from None
    # with this one, arrays of each task are pages that the system gives, clears and takes back
    before = dict(dask.config.get("distributed.nanny.pre-spawn-environ"))
    before.pop("MALLOC_TRIM_THRESHOLD_", None)
    with dask.config.set(
        {
            "distributed.nanny.pre-spawn-environ": before,
            # it would stop what works a hundred times a second
            "distributed.worker.profile.enabled": False,
            "distributed.worker.preload": [_TASKS],  # what takes longest to import
            "distributed.scheduler.allowed-failures": STRIKES - 1,
            "distributed.admin.large-graph-warning-threshold": "1TB",
            # on a busy machine a process takes longer than the 15 s after which it is given up
            "distributed.deploy.lost-worker-timeout": "10 minutes",
        }
    ):
        try:
            cluster = LocalCluster(
                n_workers=0, threads_per_worker=1, memory_limit=memory or "auto",
                # its pages would be for everybody, at a port that others may have
                dashboard_address=_OWN_PAGES, worker_dashboard_address=_OWN_PAGES,
                protocol="tls", security=Security.temporary(),
                # pages of tracebacks for each worker that dies; what matters we tell
                silence_logs=logging.CRITICAL,
            )  # fmt: skip
        except (OSError, RuntimeError) as error:
            raise ClusterError(f"{workers} workers cannot be started: {error}") from error
        with cluster, Client(cluster) as client:
            cluster.scale(workers)
            patience = _Patience(client)

            def look() -> None:
                cluster.scale(workers)  # one that did not come back is started again
                patience()

            with _looking(look):
                yield client


@contextmanager
def connected(address: str) -> Iterator["Client"]:
    """Connect to a scheduler that runs already, with workers of the same version.

    Raises
    ------
    ClusterError
        If it cannot be reached, has no worker, or one that runs other code.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise _not_installed(error) from error

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        try:
            client = Client(address, timeout=WAIT_S)
        except (OSError, ValueError, RuntimeError) as error:
            raise ClusterError(f"{address} cannot be reached: {error}") from error
        with client:
            try:
                client.wait_for_workers(1, timeout=WAIT_S)
            except TimeoutError:
                raise ClusterError(
                    f"{address} has no worker; start some: dask worker {address} --nthreads 1"
                ) from None
            _check(client, address)
            with _looking(_Patience(client)):
                yield client


@contextmanager
def _looking(look: Callable[[], object]) -> Iterator[None]:
    """Look after a cluster now and then while it is used."""
    done = threading.Event()

    def keep_looking() -> None:
        while not done.wait(LOOK_S):
            with suppress(Exception):  # it is closed, or busy: the next look will tell
                look()

    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class _Patience:
    """Waits for workers, but not for ever."""

    def __init__(self, client: "Client") -> None:
        self._client, self._last_s = client, time.monotonic()

    def __call__(self) -> None:
        if self._client.nthreads():
            self._last_s = time.monotonic()
        elif time.monotonic() - self._last_s > NOBODY_S:
            self._client.close(timeout=1)  # whoever waits for results is told


def _check(client: "Client", address: str) -> None:
    """Refuse workers of another version; tell of those on another kind of processor."""
    own = what_works()
    found = client.run(what_works, on_error="return")
    others = sorted(
        worker for worker, has in found.items() if not isinstance(has, tuple) or has[0] != own[0]
    )
    if others:
        raise ClusterError(
            f"{len(others)} of the {len(found)} workers of {address} do not run this version of "
            f"pingcheng, {others[0]} among them: install the same, and start them again"
        )
    kinds = sorted({has[1] for has in found.values()} | {own[1]})
    if len(kinds) > 1:
        log.warning(
            "processors differ, so that evidence may in its last digit", kinds=", ".join(kinds)
        )


def _not_installed(error: ImportError) -> ClusterError:
    return ClusterError(
        f"--engine dask needs Dask ({error}): make .venv/.installed-dask, or pip install "
        "distributed"
    )
