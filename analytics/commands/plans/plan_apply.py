"""The command ``pingcheng plan apply``: another plan in force from a date, for all that runs."""

import getpass
import time
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.plan_reading import given, read_plan_or_fail
from analytics.commands.plans.plan_trackers import trackers_of
from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.plain_text import plain

if TYPE_CHECKING:
    from analytics.history.takeover import InTheWay
    from geofence.installed.installation import Installed
    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog

_DAY = timedelta(days=1)


def apply(
    new: Annotated[
        Path | None, typer.Argument(help="The plan.toml to put in force.", metavar="NEW")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            help="The first date that it is in force on.",
            show_default="the date that NEW names",
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            help="The plan.toml that programs run by, to be replaced. [default: setting plan]",
            metavar="PLAN",
        ),
    ] = None,
    database: DatabaseOption = None,
    rejudge: Annotated[
        bool, typer.Option("--rejudge", help="Also for dates that were judged already.")
    ] = False,
    replace_later: Annotated[
        bool,
        typer.Option("--replace-later", help="Also in the place of plans stored for later dates."),
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Put the plan back that was there before the last one.")
    ] = False,
) -> None:
    """Put a plan in force from a date on: for nightly, and for all that runs.

    Stores it in the database and puts it, with its streets, in the place of
    PLAN; the one before is laid aside and in force until that date. ingest,
    serve, up and alerts run take it up by themselves, on its date. Comments of
    NEW are kept. The audit log says who did it. --undo takes it back.

    \b
    Examples:
      pingcheng plan apply spring/plan.toml --from 2026-12-07
      pingcheng plan apply mended.toml --from 2026-11-29 --to plan.toml
      pingcheng plan apply --undo --to plan.toml

    \b
    Exit codes: 0 in force from that date, 1 it cannot be, and nothing was
    changed, 2 wrong use.
    """
    from geofence.installed.installation import InstallationError, Installed, install
    from geofence.installed.installation import undo as put_back
    from geofence.plan.fault import PlanError
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    if undo and (new or since or rejudge or replace_later):
        raise typer.BadParameter("give it with --to and --database only", param_hint="--undo")
    if not undo and new is None:
        raise typer.BadParameter("name a plan.toml, or give --undo", param_hint="NEW")
    settings = settings_or_fail()
    path = given(to or settings.plan, "--to")
    now_ms = time.time_ns() // 1_000_000
    try:
        with open_log(database or settings.database, create=False) as log:
            if new is None:
                today = _today(read_plan_or_fail(path), now_ms)
                done = put_back(path, today)
                _store(log, done, now_ms, (), is_undone=True)
            else:
                plan = read_plan_or_fail(new)
                today = _today(plan, now_ms)
                first = since.date() if since else plan.effective_from
                _warn(plan)
                standing = _standing(plan, new, path, first)
                if standing is not None and _is_stored(log, standing):
                    typer.echo(
                        f"{plain(plan.name)}, version {standing.version[:12]}: is in force from "
                        f"{first.isoformat()} already; nothing done"
                    )
                    return
                also = _also(log, path, first, rejudge=rejudge, replace_later=replace_later)
                done = (
                    install(new, path, first, overtakes=replace_later)
                    if standing is None
                    else Installed(standing, None, None)
                )
                _store(log, done, now_ms, also)
    except PlanError as error:
        fail(str(error))
    except (InstallationError, IngestError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or path}: cannot be read or written ({error.strerror or error})")
    _tell(done, path, today, is_undone=undo)


def _today(plan: "Plan", now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, ZoneInfo(plan.timezone)).date()


def _warn(plan: "Plan") -> None:
    """Print what a person should look at, as plan check does."""
    from geofence.network.network import build_network
    from geofence.review.review import warnings_of

    warnings = warnings_of(plan, build_network(plan.sections), trackers_of(plan))
    for warning in warnings:
        typer.echo(plain(f"warning: {warning}"), err=True)


def _standing(plan: "Plan", new: Path, path: Path, since: date) -> "Plan | None":
    """Give the plan that stands in a plan.toml if it is that one, from that date; else None."""
    from analytics.history.takeover import dated

    if not path.exists() or new.resolve() == path.resolve():
        return None
    found = read_plan_or_fail(path)
    is_same = found.version == dated(plan, since).version
    return found if is_same and _contacts(found) == _contacts(plan) else None


