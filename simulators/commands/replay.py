"""The command ``pingcheng replay``."""

from pathlib import Path
from typing import Annotated

import typer

from simulators.commands.console import failure
from simulators.commands.wire import BurstOption, SpeedOption, address_of, publish_all, speed_factor


def replay(
    file: Annotated[Path, typer.Argument(help="Pings as CSV, NDJSON or Parquet.", metavar="FILE")],
    broker: Annotated[str, typer.Option(help="Where to: mqtt://HOST:PORT.")],
    speed: SpeedOption = "1",
    burst: BurstOption = 1,
) -> None:
    """Publish a recorded day over MQTT with its own timing.

    A file with the column received_time is sent in its own order, at those
    instants; any other in order of event_time. Returns when the broker has
    acknowledged every message.

    \b
    Examples:
      pingcheng replay polls.csv.gz --broker mqtt://127.0.0.1 --speed max
      pingcheng replay pings.csv --broker mqtt://127.0.0.1 --speed 60

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    factor, address = speed_factor(speed), address_of(broker)
    from ingest.fault import PingFileError
    from ingest.files.ping_file import read_ping_file

    try:
        recorded = read_ping_file(file)
    except PingFileError as error:
        raise failure(str(error)) from None
    if recorded.rejections:
        typer.echo(f"{file}: {len(recorded.rejections)} rows are no pings, not sent", err=True)
    typer.echo(f"published {publish_all(recorded.pings, address, factor, burst)} pings")
