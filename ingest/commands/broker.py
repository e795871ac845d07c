"""The commands ``pingcheng broker`` and ``broker credentials``; joins ``broker doctor``."""

from pathlib import Path
from typing import Annotated

import typer

from ingest.broker.users import BrokerKind
from ingest.commands.broker_doctor import doctor
from ingest.commands.console import fail, settings_or_fail
from ingest.commands.fleet import vehicles_of
from ingest.stop_signal import signalled

broker_app = typer.Typer(name="broker", rich_markup_mode="rich")
broker_app.command("doctor")(doctor)
_POLL_S = 0.1
_EXPLAINED = 10


def _size(value: str | None) -> str | None:
    """Refuse what is no size; the command itself reads it."""
    from ingest.broker.upkeep.limits import MOST_COUNTED_BYTES

    if value is not None and size_of(value) <= 0:
        raise typer.BadParameter(f"{value!r} is no size; write 500MiB or 16GiB")
    if value is not None and size_of(value) > MOST_COUNTED_BYTES:
        raise typer.BadParameter(f"{value!r} is more than the broker can count; write 4EiB or less")
    return value


def size_of(text: str) -> int:
    """Read a size, such as ``16GiB``, in bytes; 0 if it is none."""
    from pydantic import ByteSize, TypeAdapter, ValidationError

    try:
        return TypeAdapter(ByteSize).validate_python(text)
    except ValidationError:
        return 0


@broker_app.callback(invoke_without_command=True)
def broker(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 1883,
    store: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps what ingest has not acknowledged. [default: beside the "
            "database of the settings, its name and -broker]"
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; another needs credentials.")
    ] = "127.0.0.1",
    credentials: Annotated[
        Path | None,
        typer.Option(help="Folder that `pingcheng broker credentials` made. [default: no login]"),
    ] = None,
    tls: Annotated[
        bool, typer.Option(help="Encrypt, if there are credentials; needed beyond this machine.")
    ] = True,
    client_certificates: Annotated[
        bool, typer.Option("--client-certificates", help="Ask for a certificate as well.")
    ] = False,
    limit: Annotated[
        str,
        typer.Option(
            help="Most that may wait, such as 16GiB; what exceeds it is not acknowledged.",
            callback=_size,
        ),
    ] = "16GiB",
    reserve: Annotated[
        str | None,
        typer.Option(
            help="Of the disk that stay free.",
            show_default="1GiB, of a small disk a twentieth",
            callback=_size,
        ),
    ] = None,
    monitor_port: Annotated[
        int,
        typer.Option(
            help="Port on this machine where /jsz tells how full it is; 0 takes a free one.",
            min=0,
            max=65535,
        ),
    ] = 0,
    share: Annotated[
        bool | None,
        typer.Option(
            "--share/--alone",
            help="Split topics for several processes of ingest. [default: setting share]",
        ),
    ] = None,
    nodes: Annotated[
        str | None,
        typer.Option(
            help="Where each of three nodes listens for the others; the same on all.",
            metavar="H:P,H:P,H:P",
        ),
    ] = None,
    node: Annotated[int, typer.Option(help="Which of these this is, from 1.", min=1)] = 1,
) -> None:
    """Run the embedded MQTT broker until Ctrl-C; without credentials on this machine only.

    Prints its URL on stdout as soon as it takes connections. Every message is on
    disk before it is acknowledged, and stays there until ingest has acknowledged
    it, also when the broker ends. What there is no room for is not acknowledged,
    and ingest is let in however full it is. It takes some hundred messages a
    second; for more, docs/deployment.md has Mosquitto.

    \b
    Examples:
      pingcheng broker
      pingcheng broker --port 0 --store /var/lib/pingcheng-broker/queue
      pingcheng broker --credentials secrets --host 0.0.0.0 --port 8883 \\
        --store queue
      pingcheng broker --store queue --limit 64GiB --reserve 5GiB \\
        --monitor-port 8222
      pingcheng broker --store queue --share --node 1 \\
        --nodes 127.0.0.1:6221,127.0.0.1:6222,127.0.0.1:6223

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    if context.invoked_subcommand is not None:
        return
    from ingest.broker.broker import STORE_SUFFIX, Broker
    from ingest.broker.cluster import Cluster
    from ingest.broker.upkeep.settings import UpkeepSettings
    from ingest.fault import IngestError, SettingError
    from ingest.log.database import beside
    from ingest.program_log import log_to_stderr

    log_to_stderr()
    settings = settings_or_fail()
    try:
        store = store or beside(settings.database, STORE_SUFFIX)
    except IngestError as error:
        fail(str(error))
    try:
        cluster = None if nodes is None else Cluster.parse(nodes, node)
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--nodes") from None
    running = Broker(
        port=port,
        store=store,
        host=host,
        credentials=credentials,
        tls=tls,
        client_certificates=client_certificates,
        upkeep=UpkeepSettings(
            most_bytes=size_of(limit),
            reserve_bytes=None if reserve is None else size_of(reserve),
            monitor_port=monitor_port,
        ),
        split=settings.patterns if (settings.share if share is None else share) else (),
        cluster=cluster,
    )
    with signalled() as stop:
        try:
            with running:
                typer.echo(str(running.address))
                while running.running and not stop.wait(_POLL_S):
                    pass
        except IngestError as error:
            fail(str(error))
    if not stop.is_set():
        fail("the broker ended by itself")


@broker_app.command("credentials")
def credentials(
    out: Annotated[Path, typer.Option(help="Folder to make or bring up to date.")],
    plan: Annotated[
        Path | None, typer.Option(help="The plan.toml that says which trucks there are.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Name or address where trucks reach the broker.",
            show_default="that of the folder, or localhost",
        ),
    ] = None,
    kind: Annotated[BrokerKind, typer.Option(help="Which broker it is for.")] = BrokerKind.BOTH,
    client_certificates: Annotated[
        bool | None,
        typer.Option(
            "--client-certificates/--no-client-certificates",
            help="Make a certificate for each truck.",
            show_default="if the folder has some",
        ),
    ] = None,
    rotate: Annotated[
        list[str] | None,
        typer.Option(help="Renew this truck's credentials, or those of ingest; repeatable."),
    ] = None,
) -> None:
    """Make a password for each truck of the plan and for ingest, and what brokers need of them.

    Run it again after a change of the plan: passwords of trucks that stay are
    kept, those of new ones added, of others dropped. Nothing secret is printed;
    hand out passwords.csv with care.

    \b
    Examples:
      pingcheng broker credentials --plan plan.toml --out secrets \\
        --host fleet.example
      pingcheng broker credentials --plan plan.toml --out secrets \\
        --host fleet.example \\
        --rotate 晋BQ0384

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from datetime import UTC, datetime

    from ingest.broker.credentials import Request, has_certificates, kept_host, make_credentials
    from ingest.fault import IngestError
    from ingest.settings.settings import read_settings

    try:
        settings = read_settings()
        chosen = plan or settings.plan
        if chosen is None:
            raise typer.BadParameter("give it, or the setting plan", param_hint="--plan")
        request = Request(
            vehicles=vehicles_of(chosen),
            host=kept_host(out) if host is None else host,
            patterns=settings.patterns,
            kind=kind,
            client_certificates=(
                has_certificates(out) if client_certificates is None else client_certificates
            ),
            rotated=rotate or [],
        )
        outcome = make_credentials(out, request, datetime.now(UTC))
    except IngestError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{out}: {error.strerror or error}")
    typer.echo(f"kept {len(outcome.kept)}")
    for word, users in (
        ("added", outcome.added),
        ("renewed", outcome.renewed),
        ("removed", outcome.removed),
    ):
        shown = ", ".join(users[:_EXPLAINED]) + (", ..." if len(users) > _EXPLAINED else "")
        typer.echo(f"{word} {len(users)}{': ' if users else ''}{shown}")


