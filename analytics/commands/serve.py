"""The commands that serve pages: ``pingcheng serve``, ``up`` and ``plan edit``."""

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from analytics.commands.plan_reading import (
    PlanOption,
    given,
    read_plan_or_fail,
    watch_plan_or_fail,
)
from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.plain_text import plain

PortOption = Annotated[
    int, typer.Option(help="Port of the page; 0 takes a free one.", min=0, max=65535)
]


def serve(
    plan: PlanOption = None,
    database: DatabaseOption = None,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen at; another than this machine's needs users, or --open."
        ),
    ] = "127.0.0.1",
    port: PortOption = 8080,
    service_date: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="Show this date, at its latest ping, instead of today.",
            show_default="today",
        ),
    ] = None,
    basemap: Annotated[
        Path | None,
        typer.Option(
            help="A PMTiles file to draw below the streets. [default: setting basemap]",
            metavar="FILE",
        ),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address or network of a reverse proxy that is believed when it tells who asks; "
            "may be given again. It needs users, or --open. [default: setting proxies; without "
            "it, proxies on this machine]",
            metavar="ADDRESS",
        ),
    ] = None,
    is_open: Annotated[
        bool,
        typer.Option(
            "--open",
            help="Without users, let everybody look who can reach the page; they change nothing.",
        ),
    ] = False,
) -> None:
    """Serve the live page, the public board and the interface of both, until Ctrl-C or SIGTERM.

    Follows the ping log that ingest writes and prints its URL on stdout as soon
    as it answers. A plan that changes meanwhile is taken up, unless it has a
    fault. See docs/live.md for users, reverse proxies and the interface.

    \b
    Examples:
      pingcheng serve --plan plan.toml --database sqlite:///pings.db
      pingcheng serve --plan plan.toml --port 0
      pingcheng serve --plan plan.toml --database sqlite:///demo.db \\
        --date 2022-03-28
      pingcheng serve --plan plan.toml --host 0.0.0.0 --proxy 10.0.0.5

    \b
    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    from analytics.dashboard.serving.serving import Wishes, serve_log
    from ingest.deadlines import Deadlines
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log
    from ingest.program_log import log_to_stderr
    from ingest.settings.proxies import networks_of

    settings = settings_or_fail()
    day = service_date.date() if service_date else None
    now_ms = time.time_ns() // 1_000_000
    chosen, watch = watch_plan_or_fail(given(plan or settings.plan), day, now_ms)
    log_to_stderr()
    try:
        wishes = Wishes(
            host,
            port,
            day,
            basemap or settings.basemap,
            networks_of(proxy) if proxy else settings.proxies or (),
            is_open,
        )
        with open_log(database or settings.database, deadlines=Deadlines()) as log:
            serve_log(log, chosen, wishes, tell=typer.echo, watch=watch)
    except IngestError as error:
        fail(str(error))


def up(
    plan: PlanOption = None,
    database: DatabaseOption = None,
    port: PortOption = 8080,
    broker_port: Annotated[
        int, typer.Option(help="Port of the broker; 0 takes a free one.", min=0, max=65535)
    ] = 1883,
    store: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps what is not stored yet. [default: beside the database, its "
            "name and -broker]"
        ),
    ] = None,
    drain_s: Annotated[
        float,
        typer.Option(
            "--drain", help="How long at the end to store what waits.", min=0, metavar="S"
        ),
    ] = 60.0,
) -> None:
    """Run broker, ingest and page together on this machine, until Ctrl-C or SIGTERM.

    The alerter runs with them if the setting alerts names a channel. If one of
    them ends by itself, all do. Prints the URLs of broker and page on stdout.

    What the broker acknowledges is on disk in its store until it is in the log.
    At the end what waits is stored, which a second Ctrl-C cuts short; the rest
    stays for the next start, also after a crash.

    \b
    Examples:
      pingcheng up --plan plan.toml
      pingcheng up --plan plan.toml --database sqlite:///pings.db --store queue
      pingcheng up --plan plan.toml --drain 600

    \b
    Exit codes: 0 done (what could not be stored waits in the store, and is
    named), 1 a part ended before it was told to, 2 wrong use.
    """
    from analytics.dashboard.serving.together import Together, run_together
    from geofence.installed.succession import day_at
    from ingest.fault import IngestError
    from ingest.program_log import log_to_stderr

    settings = settings_or_fail()
    path = given(plan or settings.plan)
    read_plan_or_fail(path, day_at(path, time.time_ns() // 1_000_000))
    log_to_stderr()
    try:
        run_together(
            Together(path, settings, database, port, broker_port, store, drain_s),
            tell=typer.echo,
            note=lambda told: typer.echo(f"note: {told}", err=True),
        )
    except IngestError as error:
        fail(str(error))


def edit_plan(
    plan: Annotated[Path, typer.Argument(help="The plan.toml to edit.", metavar="PLAN")],
    port: Annotated[
        int, typer.Option(help="Port of the page; 0 takes a free one.", min=0, max=65535)
    ] = 0,
    basemap: Annotated[
        Path | None,
        typer.Option(help="A PMTiles file to draw below the streets.", metavar="FILE"),
    ] = None,
) -> None:
    """Edit a plan on a map, in a page for this machine alone, until Ctrl-C or SIGTERM.

    Pick, cut, join, name and assign sections with the mouse, and edit windows,
    days, vehicles, spares and exceptions (holidays, closed roads). Everything
    can be undone, also what was saved. Save writes plan.toml, whose
    comments and order stay, streets.geojson and overrides.toml, which keeps
    what was decided about single sections for the next `plan locate`.

    Prints the address of the page on stdout; whoever has it may edit.

    \b
    Examples:
      pingcheng plan edit plan.toml
      pingcheng plan edit city/plan.toml --port 8090
      pingcheng plan edit plan.toml --basemap city.pmtiles

    \b
    Exit codes: 0 ended, 1 the plan is broken or the page cannot be served,
    2 wrong use.
    """
    from analytics.plan_editor.serving import serve_editor
    from geofence.plan.fault import PlanError
    from ingest.fault import SettingError
    from ingest.program_log import log_to_stderr

    log_to_stderr()
    try:
        serve_editor(
            plan,
            port,
            basemap,
            tell=typer.echo,
            note=lambda told: typer.echo(f"note: {told}", err=True),
        )
    except PlanError as error:
        typer.echo(plain(f"{plan}: {error}", keep="\n"), err=True)
        raise typer.Exit(1) from None
    except SettingError as error:
        fail(str(error))
