"""How a plan is named on the command line: by its file, or, of a database, by version or date."""

import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from ingest.plain_text import plain

if TYPE_CHECKING:
    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog

LEAST_DIGITS = 4
"""Of a version, so that a slip of the pen finds none."""
_VERSION = re.compile(rf"[0-9A-Fa-f]{{{LEAST_DIGITS},64}}")


def chosen_plan(text: str, log: "PingLog | None") -> "Plan":
    """Read a plan; fail with exit code 2 if there is none or it is faulty.

    Parameters
    ----------
    text
        A path; or of a stored plan the first digits of its version, or a date on which it is in
        force.
    """
    from analytics.history.history import HistoryError
    from geofence.plan.fault import PlanError
    from geofence.plan.reader import read_plan

    path = Path(text)
    if log is None and not path.exists() and (kind := _kind(text)):
        trouble(f"{text!r} is no file, and a {kind} needs --database, where plans are stored")
    try:
        if path.exists() or log is None:
            return read_plan(path)
        return _stored(text, log)
    except PlanError as error:
        trouble(f"{path}: {error}")
    except HistoryError as error:
        trouble(str(error))


def _kind(text: str) -> str | None:
    """Tell what of a stored plan a text names, if anything."""
    with suppress(ValueError):
        date.fromisoformat(text)
        return "date"
    return "version" if _VERSION.fullmatch(text) else None


def trouble(reason: str) -> NoReturn:
    """End the command with one line on stderr and exit code 2: 1 says that plans differ."""
    typer.echo(plain(f"error: {reason}", keep="\n"), err=True)
    raise typer.Exit(2)


def _stored(text: str, log: "PingLog") -> "Plan":
    from analytics.history.history import History

    history = History(log)
    try:
        return history.plan_in_force(date.fromisoformat(text))
    except ValueError:  # no date
        pass
    versions = dict.fromkeys(each.version for each in history.plans())
    found = [each for each in versions if each.startswith(text.lower())]
    if len(text) < LEAST_DIGITS or len(found) != 1:
        many = "names several stored plans" if len(found) > 1 else "is no stored plan"
        trouble(
            f"{text!r} is no file and {many}; write a path, a date such as 2026-12-07, or at least "
            f"the first {LEAST_DIGITS} digits of a version that pingcheng plan versions lists"
        )
    return history.plan(found[0])
