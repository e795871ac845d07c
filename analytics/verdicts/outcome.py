"""What came out for a street and for a grid in a window: verdict, ratios and instants."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.coverage.case import Case
from analytics.coverage.coverage import NEVER, completed_ms, first_served_ms, served_m
from analytics.coverage.possible import StreetCells
from analytics.coverage.prism import capacity_m
from analytics.coverage.unseen import was_pinged
from analytics.verdicts.verdict import UNPROVABLE_M, Service, Verdict, judge_grid, judge_street
from geofence.plan.plan import PROVABLE_M


@dataclass(frozen=True, slots=True)
class StreetOutcome:
    """One street in one window."""

    street: str
    verdict: Verdict
    service: Service
    started_ms: int | None
    """First served metre in the period judged."""
    completed_ms: int | None
    """When the served share reached ``served_ratio``."""


@dataclass(frozen=True, slots=True)
class GridOutcome:
    """One grid in one window."""

    verdict: Verdict
    length_m: float
    served_m: float
    started_ms: int | None
    completed_ms: int | None
    """When the last of its streets was completed; None unless all were."""
    is_late_finish: bool
    """Whether all of its streets were completed, and some provably not in time."""
    provably_missed_m: float
    """What no pass may have served and no gap could hold."""


def street_outcomes(case: Case) -> tuple[StreetOutcome, ...]:
    """Judge the streets of a case, in order of name."""
    was_seen = was_pinged(case.window, case.duties)
    return tuple(
        _street_outcome(case, number, was_pinged=was_seen)
        for number in range(len(case.cells.streets))
    )


def _street_outcome(case: Case, number: int, *, was_pinged: bool) -> StreetOutcome:
    part, window, rules = case.cells.street(number), case.window, case.plan.rules
    earliest, weight_m = case.earliest[part], case.cells.weight_m[part]
    cells = StreetCells(
        case.cells.x[part], case.cells.y[part], weight_m, earliest, case.possible[part]
    )
    service = Service(
        length_m=float(weight_m.sum()),
        in_time_m=served_m(earliest, weight_m, window.grace_end_ms),
        served_m=served_m(earliest, weight_m, NEVER),
        was_pinged=was_pinged,
        provable_m=UNPROVABLE_M if _is_coarse(case, number) else PROVABLE_M,
    )

    def unproven(until_ms: int) -> float:
        return cells.unproven_m(case.unseen, window.start_ms, until_ms, rules)

    return StreetOutcome(
        street=case.cells.streets[number],
        verdict=judge_street(
            service,
            lambda: unproven(window.grace_end_ms),
            lambda: unproven(window.period_end_ms),
            rules,
        ),
        service=service,
        started_ms=first_served_ms(earliest),
        completed_ms=completed_ms(earliest, weight_m, service.length_m, rules.served_ratio),
    )


def _is_coarse(case: Case, number: int) -> bool:
    """Tell whether a street is of the part of a map whose coordinates are too coarse."""
    step, cells = case.network.step, case.cells
    if step is None or step.is_whole or not step.misleads:
        return False
    first, last = np.searchsorted(cells.section_first, cells.street_first[[number, number + 1]])
    return bool(step.coarse[cells.sections[first:last]].any())


def grid_outcome(case: Case, streets: Sequence[StreetOutcome]) -> GridOutcome:
    """Judge a grid from what came out for its streets."""
    window, rules = case.window, case.plan.rules
    length_m = sum(street.service.length_m for street in streets)
    all_served_m = sum(street.service.served_m for street in streets)
    possible_m = _possible_m(case)
    could_hold_m = float(
        capacity_m(case.unseen, window.start_ms, window.period_end_ms, rules).sum()
    )
    missed_m = max(0.0, length_m - possible_m - could_hold_m - _unprovable_m(case, streets))
    started = [street.started_ms for street in streets if street.started_ms is not None]
    completed = [street.completed_ms for street in streets if street.completed_ms is not None]
    verdicts = [street.verdict for street in streets]
    is_completed = len(completed) == len(streets)
    return GridOutcome(
        verdict=judge_grid(
            verdicts,
            possible_m,
            length_m,
            missed_m,
            rules,
            was_pinged=was_pinged(case.window, case.duties),
        ),
        length_m=length_m,
        served_m=all_served_m,
        started_ms=min(started, default=None),
        completed_ms=max(completed) if is_completed else None,
        is_late_finish=is_completed and Verdict.LATE in verdicts,
        provably_missed_m=missed_m,
    )


def _unprovable_m(case: Case, streets: Sequence[StreetOutcome]) -> float:
    """Metres of streets that nobody can deny which no pass may have served."""
    return sum(
        street.service.length_m - served_m(case.possible[part], case.cells.weight_m[part], NEVER)
        for number, street in enumerate(streets)
        if street.service.provable_m == UNPROVABLE_M
        for part in [case.cells.street(number)]
    )


def _possible_m(case: Case) -> float:
    """Metres that passes, certain or not, may have served in the period judged."""
    parts = map(case.cells.street, range(len(case.cells.streets)))
    return sum(served_m(case.possible[part], case.cells.weight_m[part], NEVER) for part in parts)
