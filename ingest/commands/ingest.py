"""The commands ``pingcheng ingest`` and ``counters``."""

import gc
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from ingest.commands.console import (
    DatabaseOption,
    fail,
    progress_bar,
    settings_or_fail,
)
from ingest.commands.fleet import area_of, vehicles_of
from ingest.stop_signal import signalled

if TYPE_CHECKING:
    from ingest.broker.address import BrokerAddress
    from ingest.broker.upkeep.monitor import Monitor
    from ingest.decoding.acceptance import Acceptance
    from ingest.log.pinglog import PingLog
    from ingest.settings.settings import Settings

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""Pings make no cycles; to look for some among each few hundred of them costs a tenth."""
_POLL_S = 0.1

program_log = structlog.get_logger(__name__)


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
    health: Annotated[
        str | None,
        typer.Option(
            help="Serve /healthz and /metrics there. [default: setting health]", metavar="HOST:PORT"
        ),
    ] = None,
    broker_monitor: Annotated[
        str | None,
        typer.Option(
            help="Pages of the embedded broker, to tell how full it is. [default: setting "
            "broker_monitor]",
            metavar="http://H:P",
        ),
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
      pingcheng ingest --plan plan.toml --health 127.0.0.1:9108
      pingcheng ingest --plan plan.toml --health 127.0.0.1:9108 \\
        --broker-monitor http://127.0.0.1:8222

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.broker.address import BrokerAddress
    from ingest.broker.upkeep.monitor import Monitor
    from ingest.decoding.acceptance import Acceptance
    from ingest.fault import IngestError, SettingError
    from ingest.log.pinglog import open_log
    from ingest.program_log import log_to_stderr

    if broker is not None and file is not None:
        raise typer.BadParameter("give one of --broker and --file")
    if file is not None and idle_exit is not None:
        raise typer.BadParameter("it goes with a broker, not with --file", param_hint="--idle-exit")
    settings = settings_or_fail()
    try:
        address = BrokerAddress.parse(broker or settings.broker)
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--broker") from None
    try:
        pages = broker_monitor or settings.broker_monitor
        monitor = Monitor(pages) if pages else None
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--broker-monitor") from None
    plan = plan or settings.plan
    if plan is None:
        raise typer.BadParameter("give --plan, or the setting plan", param_hint="--plan")
    acceptance = Acceptance(vehicles_of(plan), area_of(plan), settings.max_age_ms)
    log_to_stderr()
    try:
        with open_log(
            database or settings.database, most_quarantine_mib=settings.quarantine_mib
        ) as log:
            if file is not None:
                _ingest_file(log, file, acceptance)
            else:
                told = health or settings.health, monitor
                _ingest_broker(log, address, settings, acceptance, idle_exit, *told)
            typer.echo(log.counters().conservation())
    except IngestError as error:
        fail(str(error))


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
    from ingest.log.pinglog import open_log

    settings = settings_or_fail()
    try:
        with open_log(database or settings.database, create=False) as log:
            found = log.counters()
    except IngestError as error:
        fail(str(error))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(found.conservation())
    for code, count in found.rejected_by_code.items():
        counted = found.counted_by_code.get(code, 0)
        typer.echo(f"  rejected {code} {count}" + (f", {counted} only counted" if counted else ""))


def _ingest_file(log: "PingLog", path: Path, acceptance: "Acceptance") -> None:
    from ingest.files.ping_file import read_ping_file
    from ingest.log.batch import batches_of
    from ingest.ping_frame import fill_received

    now_ms = _now_ms()
    recorded = read_ping_file(
        path,
        known_vehicles=acceptance.vehicles,
        area=acceptance.area,
        received_ms=now_ms,
    )
    pings = fill_received(recorded.pings, now_ms)
    with progress_bar("pings into the log", len(pings)) as advance:
        for batch in batches_of(pings, recorded.rejections):
            log.write(batch)
            advance(len(batch.rows))


def _ingest_broker(
    log: "PingLog",
    address: "BrokerAddress",
    settings: "Settings",
    acceptance: "Acceptance",
    idle_exit_s: float | None,
    health: str,
    monitor: "Monitor | None",
) -> None:
    from ingest.decoding.decoder import decoder_of
    from ingest.health.broker_store import BrokerStore
    from ingest.health.metrics import Metrics
    from ingest.health.pages import HealthServer
    from ingest.mqtt.login import login_of
    from ingest.mqtt.subscriber import Subscriber

    decoder, metrics = decoder_of(settings, acceptance), Metrics(_now_ms)
    subscriber = Subscriber(
        address,
        log.write,
        decoder=decoder,
        clock_ms=_now_ms,
        login=login_of(settings),
        observe=metrics.observe,
    )
    metrics.watch(subscriber)
    store = None if monitor is None else BrokerStore(monitor, time.monotonic)
    if store is not None:
        metrics.watch_store(store)
    gc.freeze()  # what was imported stays
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    with ExitStack() as stack:
        stop = stack.enter_context(signalled())
        if health:
            server = stack.enter_context(HealthServer(health, subscriber, metrics, store))
            program_log.info("serving /healthz and /metrics", port=server.port)
        stack.enter_context(subscriber)
        while not stop.wait(_POLL_S):
            subscriber.check()
            if idle_exit_s is not None and subscriber.idle_s > idle_exit_s:
                break
    subscriber.check()
    if not subscriber.network.ever_subscribed:
        reason = subscriber.network.reason or "no broker answered"
        fail(f"{address}: {reason}; does a broker run there that takes this login?")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
