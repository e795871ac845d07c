"""The command ``pingcheng nightly``: last night's report, and those of nights missed or changed."""

import os
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from analytics.commands.engine_options import (
    EngineOption,
    KeptOption,
    SchedulerOption,
    WorkerMemoryOption,
    engine_of,
)
from analytics.commands.plan_reading import read_plan_or_fail
from analytics.commands.report import (
    EVERY_FORMAT,
    FormatsOption,
    LanguageOption,
    WorkersOption,
    read_formats,
)
from ingest.commands.console import DatabaseOption, fail, settings_or_fail
from ingest.plain_text import plain

if TYPE_CHECKING:
    from analytics.history.history import History
    from analytics.reports.attempts import Attempts
    from analytics.reports.making import Maker
    from analytics.reports.nightly import Judged
    from geofence.plan.plan import Plan
    from ingest.log.pinglog import PingLog
    from ingest.settings.settings import Settings


def nightly(
    out: Annotated[Path, typer.Option(help="Folder for the reports, one folder a date.")],
    plan: Annotated[
        Path | None,
        typer.Option(
            help="A plan.toml to store before. [default: setting plan, or what is stored]",
            metavar="PLAN",
        ),
    ] = None,
    database: DatabaseOption = None,
    language: LanguageOption = None,
    formats: FormatsOption = EVERY_FORMAT,
    workers: WorkersOption = 0,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="The last night.",
            show_default="yesterday in the plan's time zone",
        ),
    ] = None,
    engine: EngineOption = None,
    scheduler: SchedulerOption = None,
    worker_memory: WorkerMemoryOption = None,
    kept: KeptOption = True,
) -> None:
    """Judge last night and every night that was missed or changed since, and write their reports.

    Each night is judged by the plan in force that day. A night that was never
    judged since the first one was, that was judged before it was final, for which
    pings came late, or whose report is not in OUT is judged again; at most a
    month back. A night that fails is named and does not stop the others;
    OUT/.nightly.json keeps it, and the next run tries it again. A night without
    any ping is reported as unknown and counts as failed. Refusals and entries of
    the audit log that are older than the settings quarantine_days and audit_days
    are deleted. Made for a timer; run again it finds nothing to do.

    \b
    Examples:
      pingcheng nightly --out reports --plan plan.toml \\
        --database sqlite:///pings.db
      pingcheng nightly --out reports --date 2022-03-28
      pingcheng nightly --out reports --scheduler tcp://10.0.0.5:8786

    \b
    Exit codes: 0 all reports written, 1 a night could not be judged or had no
    ping, 2 wrong use.
    """
    wanted = read_formats(formats)
    from analytics.engine.engine import observing_all
    from analytics.history.history import History
    from analytics.reports.attempts import Attempts
    from analytics.reports.making import Maker
    from analytics.reports.nightly import last_night, nights_due
    from analytics.reports.steps import Steps
    from ingest.fault import IngestError
    from ingest.log.pinglog import open_log

    now_ms = time.time_ns() // 1_000_000
    settings = settings_or_fail()
    try:
        with (
            open_log(database or settings.database, create=False) as log,
            engine_of(engine, workers, scheduler, worker_memory, kept=kept) as working,
        ):
            history = History(log)
            newest = _plan(plan or settings.plan, history, now_ms)
            night = _past(last, last_night(now_ms, newest.timezone))
            judged = _judged(history, night)
            least = min((each.sequence for each in judged.values()), default=0)
            steps = Steps(time.perf_counter, lambda _: None)
            cores = workers or os.cpu_count() or 1
            maker = Maker(log, now_ms, out, language, wanted, steps, cores, observing_all(working))
            attempts = Attempts(out, now_ms)
            maker.sweep()

            def is_reported(day: date) -> bool:
                known = judged.get(day)
                # a judging later than now is of a clock that was wrong
                since_ms = known.judged_ms if known and known.judged_ms <= now_ms else 0
                return maker.is_reported(day, since_ms)

            changed = log.hours_changed_since(least)
            tried = {day: each.count for day, each in attempts.failed.items()}
            due = nights_due(night, judged, changed, is_reported, tried)
            nights = _Nights(maker, attempts, out, newest.timezone)
            nights.give_up(night)
            for day in due:
                nights.report(day)
            _forget_old(log, settings, now_ms)
            if not due:
                typer.echo(f"nothing to do: {night.isoformat()} and the nights before are judged")
    except IngestError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or out}: cannot be written ({error.strerror or error})")
    nights.end()


