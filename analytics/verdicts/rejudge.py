"""A street judged again from its evidence alone: no pings, no plan, no network."""

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.coverage.coverage import (
    CELL_M,
    NEVER,
    Instants,
    cell_middles,
    cell_weights,
    completed_ms,
    merge,
)
from analytics.coverage.possible import StreetCells
from analytics.coverage.unseen import Unseen
from analytics.verdicts.evidence import Covered, Evidence
from analytics.verdicts.verdict import Service, Verdict, judge_street
from geofence.seen.observation import Floats


class Rejudged(msgspec.Struct, frozen=True):
    """What a record alone says."""

    verdict: Verdict
    served_ratio: float
    in_time_ratio: float
    started_ms: int | None
    completed_ms: int | None


def verdict_from(record: Evidence) -> Rejudged:
    """Judge a street again from its record alone."""
    rules = record.parameters
    cells = cells_from(record)
    covered = [run for section in record.sections for run in section.covered]
    run_m = np.array([run.to_m - run.from_m for run in covered])
    last = np.array([max(run.from_ms, run.to_ms) for run in covered], dtype=np.int64)
    length_m = float(cells.weight_m.sum())
    service = Service(
        length_m=length_m,
        in_time_m=float(run_m[last < record.grace_end_ms].sum()),
        served_m=float(run_m.sum()),
        was_pinged=any(pings.count for pings in record.pings),
        provable_m=record.provable_m,
    )
    unseen = unseen_from(record)

    def unproven(until_ms: int) -> float:
        return cells.unproven_m(unseen, record.start_ms, until_ms, rules)

    return Rejudged(
        verdict=judge_street(
            service,
            lambda: unproven(record.grace_end_ms),
            lambda: unproven(record.period_end_ms),
            rules,
        ),
        served_ratio=service.served_m / length_m,
        in_time_ratio=service.in_time_m / length_m,
        started_ms=min((min(run.from_ms, run.to_ms) for run in covered), default=None),
        completed_ms=completed_ms(last, run_m, length_m, rules.served_ratio),
    )


def cells_from(record: Evidence) -> StreetCells:
    """Lay the street's cells, each with the last instant of the runs that it lies in."""
    latest = _latest_of_cells(record, [section.covered for section in record.sections])
    doubtful = _latest_of_cells(record, [section.ambiguous for section in record.sections])
    weight_m, x, y = _laid(record)
    return StreetCells(x, y, weight_m, latest, merge(latest, doubtful))


def _laid(record: Evidence) -> tuple[Floats, Floats, Floats]:
    """Lengths and positions of the street's cells."""
    weights = [cell_weights(section.length_m) for section in record.sections]
    lines = [np.array(section.line).T for section in record.sections]
    places = [
        (np.interp(middle, measure, x), np.interp(middle, measure, y))
        for middle, (measure, x, y) in zip(map(cell_middles, weights), lines, strict=True)
    ]
    return (
        np.concatenate(weights),
        np.concatenate([x for x, _ in places]),
        np.concatenate([y for _, y in places]),
    )


def _latest_of_cells(record: Evidence, runs: Sequence[tuple[Covered, ...]]) -> Instants:
    """For each cell, the last instant of the run of its section it lies in, or `NEVER`."""
    sections = []
    for section, found in zip(record.sections, runs, strict=True):
        latest = np.full(len(cell_weights(section.length_m)), NEVER, dtype=np.int64)
        for run in found:
            cells = slice(round(run.from_m / CELL_M), int(np.ceil(run.to_m / CELL_M)))
            latest[cells] = max(run.from_ms, run.to_ms)
        sections.append(latest)
    return np.concatenate(sections)


def unseen_from(record: Evidence) -> Unseen:
    """Give the times out of sight that the record tells of."""
    gaps, nowhere = record.gaps, (np.nan, np.nan)
    begin = np.array([gap.from_xy or nowhere for gap in gaps]).reshape(-1, 2)
    end = np.array([gap.to_xy or nowhere for gap in gaps]).reshape(-1, 2)
    return Unseen(
        vehicle_ids=tuple(gap.vehicle_id for gap in gaps),
        started_ms=np.array([-np.inf if g.started_ms is None else g.started_ms for g in gaps]),
        finished_ms=np.array([np.inf if g.finished_ms is None else g.finished_ms for g in gaps]),
        from_x=begin[:, 0],
        from_y=begin[:, 1],
        to_x=end[:, 0],
        to_y=end[:, 1],
        silent=np.array([gap.kind == "silent" for gap in gaps], dtype=np.bool_),
    )
