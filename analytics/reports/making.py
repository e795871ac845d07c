"""From the log to written reports, date by date: what ``report`` and ``nightly`` share."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from analytics.day import Day, Observing
from analytics.history.change_report import change_line
from analytics.history.history import History
from analytics.reports.formats.formats import Format
from analytics.reports.formats.mark import placed
from analytics.reports.formats.report_files import sweep, write_report
from analytics.reports.standing import Basis, Standing, told_files, unchanged
from analytics.reports.steps import Steps
from analytics.reports.tables.night import (
    Night,
    history_of,
    judge_night,
    recorded_changes,
    report_on,
)
from analytics.reports.tables.report import Report
from analytics.tracking.faults import warnings_of
from analytics.verdicts.evaluation import plan_horizon
from analytics.wording.words import Language, Words, language_of
from geofence.plan.plan import Plan
from ingest.log.pinglog import PingLog


class Maker:
    """Makes reports date by date, with one clock and one set of choices."""

    def __init__(
        self,
        log: PingLog,
        now_ms: int,
        out: Path,
        language: Language | None,
        formats: Sequence[Format],
        steps: Steps,
        workers: int,
        observing: Observing | None = None,
    ) -> None:
        self.history, self.now_ms = History(log), now_ms
        self._log, self._out, self._language, self._formats = log, out, language, formats
        self._steps, self._workers, self._observing = steps, workers, observing
        self._standing = Standing(log, out, now_ms, language, formats)
        self._bases: dict[date, Basis | None] = {}

    def report_on_night(
        self, service_date: date, plan: Plan, *, allow_empty: bool
    ) -> tuple[Day, list[str]]:
        """Judge and record a date and write its report; give it, and what is to be said of it.

        Raises
        ------
        NoPingsError, NoServiceError, LogError, HistoryError, OSError
            As `analytics.reports.tables.night.judge_night` and `write_report` do.
        """
        span_ms = plan_horizon(plan, service_date)
        basis = None
        if span_ms is not None:
            basis = self._standing.basis_of_night(span_ms, plan.version, plan.timezone)
        night = judge_night(
            self._log, plan, service_date, self.now_ms, self._steps,
            observing=self._observing, allow_empty=allow_empty,
        )  # fmt: skip
        before_ms = placed(self._out, service_date.isoformat()).made_ms
        warnings = [
            f"warning: {text}: {warning}"
            for text, misfits in night.day.judgement.misfits
            for warning in warnings_of(misfits)
        ]
        # without a ping it depends on who asks whether it may be
        basis = basis if night.day.ping_count else None
        written = self._write([night.day], basis, warnings)
        return night.day, [*written, *self._change_lines(night, plan, before_ms)]

    def write(self, days: Sequence[Day]) -> list[str]:
        """Write one report of recorded dates; give its headline and its files."""
        nights = {day.service_date: self._bases.get(day.service_date) for day in days}
        timezone = days[-1].plan.timezone
        return self._write(days, self._standing.basis_of_range(nights, timezone), [])

    def _write(
        self, days: Sequence[Day], basis: Basis | None, warnings: Sequence[str]
    ) -> list[str]:
        if basis is not None:
            basis = self._standing.with_history(basis, *history_of(days))
        if len(days) == 1:
            self._bases[days[0].service_date] = basis
        made = report_on(self.history, days, self.now_ms, self._steps)
        words = Words(self._language or language_of(made.timezone))
        headline = _headline(made)
        if basis is not None:
            basis = {**basis, "said": [headline, *warnings]}
        paths = write_report(made, self._out, words, self._formats, self._steps, basis)
        return [headline, *told_files(paths), *self._unchanged(made), *warnings]

    def sweep(self) -> None:
        """Remove what runs left in the folder of the reports that were killed."""
        sweep(self._out, self.now_ms / 1000)

    def is_reported(self, service_date: date, judged_ms: int = 0) -> bool:
        """Whether the report of a date is in place, whole and of its last judging or later."""
        found = placed(self._out, service_date.isoformat())
        return found.is_whole and (found.made_ms or 0) >= judged_ms

    def _unchanged(self, made: Report) -> list[str]:
        """Say since when the files are as they are, if they were not written anew."""
        written_ms = placed(self._out, made.dates).written_ms
        return unchanged(written_ms, made.generated_ms, made.zone)

    def _change_lines(self, night: Night, plan: Plan, before_ms: int | None) -> list[str]:
        """Say which verdicts of streets were revised since the report before, or the judging.

        A run may have judged and then failed to write: what it found new is still news to whoever
        reads reports.
        """
        since_ms, changes = night.judged_before_ms, night.changes
        if before_ms is not None:
            since_ms = before_ms
            known = recorded_changes(self.history, night.day.service_date)
            changes = tuple(one for one in known if one.recorded_ms > before_ms)
        if not changes or since_ms is None:
            return []
        return [change_line(changes, since_ms, plan.timezone, Language.EN)]


def _headline(made: Report) -> str:
    def count(measure: str) -> int:
        return int(made.value(measure))

    def rate(measure: str) -> str:
        share = made.value(measure)
        return "–" if share != share else f"{share:.1%}"  # noqa: PLR0124 - NaN

    return (
        f"{made.dates.replace('_', ' to ')}: compliance {rate('compliance_rate')} "
        f"(served {count('served')}, late {count('late')}, partial {count('partial')}, "
        f"skipped {count('skipped')}), unknown {count('unknown')} ({rate('unknown_rate')})"
    )