@broker_app.command("move")
def move(
    store: Annotated[
        Path,
        typer.Option(help="The --store of a broker that does not run.", show_default=False),
    ],
    broker: Annotated[
        str | None,
        typer.Option(help="Where to. [default: setting broker]", metavar="mqtt://H:P,..."),
    ] = None,
) -> None:
    """Move what waits in the store of a single broker to another one, such as three nodes.

    First it sees that the other broker keeps messages for ingest (setting share:
    for all shares). Each message is removed from the store when the other broker
    has acknowledged it; run it again if it was cut short.

    \b
    Examples:
      pingcheng broker move --store queue \\
        --broker mqtt://10.0.0.1:1883,mqtt://10.0.0.2:1883,mqtt://10.0.0.3:1883

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.broker.address import BrokerAddress
    from ingest.broker.client_id import own_client_id
    from ingest.commands.console import progress_bar
    from ingest.fault import IngestError, SettingError
    from ingest.gateway.login import gateway_login
    from ingest.gateway.moving import move as move_all
    from ingest.gateway.moving import waiting_in
    from ingest.leases.sharing import make_sessions
    from ingest.program_log import log_to_stderr

    log_to_stderr()
    settings = settings_or_fail()
    try:
        target = BrokerAddress.parse(broker or settings.broker)
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--broker") from None
    try:
        waiting = waiting_in(store)
        make_sessions(settings, target)
        with (
            own_client_id("pingcheng-move") as client_id,
            progress_bar("messages moved", waiting) as advance,
        ):
            moved = move_all(store, target, gateway_login(settings, client_id), advance)
    except IngestError as error:
        fail(str(error))
    typer.echo(f"moved {moved} messages to {target}; {store} holds none any more")
