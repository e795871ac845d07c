"""How early and how surely a missed window is foretold, beside the plain rule of the live view.

    python -m benchmarks.forecast [--days 12] [--warm-up 4] [--grids 57] [--seed 3]

Simulates days of the sample plan one after the other (`benchmarks.forecast.days`). From the day
after `--warm-up` days on, each window is looked at every 5 minutes from its start until it is done
or grace ends, with habits learned from the days before only. Windows of which the log does not
prove how they ended are left out and counted.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from analytics.coverage.case import Case
from analytics.forecast.curves import (
    Ending,
    course_of,
    no_curves,
    progress_curves,
)
from analytics.forecast.forecast import VISIBLE_FROM, forecast
from analytics.forecast.habits import Habits, WindowHabits
from analytics.live.status import Status, progress_of, statuses
from benchmarks.forecast.days import TrialDay, only_some, trial_days
from benchmarks.networks.networks import plan_of

Floats = NDArray[np.float64]
RULE, LEARNED, UNLEARNED = "plain rule", "forecast", "forecast without history"
EVERY_MS = 300_000
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One window, looked at every 5 minutes while it was open."""

    cause: str
    is_missed: bool
    instants: int
    """How many there are until the end of grace, had it stayed open."""
    left_min: Floats
    """Minutes until its end at each instant; 0 and less in grace."""
    chances: dict[str, Floats]
    """What each method says at each instant; the plain rule says 0 or 1."""

    def warned(self, method: str, threshold: float) -> bool:
        """Whether a miss was foretold at any instant before the window's end."""
        return bool((self.chances[method][self.left_min > 0] >= threshold).any())

    def warning_min(self, method: str, threshold: float) -> float:
        """Give the minutes before the end from which on a miss was foretold; 0 if it was not."""
        before_end = self.left_min > 0
        silent = np.flatnonzero(self.chances[method][before_end] < threshold)
        since = int(silent[-1]) + 1 if len(silent) else 0
        return float(np.append(self.left_min[before_end], 0.0)[since])


@dataclass(slots=True)
class Trials:
    """The windows of all days looked at."""

    windows: list[Trial] = field(default_factory=list)
    unproven: int = 0
    """Windows left out because nobody knows how they ended."""
    base_rate: list[float] = field(default_factory=list)
    """For each window, the share of windows missed on the days before."""


def run(days: Iterator[TrialDay], warm_up: int) -> Trials:
    """Look at all windows after the warm-up, each with what the days before taught."""
    trials, curves, nothing = Trials(), [no_curves()], Habits(no_curves())
    for number, day in enumerate(days):
        todays = progress_curves(day.judgement)
        endings = todays.groupby(["grid_id", "window"])["ending"].first()
        if number >= warm_up:
            history = pd.concat(curves, ignore_index=True)
            learned = Habits(history)
            known = history.groupby(["service_date", "grid_id", "window"])["ending"].first()
            base_rate = float((known == Ending.MISSED.value).mean()) if len(known) else 0.5
            for judged in day.judgement.cases:
                window = judged.case.window
                ending = Ending(endings[(window.grid_id, window.text)])
                if ending is Ending.UNKNOWN:
                    trials.unproven += 1
                    continue
                cause = day.causes[window.grid_id]
                trials.windows.append(_trial(judged.case, ending, cause, (learned, nothing)))
                trials.base_rate.append(base_rate)
        curves.append(todays)
    return trials


