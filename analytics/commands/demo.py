"""The command ``pingcheng demo``."""

from typing import Annotated

import typer


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the first day and its report.")
    ] = False,
    database: Annotated[
        str | None,
        typer.Option(help="Keep the pings in this log. [default: one removed at the end]"),
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port of the broker; 0 takes a free one.", min=0, max=65535)
    ] = 0,
) -> None:
    """Watch a simulated day of the 57 Pingcheng grids, from ping to verdict.

    Starts a broker, ingest and simulated trucks, shows windows in progress and
    streets as they are flagged, then prints the compliance report and scores it
    against what the trucks really did. Without --once it goes on with the next
    day at 60 times the pace of a clock, until Ctrl-C.

    \b
    Examples:
      pingcheng demo --once
      pingcheng demo --database sqlite:///demo.db --port 1883

    \b
    Exit codes: 0 done, 1 a part failed or a verdict is wrong, 2 wrong use.
    """
    from analytics.live.demo import DemoError, run_demo
    from ingest.fault import IngestError

    try:
        agreed = run_demo(database, port, once=once)
    except (DemoError, IngestError) as error:
        typer.echo(f"demo: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        if once:
            typer.echo("demo: interrupted before the report", err=True)
            raise typer.Exit(1) from None
        return
    if not agreed:
        raise typer.Exit(1)
