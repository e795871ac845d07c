"""The commands ``pingcheng quarantine counted`` and ``prune``: the room that refusals take."""

import time
from typing import Annotated

import typer

from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.commands.quarantine import (
    CodeOption,
    VehicleOption,
    check_codes,
    instant,
    open_quarantine,
)
from ingest.plain_text import plain

DAY_MS = 86_400_000


def list_counted(
    database: DatabaseOption = None,
    vehicle: VehicleOption = None,
    limit: Annotated[int, typer.Option(help="Show the last so many hours.", min=1)] = 50,
) -> None:
    """List by vehicle, hour and code how many refusals were only counted, and how many are kept.

    There is room for so much of a vehicle in an hour; what comes on top of it is
    no longer kept. A vehicle that stands here sends far more than a tracker does.

    \b
    Examples:
      pingcheng quarantine counted --database sqlite:///pings.db
      pingcheng quarantine counted --vehicle 晋BQ0384

    \b
    Exit codes: 0 done, 1 there is no such log, 2 wrong use.
    """
    from ingest.fault import IngestError

    try:
        with open_quarantine(database) as log:
            found = log.quarantine.counted_hours(vehicle, limit=limit)
            counters = log.counters()
    except IngestError as error:
        fail(str(error))
    for row in found:
        typer.echo(
            f"{instant(row['hour_ms'])[:13]}h  {row['code']}  "
            f"{plain(row['vehicle_id']) or 'not of the plan'}: "
            f"{row['counted']} only counted, {row['kept']} kept"
        )
    kept_mib = counters.quarantine_bytes / 1024**2
    counted = sum(counters.counted_by_code.values())
    typer.echo(
        f"{counted} of {counters.rejected} only counted; what is kept takes {kept_mib:.1f} MiB of "
        f"{settings_or_fail().quarantine_mib}"
    )


def prune_quarantine(
    older_than: Annotated[
        int | None,
        typer.Option(
            help="Delete what was received longer ago. [default: setting quarantine_days]",
            metavar="DAYS",
            min=0,
            max=36_500,
        ),
    ] = None,
    database: DatabaseOption = None,
    code: CodeOption = None,
    vehicle: VehicleOption = None,
) -> None:
    """Delete old refusals, whole hours of them; how many there were stays counted.

    Days are reckoned back from now, or from the newest fix that was stored if
    that is earlier: a clock that is far ahead deletes nothing new.
    `pingcheng nightly` does the same every night. The room is used again;
    SQLite's file does not shrink.

    \b
    Examples:
      pingcheng quarantine prune --older-than 30 --database sqlite:///pings.db
      pingcheng quarantine prune --older-than 0 --code not_json --vehicle 晋BQ0384

    \b
    Exit codes: 0 done or nothing to do, 1 failed, 2 wrong use.
    """
    from ingest.fault import IngestError

    check_codes(code)
    days = settings_or_fail().quarantine_days if older_than is None else older_than
    try:
        with open_quarantine(database) as log:
            now_ms = time.time_ns() // 1_000_000
            before_ms = log.retention_ms(days, now_ms)
            if before_ms is None and older_than is not None:
                before_ms = now_ms - days * DAY_MS
            if before_ms is None:
                fail(
                    "no ping was ever stored, so nothing tells whether this server's clock is "
                    "right; if it is, say --older-than DAYS"
                )
            deleted = log.quarantine.forget(before_ms, code, vehicle)
            told = log.counters().conservation()
    except IngestError as error:
        fail(str(error))
    typer.echo(f"deleted {deleted} refusals from before {instant(before_ms)}")
    typer.echo(told)
