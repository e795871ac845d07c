"""Flags beside a grid's verdict: what an inspector wants to know besides how much was served."""

from enum import StrEnum

import numpy as np

from analytics.coverage.case import Case
from analytics.coverage.coverage import NEVER, cells_of, cover_all, served_m
from analytics.coverage.windows import ServiceWindow
from analytics.verdicts.outcome import GridOutcome
from geofence.plan.work import ANY_TASK
from geofence.seen.observation import Flags, Instants, Passes

OFF_PLAN_M = 500.0
"""Serving at least this much for other grids in a window is worth a flag."""


class Flag(StrEnum):
    """A remark on a grid in a window."""

    LATE_START = "late_start"
    LATE_FINISH = "late_finish"
    TRACKING_GAP = "tracking_gap"
    SUBSTITUTE_VEHICLE = "substitute_vehicle"
    FROZEN_GPS = "frozen_gps"
    CLOCK_SKEW = "clock_skew"
    OFF_PLAN = "off_plan"
    TWO_RECEIVERS = "two_receivers"


FLAG_MEANINGS: dict[Flag, str] = {
    Flag.LATE_START: "The first served metre, and the first that may have been, came later than "
    "start + start_grace_min.",
    Flag.LATE_FINISH: "The grid was completed, provably not before the window's end + grace_min.",
    Flag.TRACKING_GAP: "A vehicle was silent in the window for longer than makes a gap.",
    Flag.SUBSTITUTE_VEHICLE: "The plan names stand-ins for this date.",
    Flag.FROZEN_GPS: "A receiver repeated one position in the window though the truck moved.",
    Flag.CLOCK_SKEW: "Fixes were received more than a minute before they claim to have happened.",
    Flag.OFF_PLAN: f"At least {OFF_PLAN_M:.0f} m of other grids' streets were served instead.",
    Flag.TWO_RECEIVERS: "Fixes of two places came in turn in the window, so neither was believed: "
    "two receivers under one id, or a clock that was set back.",
}


def flags_of(case: Case, outcome: GridOutcome) -> tuple[Flag, ...]:
    """Give the flags of a grid in a window, in alphabetical order."""
    raised = {
        Flag.LATE_START: _started_late(case, outcome),
        Flag.LATE_FINISH: outcome.is_late_finish,
        Flag.TRACKING_GAP: _was_silent(case),
        Flag.SUBSTITUTE_VEHICLE: case.has_substitute,
        Flag.FROZEN_GPS: _was_frozen(case),
        Flag.CLOCK_SKEW: _was_skewed(case),
        Flag.OFF_PLAN: _stray_m(case) >= OFF_PLAN_M,
        Flag.TWO_RECEIVERS: _was_doubted(case),
    }
    return tuple(sorted(flag for flag, is_raised in raised.items() if is_raised))


def _started_late(case: Case, outcome: GridOutcome) -> bool:
    if outcome.started_ms is None:
        return False
    latest_ms = case.window.start_ms + case.plan.rules.start_grace_min * 60_000
    return bool(case.possible.min() > latest_ms)


def _was_silent(case: Case) -> bool:
    unseen, window = case.unseen, case.window
    inside = (unseen.started_ms < window.end_ms) & (unseen.finished_ms > window.start_ms)
    return bool((unseen.silent & inside).any())


def _was_frozen(case: Case) -> bool:
    return any(
        _touches(
            case.window, duty.observation.frozen_started_ms, duty.observation.frozen_finished_ms
        )
        for duty in case.duties
        if duty.observation is not None
    )


def _was_skewed(case: Case) -> bool:
    return any(
        _touches(case.window, duty.observation.skewed_ms, duty.observation.skewed_ms)
        for duty in case.duties
        if duty.observation is not None
    )


def _was_doubted(case: Case) -> bool:
    return any(
        _touches(
            case.window, duty.observation.doubted_started_ms, duty.observation.doubted_finished_ms
        )
        for duty in case.duties
        if duty.observation is not None
    )


def _touches(window: ServiceWindow, started_ms: Instants, finished_ms: Instants) -> bool:
    return bool(((started_ms < window.end_ms) & (finished_ms >= window.start_ms)).any())


def _stray_m(case: Case) -> float:
    """Metres of other grids' streets that the vehicles served in the window."""
    window = case.window
    inside = [_inside(window, passes) for passes in case.stray]
    travelled = [
        float(np.abs(passes.to_m - passes.from_m)[chosen].sum())
        for passes, chosen in zip(case.stray, inside, strict=True)
    ]
    if sum(travelled) < OFF_PLAN_M:  # what was driven twice counts once, so it is no more than this
        return 0.0
    sections = {
        int(section)
        for passes, chosen in zip(case.stray, inside, strict=True)
        for section in passes.section[chosen]
    }
    cells = cells_of(case.network, [(section, ANY_TASK) for section in sections])
    earliest = cover_all(cells, case.stray, window.start_ms, window.end_ms)
    return served_m(earliest, cells.weight_m, NEVER)


def _inside(window: ServiceWindow, passes: Passes) -> Flags:
    return (passes.finished_ms >= window.start_ms) & (passes.started_ms < window.end_ms)
