"""Make-ups: misses of a service date that were collected later on the same day.

A *miss* is a street that is `skipped` or `partial` in a window whose period judged is over. It
stays a miss; beside it stands whether, when and by whom it was made up. A visit to a metre settles
one thing only: if it is the earliest of a window, it served that window and is spent. Any other is
spare and repairs the oldest miss that is still open and lacks that metre. `docs/worklist.md` tells
the whole rule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.coverage.case import Case
from analytics.coverage.coverage import NEVER, TOLERANCE, Cells, Flags, Floats, cells_of, places_of
from analytics.coverage.windows import horizon, service_windows
from analytics.makeup.visits import Numbers, Visits, find_visits
from analytics.verdicts.judge import Judgement
from analytics.verdicts.verdict import Verdict
from geofence.kernels import aside
from geofence.network.network import Network
from geofence.plan.plan import Grid, Plan
from geofence.seen.observation import Observation

MAKEUP_DTYPES: dict[str, str] = {
    "service_date": "str",
    "grid_id": "str",
    "window": "str",
    "street": "str",
    "verdict": "str",
    "length_m": "float64",
    "missing_m": "float64",
    "made_up_share": "float64",
    "made_up_at": "datetime64[ms, UTC]",
    "vehicle_id": "str",
}
MISSES = frozenset({Verdict.SKIPPED, Verdict.PARTIAL})


@dataclass(slots=True, eq=False)
class _Miss:
    """A street that was missed in a window, and what of it was made up."""

    case: Case
    street: str
    verdict: Verdict
    part: slice
    """Its cells among those of the case."""
    made_up_m: float = 0.0
    made_up_ms: int | None = None
    vehicle_id: str = ""

    @property
    def missing(self) -> Flags:
        return np.asarray(self.case.earliest[self.part] == NEVER)

    @property
    def weight_m(self) -> Floats:
        return self.case.cells.weight_m[self.part]


@aside
def make_ups(
    judgement: Judgement,
    observations: Sequence[Observation],
    plan: Plan,
    network: Network,
    service_date: date,
    until_ms: int,
) -> pd.DataFrame:
    """Link every miss of a judged service date to the passes that repaired it.

    Parameters
    ----------
    judgement
        Of this date alone, with its cases.
    observations
        Of the vehicles on duty and of the operators' spares.
    until_ms
        Only what happened before counts, and windows whose period ends later are not missed yet.

    Returns
    -------
    DataFrame
        Columns of `MAKEUP_DTYPES`, one row a miss in the order of ``judgement.streets``.
        `missing_m` is what was not seen served in the period judged, `made_up_share` how much of
        that was made up, 0 to 1, by the instant at which the street reached ``served_ratio``.
        `vehicle_id` collected the metre that reached it. Both are empty while the miss is open.
    """
    misses = list(_misses(judgement, until_ms))
    if misses:
        ground = _ground(misses, network)
        first_ms = min(judged.case.window.start_ms for judged in judgement.cases)
        ends_ms = {
            grid_id: _last_ms(plan, grid_id, service_date)
            for grid_id in {miss.case.grid.id for miss in misses}
        }
        last_ms = min(until_ms, max(ends_ms.values()))
        visits = find_visits(ground, observations, first_ms, last_ms)
        spare = _spare(visits, judgement, ground)
        for miss in sorted(misses, key=_age):
            _repair(miss, visits, spare, ground, plan, ends_ms[miss.case.grid.id])
    return _frame(misses, service_date)


def responsible(plan: Plan, grid: Grid, service_date: date) -> tuple[str, ...]:
    """Name the vehicles that may make up a miss of a grid: its own, then its operator's spares."""
    return tuple(dict.fromkeys([*plan.vehicles_of(grid, service_date), *plan.spares_of(grid)]))


def _misses(judgement: Judgement, until_ms: int) -> Iterator[_Miss]:
    for judged in judgement.cases:
        if judged.case.window.period_end_ms > until_ms:
            continue
        places = {name: place for place, name in enumerate(judged.case.cells.streets)}
        for outcome in judged.streets:
            if outcome.verdict in MISSES:
                part = judged.case.cells.street(places[outcome.street])
                yield _Miss(judged.case, outcome.street, outcome.verdict, part)


def _age(miss: _Miss) -> tuple[int, int]:
    """Oldest first; those of one age stay in the order of the judgement."""
    return miss.case.window.start_ms, miss.case.window.end_ms


def _ground(misses: Sequence[_Miss], network: Network) -> Cells:
    """Lay the cells of all sections that belong to a miss, each but once for every need."""
    sections: set[tuple[int, int]] = set()
    for miss in misses:
        cells = miss.case.cells
        first, last = np.searchsorted(cells.section_first, [miss.part.start, miss.part.stop])
        needs = cells.need[first:last].tolist()
        sections.update(zip(cells.sections[first:last].tolist(), needs, strict=True))
    return cells_of(network, sections)


