"""The record behind a street's verdict, from which alone the verdict can be computed again.

Positions are local metres; `Origin` says where on the globe they begin. Instants are milliseconds
since 1970 (UTC). A covered interval is a run of cells passed one after the other in one direction.
Runs are cut where more than ``gap_s`` lies between two cells, where service stops being in time,
and where the street was completed, so that nothing has to be interpolated to judge it again.
Ambiguous intervals tell the same of missing cells that a pass which is not certain went over: they
may have been served then.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.coverage.case import Case
from analytics.coverage.coverage import CELL_M, NEVER, Floats, Instants, runs
from analytics.coverage.unseen import Duty, Unseen, ping_span
from analytics.coverage.windows import ServiceWindow
from analytics.verdicts.outcome import StreetOutcome
from analytics.verdicts.verdict import Verdict
from geofence.kernels import kernel
from geofence.plan.plan import ServiceRules
from ingest.tasks import names_of


class Origin(msgspec.Struct, frozen=True):
    """Degrees WGS 84 of the point from which local metres are counted, east and north."""

    longitude: float
    latitude: float


class Covered(msgspec.Struct, frozen=True):
    """A stretch of a section, and when the middles of its first and last cell were passed."""

    from_m: float
    to_m: float
    from_ms: int
    to_ms: int


class SectionRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A section of the street: its line, what of it was covered and what is missing."""

    id: str
    length_m: float
    line: tuple[tuple[float, float, float], ...]
    """Vertices: measure along the section, metres east, metres north."""
    covered: tuple[Covered, ...]
    missing: tuple[tuple[float, float], ...]
    ambiguous: tuple[Covered, ...] = ()
    """What of it may have been served: missing, or in time though it was seen served too late."""
    tasks: tuple[str, ...] = ()
    """Of a truck that told its tasks one of these served it; empty if any did."""


class GapRecord(msgspec.Struct, frozen=True):
    """A time in which a vehicle was out of sight; an open end has neither instant nor place."""

    vehicle_id: str
    kind: Literal["silent", "unplaced"]
    started_ms: int | None
    finished_ms: int | None
    from_xy: tuple[float, float] | None
    to_xy: tuple[float, float] | None


class PingRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fixes of one vehicle in the period judged."""

    vehicle_id: str
    first_ms: int | None
    last_ms: int | None
    count: int
    outlier_count: int
    """Further fixes of the period that were dropped: no truck could have reached and left them;"""
    no_fix_count: int = 0
    """they said themselves that they were no fix;"""
    stale_count: int = 0
    """they sent an old place again, though the truck moved;"""
    doubted_count: int = 0
    """or two places took turns, and neither was believed."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a street has its verdict."""

    service_date: str
    grid_id: str
    window: str
    street: str
    verdict: Verdict
    served_ratio: float
    plan_version: str
    parameters: ServiceRules
    start_ms: int
    end_ms: int
    grace_end_ms: int
    deadline_ms: int
    period_end_ms: int
    pings: tuple[PingRecord, ...]
    gaps: tuple[GapRecord, ...]
    origin: Origin
    sections: tuple[SectionRecord, ...]
    provable_m: float = 0.0
    """Least length of which absence can be proven, where the street is shorter; else 0. Of a street
    on coarse coordinates none can: `analytics.verdicts.verdict.UNPROVABLE_M`."""
    time_zones: str = ""
    """Release of the IANA database by which local times became instants; empty if unknown."""


def essence_of(record: Evidence) -> Evidence:
    """Leave out what names where a record is from: plans and time zones that judge it alike."""
    return msgspec.structs.replace(record, plan_version="", time_zones="")


def record_of(case: Case, number: int, outcome: StreetOutcome) -> Evidence:
    """Write the record of a street of a case."""
    window, network = case.window, case.network
    first, last = np.searchsorted(
        case.cells.section_first, case.cells.street_first[[number, number + 1]]
    )
    return Evidence(
        service_date=window.service_date.isoformat(),
        grid_id=case.grid.id,
        window=window.text,
        street=outcome.street,
        verdict=outcome.verdict,
        served_ratio=outcome.service.served_m / outcome.service.length_m,
        plan_version=case.plan.version,
        parameters=case.plan.rules,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        grace_end_ms=window.grace_end_ms,
        deadline_ms=window.deadline_ms,
        period_end_ms=window.period_end_ms,
        pings=tuple(_ping_record(window, duty) for duty in case.duties),
        gaps=_gap_records(case.unseen),
        origin=Origin(network.projection.longitude, network.projection.latitude),
        sections=tuple(
            _section_record(case, place, outcome.completed_ms) for place in range(first, last)
        ),
        provable_m=(
            outcome.service.provable_m
            if outcome.service.length_m < outcome.service.provable_m
            else 0.0
        ),
        time_zones=window.time_zones,
    )


