"""Where a street in a window stands at an instant, before its verdict is final."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from analytics.coverage.case import Case, cases_of
from analytics.coverage.coverage import first_served_ms, reaches, served_m
from analytics.coverage.windows import ServiceWindow
from geofence.kernels import aside
from geofence.network.network import Network
from geofence.plan.plan import Plan, ServiceRules
from geofence.seen.observation import Observation


class Status(StrEnum):
    """What can be said of a street in a window as yet."""

    UPCOMING = "upcoming"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class GridProgress:
    """What a grid has done in a window up to an instant, ambiguous stretches included."""

    lengths_m: tuple[float, ...]
    served_m: tuple[float, ...]
    """Of each street."""
    started_ms: int | None
    """First served metre of the grid."""


@aside
def live_statuses(
    observations: Sequence[Observation],
    plan: Plan,
    network: Network,
    service_date: date,
    now_ms: int,
) -> pd.DataFrame:
    """Tell where every street of a service date stands.

    Returns
    -------
    DataFrame
        Columns ``grid_id, window, street, status, is_final, served_ratio, length_m``, in the order
        of `analytics.verdicts.judge.Judgement.streets`.
    """
    rows = [
        row
        for case in cases_of(observations, plan, network, service_date)
        for row in _rows(case, now_ms)
    ]
    names = ["grid_id", "window", "street", "status", "is_final", "served_ratio", "length_m"]
    return pd.DataFrame(rows, columns=names)


def statuses(
    window: ServiceWindow, progress: GridProgress, now_ms: int, rules: ServiceRules
) -> tuple[Status, ...]:
    """Tell where each street of a grid stands in a window.

    Nobody is warned of what may be done: metres of ambiguous stretches count as served. A street
    that has reached ``served_ratio`` is on track. The others are at risk together: once
    ``start_grace_min`` have passed, if what they lack does not fit in the time left until the end
    of grace at the pace at which the grid was served since its first metre.
    """
    if now_ms < window.start_ms:
        return (Status.UPCOMING,) * len(progress.lengths_m)
    if now_ms >= window.grace_end_ms:
        behind = Status.OVERDUE
    else:
        behind = (
            Status.AT_RISK
            if _is_short_of_time(window, progress, now_ms, rules)
            else (Status.ON_TRACK)
        )
    return tuple(
        Status.ON_TRACK if reaches(done_m, length_m, rules.served_ratio) else behind
        for done_m, length_m in zip(progress.served_m, progress.lengths_m, strict=True)
    )


def progress_of(case: Case, now_ms: int) -> GridProgress:
    """Give the progress of a case at an instant: what passes, certain or not, may have served."""
    cells = case.cells
    parts = [cells.street(number) for number in range(len(cells.streets))]
    return GridProgress(
        lengths_m=tuple(float(cells.weight_m[part].sum()) for part in parts),
        served_m=tuple(
            served_m(case.possible[part], cells.weight_m[part], now_ms) for part in parts
        ),
        started_ms=first_served_ms(case.possible[case.possible < now_ms]),
    )


def is_final(window: ServiceWindow, now_ms: int, rules: ServiceRules) -> bool:
    """Whether the verdicts of a window are final rather than provisional."""
    lateness_ms = round(rules.allowed_lateness_min * 60_000)
    return now_ms >= max(window.deadline_ms + lateness_ms, window.period_end_ms)


def _is_short_of_time(
    window: ServiceWindow, progress: GridProgress, now_ms: int, rules: ServiceRules
) -> bool:
    if now_ms < window.start_ms + rules.start_grace_min * 60_000:
        return False
    lacking_m = sum(
        max(0.0, rules.served_ratio * length_m - done_m)
        for done_m, length_m in zip(progress.served_m, progress.lengths_m, strict=True)
    )
    if progress.started_ms is None:
        return lacking_m > 0.0
    spent_ms = max(now_ms - progress.started_ms, 1)
    left_ms = window.grace_end_ms - now_ms
    return lacking_m * spent_ms > sum(progress.served_m) * left_ms


def _rows(case: Case, now_ms: int) -> list[tuple[object, ...]]:
    cells, rules = case.cells, case.plan.rules
    parts = [cells.street(number) for number in range(len(cells.streets))]
    done_m = [served_m(case.earliest[part], cells.weight_m[part], now_ms) for part in parts]
    progress = progress_of(case, now_ms)
    found = statuses(case.window, progress, now_ms, rules)
    final = is_final(case.window, now_ms, rules)
    return [
        (case.grid.id, case.window.text, street, status.value, final, done / length, length)
        for street, status, done, length in zip(
            cells.streets, found, done_m, progress.lengths_m, strict=True
        )
    ]