def _on_ground(cells: Cells, ground: Cells) -> Numbers:
    """Give for each cell of a case its number on the ground, -1 if it has none."""
    there = places_of(ground, cells.sections, cells.need)
    shift = ground.section_first[there] - cells.section_first[:-1]
    count = np.diff(cells.section_first)
    number = np.arange(len(cells.weight_m)) + np.repeat(shift, count)
    return np.where(np.repeat(there, count) >= 0, number, -1)


def _spare(visits: Visits, judgement: Judgement, ground: Cells) -> Flags:
    """Tell which visits are no window's earliest."""
    spare = np.ones(len(visits.at_ms), dtype=np.bool_)
    for judged in judgement.cases:
        case = judged.case
        number = _on_ground(case.cells, ground)
        owed = np.zeros(len(number), dtype=np.bool_)
        wanted = {outcome.street for outcome in judged.streets}
        for place, name in enumerate(case.cells.streets):
            owed[case.cells.street(place)] = name in wanted
        owed &= (number >= 0) & (case.earliest < visits.end_ms)
        if owed.any():
            on_duty = visits.among(duty.vehicle_id for duty in case.duties)
            spare[visits.at(number[owed], case.earliest[owed], on_duty)] = False
    return spare


def _last_ms(plan: Plan, grid_id: str, service_date: date) -> int:
    """Give the end of the grid's service day, or the start of its next one if that is earlier."""
    grid = plan.grid_by_id[grid_id]
    zone = ZoneInfo(plan.timezone)
    _, last_ms = horizon(service_windows(grid, service_date, zone, plan.rules), zone, plan.rules)
    following = (
        window.start_ms
        for ahead in (1, 2)
        for window in service_windows(grid, service_date + timedelta(ahead), zone, plan.rules)
    )
    return min([last_ms, *following])


def _repair(
    miss: _Miss, visits: Visits, spare: Flags, ground: Cells, plan: Plan, end_ms: int
) -> None:
    """Spend on a miss the first spare visit to each metre that it lacks, until it is made up."""
    case, missing = miss.case, miss.missing
    cells = _on_ground(case.cells, ground)[miss.part][missing]
    weight_m = miss.weight_m[missing]
    found, place = visits.of(cells)
    allowed = visits.among(responsible(plan, case.grid, case.window.service_date))
    fit = spare[found] & allowed[visits.vehicle[found]]
    fit &= (visits.at_ms[found] >= case.window.period_end_ms) & (visits.at_ms[found] < end_ms)
    place, at = np.unique(place[fit], return_index=True)
    found = found[fit][at]
    order = np.argsort(visits.at_ms[found], kind="stable")
    found, gained_m = found[order], np.cumsum(weight_m[place][order])
    length_m = float(miss.weight_m.sum())
    needed_m = (plan.rules.served_ratio - TOLERANCE) * length_m - (length_m - weight_m.sum())
    taken = min(int(np.searchsorted(gained_m, needed_m)) + 1, len(found))
    spare[found[:taken]] = False
    miss.made_up_m = float(gained_m[taken - 1]) if taken else 0.0
    if taken and miss.made_up_m >= needed_m:
        miss.made_up_ms = int(visits.at_ms[found[taken - 1]])
        miss.vehicle_id = visits.vehicle_ids[int(visits.vehicle[found[taken - 1]])]


def _frame(misses: Sequence[_Miss], service_date: date) -> pd.DataFrame:
    rows = [_row(miss, service_date) for miss in misses]
    frame = pd.DataFrame(rows, columns=list(MAKEUP_DTYPES), dtype=object)
    instants = np.array(frame.pop("made_up_at").tolist(), dtype="datetime64[ms]")
    at = pd.Series(instants, dtype="datetime64[ms]").dt.tz_localize("UTC")
    frame.insert(list(MAKEUP_DTYPES).index("made_up_at"), "made_up_at", at)
    return frame.astype(MAKEUP_DTYPES)


def _row(miss: _Miss, service_date: date) -> tuple[object, ...]:
    missing_m = float(miss.weight_m[miss.missing].sum())
    return (
        service_date.isoformat(),
        miss.case.grid.id,
        miss.case.window.text,
        miss.street,
        miss.verdict.value,
        float(miss.weight_m.sum()),
        missing_m,
        miss.made_up_m / missing_m,
        None if miss.made_up_ms is None else np.datetime64(miss.made_up_ms, "ms"),
        miss.vehicle_id,
    )
