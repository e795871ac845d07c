"""The commands ``pingcheng ingest`` and ``counters``."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
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
from ingest.commands.devices_file import DevicesFollower
from ingest.commands.file_terms import (
    DateOrderOption,
    DatumOption,
    DecimalOption,
    DelimiterOption,
    EncodingOption,
    FileTerms,
    FormatOption,
    MapOption,
    TimezoneOption,
    VehicleOption,
)
from ingest.commands.fleet import FleetFollower, area_of, vehicles_of
from ingest.plain_text import plain
from ingest.stop_signal import signalled

if TYPE_CHECKING:
    from ingest.broker.address import BrokerAddress
    from ingest.broker.upkeep.monitor import Monitor
    from ingest.decoding.acceptance import Acceptance
    from ingest.decoding.rejection import Rejection
    from ingest.files.mapping.file_format import FileFormat
    from ingest.log.pinglog import PingLog
    from ingest.settings.settings import Settings

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""Pings make no cycles; to look for some among each few hundred of them costs a tenth."""
_POLL_S = 0.1
_CALM_S = 1.0
"""Who has waited for longer to be committed is not to wait for a day to be sealed."""

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
        typer.Option(help="A recorded file instead: CSV, XLSX, NDJSON, Parquet, GPX, KML, NMEA."),
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="A recorded file of events beside fixes instead: CSV or NDJSON."),
    ] = None,
    allow_rejected: Annotated[
        bool,
        typer.Option(
            "--allow-rejected", help="With a file: exit with 0 although rows were refused."
        ),
    ] = False,
    columns: MapOption = None,
    named_format: FormatOption = None,
    timezone: TimezoneOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    datum: DatumOption = None,
    encoding: EncodingOption = None,
    date_order: DateOrderOption = None,
    vehicle: VehicleOption = None,
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
    share: Annotated[
        bool | None,
        typer.Option(
            "--share/--alone",
            help="Be one of several processes on one PostgreSQL. [default: setting share]",
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

    From a broker it runs until Ctrl-C or SIGTERM, then commits and acknowledges
    what it has taken. A plan that changes meanwhile counts from the next message
    on; one with a fault does not. Each way ends with the conservation line. What
    is refused is kept in the log, with a code and the evidence. If that is any
    row of a file, the exit code is 1, unless --allow-rejected.

    With --share each process takes a part of the vehicles, and of what one that
    ends leaves behind (docs/deployment.md).

    \b
    Examples:
      pingcheng ingest --plan plan.toml --broker mqtt://127.0.0.1:1883
      pingcheng ingest --plan plan.toml --database sqlite:///day.db \\
        --file polls.csv.gz
      pingcheng ingest --plan plan.toml --file export.csv \\
        --timezone Asia/Shanghai \\
        --map vehicle_id=车牌号,event_time=定位时间,longitude=经度,latitude=纬度
      pingcheng ingest --plan plan.toml --events lifts.csv
      pingcheng ingest --plan plan.toml --idle-exit 10
      pingcheng ingest --plan plan.toml --health 127.0.0.1:9108
      pingcheng ingest --plan plan.toml --health 127.0.0.1:9108 \\
        --broker-monitor http://127.0.0.1:8222
      pingcheng ingest --plan plan.toml --share \\
        --broker mqtt://10.0.0.1:1883,mqtt://10.0.0.2:1883

    \b
    Exit codes: 0 done, 1 failed or rows of a file were refused, 2 wrong use.
    """
    from ingest.broker.address import BrokerAddress
    from ingest.broker.upkeep.monitor import Monitor
    from ingest.decoding.acceptance import Acceptance
    from ingest.fault import IngestError, SettingError
    from ingest.log.pinglog import open_log
    from ingest.program_log import log_to_stderr

    terms = FileTerms(
        columns, named_format, timezone, delimiter, decimal, datum, encoding, date_order, vehicle
    )
    _check_use(file, events, by_broker=(broker, idle_exit, share), by_file=(allow_rejected, terms))
    file_format = terms.file_format()
    settings = settings_or_fail()
    if database is not None:
        settings = settings.model_copy(update={"database": database})
    if share is not None:
        settings = settings.model_copy(update={"share": share})
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
    take: Callable[[PingLog], str | None]
    recorded = file or events
    if recorded is not None:
        acceptance = Acceptance(vehicles_of(plan), area_of(plan), settings.max_age_ms)
        how = (
            partial(_ingest_events, acceptance=acceptance)
            if events is not None
            else partial(_ingest_file, terms=(acceptance, file_format))
        )
        take = partial(how, path=recorded)
    else:
        fleet = FleetFollower(plan, settings.max_age_ms)
        told = health or settings.health, monitor
        take = partial(_ingest_broker, terms=(address, settings, fleet, idle_exit), told=told)
    log_to_stderr()
    try:
        with open_log(settings.database, most_quarantine_mib=settings.quarantine_mib) as log:
            refused = take(log)
            typer.echo(log.counters().conservation())
    except IngestError as error:
        fail(str(error))
    if refused and not allow_rejected:
        fail(refused)


def _check_use(
    file: Path | None,
    events: Path | None,
    by_broker: tuple[str | None, float | None, bool | None],
    by_file: tuple[bool, FileTerms],
) -> None:
    """Refuse options that do not go with each other."""
    (broker, idle_exit, share), (allow_rejected, terms) = by_broker, by_file
    if file is not None and events is not None:
        raise typer.BadParameter("give one of --file and --events")
    if terms.is_told and file is None:
        raise typer.BadParameter("--map, --format and the like go with --file")
    if file is None and events is None:
        if allow_rejected:
            raise typer.BadParameter("--allow-rejected goes with --file or --events")
        return
    if broker is not None:
        raise typer.BadParameter("give one of --broker and a file")
    if share is not None:
        raise typer.BadParameter("it goes with a broker, not with a file", param_hint="--share")
    if idle_exit is not None:
        raise typer.BadParameter("it goes with a broker, not with a file", param_hint="--idle-exit")


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
    for name, count in found.field_ignored.items():
        typer.echo(f"  field_ignored {name} {count}")


def _ingest_file(log: "PingLog", path: Path, terms: "tuple[Acceptance, FileFormat]") -> str | None:
    """Take a file into the log; say what of it was refused, if anything."""
    from ingest.files.ping_file import read_ping_file
    from ingest.log.batch import batches_of
    from ingest.ping_frame import fill_received

    now_ms, (acceptance, file_format) = _now_ms(), terms
    recorded = read_ping_file(
        path,
        known_vehicles=acceptance.vehicles,
        area=acceptance.area,
        received_ms=now_ms,
        file_format=file_format,
    )
    for note in recorded.notes:
        typer.echo(plain(f"note: {note}"), err=True)
    for name, count in recorded.ignored.items():
        typer.echo(f"note: {name} was left out of {count} pings: it told nothing", err=True)
    pings = fill_received(recorded.pings, now_ms)
    with progress_bar("pings into the log", len(pings)) as advance:
        for batch in batches_of(pings, recorded.rejections, ignored=recorded.ignored):
            log.write(batch)
            advance(len(batch.rows))
    return _refusal_of(path, recorded.rejections, len(pings))


def _ingest_events(log: "PingLog", path: Path, acceptance: "Acceptance") -> str | None:
    """Take a file of events into the log; say what of it was refused, if anything."""
    from ingest.files.event_file import read_event_file
    from ingest.log.batch import Batch

    now_ms = _now_ms()
    read = read_event_file(path, acceptance, now_ms)
    log.write(Batch((), read.rejections, [(event, now_ms) for event in read.events]))
    return _refusal_of(path, read.rejections, len(read.events))


def _refusal_of(path: Path, rejections: "Sequence[Rejection]", good: int) -> str | None:
    if not rejections:
        return None
    codes = Counter(each.code.value for each in rejections)
    told = ", ".join(f"{code} {count}" for code, count in codes.most_common())
    first = min(rejections, key=lambda each: int(each.topic.rpartition(":")[2]))
    return (
        f"{path}: {codes.total()} of {codes.total() + good} rows were refused ({told}), the "
        f"first is {first.topic}; the rest is in the log. Look at them with pingcheng quarantine "
        "list; --allow-rejected takes such a file for done"
    )


def _ingest_broker(
    log: "PingLog",
    terms: "tuple[BrokerAddress, Settings, FleetFollower, float | None]",
    told: "tuple[str, Monitor | None]",
) -> None:
    from ingest.decoding.decoder import decoder_of
    from ingest.health.broker_store import BrokerStore
    from ingest.health.metrics import Metrics
    from ingest.health.pages import HealthServer
    from ingest.leases.sharing import keeping, sharing_of
    from ingest.mqtt.login import login_of
    from ingest.mqtt.subscriber import Subscriber
    from ingest.sealer.sealer import sealer_of

    (address, settings, fleet, idle_exit_s), (health, monitor) = terms, told
    decoder, metrics = decoder_of(settings, fleet.acceptance, fleet.timezone), Metrics(_now_ms)
    devices = DevicesFollower(settings, log, decoder, fleet)
    sharing = sharing_of(settings, log, address)
    subscriber = Subscriber(
        address,
        log.write,
        decoder=decoder,
        clock_ms=_now_ms,
        login=login_of(settings),
        observe=metrics.observe,
        make_network=None if sharing is None else sharing.networks,
    )
    metrics.watch(subscriber)
    store = None if monitor is None else BrokerStore(monitor, time.monotonic)
    if store is not None:
        metrics.watch_store(store)
    sealer = sealer_of(settings, log, _now_ms, lambda: subscriber.oldest_uncommitted_s < _CALM_S)
    if sealer is not None:
        metrics.watch_sealer(sealer)
    gc.freeze()  # what was imported stays
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    with ExitStack() as stack:
        stop = stack.enter_context(signalled())
        # ends after the subscriber has committed and acknowledged what it took
        keeper = stack.enter_context(keeping(sharing, subscriber.network, metrics.watch_keeper))
        if health:
            server = stack.enter_context(
                HealthServer(
                    health,
                    subscriber,
                    metrics,
                    store,
                    lambda: [
                        *fleet.warnings(),
                        *devices.warnings(),
                        *(() if sealer is None else sealer.warnings()),
                        *keeper.warnings(),
                    ],
                )
            )
            program_log.info("serving /healthz and /metrics", port=server.port)
        stack.enter_context(subscriber)
        if sealer is not None:
            stack.enter_context(sealer)
        while not stop.wait(_POLL_S):
            subscriber.check()
            keeper.check()
            fleet.look_sometimes(decoder)
            devices.look_sometimes()
            if idle_exit_s is not None and subscriber.idle_s > idle_exit_s:
                break
    subscriber.check()
    if not subscriber.network.ever_subscribed:
        reason = subscriber.network.reason or "no broker answered"
        fail(f"{address}: {reason}; does a broker run there that takes this login?")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
