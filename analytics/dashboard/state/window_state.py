"""How one grid stands in one window at an instant, as documents of the interface."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.coverage.case import Case
from analytics.coverage.coverage import NEVER, reaches
from analytics.coverage.windows import ServiceWindow
from analytics.dashboard.documents.documents import ForecastDoc, StreetDoc, StreetState, WindowDoc
from analytics.forecast.curves import course_of
from analytics.forecast.forecast import forecast
from analytics.forecast.habits import WindowHabits
from analytics.live.status import GridProgress, Status, is_final, progress_of, statuses
from analytics.verdicts.outcome import GridOutcome, StreetOutcome, grid_outcome, street_outcomes
from analytics.verdicts.verdict import Verdict
from geofence.plan.plan import ServiceRules

_DONE: dict[Verdict, StreetState] = {Verdict.SERVED: "served", Verdict.LATE: "late"}
"""Verdicts that nothing can turn any more before their deadline."""
_WORST_FIRST: tuple[StreetState, ...] = ("overdue", "at_risk", "on_track", "upcoming")
_MINUTE_MS = 60_000
NO_FORECAST = ForecastDoc(finish_ms=None, miss_probability=None, visible_since_ms=None)


def window_key(window: ServiceWindow) -> str:
    """Name a window of a grid."""
    return f"{window.grid_id}|{window.text}"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A case, what came out of it, and what it takes to tell how it stands."""

    case: Case
    grid: GridOutcome
    streets: tuple[StreetOutcome, ...]
    progress: GridProgress
    """What all passes so far may have served."""
    latest_ms: int
    """Last instant of a metre: from then on `progress` is that of now."""


def judge_case(case: Case) -> Judged:
    """Judge a case by what is known."""
    streets = street_outcomes(case)
    seen = case.possible[case.possible != NEVER]
    latest_ms = int(seen.max()) + 1 if len(seen) else 0
    return Judged(
        case, grid_outcome(case, streets), streets, progress_of(case, latest_ms), latest_ms
    )


def window_docs(
    judged: Judged, habits: WindowHabits, now_ms: int
) -> tuple[WindowDoc, list[StreetDoc]]:
    """Tell how a window that has begun stands, and its streets, in order of name.

    `habits` are those of the grid in that window, from earlier days.
    """
    case, window = judged.case, judged.case.window
    progress = judged.progress if now_ms >= judged.latest_ms else progress_of(case, now_ms)
    states = _street_states(judged, progress, now_ms)
    rules = case.plan.rules
    is_over = now_ms >= window.period_end_ms
    state: StreetState = judged.grid.verdict.value if is_over else _worst(states)
    remaining_m = sum(
        max(0.0, rules.served_ratio * length_m - done_m)
        for done_m, length_m in zip(progress.served_m, progress.lengths_m, strict=True)
        if not reaches(done_m, length_m, rules.served_ratio)
    )
    doc = WindowDoc(
        key=window_key(window),
        grid=window.grid_id,
        window=window.text,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        grace_end_ms=window.grace_end_ms,
        deadline_ms=window.deadline_ms,
        state=state,
        is_final=is_final(window, now_ms, rules),
        served_m=round(judged.grid.served_m, 1),
        length_m=round(judged.grid.length_m, 1),
        remaining_m=round(remaining_m, 1),
        started_ms=judged.grid.started_ms,
        completed_ms=judged.grid.completed_ms,
        vehicles=[duty.vehicle_id for duty in case.duties],
        forecast=_forecast(judged, progress, habits, now_ms),
    )
    key = doc["key"]
    streets = [
        StreetDoc(
            key=f"{key}|{street.street}",
            grid=window.grid_id,
            window=window.text,
            street=street.street,
            state=street_state,
            served_ratio=round(street.service.served_m / street.service.length_m, 4),
            started_ms=street.started_ms,
            completed_ms=street.completed_ms,
        )
        for street, street_state in zip(judged.streets, states, strict=True)
    ]
    return doc, streets


def upcoming_docs(
    window: ServiceWindow,
    streets: Sequence[str],
    lengths_m: Sequence[float],
    vehicles: Sequence[str],
    rules: ServiceRules,
) -> tuple[WindowDoc, list[StreetDoc]]:
    """Tell of a window that has not begun."""
    key = window_key(window)
    doc = WindowDoc(
        key=key,
        grid=window.grid_id,
        window=window.text,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        grace_end_ms=window.grace_end_ms,
        deadline_ms=window.deadline_ms,
        state="upcoming",
        is_final=False,
        served_m=0.0,
        length_m=round(sum(lengths_m), 1),
        remaining_m=round(rules.served_ratio * sum(lengths_m), 1),
        started_ms=None,
        completed_ms=None,
        vehicles=list(vehicles),
        forecast=NO_FORECAST,
    )
    return doc, _street_docs(window, streets, "upcoming")


def exempt_docs(window: ServiceWindow, streets: Sequence[str]) -> list[StreetDoc]:
    """Tell of streets that a window leaves out."""
    return _street_docs(window, streets, "exempt")


def _street_docs(
    window: ServiceWindow, streets: Sequence[str], state: StreetState
) -> list[StreetDoc]:
    return [
        StreetDoc(
            key=f"{window_key(window)}|{street}",
            grid=window.grid_id,
            window=window.text,
            street=street,
            state=state,
            served_ratio=0.0,
            started_ms=None,
            completed_ms=None,
        )
        for street in streets
    ]


def _street_states(judged: Judged, progress: GridProgress, now_ms: int) -> list[StreetState]:
    window = judged.case.window
    if now_ms >= window.period_end_ms:
        return [street.verdict.value for street in judged.streets]
    found = statuses(window, progress, now_ms, judged.case.plan.rules)
    return [
        _DONE.get(street.verdict) or _open_state(status)
        for street, status in zip(judged.streets, found, strict=True)
    ]


def _open_state(status: Status) -> StreetState:
    return status.value


def _worst(states: Sequence[StreetState]) -> StreetState:
    """Give the state of the street that is worst off; if all are done, whether all in time."""
    for state in _WORST_FIRST:
        if state in states:
            return state
    return "late" if "late" in states else "served"


def _forecast(
    judged: Judged, progress: GridProgress, habits: WindowHabits, now_ms: int
) -> ForecastDoc:
    """Tell what is to be expected of an open window, coarse enough not to change all the time."""
    case = judged.case
    if now_ms >= case.window.period_end_ms:
        return NO_FORECAST
    found = forecast(
        case.window, progress, course_of(case, now_ms), habits, now_ms, case.plan.rules
    )
    finish_ms = found.finish_ms
    return ForecastDoc(
        finish_ms=None if finish_ms is None else round(finish_ms / _MINUTE_MS) * _MINUTE_MS,
        miss_probability=round(found.miss_probability, 2),
        visible_since_ms=found.visible_since_ms,
    )
