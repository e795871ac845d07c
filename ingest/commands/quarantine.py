"""The commands ``pingcheng quarantine list``, ``show`` and ``release``."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.commands.fleet import area_of, timezone_of, vehicles_of
from ingest.plain_text import cell, plain

if TYPE_CHECKING:
    from ingest.log.batch import Decode
    from ingest.log.pinglog import PingLog
    from ingest.log.quarantine.reconsidering import WasWrong

quarantine_app = typer.Typer(
    name="quarantine", help="Look at what ingest refused, and decide anew.", no_args_is_help=True
)
CodeOption = Annotated[
    list[str] | None,
    typer.Option("--code", help="Only rejections of this code; may be given several times."),
]
VehicleOption = Annotated[str | None, typer.Option(help="Only rejections of this vehicle.")]
_BATCH = 2_000


@quarantine_app.command("list")
def list_rejections(
    database: DatabaseOption = None,
    code: CodeOption = None,
    vehicle: VehicleOption = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            help="Only what was received since then, UTC.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="Show the last so many.", min=1)] = 50,
    released: Annotated[bool, typer.Option(help="Show those that were released instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """List what was refused, the oldest first.

    \b
    Examples:
      pingcheng quarantine list --database sqlite:///pings.db
      pingcheng quarantine list --code unknown_vehicle --vehicle 晋BQ0384 \\
        --since 2026-11-01
      pingcheng quarantine list --json --limit 1000

    \b
    Exit codes: 0 done, 1 there is no such log, 2 wrong use.
    """
    from ingest.fault import IngestError

    check_codes(code)
    since_ms = None if since is None else int(since.replace(tzinfo=UTC).timestamp() * 1000)
    try:
        with open_quarantine(database) as log:
            found = log.quarantine.rejected(code, vehicle, since_ms, limit, released=released)
            counters = log.counters()
    except IngestError as error:
        fail(str(error))
    if as_json:
        for row in found:
            typer.echo(_json(row))
        return
    _print_table(found)
    if not released:
        kept = counters.rejected - sum(counters.counted_by_code.values())
        typer.echo(f"{len(found)} shown of {kept} in quarantine; {counters.rejected} were refused")
        for name, count in counters.rejected_by_code.items():
            counted = counters.counted_by_code.get(name, 0)
            typer.echo(f"  {name} {count}" + (f", {counted} only counted" if counted else ""))


@quarantine_app.command("show")
def show_rejection(
    number: Annotated[int, typer.Argument(metavar="ID", help="As in the list.", min=1)],
    database: DatabaseOption = None,
) -> None:
    """Show one rejection with what its code means and what was sent.

    \b
    Examples:
      pingcheng quarantine show 17 --database sqlite:///pings.db

    \b
    Exit codes: 0 done, 1 there is no such rejection, 2 wrong use.
    """
    from ingest.decoding.rejection import RejectionCode
    from ingest.fault import IngestError

    try:
        with open_quarantine(database) as log:
            found = log.quarantine.rejection(number)
    except IngestError as error:
        fail(str(error))
    code = next(one for one in RejectionCode if one == found["code"])
    typer.echo(f"id        {found['id']}")
    typer.echo(f"code      {code}: {code.meaning}")
    typer.echo(f"topic     {plain(found['topic'])}")
    typer.echo(f"vehicle   {plain(found['vehicle_id']) or 'unknown'}")
    typer.echo(f"received  {instant(found['received_time_ms'])}")
    typer.echo(f"field     {plain(found['key']) or 'the message as a whole'}")
    typer.echo(f"value     {plain(found['value'])}")
    if found["released_time_ms"] is not None:
        typer.echo(f"released  {instant(found['released_time_ms'])}")
    kept, size = len(found["payload"]), found["payload_bytes"]
    typer.echo(f"payload   {size} bytes" + (f", the first {kept} of them:" if kept < size else ":"))
    typer.echo(plain(found["payload"].decode("utf-8", "backslashreplace")))


@quarantine_app.command("release")
def release(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="As in the list.")
    ] = None,
    database: DatabaseOption = None,
    plan: Annotated[Path | None, typer.Option(help="The plan.toml in force now.")] = None,
    code: CodeOption = None,
    vehicle: VehicleOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is in quarantine.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would happen.")] = False,
    server_clock_was_wrong: Annotated[
        bool,
        typer.Option(
            "--server-clock-was-wrong",
            help="Judge times by the present also where the vehicle's clock may be to blame.",
        ),
    ] = False,
) -> None:
    """Decide anew about what was refused, say after the plan learned a vehicle.

    Each is decoded as if it came once more, with the time at which it first came.
    What holds pings now goes into the log and leaves the quarantine; what is
    still refused stays. What was in the future then is judged by the present time
    too if most vehicles were: then this server's clock was wrong.

    \b
    Examples:
      pingcheng quarantine release --code unknown_vehicle --plan plan.toml \\
        --dry-run
      pingcheng quarantine release 17 18 19 --plan plan.toml
      pingcheng quarantine release --code time_in_future --code outdated \\
        --plan plan.toml
      pingcheng quarantine release --all --plan plan.toml

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from ingest.decoding.acceptance import Acceptance
    from ingest.decoding.decoder import decoder_of
    from ingest.fault import IngestError
    from ingest.recovery.device_moves import note_places

    if not (numbers or code or vehicle or everything):
        raise typer.BadParameter("say which: IDs, --code, --vehicle or --all")
    if numbers and (code or vehicle or everything):
        raise typer.BadParameter("give IDs, or --code, --vehicle or --all; not both")
    if everything and (code or vehicle):
        raise typer.BadParameter("--all takes all; leave it out to choose by --code or --vehicle")
    check_codes(code)
    settings = settings_or_fail()
    plan = plan or settings.plan
    if plan is None:
        raise typer.BadParameter("give --plan, or the setting plan", param_hint="--plan")
    acceptance = Acceptance(vehicles_of(plan), area_of(plan), settings.max_age_ms)
    try:
        decoder = decoder_of(settings, acceptance, timezone_of(plan))
        with open_quarantine(database) as log:
            if settings.devices is not None:
                now_ms = time.time_ns() // 1_000_000
                note_places(log, decoder.devices, settings.devices.name, now_ms)
            pages: Iterable[list[dict[str, Any]]]
            if numbers:
                found = [log.quarantine.rejection(number) for number in sorted(set(numbers))]
                pages = [[row for row in found if row["released_time_ms"] is None]]
            else:
                pages = log.quarantine.rejected_pages(code, vehicle, size=_BATCH)
            was_wrong = (
                (lambda _: True) if server_clock_was_wrong else log.quarantine.was_clock_behind
            )
            _release(log, pages, decoder.decode, was_wrong, dry_run=dry_run)
            typer.echo(log.counters().conservation())
    except IngestError as error:
        fail(str(error))


