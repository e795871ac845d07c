"""The command ``pingcheng gateway jt808``."""

import asyncio
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from ingest.commands.console import fail, settings_or_fail, topic_or_refuse
from ingest.stop_signal import signalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.broker.address import BrokerAddress
    from ingest.gateway.jt808.admission import Gate
    from ingest.gateway.jt808.server import Limits, Server
    from ingest.settings.settings import Settings

PORT = 7808
TOPIC = "gateway/jt808"
_POLL_S, _TELL_S = 0.1, 60.0
_OTHER_FILES = 100
"""What is open besides connections."""

program_log = structlog.get_logger(__name__)


def jt808(
    terminals: Annotated[
        Path | None,
        typer.Option(
            help="CSV with terminal, code and registers: who is let in. [default: setting "
            "gateway.terminals]",
            metavar="FILE",
        ),
    ] = None,
    is_open: Annotated[
        bool,
        typer.Option("--open", help="Let in whoever comes; for a network of one's own terminals."),
    ] = False,
    add_terminal: Annotated[
        str | None,
        typer.Option(
            help="Add a terminal to the file, with a code that is drawn, and end.", metavar="NUMBER"
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = PORT,
    broker: Annotated[
        str | None,
        typer.Option(help="Broker to publish to. [default: setting broker]", metavar="mqtt://H:P"),
    ] = None,
    topic: Annotated[
        str, typer.Option(help="Where reports are published.", callback=topic_or_refuse)
    ] = TOPIC,
    connections: Annotated[
        int, typer.Option(help="Most terminals at once.", min=1, max=100_000)
    ] = 5000,
    silence_s: Annotated[
        float, typer.Option("--silence", help="End what has said nothing for so long, in s.", min=1)
    ] = 900.0,
) -> None:
    """Take JT/T 808-2013 and 2019 over TCP, and publish position reports to the broker.

    A report is answered (0x8001) only after the broker has acknowledged it, by
    QoS 1; without that there is no answer, and the terminal sends it again.
    Ingest reads the topic by the dialect jt808. Runs until Ctrl-C or SIGTERM,
    then answers what the broker still acknowledges. A file of terminals that
    changes counts from the next connection on.

    \b
    Examples:
      pingcheng gateway jt808 --add-terminal 10000000001
      pingcheng gateway jt808 --host 0.0.0.0
      pingcheng gateway jt808 --terminals terminals.csv --port 6808 \\
        --broker mqtt://127.0.0.1:1883
      pingcheng gateway jt808 --open --host 10.8.0.1

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.broker.address import BrokerAddress
    from ingest.fault import IngestError, SettingError
    from ingest.gateway.jt808.admission import OpenGate
    from ingest.gateway.jt808.roster import Roster
    from ingest.gateway.jt808.server import Limits
    from ingest.program_log import log_to_stderr
    from ingest.settings.gateway import GatewaySettings

    if is_open and (terminals is not None or add_terminal is not None):
        raise typer.BadParameter("it lets everybody in, listed or not", param_hint="--open")
    settings = settings_or_fail()
    terminals = terminals or (settings.gateway or GatewaySettings()).terminals
    if add_terminal is not None:
        _add(terminals, add_terminal)
        return
    try:
        address = BrokerAddress.parse(broker or settings.broker)
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--broker") from None
    log_to_stderr()
    try:
        _allow_files(connections)
        gate = OpenGate if is_open else Roster(terminals).gate
        limits = Limits(connections=connections, silence_s=silence_s)
        _serve((address, settings, topic), (host, port), gate, limits)
    except IngestError as error:
        fail(str(error))


def _serve(
    publishing: "tuple[BrokerAddress, Settings, str]",
    listening: tuple[str, int],
    gate: "Callable[[], Gate]",
    limits: "Limits",
) -> None:
    from ingest.broker.client_id import own_client_id
    from ingest.gateway.jt808.server import Server
    from ingest.gateway.login import gateway_login
    from ingest.gateway.publisher import Publisher

    address, settings, topic = publishing
    with ExitStack() as stack:
        stop = stack.enter_context(signalled())
        client_id = stack.enter_context(own_client_id("pingcheng-gateway-jt808"))
        login = gateway_login(settings, client_id)
        publisher = stack.enter_context(Publisher(address, login))
        asyncio.run(_until(stop, Server(listening, topic, gate, publisher, limits)))


async def _until(stop: threading.Event, server: "Server") -> None:
    async with server:
        program_log.info("listening for terminals", port=server.port)
        waited_s = 0.0
        while not stop.is_set():
            await asyncio.sleep(_POLL_S)
            waited_s += _POLL_S
            if waited_s >= _TELL_S:
                _tell(server)
                waited_s = 0.0
    _tell(server)


def _tell(server: "Server") -> None:
    counts = {name.replace(" ", "_"): count for name, count in sorted(server.counts.items())}
    program_log.info("gateway", connections=server.connections, **counts)


def _add(path: Path, terminal: str) -> None:
    from ingest.broker.private_file import write_private
    from ingest.fault import SettingError
    from ingest.gateway.jt808.roster import canonical, read_terminals, with_terminal

    try:
        if path.exists():
            if canonical(terminal) in read_terminals(path):
                fail(f"{path} lists {terminal} already")
            text = path.read_text(encoding="utf-8-sig")
        else:
            text = ""
        text = with_terminal(text, terminal)
        write_private(path, text.encode())
    except SettingError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path}: it cannot be written ({error.strerror})")
    typer.echo(f"{path}: {terminal} added; it is given its code when it registers")


def _allow_files(connections: int) -> None:
    """Have the system allow so many connections.

    Raises
    ------
    SettingError
        If it does not.
    """
    import resource

    from ingest.fault import SettingError

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    allowed = hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            if hard == resource.RLIM_INFINITY or wanted <= hard:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except OSError:
            allowed = soft
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        raise SettingError(
            f"--connections {connections}: the system allows {allowed} open files; write at most "
            f"{allowed - _OTHER_FILES}, or raise the limit (LimitNOFILE of systemd, ulimit -Hn)"
        )