class _Nights:
    """Nights as they are reported one after the other, whatever befalls each."""

    def __init__(self, maker: "Maker", attempts: "Attempts", out: Path, timezone: str) -> None:
        self._maker, self._attempts, self._out = maker, attempts, out
        self._zone = ZoneInfo(timezone)
        self._is_well = self._is_kept = True

    def report(self, day: date) -> None:
        """Report a night; if that fails, say why and note that it is to be tried again."""
        from analytics.history.history import NoPlanError
        from analytics.reports.tables.night import NoServiceError

        self._note(lambda: self._attempts.begin(day))
        lines: Sequence[str] = ()
        try:
            plan = self._maker.history.plan_in_force(day)
            found, lines = self._maker.report_on_night(day, plan, allow_empty=True)
            if not found.ping_count:
                self._warn(f"warning: {day}: no ping of any vehicle on duty; was ingest running?")
        except NoServiceError as error:
            lines = [str(error)]
        except NoPlanError as error:  # there is nothing to try again until one is stored
            self._warn(f"error: {day}: {error}")
        except (KeyboardInterrupt, SystemExit):
            raise
        # whatever befell it, the next night is due; a panic of a library in Rust is no Exception
        except BaseException as error:  # noqa: BLE001
            reason = _reason(error, self._out)
            self._warn(f"error: {day}: {reason}")
            self._note(lambda: self._attempts.fail(day, reason))
            return
        self._note(lambda: self._attempts.end(day))
        for line in lines:
            typer.echo(plain(line))

    def give_up(self, last: date) -> None:
        """Name the nights that failed until they were too long ago, and forget them."""
        from analytics.reports.nightly import MOST_NIGHTS, first_night

        for day, each in list(self._attempts.failed.items()):
            if day < first_night(last):
                self._warn(
                    f"error: {day}: given up after {MOST_NIGHTS} nights ({each.reason}); mend that "
                    f"and make it by hand: pingcheng report --date {day} --out {self._out}"
                )
                self._note(lambda day=day: self._attempts.end(day))  # type: ignore[misc]

    def end(self) -> None:
        """Say which nights are left to the next run; exit with 1 if anything was amiss."""
        for day, each in sorted(self._attempts.failed.items()):
            since = datetime.fromtimestamp(each.since_ms / 1000, self._zone)
            times = "once" if each.count == 1 else f"{each.count} times"
            self._warn(
                f"error: {day} has no report: it failed {times} since {since:%Y-%m-%d %H:%M} and "
                "is tried again at the next run"
            )
        if not self._is_well:
            raise typer.Exit(1)

    def _warn(self, line: str) -> None:
        self._is_well = False
        typer.echo(plain(line), err=True)

    def _note(self, note: Callable[[], None]) -> None:
        """Keep what is known of a night that fails; if that cannot be, say so once."""
        try:
            note()
        except OSError as error:
            if self._is_kept:
                self._warn(f"error: {_reason(error, self._out)}; which nights fail is not kept")
            self._is_kept = False


def _reason(error: BaseException, out: Path) -> str:
    """Say in one line what befell a night; of what nobody foresaw also where."""
    from analytics.reports.tables.night import NoPingsError
    from ingest.fault import IngestError

    if isinstance(error, IngestError | NoPingsError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or out}: cannot be written ({error.strerror or error})"
    told = str(error).strip().splitlines()
    root = Path(__file__).parents[2]
    own = [root / name for name in ("analytics", "geofence", "ingest")]
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if any(Path(frame.filename).is_relative_to(folder) for folder in own)
    ]
    place = f"{Path(frames[-1].filename).relative_to(root)} line {frames[-1].lineno}"
    return f"{type(error).__name__} in {place}: {told[0] if told else 'no more is known'}"


def _forget_old(log: "PingLog", settings: "Settings", now_ms: int) -> None:
    from analytics.dashboard.access.retention import forget_old

    for line in forget_old(log, settings.quarantine_days, settings.audit_days, now_ms):
        typer.echo(line)


def _past(wanted: datetime | None, last: date) -> date:
    """Choose the last night; one that is not over is refused, as its verdicts would be recorded."""
    night = last if wanted is None else wanted.date()
    if not date(2000, 1, 1) <= night <= last:
        raise typer.BadParameter(
            f"{night.isoformat()} is not over; the last night is {last.isoformat()}",
            param_hint="--date",
        )
    return night


def _plan(path: Path | None, history: "History", now_ms: int) -> "Plan":
    """Store the plan that is given and give it, or else the newest that is stored."""
    if path is not None:
        given = read_plan_or_fail(path)
        history.store_plan(given, now_ms)
        return given
    stored = history.plans()
    if not stored:
        fail("no plan is stored; give --plan, or store one with pingcheng plan store")
    return history.plan(stored[-1].version)


def _judged(history: "History", night: date) -> "dict[date, Judged]":
    """Read what was judged of each date last."""
    from analytics.history.history import HistoryError
    from analytics.reports.nightly import Judged

    plans: dict[str, Plan | None] = {}
    found: dict[date, Judged] = {}
    rows = history.judgings(date(2000, 1, 1), night)
    names = ("service_date", "plan_version", "sequence", "is_final", "judged_at")
    for text, version, sequence, is_final, at in zip(*(rows[n] for n in names), strict=True):
        if version not in plans:
            try:
                plans[version] = history.plan(version)
            except HistoryError:  # of its nights, which are due, it is told when they are judged
                plans[version] = None
        found[date.fromisoformat(text)] = Judged(
            plans[version],
            int(sequence),
            is_final=bool(is_final),
            judged_ms=int(at.value // 1_000_000),
        )
    return found
