"""The commands ``pingcheng gateway http`` and ``gateway token``; joins ``gateway jt808``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.commands.console import fail, settings_or_fail, topic_or_refuse
from ingest.commands.fleet import timezone_of
from ingest.commands.gateway_jt808 import jt808

if TYPE_CHECKING:
    from ingest.settings.settings import Settings

gateway_app = typer.Typer(
    name="gateway",
    help="Take what trackers say that speak no MQTT, and publish it to the broker.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
token_app = typer.Typer(
    name="token",
    help="Who may speak at the HTTP gateway.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
gateway_app.add_typer(token_app)
gateway_app.command("jt808")(jt808)

TokensOption = Annotated[
    Path | None,
    typer.Option(help="File of the tokens, hashed. [default: setting gateway.tokens]"),
]


def _networks(values: list[str] | None) -> list[str] | None:
    from ingest.fault import SettingError
    from ingest.settings.proxies import networks_of

    try:
        return None if values is None else list(networks_of(values))
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None


def _tokens_in(settings: "Settings") -> Path:
    from ingest.settings.gateway import GatewaySettings

    return (settings.gateway or GatewaySettings()).tokens


def _owntracks_topic(value: str) -> str:
    if "{user}" not in value or "{device}" not in value:
        raise typer.BadParameter("it needs {user} and {device}, as owntracks/{user}/{device}")
    return topic_or_refuse(value)


@gateway_app.command("http")
def http(
    broker: Annotated[
        str | None,
        typer.Option(help="Broker to publish to. [default: setting broker]", metavar="mqtt://H:P"),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 5055,
    tokens: TokensOption = None,
    is_open: Annotated[
        bool,
        typer.Option("--open", help="Ask for no token: only in a network that nobody else is in."),
    ] = False,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Reverse proxy whose word on who asks is taken; repeatable. [default: this "
            "machine's]",
            callback=_networks,
        ),
    ] = None,
    device_rate: Annotated[
        float, typer.Option(help="Requests a second of a device, in the long run.", min=0.01)
    ] = 10.0,
    address_rate: Annotated[
        float, typer.Option(help="Requests a second of an address, in the long run.", min=0.01)
    ] = 200.0,
    osmand_topic: Annotated[
        str, typer.Option(help="Where /osmand goes.", callback=topic_or_refuse)
    ] = "gateway/osmand",
    traccar_topic: Annotated[
        str, typer.Option(help="Where /traccar goes.", callback=topic_or_refuse)
    ] = "gateway/traccar",
    owntracks_topic: Annotated[
        str, typer.Option(help="Where /owntracks goes.", callback=_owntracks_topic)
    ] = "owntracks/{user}/{device}",
) -> None:
    """Take fixes by HTTP and publish them to the broker, until Ctrl-C or SIGTERM.

    /osmand takes what OsmAnd and Traccar Client send, /traccar what a Traccar
    server forwards, /owntracks what OwnTracks sends in HTTP mode; each answers
    200 once the broker has acknowledged. Prints its URL on stdout. Name the
    topics in the settings, so that ingest listens to them.

    \b
    Examples:
      pingcheng gateway token add 861050000000001
      pingcheng gateway http --port 5055
      pingcheng gateway http --broker mqtts://fleet.example:8883 --proxy 10.0.0.5
      pingcheng gateway http --host 10.0.0.1 --open

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.broker.address import BrokerAddress
    from ingest.fault import IngestError, SettingError
    from ingest.gateway.http.rates import Rates
    from ingest.gateway.http.reading import Topics
    from ingest.gateway.http.serving import Wishes, serve_gateway
    from ingest.program_log import log_to_stderr

    log_to_stderr()
    settings = settings_or_fail()
    try:
        address = BrokerAddress.parse(broker or settings.broker)
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--broker") from None
    wishes = Wishes(
        host=host,
        port=port,
        tokens=tokens or _tokens_in(settings),
        topics=Topics(osmand_topic, traccar_topic, owntracks_topic),
        rates=Rates.of(device_rate, address_rate),
        is_open=is_open,
        proxies=proxy or settings.proxies or (),
    )
    try:
        serve_gateway(settings, address, wishes, typer.echo)
    except IngestError as error:
        fail(str(error))


@token_app.command("add")
def add(
    device: Annotated[
        str | None, typer.Argument(help="What the device calls itself in its requests.")
    ] = None,
    for_all: Annotated[
        bool, typer.Option("--all", help="For a server that speaks for every device.")
    ] = False,
    tokens: TokensOption = None,
) -> None:
    """Issue a token for a device and print it, this once; an older one of the device ends.

    What can be no vehicle's id, as with a space or / in it, needs a line in the devices file.

    \b
    Examples:
      pingcheng gateway token add 861050000000001
      pingcheng gateway token add --all

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from datetime import UTC, datetime

    from ingest.fault import SettingError
    from ingest.gateway.http.tokens import (
        ALL,
        Issued,
        hash_of,
        new_token,
        read_tokens,
        write_tokens,
    )

    if (device is None) != for_all or device in ("", ALL):
        raise typer.BadParameter("name the device, or give --all", param_hint="DEVICE")
    if device is not None:
        _refuse_who_can_be_nobody(device)
    path = tokens or _tokens_in(settings_or_fail())
    name, token = device or ALL, new_token()
    issued = Issued(name, hash_of(token), datetime.now(UTC).date().isoformat())
    try:
        write_tokens(path, {**read_tokens(path), name: issued})
    except SettingError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    typer.echo(token)


def _refuse_who_can_be_nobody(device: str) -> None:
    """Refuse what can be no vehicle's id, unless the devices file says which vehicle it is."""
    from ingest.decoding.bounds import LONGEST_VEHICLE_ID, is_vehicle_id
    from ingest.decoding.decoder import devices_in
    from ingest.fault import SettingError

    if is_vehicle_id(device):
        return
    settings = settings_or_fail()
    try:
        zone = timezone_of(settings.plan) if settings.plan is not None else None
        is_listed = devices_in(settings, zone).lists(device)
    except SettingError as error:
        fail(str(error))
    if not is_listed:
        raise typer.BadParameter(
            f"{device!r} can be no vehicle's id, for that has 1 to {LONGEST_VEHICLE_ID} "
            "characters, no space, and none of / + #; and the devices file does not say which "
            "vehicle it is. Call the device otherwise, or give it a line there",
            param_hint="DEVICE",
        )


@token_app.command("remove")
def remove(
    device: Annotated[str, typer.Argument(help="Whose token is to end; * for that of --all.")],
    tokens: TokensOption = None,
) -> None:
    """Revoke a device's token; a running gateway lets it in no more within a second.

    \b
    Examples:
      pingcheng gateway token remove 861050000000001

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.fault import SettingError
    from ingest.gateway.http.tokens import read_tokens, write_tokens

    path = tokens or _tokens_in(settings_or_fail())
    try:
        found = read_tokens(path)
        if found.pop(device, None) is None:
            fail(f"{path}: {device!r} has no token")
        write_tokens(path, found)
    except SettingError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")


@token_app.command("list")
def list_tokens(tokens: TokensOption = None) -> None:
    """List the devices that have a token, and since when.

    \b
    Examples:
      pingcheng gateway token list

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.fault import SettingError
    from ingest.gateway.http.tokens import read_tokens
    from ingest.plain_text import plain

    try:
        found = read_tokens(tokens or _tokens_in(settings_or_fail()))
    except SettingError as error:
        fail(str(error))
    for one in found.values():
        typer.echo(plain(f"{one.device_id}\t{one.issued}", keep="\t"))