def _ping_record(window: ServiceWindow, duty: Duty) -> PingRecord:
    seen = duty.observation
    dropped = (
        (seen.outlier_ms, seen.no_fix_ms, seen.stale_ms, seen.doubted_ms)
        if seen
        else (np.empty(0, np.int64),) * 4
    )
    counts = [
        int(np.diff(np.searchsorted(each, [window.start_ms, window.period_end_ms]))[0])
        for each in dropped
    ]
    return PingRecord(duty.vehicle_id, *ping_span(window, duty), *counts)


def _section_record(case: Case, place: int, completed: int | None) -> SectionRecord:
    cells, network = case.cells, case.network
    section = int(cells.sections[place])
    part = slice(int(cells.section_first[place]), int(cells.section_first[place + 1]))
    vertices = slice(*map(int, network.section_first_vertex[section : section + 2]))
    earliest, length_m = case.earliest[part], float(network.section_length_m[section])
    ends = np.append(np.arange(len(earliest)) * CELL_M, length_m)
    grace_end_ms, pause_ms = case.window.grace_end_ms, case.plan.rules.gap_s * 1000.0
    marks = (grace_end_ms, NEVER if completed is None else completed + 1)
    doubtful = _doubtful(earliest, case.possible[part], grace_end_ms)
    return SectionRecord(
        id=network.section_ids[section],
        length_m=length_m,
        line=tuple(
            zip(
                network.vertex_measure_m[vertices].tolist(),
                network.vertex_x[vertices].tolist(),
                network.vertex_y[vertices].tolist(),
                strict=True,
            )
        ),
        covered=_intervals(earliest, ends, marks, pause_ms),
        missing=tuple(
            (float(ends[first]), float(ends[last])) for first, last in runs(earliest == NEVER)
        ),
        ambiguous=_intervals(doubtful, ends, (grace_end_ms,), pause_ms),
        tasks=names_of(int(cells.need[place])),
    )


def _doubtful(earliest: Instants, possible: Instants, grace_end_ms: int) -> Instants:
    """When each cell may have been served, where that bears on what is proven.

    It does if the cell was not seen served at all, or if that was after grace and this was before.
    """
    bears = (earliest == NEVER) | ((earliest >= grace_end_ms) & (possible < grace_end_ms))
    return np.where(bears, possible, NEVER)


def _intervals(
    instants: Instants, ends: Floats, marks: tuple[int, ...], pause_ms: float
) -> tuple[Covered, ...]:
    """Write the runs of cells that were passed; `ends` are the measures between the cells."""
    return tuple(
        Covered(
            float(ends[first]), float(ends[last]), int(instants[first]), int(instants[last - 1])
        )
        for first, last in _movements(instants, np.array(marks, np.int64), pause_ms).tolist()
    )


@kernel
def _movements(earliest: Instants, marks: Instants, pause_ms: float) -> NDArray[np.int64]:
    """Cut the served cells into runs that one movement explains and no mark divides.

    Returns an array of shape (runs, 2): the first cell of each, and the one after its last.
    """
    found = np.empty((len(earliest), 2), dtype=np.int64)
    count, first, direction = 0, -1, 0
    for cell in range(len(earliest)):
        if earliest[cell] == NEVER:
            if first >= 0:
                found[count] = first, cell
                count, first = count + 1, -1
            continue
        if first < 0:
            first, direction = cell, 0
            continue
        step = earliest[cell] - earliest[cell - 1]
        turn = int(np.sign(step))
        cut = abs(step) > pause_ms or turn * direction < 0
        for mark in marks:
            cut = cut or (earliest[cell - 1] < mark) != (earliest[cell] < mark)
        if cut:
            found[count] = first, cell
            count, first, direction = count + 1, cell, 0
        elif direction == 0:
            direction = turn
    if first >= 0:
        found[count] = first, len(earliest)
        count += 1
    return found[:count]


def _gap_records(unseen: Unseen) -> tuple[GapRecord, ...]:
    return tuple(
        GapRecord(
            vehicle_id=vehicle_id,
            kind="silent" if unseen.silent[i] else "unplaced",
            started_ms=_instant(unseen.started_ms[i]),
            finished_ms=_instant(unseen.finished_ms[i]),
            from_xy=_place(unseen.from_x[i], unseen.from_y[i]),
            to_xy=_place(unseen.to_x[i], unseen.to_y[i]),
        )
        for i, vehicle_id in enumerate(unseen.vehicle_ids)
    )


def _instant(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None


def _place(x: float, y: float) -> tuple[float, float] | None:
    return None if np.isnan(x) else (float(x), float(y))
