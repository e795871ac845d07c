"""Progress curves: how far a grid has come in a window, minute by minute, and how it ended.

A street *needs* ``served_ratio`` of its metres. The **share** of a grid is what its streets have of
the metres they need; it reaches 1 exactly when all of them are served. As in `live_status`, metres
of ambiguous stretches count. Time is seconds elapsed since the window's start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.coverage.case import Case
from analytics.coverage.coverage import completed_ms, first_served_ms, reaches
from analytics.live.status import GridProgress
from analytics.verdicts.judge import JudgedCase, Judgement
from analytics.verdicts.verdict import Verdict
from geofence.plan.plan import ServiceRules

Floats = NDArray[np.float64]

RASTER_S = 300
CURVE_DTYPES: dict[str, str] = {
    "service_date": "str",
    "grid_id": "str",
    "window": "str",
    "vehicles": "str",
    "needed_m": "float64",
    "started_s": "float64",
    "ending": "str",
    "elapsed_s": "float64",
    "share": "float64",
}
_MISSED = frozenset({Verdict.LATE, Verdict.PARTIAL, Verdict.SKIPPED})


class Ending(StrEnum):
    """How a grid stood at the end of grace."""

    DONE = "done"
    MISSED = "missed"
    """A street was not served in time."""
    UNKNOWN = "unknown"
    """That a street was missed is not proven: its vehicles were out of sight."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A progress curve: a few instants, ascending from the window's start, and the share at each.

    The last instant is that at which the curve is looked at. Shares never fall.
    """

    elapsed_s: Floats
    share: Floats


def share_of(progress: GridProgress, rules: ServiceRules) -> float:
    """Give the share, 0 to 1, of a grid's progress."""
    streets = list(zip(progress.served_m, progress.lengths_m, strict=True))
    if all(reaches(done_m, length_m, rules.served_ratio) for done_m, length_m in streets):
        return 1.0
    needed_m = rules.served_ratio * sum(progress.lengths_m)
    had_m = sum(min(done_m, rules.served_ratio * length_m) for done_m, length_m in streets)
    return float(had_m / needed_m)


def course_of(case: Case, now_ms: int) -> Course:
    """Give the curve of a case up to an instant, every `RASTER_S` and at the instant itself.

    Before the window's start, and at it, there is one instant: the start.
    """
    until_s = max(0.0, (now_ms - case.window.start_ms) / 1000)
    elapsed_s = np.append(np.arange(0.0, until_s, RASTER_S), until_s)
    instants_ms = case.window.start_ms + np.round(elapsed_s * 1000).astype(np.int64)
    return Course(elapsed_s, _shares(case, instants_ms))


def no_curves() -> pd.DataFrame:
    """Give the history before the first day."""
    return pd.DataFrame({name: pd.Series([], dtype=d) for name, d in CURVE_DTYPES.items()})


def progress_curves(judgement: Judgement) -> pd.DataFrame:
    """Give the curves of all cases of judged dates: the history that a forecast learns from.

    Returns
    -------
    DataFrame
        Columns of `CURVE_DTYPES`, one row an instant: every `RASTER_S` from the window's start, and
        last the instant at which the grid was done or else the end of grace. The others are the
        same for all instants of a case: `vehicles` on duty (joined by ``|``), the metres its
        streets need, when its first was served (NaN if none was), and its `Ending`.
    """
    frames = [frame for judged in judgement.cases for frame in _curve(judged)]
    return pd.concat([no_curves(), *frames], ignore_index=True)


def _curve(judged: JudgedCase) -> Iterator[pd.DataFrame]:
    case = judged.case
    window, rules = case.window, case.plan.rules
    done_ms = _done_ms(case)
    is_done = done_ms is not None and done_ms <= window.grace_end_ms
    course = course_of(case, done_ms if is_done and done_ms is not None else window.grace_end_ms)
    started_ms = first_served_ms(case.possible[case.possible < window.grace_end_ms])
    yield pd.DataFrame(
        {
            "service_date": window.service_date.isoformat(),
            "grid_id": window.grid_id,
            "window": window.text,
            "vehicles": "|".join(duty.vehicle_id for duty in case.duties),
            "needed_m": rules.served_ratio * float(case.cells.weight_m.sum()),
            "started_s": np.nan if started_ms is None else (started_ms - window.start_ms) / 1000,
            "ending": (Ending.DONE if is_done else _shortfall(judged)).value,
            "elapsed_s": course.elapsed_s,
            "share": course.share,
        }
    )


def _shortfall(judged: JudgedCase) -> Ending:
    verdicts = {judged.grid.verdict, *(street.verdict for street in judged.streets)}
    return Ending.MISSED if verdicts & _MISSED else Ending.UNKNOWN


def _done_ms(case: Case) -> int | None:
    """Give the first instant before which all streets had what they need."""
    last_ms = []
    for number in range(len(case.cells.streets)):
        part = case.cells.street(number)
        weight_m = case.cells.weight_m[part]
        share = case.plan.rules.served_ratio
        completed = completed_ms(case.possible[part], weight_m, float(weight_m.sum()), share)
        if completed is None:
            return None
        last_ms.append(completed + 1)
    return max(last_ms)


def _shares(case: Case, instants_ms: NDArray[np.int64]) -> Floats:
    """Give the share at each instant, as `share_of` does for one."""
    ratio = case.plan.rules.served_ratio
    needed_m, had_m = 0.0, np.zeros(len(instants_ms))
    is_done = np.ones(len(instants_ms), dtype=np.bool_)
    for number in range(len(case.cells.streets)):
        part = case.cells.street(number)
        possible, weight_m = case.possible[part], case.cells.weight_m[part]
        order = np.argsort(possible, kind="stable")
        along_m = np.concatenate([[0.0], np.cumsum(weight_m[order])])
        length_m = float(weight_m.sum())
        done_m = along_m[np.searchsorted(possible[order], instants_ms, side="left")]
        is_done &= np.array([reaches(metres, length_m, ratio) for metres in done_m.tolist()])
        had_m += np.minimum(done_m, ratio * length_m)
        needed_m += ratio * length_m
    return np.where(is_done, 1.0, had_m / needed_m)
