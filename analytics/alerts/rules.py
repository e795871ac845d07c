"""When an alert's condition holds: the rules, from judged cases and an instant.

Nobody is warned of what may be done. Metres of ambiguous passes count as served, as in
`analytics.live.status`, and so do metres that a silence longer than ``gap_s`` could hide; then
`AlertKind.TRACKING_LOST` tells what there is to tell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from analytics.alerts.alert import AlertKey, Condition, Facts
from analytics.coverage.case import Case
from analytics.coverage.coverage import reaches
from analytics.coverage.possible import StreetCells
from analytics.coverage.prism import capacity_m, hidden_m
from analytics.coverage.unseen import Duty, Unseen
from analytics.live.status import GridProgress, Status, progress_of, statuses
from analytics.verdicts.judge import JudgedCase
from analytics.verdicts.outcome import StreetOutcome
from analytics.verdicts.verdict import Verdict
from geofence.seen.observation import Flags
from ingest.settings.alerts import AlertKind, AlertSettings

BRISK_KMH = 15.0
"""Over a whole grid no truck collects faster than this, whatever it makes on a street."""


def conditions_of(
    judged: Iterable[JudgedCase], now_ms: int, settings: AlertSettings
) -> tuple[Condition, ...]:
    """Find what holds at an instant, as far as the settings want to hear of it.

    A vehicle that is lost in several open windows is lost in the one that began first.
    """
    found: dict[AlertKey, Condition] = {}
    lost: dict[str, Condition] = {}
    for each in judged:
        case = each.case
        for condition in (*_open_window(case, now_ms), *_missed(each, now_ms, settings)):
            found[condition.key] = condition
        for condition in _lost(case, now_ms, settings):
            known = lost.get(condition.key.subject)
            if known is None or condition.facts.start_ms < known.facts.start_ms:
                lost[condition.key.subject] = condition
    found.update({condition.key: condition for condition in lost.values()})
    return tuple(found[key] for key in sorted(found) if key.kind in settings.kinds)


def _open_window(case: Case, now_ms: int) -> Iterator[Condition]:
    """Tell of a late start, and of too little time left."""
    window, rules = case.window, case.plan.rules
    if not window.start_ms + rules.start_grace_min * 60_000 <= now_ms < window.grace_end_ms:
        return
    seen = _progress(case, now_ms)
    progress = seen.progress
    found = statuses(window, progress, now_ms, rules)
    behind = [number for number, status in enumerate(found) if status is Status.AT_RISK]
    lacking_m = sum(
        max(0.0, rules.served_ratio * length_m - done_m)
        for done_m, length_m in zip(progress.served_m, progress.lengths_m, strict=True)
    )
    streets = tuple(
        street
        for street, done_m, length_m in zip(
            case.cells.streets, progress.served_m, progress.lengths_m, strict=True
        )
        if not reaches(done_m, length_m, rules.served_ratio)
    )
    if progress.started_ms is None and streets:
        if seen.hidden_m == 0.0:
            yield _condition(
                case, AlertKind.LATE_START, now_ms, streets=streets, lacking_m=lacking_m
            )
        # of a grid not begun no pace is known: it is at risk once no truck could be fast enough
        left_m = (window.grace_end_ms - now_ms) * BRISK_KMH / 3600.0
        behind = behind if lacking_m > left_m else []
    if behind:
        yield _condition(case, AlertKind.AT_RISK, now_ms, streets=streets, lacking_m=lacking_m)


def _missed(judged: JudgedCase, now_ms: int, settings: AlertSettings) -> Iterator[Condition]:
    """Tell of a window in which nothing can come in time any more, and not all came.

    Whether a street was provably not done in time is asked as a verdict of late asks it, so it
    does not wait for the deadline, until which it may still be done late.
    """
    case, rules = judged.case, judged.case.plan.rules
    window, gap_ms = case.window, case.plan.rules.gap_s * 1000
    if not _is_settled(case, now_ms, settings):
        return
    doubts = [
        (street, _may_be_in_time(case, number, street))
        for number, street in enumerate(judged.streets)
        if not reaches(street.service.in_time_m, street.service.length_m, rules.served_ratio)
    ]
    missed = tuple(street.street for street, may_be in doubts if not may_be)
    unknown = tuple(street.street for street, may_be in doubts if may_be)
    is_over = now_ms >= window.period_end_ms + gap_ms
    is_partial = is_over and judged.grid.verdict in {Verdict.PARTIAL, Verdict.SKIPPED}
    if missed or is_partial:
        lacking_m = sum(
            street.service.length_m - street.service.in_time_m
            for street, may_be in doubts
            if not may_be
        )
        yield _condition(
            case,
            AlertKind.WINDOW_MISSED,
            now_ms,
            streets=missed,
            unknown=unknown,
            lacking_m=lacking_m or judged.grid.provably_missed_m,
        )


def _is_settled(case: Case, now_ms: int, settings: AlertSettings) -> bool:
    """Whether fixes of the last minute of grace are no longer to be expected.

    A fix takes up to ``gap_s`` to come; a vehicle that was not heard of since the end of grace may
    be about to send what it kept, until it is taken for silent.
    """
    waited_ms = now_ms - case.window.grace_end_ms
    if waited_ms < case.plan.rules.gap_s * 1000:
        return False
    heard = [_last_seen_ms(duty, now_ms) for duty in case.duties]
    return waited_ms >= settings.silent_ms or all(
        last_ms is not None and last_ms >= case.window.grace_end_ms for last_ms in heard
    )


def _may_be_in_time(case: Case, number: int, street: StreetOutcome) -> bool:
    window, rules, part = case.window, case.plan.rules, case.cells.street(number)
    if not street.service.was_pinged:
        return True
    cells = StreetCells(
        case.cells.x[part],
        case.cells.y[part],
        case.cells.weight_m[part],
        case.earliest[part],
        case.possible[part],
    )
    unproven_m = cells.unproven_m(case.unseen, window.start_ms, window.grace_end_ms, rules)
    possible_m = street.service.in_time_m + unproven_m
    return reaches(possible_m, street.service.length_m, rules.served_ratio)


def _lost(case: Case, now_ms: int, settings: AlertSettings) -> Iterator[Condition]:
    """Tell of vehicles that are silent; before the window's start silence does not count."""
    window = case.window
    if not window.start_ms <= now_ms < window.end_ms:
        return
    for duty in case.duties:
        last_ms = _last_seen_ms(duty, now_ms)
        since_ms = window.start_ms if last_ms is None else max(last_ms, window.start_ms)
        if now_ms - since_ms > settings.silent_ms:
            yield _condition(
                case,
                AlertKind.TRACKING_LOST,
                now_ms,
                vehicles=(duty.vehicle_id,),
                last_seen_ms=last_ms,
            )