def _release(
    log: "PingLog",
    pages: Iterable[list[dict[str, Any]]],
    decode: "Decode",
    was_wrong: "WasWrong",
    *,
    dry_run: bool,
) -> None:
    from collections import Counter
    from functools import cache

    from ingest.log.quarantine.quarantine import CLOCK_BLOCK_MS
    from ingest.log.quarantine.reconsidering import reconsider

    known = cache(was_wrong)
    considered = released = pings = events = clipped = by_present = doubtful = 0
    refused: Counter[str] = Counter()
    for page in pages:
        considered += len(page)
        now_ms = time.time_ns() // 1_000_000
        outcome = reconsider(
            page, decode, now_ms, lambda at_ms: known(at_ms - at_ms % CLOCK_BLOCK_MS)
        )
        if outcome.ids and not dry_run:
            log.release(outcome.ids, outcome.batch, now_ms)
        released, pings = released + len(outcome.ids), pings + len(outcome.batch.rows)
        events += len(outcome.batch.events)
        refused += outcome.refused
        clipped += outcome.clipped
        by_present += outcome.by_present
        doubtful += outcome.doubtful
    would = "would be released" if dry_run else "released"
    beside = f", {events} events" if events else ""
    typer.echo(f"{released} of {considered} {would}: {pings} pings{beside}")
    if by_present:
        typer.echo(f"  by the present time {by_present}: this server's clock was wrong")
    for name, count in sorted(refused.items()):
        hint = " (rows of a recorded file are not released: ingest the file again)"
        typer.echo(f"  still refused {name} {count}{hint if name == 'bad_topic' else ''}")
    if doubtful:
        typer.echo(
            f"  of these {doubtful} are sound by the present time, but their vehicles' clocks may "
            "be wrong; if it was this server's, add --server-clock-was-wrong"
        )
    if clipped:
        typer.echo(f"  too long to have been kept whole {clipped}")


def open_quarantine(database: str | None) -> "PingLog":
    """Open the log, with the room for refusals that the settings give."""
    from ingest.log.pinglog import open_log

    settings = settings_or_fail()
    return open_log(
        database or settings.database,
        create=False,
        most_quarantine_mib=settings.quarantine_mib,
    )


def check_codes(codes: list[str] | None) -> None:
    """Refuse a code that there is none of."""
    from ingest.decoding.rejection import RejectionCode

    for code in codes or ():
        if code not in set(RejectionCode):
            raise typer.BadParameter(
                f"there is no code {code!r}; there are {', '.join(RejectionCode)}",
                param_hint="--code",
            )


def _print_table(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "received (UTC)", "code", "vehicle or topic", "field", "value"):
        table.add_column(heading, overflow="fold" if heading == "value" else "ellipsis")
    for row in found:
        cells = (str(row["id"]), instant(row["received_time_ms"]), row["code"],
                 row["vehicle_id"] or row["topic"], row["key"], row["value"])  # fmt: skip
        table.add_row(*map(cell, cells))
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 140))
    console.print(table)


def instant(epoch_ms: int) -> str:
    """Write an instant for people."""
    from ingest.decoding.instant import format_instant

    return format_instant(epoch_ms)


def _json(row: dict[str, Any]) -> str:
    import json

    shown = dict(row)
    shown["received_time"] = instant(shown.pop("received_time_ms"))
    released_ms = shown.pop("released_time_ms")
    shown["released_time"] = None if released_ms is None else instant(released_ms)
    shown["payload"] = shown["payload"].decode("utf-8", "backslashreplace")
    return json.dumps(shown, ensure_ascii=False)
