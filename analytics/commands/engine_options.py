"""Who works a night out, as ``evaluate``, ``report`` and ``nightly`` are told it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.commands.console import fail, settings_or_fail

if TYPE_CHECKING:
    from analytics.engine.engine import Engine
    from geofence.kept.store import ObservationStore


class EngineName(StrEnum):
    """Who works a night out."""

    LOCAL = "local"
    DASK = "dask"


EngineOption = Annotated[
    EngineName | None,
    typer.Option(
        "--engine",
        help="local: threads of this process. dask: --workers processes, or those of --scheduler.",
        show_default="local",
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler", help="A Dask scheduler that runs already.", metavar="tcp://HOST:PORT"
    ),
]
WorkerMemoryOption = Annotated[
    str | None,
    typer.Option(
        "--worker-memory",
        help="What each process of --engine dask may take. [default: its share]",
        metavar="2GiB",
    ),
]
KeptOption = Annotated[
    bool,
    typer.Option("--kept/--no-kept", help="Match again only what is not kept from before."),
]


@contextmanager
def engine_of(
    name: EngineName | None,
    workers: int,
    scheduler: str | None,
    memory: str | None,
    *,
    kept: bool,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator["Engine"]:
    """Give the engine that is asked for while it is needed; refuse options that do not go together.

    Parameters
    ----------
    workers
        0 for one a core.
    tell
        Told how far the workers are.
    """
    from analytics.engine.local import LocalEngine

    refuse_mismatched(name, scheduler, memory)
    store = _store() if kept else None
    count = workers or os.cpu_count() or 1
    if not scheduler and name is not EngineName.DASK:
        yield LocalEngine(count, store)
        return
    from analytics.engine.cluster import ClusterEngine
    from analytics.engine.clusters import ClusterError, connected, started

    try:
        with connected(scheduler) if scheduler else started(count, memory) as client:
            yield ClusterEngine(
                client,
                store,
                lambda what, done, of: tell(f"{what} {done} of {of}"),
                1 if scheduler else count,
            )
    except ClusterError as error:
        fail(str(error))


def refuse_mismatched(name: EngineName | None, scheduler: str | None, memory: str | None) -> None:
    """Refuse options that do not go together."""
    if scheduler and name is EngineName.LOCAL:
        raise typer.BadParameter("it goes with --engine dask", param_hint="--scheduler")
    if memory and (scheduler or name is not EngineName.DASK):
        raise typer.BadParameter(
            "it goes with --engine dask and without --scheduler", param_hint="--worker-memory"
        )


def end_well(engine: "Engine") -> None:
    """End with 1 if something was left out, and name it."""
    for what in engine.left_out:
        typer.echo(f"left out, as worker after worker died of it: {what}", err=True)
    if engine.left_out:
        sys.exit(1)


def _store() -> "ObservationStore | None":
    from geofence.kept.store import ObservationStore

    settings = settings_or_fail()
    if not settings.observations_mib:
        return None
    return ObservationStore(settings.observations or _usual_folder(), settings.observations_mib)


def _usual_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "pingcheng" / "observations"
