"""The commands ``pingcheng ingest``, ``counters`` and ``broker``."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from ingest.broker_address import BrokerAddress
    from ingest.pinglog import PingLog
    from ingest.settings import Settings

DatabaseOption = Annotated[
    str | None,
    typer.Option(help="SQLAlchemy URL of the ping log. [default: setting database]"),
]
_POLL_S = 0.1


def ingest(
    plan: Annotated[
        Path | None, typer.Option(help="The plan.toml that says which vehicles exist.")
    ] = None,
    database: DatabaseOption = None,
    broker: Annotated[
        str | None,
        typer.Option(help="Broker to listen to. [default: setting broker]", metavar="mqtt://H:P"),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="A recorded file instead: CSV, NDJSON (.gz too) or Parquet."),
    ] = None,
    idle_exit: Annotated[
        float | None,
        typer.Option(help="End after so many seconds without a message.", min=0.1),
    ] = None,
) -> None:
    """Take pings from an MQTT broker, or from a file, into the ping log.

    From a broker it runs until Ctrl-C or SIGTERM, then commits and acknowledges what it has taken.
    Each way ends with the conservation line. What is refused is kept in the log, with a code and
    the evidence.

    \b
    Examples:
      pingcheng ingest --plan plan.toml --broker mqtt://127.0.0.1:1883
      pingcheng ingest --plan plan.toml --database sqlite:///day.db --file polls.csv.gz
      pingcheng ingest --plan plan.toml --idle-exit 10

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.broker_address import BrokerAddress
    from ingest.fault import IngestError, SettingError
    from ingest.pinglog import open_log
    from ingest.program_log import log_to_stderr

    if broker is not None and file is not None:
        raise typer.BadParameter("give one of --broker and --file")
    if file is not None and idle_exit is not None:
        raise typer.BadParameter("it goes with a broker, not with --file", param_hint="--idle-exit")
    settings = _settings()
    try:
        address = BrokerAddress.parse(broker or settings.broker)
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--broker") from None
    vehicles = _vehicles(plan or settings.plan)
    log_to_stderr()
    try:
        with open_log(database or settings.database) as log:
            if file is not None:
                _ingest_file(log, file, vehicles)
            else:
                _ingest_broker(log, address, settings.client_id, vehicles, idle_exit)
            typer.echo(log.counters().conservation())
    except IngestError as error:
        _fail(str(error))


def counters(
    database: DatabaseOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell how many pings the log received, and what became of each.

    \b
    Examples:
      pingcheng counters --database sqlite:///pings.db
      pingcheng counters --database sqlite:///pings.db --json

    \b
    Exit codes: 0 done, 1 there is no such log, 2 wrong use.
    """
    import json
    from dataclasses import asdict

    from ingest.fault import IngestError
    from ingest.pinglog import open_log

    settings = _settings()
    try:
        with open_log(database or settings.database, create=False) as log:
            found = log.counters()
    except IngestError as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(found.conservation())
    for code, count in found.rejected_by_code.items():
        typer.echo(f"  rejected {code} {count}")


def broker(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 1883,
    store: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps what is not yet acknowledged. [default: one removed at the end]"
        ),
    ] = None,
) -> None:
    """Run the embedded MQTT broker, on this machine only, until Ctrl-C.

    Prints its URL on stdout as soon as it takes connections. Every message is on disk before it is
    acknowledged.

    \b
    Examples:
      pingcheng broker
      pingcheng broker --port 0 --store /var/lib/pingcheng/broker

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.broker import Broker
    from ingest.fault import IngestError

    with _signalled() as stop:
        try:
            with Broker(port=port, store=store) as running:
                typer.echo(str(running.address))
                while running.running and not stop.wait(_POLL_S):
                    pass
        except IngestError as error:
            _fail(str(error))
    if not stop.is_set():
        _fail("the broker ended by itself")


def _ingest_file(log: "PingLog", path: Path, vehicles: frozenset[str]) -> None:
    from ingest.batch import batches_of
    from ingest.files import read_ping_file
    from ingest.ping_frame import fill_received

    now_ms = _now_ms()
    recorded = read_ping_file(path, known_vehicles=vehicles, received_ms=now_ms)
    pings = fill_received(recorded.pings, now_ms)
    with _progress(len(pings)) as advance:
        for batch in batches_of(pings, recorded.rejections):
            log.write(batch)
            advance(len(batch.rows))


def _ingest_broker(
    log: "PingLog",
    address: "BrokerAddress",
    client_id: str,
    vehicles: frozenset[str],
    idle_exit_s: float | None,
) -> None:
    from ingest.acceptance import Acceptance
    from ingest.batch import batch_of
    from ingest.decoding import Decoder
    from ingest.subscriber import Subscriber

    decode = Decoder(Acceptance(vehicles)).decode
    subscriber = Subscriber(
        address,
        lambda messages: log.write(batch_of(messages, decode)),
        clock_ms=_now_ms,
        client_id=client_id,
    )
    with _signalled() as stop, subscriber:
        while not stop.wait(_POLL_S):
            subscriber.check()
            if idle_exit_s is not None and subscriber.idle_s > idle_exit_s:
                break
    subscriber.check()
    if not subscriber.has_subscribed:
        _fail(f"{address}: no broker answered; is it running there? (pingcheng broker starts one)")


def _vehicles(plan: Path | None) -> frozenset[str]:
    # the plan's reader tells its faults with ValueError's subclass PlanError
    from geofence.plan_reader import read_roster

    if plan is None:
        raise typer.BadParameter("give --plan, or the setting plan", param_hint="--plan")
    try:
        roster = read_roster(plan)
    except ValueError as error:
        _fail(f"{plan}: {error}")
    own = {vehicle for grid in roster.grids for vehicle in grid.vehicles}
    return frozenset(own.union(*(each.vehicles for each in roster.assignments)))


def _settings() -> "Settings":
    from ingest.fault import SettingError
    from ingest.settings import read_settings

    try:
        return read_settings()
    except SettingError as error:
        _fail(str(error))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def _signalled() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set instead of ending the program at once."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("pings into the log", total=total)
        yield lambda count: progress.update(task, advance=count)


def _fail(reason: str) -> NoReturn:
    typer.echo(f"error: {reason}", err=True)
    raise typer.Exit(1)
