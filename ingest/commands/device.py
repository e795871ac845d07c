"""The command ``pingcheng device try``: what a payload becomes, and why."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.commands.console import fail, settings_or_fail
from ingest.commands.fleet import area_of, timezone_of, vehicles_of
from ingest.plain_text import plain

if TYPE_CHECKING:
    from ingest.decoding.decoder import Decoder, Explained
    from ingest.decoding.diagnosis import Refused
    from ingest.decoding.message import Message
    from ingest.decoding.routes import Routes

device_app = typer.Typer(name="device", help="Look at what trackers send.", no_args_is_help=True)
_UNKNOWN = "?"


@device_app.callback()
def _group() -> None:
    """Keep the group a group though it has one command."""


@device_app.command("try")
def try_payload(
    payload: Annotated[
        str, typer.Argument(metavar="FILE|PAYLOAD", help="What was sent; - reads stdin.")
    ],
    vehicle: Annotated[
        str | None,
        typer.Option(
            help="What the topic calls the vehicle or device.", metavar="NAME", show_default=False
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            help="The topic it came under. [default: a pattern of the settings, with --vehicle]",
            show_default=False,
        ),
    ] = None,
    dialect: Annotated[
        str | None,
        typer.Option(
            help="Only patterns of this dialect. [default: the first that reads it]",
            show_default=False,
        ),
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="The plan.toml in force now.")] = None,
) -> None:
    """Show what a payload becomes and why: dialect, vehicle, signals, tasks, codes.

    It is read as ingest would read it now, by pingcheng.toml and devices.csv, and
    nothing is stored. Without a plan any vehicle and any place is taken.

    \b
    Examples:
      pingcheng device try --vehicle 晋BQ0384 payload.json
      pingcheng device try --vehicle T01 \\
        '{"event_time": "2022-03-28T07:03:10Z", "longitude": 113, "latitude": 40}'
      mosquitto_sub -t fleet/T01/ping -C 1 |
        pingcheng device try --topic fleet/T01/ping -

    \b
    Exit codes: 0 all of it would be stored, 1 something is refused, 2 wrong use.
    """
    from ingest.decoding.acceptance import ANYTHING, Acceptance
    from ingest.decoding.decoder import decoder_of, routes_in
    from ingest.decoding.dialects.registry import name_of
    from ingest.fault import IngestError

    settings = settings_or_fail()
    plan = plan or settings.plan
    acceptance, zone = ANYTHING, None
    if plan is not None:
        acceptance = Acceptance(vehicles_of(plan), area_of(plan), settings.max_age_ms)
        zone = timezone_of(plan)
    content = _content(payload)
    try:
        decoder, routes = decoder_of(settings, acceptance, zone), routes_in(settings)
    except IngestError as error:
        fail(str(error))
    topics = [topic] if topic else _topics(routes, vehicle, dialect)
    if not topics:
        raise typer.BadParameter(
            "no pattern of the settings takes it; give --vehicle, another --dialect, or --topic"
        )
    tried = [_try(decoder, content, each) for each in topics]
    # an event with a place could be read as a ping, and would show what may name a person
    by_events = sorted(tried, key=lambda each: not _tells_events(routes, each[0].topic))
    message, explained, fault = next((each for each in by_events if _is_read(each)), tried[0])
    found = routes.find(message.topic)
    name = "none" if found is None else name_of(found[0].dialect)
    typer.echo(plain(f"topic {message.topic}, dialect {name}"))
    if fault:
        fail(fault)
    for number, each in enumerate(explained, 1):
        for line in _lines(number, each):
            typer.echo(plain(line))
    if not _is_read((message, explained, fault)):
        raise typer.Exit(1)


def _content(payload: str) -> bytes:
    if payload == "-":
        return sys.stdin.buffer.read()
    if payload.lstrip()[:1] in ("{", "["):
        return payload.encode("utf-8", "surrogateescape")
    try:
        return Path(payload).read_bytes()
    except OSError as error:
        raise typer.BadParameter(
            f"{payload!r} is no JSON, and no file that can be read ({error.strerror})",
            param_hint="FILE|PAYLOAD",
        ) from None


def _topics(routes: "Routes", vehicle: str | None, dialect: str | None) -> list[str]:
    """Fill the patterns that are meant; one that names the vehicle needs its name."""
    from ingest.decoding.dialects.registry import load_dialect
    from ingest.decoding.routes import VEHICLE
    from ingest.fault import SettingError

    try:
        kind = None if dialect is None else type(load_dialect(dialect))
    except SettingError as error:
        raise typer.BadParameter(str(error), param_hint="--dialect") from None
    filled = []
    for route in routes:
        if kind is not None and type(route.dialect) is not kind:
            continue
        if VEHICLE in route.pattern and vehicle is None:
            continue
        levels = route.pattern.replace(VEHICLE, vehicle or "").split("/")
        filled.append("/".join("any" if level in {"+", "#"} else level for level in levels))
    return filled


def _try(decoder: "Decoder", content: bytes, topic: str) -> "tuple[Message, list[Explained], str]":
    from ingest.decoding.diagnosis import Refused
    from ingest.decoding.message import Message

    message = Message(topic, content, time.time_ns() // 1_000_000)
    try:
        return message, decoder.explain(message), ""
    except Refused as refused:
        return message, [], _refusal(refused)


def _tells_events(routes: "Routes", topic: str) -> bool:
    found = routes.find(topic)
    return found is not None and found[0].dialect.tells_events


def _is_read(tried: "tuple[Message, list[Explained], str]") -> bool:
    from ingest.decoding.diagnosis import Refused

    _, explained, fault = tried
    return not fault and not any(isinstance(each.outcome, Refused) for each in explained)


def _refusal(refused: "Refused") -> str:
    value = "" if refused.value is None else f" {refused.value!r}"
    place = f" ({refused.key}{value})" if refused.key else value
    return f"refused: {refused.code}{place}: {refused.code.meaning}"


def _lines(number: int, one: "Explained") -> Iterable[str]:
    from ingest.decoding.diagnosis import Refused
    from ingest.decoding.instant import format_instant
    from ingest.ping import Ping
    from ingest.tasks import text_of

    if one.owner is not None:
        kind = one.owner.kind or "none"
        yield f"{number}: vehicle {one.owner.vehicle_id}, datum {one.owner.datum}, type {kind}"
    else:
        yield f"{number}: of nobody that is known"
    told = ", ".join(f"{name}={value}" for name, value in sorted(one.signals.items()))
    yield f"   signals: {told or 'none'}"
    for finding in one.told.findings:
        state = {True: "on", False: "off", None: "unknown"}[finding.holds]
        value = _UNKNOWN if finding.value is None else finding.value
        yield f"   {finding.task or 'ignition'} {state}: {finding.condition}, told {value}"
    for key in one.ignored:
        yield f"   left out: {key}, for it tells nothing"
    outcome = one.outcome
    if isinstance(outcome, Refused):
        yield f"   {_refusal(outcome)}"
        return
    if isinstance(outcome, Ping):
        tasks = "not told" if outcome.tasks is None else text_of(outcome.tasks)
        working = {True: "yes", False: "no", None: "not told"}[outcome.working]
        yield f"   tasks {tasks}, working {working}"
    fields = {
        name: getattr(outcome, name)
        for name in outcome.__struct_fields__
        if name not in {"vehicle_id", "event_time_ms", "tasks", "working"}
    }
    shown = ", ".join(f"{name} {value}" for name, value in fields.items() if value is not None)
    yield f"   {format_instant(outcome.event_time_ms)}, {shown}"