def _last_seen_ms(duty: Duty, now_ms: int) -> int | None:
    if duty.observation is None:
        return None
    times = duty.observation.time_ms
    count = int(np.searchsorted(times, now_ms, side="right"))
    return int(times[count - 1]) if count else None


def _condition(case: Case, kind: AlertKind, now_ms: int, **facts: object) -> Condition:
    window, grid = case.window, case.grid
    vehicles = tuple(duty.vehicle_id for duty in case.duties)
    known = {
        "grid_id": grid.id,
        "operator_id": grid.operator_id,
        "vehicles": vehicles,
        "start_ms": window.start_ms,
        "end_ms": window.end_ms,
        "grace_end_ms": window.grace_end_ms,
        "due_ms": window.period_end_ms,
        "at_ms": now_ms,
        **facts,
    }
    found = Facts(**known)  # type: ignore[arg-type]
    subject = found.vehicles[0] if kind is AlertKind.TRACKING_LOST else grid.id
    return Condition(AlertKey(window.service_date.isoformat(), window.text, kind, subject), found)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a grid has done in a window so far, or may have."""

    progress: GridProgress
    hidden_m: float
    """Of that, what silences could hide."""


def _progress(case: Case, now_ms: int) -> _Seen:
    cells, rules, start_ms = case.cells, case.plan.rules, case.window.start_ms
    parts = [cells.street(number) for number in range(len(cells.streets))]
    silences = _silences(case, now_ms)
    hidden = np.zeros(len(parts))
    for number, part in enumerate(parts):
        left = case.possible[part] >= now_ms
        hidden[number] = hidden_m(
            cells.x[part][left],
            cells.y[part][left],
            cells.weight_m[part][left],
            silences,
            start_ms,
            now_ms,
            rules,
        )
    total_m = float(hidden.sum())
    if total_m > 0.0:  # all streets together hide no more than the silences hold
        hidden *= min(1.0, float(capacity_m(silences, start_ms, now_ms, rules).sum()) / total_m)
    seen = progress_of(case, now_ms)
    may_be_m = tuple((np.array(seen.served_m) + hidden).tolist())
    return _Seen(replace(seen, served_m=may_be_m), float(hidden.sum()))


def _silences(case: Case, now_ms: int) -> Unseen:
    """Keep the times out of sight that lasted longer than ``gap_s`` of the window until now."""
    unseen, window = case.unseen, case.window
    began = np.maximum(unseen.started_ms, window.start_ms)
    lasted_ms = np.minimum(unseen.finished_ms, now_ms) - began
    chosen: Flags = lasted_ms > case.plan.rules.gap_s * 1000
    return Unseen(
        vehicle_ids=tuple(np.array(unseen.vehicle_ids, dtype=object)[chosen]),
        started_ms=unseen.started_ms[chosen],
        finished_ms=unseen.finished_ms[chosen],
        from_x=unseen.from_x[chosen],
        from_y=unseen.from_y[chosen],
        to_x=unseen.to_x[chosen],
        to_y=unseen.to_y[chosen],
        silent=unseen.silent[chosen],
    )