def _contacts(plan: "Plan") -> dict[str, str]:
    """Give what no version tells of a plan."""
    return {operator.id: operator.contact for operator in plan.operators}


def _is_stored(log: "PingLog", plan: "Plan") -> bool:
    from analytics.history.history import History

    stored = {each.effective_from: each.version for each in History(log).plans()}
    return stored.get(plan.effective_from) == plan.version


def _also(
    log: "PingLog", path: Path, since: date, *, rejudge: bool, replace_later: bool
) -> tuple[date, ...]:
    """Give the later dates to be stored too; fail if the plan must not be in force from then on."""
    from analytics.history.history import History
    from analytics.history.takeover import in_the_way

    before = read_plan_or_fail(path, since) if path.exists() else None
    found = in_the_way(History(log), before, since)
    if found.judged and not rejudge:
        fail(
            f"{_dates(found)} judged already, by the plan of then; choose a later --from, or have "
            "it in force for them too with --rejudge"
        )
    if found.later and not replace_later:
        first = found.later[0]
        fail(
            f"from {first.effective_from.isoformat()} on the stored plan {first.name} "
            f"({first.version[:12]}) would be in force; choose a later --from, or put it out of "
            "force with --replace-later"
        )
    return (*found.echoes, *(each.effective_from for each in found.later))


def _dates(found: "InTheWay") -> str:
    first, last = found.judged[0], found.judged[-1]
    if first == last:
        return f"{first.isoformat()} was"
    return f"{len(found.judged)} dates from {first.isoformat()} to {last.isoformat()} were"


def _store(
    log: "PingLog",
    done: "Installed",
    now_ms: int,
    also: tuple[date, ...],
    *,
    is_undone: bool = False,
) -> None:
    """Store what is in place now; if the database does not take it, put all back."""
    from analytics.dashboard.access.audit_log import AuditLog
    from analytics.history.history import History
    from analytics.history.takeover import dated, take_over
    from geofence.installed.installation import revert
    from ingest.fault import IngestError

    plan, former = done.plan, done.former
    stored, later = plan, tuple(each.effective_from for each in done.overtaken)
    if is_undone and former is not None:
        stored = dated(plan, former.effective_from)  # another's, if it was undone before its date
    try:
        if is_undone:
            take_over(History(log), former, stored, now_ms, also)
            for each in (plan, *done.overtaken):
                if each.effective_from > stored.effective_from:
                    History(log).store_plan(each, now_ms)
        else:
            take_over(History(log), former, stored, now_ms, sorted({*also, *later}))
    except IngestError:
        revert(done)
        raise
    since = stored.effective_from.isoformat()
    was = former.version[:12] if former else "none"
    AuditLog(log, lambda: now_ms).write(
        _user(), "console", "plan_applied", f"{was} -> {plan.version[:12]} from {since}"
    )


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):  # a process may be of no user that has a name
        return getpass.getuser()
    return "unknown"


def _tell(done: "Installed", path: Path, today: date, *, is_undone: bool) -> None:
    plan, former = done.plan, done.former
    since = plan.effective_from
    waits = (since - today).days
    when = "at once" if waits <= 0 else f"in {waits} day{'' if waits == 1 else 's'}"
    typer.echo(
        f"{plain(plan.name)}, version {plan.version[:12]}: in force from {since.isoformat()}"
        + (f", {when}" if not is_undone else ", put back")
    )
    typer.echo(f"  {path}: " + ("written" if done.contents else "as it was"))
    if done.aside is not None and former is not None:
        until = "" if is_undone else f", in force until {since.isoformat()}"
        typer.echo(f"  {done.aside}: the plan before ({former.version[:12]}){until}")
    for each in done.overtaken:
        fate = "to come again" if is_undone else "laid aside too"
        typer.echo(
            f"  {plain(each.name)} ({each.version[:12]}) from {each.effective_from.isoformat()}: "
            f"{fate}"
        )
    typer.echo("  database: stored, nightly judges by it from that date on")
    soon = "within seconds" if waits <= 0 or is_undone else f"on {since.isoformat()}"
    typer.echo(f"  ingest, serve, up and alerts run on {path} take it up by themselves {soon}")
    if since < today and not is_undone:
        typer.echo(
            "  dates that were judged stay as they are until judged again: pingcheng report "
            f"--from {since.isoformat()} --to {(today - _DAY).isoformat()} --out reports"
        )
    if not is_undone and done.aside is not None:
        typer.echo(f"  back again with: pingcheng plan apply --undo --to {path}")