def _trial(case: Case, ending: Ending, cause: str, habits: tuple[Habits, Habits]) -> Trial:
    window, rules = case.window, case.plan.rules
    vehicles = [duty.vehicle_id for duty in case.duties]
    of_window: list[WindowHabits] = [
        each.of(window.grid_id, window.text, vehicles) for each in habits
    ]
    left_min, rows = [], []
    instants_ms = range(window.start_ms, window.grace_end_ms, EVERY_MS)
    for now_ms in instants_ms:
        progress, course = progress_of(case, now_ms), course_of(case, now_ms)
        if course.share[-1] >= 1.0:
            break
        found = statuses(window, progress, now_ms, rules)
        told = (
            forecast(window, progress, course, each, now_ms, rules).miss_probability
            for each in of_window
        )
        left_min.append((window.end_ms - now_ms) / 60_000)
        rows.append((float(Status.AT_RISK in found), *told))
    table = np.array(rows).reshape(-1, 3)
    return Trial(
        cause=cause,
        is_missed=ending is Ending.MISSED,
        instants=len(instants_ms),
        left_min=np.array(left_min),
        chances=dict(zip((RULE, LEARNED, UNLEARNED), table.T, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class Warnings:
    """How warnings of one method at one threshold compare with what happened."""

    warned: int
    right: int
    missed: int
    median_min: float
    p10_min: float

    @property
    def precision(self) -> float:
        """Share of the windows warned of that were missed."""
        return self.right / self.warned if self.warned else float("nan")

    @property
    def recall(self) -> float:
        """Share of the windows missed that were warned of."""
        return self.right / self.missed if self.missed else float("nan")


def warnings_of(windows: Sequence[Trial], method: str, threshold: float) -> Warnings:
    """Count warnings, and the minutes by which those of missed windows came before the end."""
    missed = [window for window in windows if window.is_missed]
    minutes = [window.warning_min(method, threshold) for window in missed]
    return Warnings(
        warned=sum(window.warned(method, threshold) for window in windows),
        right=sum(window.warned(method, threshold) for window in missed),
        missed=len(missed),
        median_min=float(np.median(minutes)) if minutes else float("nan"),
        p10_min=float(np.quantile(minutes, 0.1)) if minutes else float("nan"),
    )


def instants_of(trials: Trials, method: str) -> tuple[Floats, Floats, Floats]:
    """Give the chances told at all instants, what came, and weights.

    An instant weighs less in a longer window, but no more or less for how that went: else what is
    said of windows that turn out to be missed, and so stay open for long, would count for less.
    """
    windows = trials.windows
    lengths = [len(window.left_min) for window in windows]
    return (
        np.concatenate([window.chances[method] for window in windows]),
        np.repeat([float(window.is_missed) for window in windows], lengths),
        np.repeat([1.0 / window.instants for window in windows], lengths),
    )


def brier(trials: Trials, method: str) -> float:
    """Give the mean squared difference between the chances told and what came, 0 or 1."""
    chance, missed, weight = instants_of(trials, method)
    return float(np.average((chance - missed) ** 2, weights=weight))


def warning_table(trials: Trials) -> Table:
    """Compare the methods."""
    table = Table(
        "method", "threshold", "warned", "precision %", "recall %", "minutes, median", "p10",
        "Brier", title="Windows foretold to be missed",
    )  # fmt: skip
    rows = [(RULE, 1.0), *((LEARNED, level) for level in THRESHOLDS), (UNLEARNED, VISIBLE_FROM)]
    for method, threshold in rows:
        found = warnings_of(trials.windows, method, threshold)
        table.add_row(
            method,
            "" if method == RULE else f"{threshold:g}",
            f"{found.warned}",
            f"{100 * found.precision:.1f}",
            f"{100 * found.recall:.1f}",
            f"{found.median_min:.0f}",
            f"{found.p10_min:.0f}",
            f"{brier(trials, method):.4f}",
        )
    missed = np.array([float(window.is_missed) for window in trials.windows])
    constant = float(((np.array(trials.base_rate) - missed) ** 2).mean())
    table.add_row("share of earlier days", *[""] * 6, f"{constant:.4f}")
    return table


def cause_table(trials: Trials) -> Table:
    """Compare the plain rule and the forecast by what befell the grid or its truck."""
    table = Table(
        "what befell", "windows", "missed", "warned", "precision %", "recall %", "minutes",
        title=f"{RULE} / {LEARNED} at {VISIBLE_FROM:g}",
    )  # fmt: skip
    for cause in sorted({window.cause for window in trials.windows}):
        windows = [window for window in trials.windows if window.cause == cause]
        pair = [warnings_of(windows, RULE, 1.0), warnings_of(windows, LEARNED, VISIBLE_FROM)]
        table.add_row(
            cause,
            f"{len(windows)}",
            f"{pair[0].missed}",
            " / ".join(f"{each.warned}" for each in pair),
            " / ".join(f"{100 * each.precision:.0f}" for each in pair),
            " / ".join(f"{100 * each.recall:.0f}" for each in pair),
            " / ".join(f"{each.median_min:.0f}" for each in pair),
        )
    return table


def calibration_table(trials: Trials) -> Table:
    """Compare the chances told with how often windows then were missed."""
    table = Table("told %", "mean told %", "missed %", "instants", title=f"Calibration: {LEARNED}")
    chance, missed, weight = instants_of(trials, LEARNED)
    bins = np.minimum((chance * 10).astype(int), 9)
    for each in range(10):
        here = bins == each
        told = [
            f"{100 * np.average(values[here], weights=weight[here]):.1f}" if here.any() else ""
            for values in (chance, missed)
        ]
        table.add_row(f"{10 * each}-{10 * each + 10}", *told, f"{here.sum():,}")
    return table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=12, help="in all (default %(default)s)")
    parser.add_argument(
        "--warm-up", type=int, default=4, help="days only learned from (default %(default)s)"
    )
    parser.add_argument("--grids", type=int, default=57, help="of the plan (default %(default)s)")
    parser.add_argument("--seed", type=int, default=3, help="(default %(default)s)")
    options = parser.parse_args()
    if not 0 <= options.warm_up < options.days or options.grids < 1:
        parser.error("--days must exceed --warm-up, and --grids be 1 or more")
    began_s = time.perf_counter()
    plan = only_some(plan_of("schematic", 1), options.grids)
    trials = run(trial_days(plan, options.days, options.seed), options.warm_up)
    console = Console(width=110)
    missed = sum(window.is_missed for window in trials.windows)
    console.print(
        f"{len(plan.grids)} grids, {options.days - options.warm_up} days after {options.warm_up}: "
        f"{len(trials.windows)} windows, {missed} missed; {trials.unproven} left out, "
        "as their ending is unknown"
    )
    for table in (warning_table(trials), cause_table(trials), calibration_table(trials)):
        console.print(table)
    console.print(f"took {time.perf_counter() - began_s:.0f} s")


if __name__ == "__main__":
    main()
