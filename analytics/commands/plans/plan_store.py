"""The commands ``pingcheng plan store`` and ``plan versions``: plans kept with the verdicts."""

import time
from pathlib import Path
from typing import Annotated

import typer

from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.plain_text import cell, plain


def store_plan(
    plan: Annotated[Path, typer.Argument(help="The plan.toml to store.", metavar="PLAN")],
    database: DatabaseOption = None,
) -> None:
    """Keep a plan in the database, valid from the date that it names.

    Days from that date on are judged by it, until a stored plan with a later
    date takes over. Of two plans with one date the one stored last counts.
    Contacts are not stored.

    \b
    Examples:
      pingcheng plan store plan.toml
      pingcheng plan store spring.toml --database sqlite:///pings.db

    \b
    Exit codes: 0 stored, or stored before, 1 the plan or database cannot be used,
    2 wrong use.
    """
    from analytics.history.history import History
    from analytics.history.plan_store import SHORT_VERSION
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    now_ms = time.time_ns() // 1_000_000
    try:
        read = read_plan(plan)
        with open_log(database or settings_or_fail().database, create=False) as log:
            is_new = History(log).store_plan(read, now_ms)
    except PlanError as error:
        fail(f"{plan}: {error}")
    except IngestError as error:
        fail(str(error))
    done = "stored" if is_new else "was stored before: nothing to do"
    typer.echo(
        f"{plain(read.name)}, version {read.version[:SHORT_VERSION]}, valid from "
        f"{read.effective_from.isoformat()}: {done}"
    )


def list_plans(database: DatabaseOption = None) -> None:
    """List the stored plans: from when each is valid, its version and when it was stored.

    The plan in force on a date is the last of the list that is valid by then.

    \b
    Examples:
      pingcheng plan versions
      pingcheng plan versions --database sqlite:///pings.db

    \b
    Exit codes: 0 listed, 1 the database cannot be used, 2 wrong use.
    """
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.table import Table

    from analytics.history.history import History
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    try:
        with open_log(database or settings_or_fail().database, create=False) as log:
            stored = History(log).plans()
    except IngestError as error:
        fail(str(error))
    if not stored:
        typer.echo("no plan is stored; pingcheng plan store PLAN stores one")
        return
    table = Table("valid from", "version", "name", "stored")
    for each in stored:
        at = datetime.fromtimestamp(each.stored_ms / 1000, UTC)
        cells = (each.effective_from, each.version, each.name, f"{at:%Y-%m-%d %H:%M:%SZ}")
        table.add_row(*map(cell, cells))
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 140))
    console.print(table)
