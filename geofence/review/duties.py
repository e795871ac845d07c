"""What vehicles are asked to do: several grids, two at a time, or more than a window holds."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from geofence.network.network import Network
from geofence.plan.plan import MINUTES_OF_A_DAY, Assignment, DailyWindow, Grid, Plan
from geofence.plan.timetable import render_days
from geofence.review.warning import PlanWarning, WarningCode, listed

_WEEK_MIN = 7 * MINUTES_OF_A_DAY


def shared_vehicles(plan: Plan) -> Iterator[PlanWarning]:
    """Tell vehicles of several grids."""
    grids = defaultdict(list)
    for grid in plan.grids:
        for vehicle in grid.vehicles:
            grids[vehicle].append(grid.id)
    for vehicle, ids in grids.items():
        if len(ids) > 1:
            yield PlanWarning(WarningCode.VEHICLE_SHARED, vehicle, f"serves {listed(ids)}")


class _Duty(NamedTuple):
    """One window of a grid on one day, in minutes of the week."""

    start_min: int
    end_min: int
    grid: Grid
    window: DailyWindow
    day: int


@dataclass(frozen=True, slots=True)
class _Work:
    """How long the streets of each grid take, at service speed, by the plan's rules."""

    length_m: Mapping[str, float]
    speed_kmh: float

    def minutes(self, grid: Grid, vehicles: int) -> float:
        """Give what each of so many vehicles has to drive."""
        share_m = self.length_m.get(grid.id, 0.0) / max(1, vehicles)
        return share_m / (self.speed_kmh * 1000 / 60)


def overlapping_duties(plan: Plan, network: Network | None) -> Iterator[PlanWarning]:
    """Tell for each vehicle the windows of two grids that want it at once, and on which days.

    Of many that want it at once, each is told beside the one that ends last before it.
    """
    work = _Work(_driven_m(network) if network else {}, plan.rules.service_speed_kmh)
    of_vehicle: defaultdict[str, list[Grid]] = defaultdict(list)
    for grid in plan.grids:
        for vehicle in grid.vehicles:
            of_vehicle[vehicle].append(grid)
    for vehicle, grids in of_vehicle.items():
        if len(grids) > 1:
            duties = [
                duty for grid in grids for day in sorted(grid.days) for duty in _on(grid, day)
            ]
            yield from _clashes(vehicle, duties, work, None)
    lent: defaultdict[date, list[Assignment]] = defaultdict(list)
    for assignment in plan.assignments:
        lent[assignment.service_date].append(assignment)
    for day in sorted(lent):
        for vehicle, grids in _standing_in(plan, of_vehicle, day, lent[day]).items():
            duties = [duty for grid in grids for duty in _on(grid, day.weekday())]
            yield from _clashes(vehicle, duties, work, day)


def _on(grid: Grid, day: int) -> list[_Duty]:
    start_min = day * MINUTES_OF_A_DAY
    return [
        _Duty(start_min + window.start_min, start_min + window.end_min, grid, window, day)
        for window in grid.windows
    ]


def _standing_in(
    plan: Plan,
    of_vehicle: Mapping[str, Sequence[Grid]],
    day: date,
    assignments: Sequence[Assignment],
) -> dict[str, list[Grid]]:
    """Give the grids that each vehicle that stands in somewhere has on the date of assignments."""
    stand_ins: defaultdict[str, list[Grid]] = defaultdict(list)
    for assignment in assignments:
        grid = plan.grid_by_id[assignment.grid_id]
        for vehicle in assignment.vehicles:
            stand_ins[vehicle].append(grid)
    found = {}
    for vehicle, lent in stand_ins.items():
        own = [g for g in of_vehicle.get(vehicle, ()) if not plan.has_stand_in(g, day)]
        grids = [grid for grid in (*lent, *own) if day.weekday() in grid.days]
        if len(grids) > 1:
            found[vehicle] = grids
    return found


def _clashes(
    vehicle: str, duties: list[_Duty], work: _Work, date_of: date | None
) -> Iterator[PlanWarning]:
    """Tell the pairs of duties of different grids that overlap, each pair of windows once."""
    days: dict[tuple[str, str, str, str], set[int]] = {}
    pairs: dict[tuple[str, str, str, str], tuple[_Duty, _Duty]] = {}
    for one, other in _overlaps(duties, is_weekly=date_of is None):
        key = one.grid.id, one.window.text, other.grid.id, other.window.text
        days.setdefault(key, set()).add(one.day)
        pairs.setdefault(key, (one, other))
    for key, (one, other) in pairs.items():
        when = date_of.isoformat() if date_of else render_days(frozenset(days[key]))
        begin, end = max(one.start_min, other.start_min), min(one.end_min, other.end_min)
        span_min = max(one.end_min, other.end_min) - min(one.start_min, other.start_min)
        need_min = sum(work.minutes(duty.grid, len(duty.grid.vehicles)) for duty in (one, other))
        fits = "which is more than" if need_min > span_min else "of"
        yield PlanWarning(
            WarningCode.DUTIES_OVERLAP,
            vehicle,
            f"{one.grid.id} ({one.window.text}) and {other.grid.id} ({other.window.text}) both "
            f"want it from {_clock(begin)} to {_clock(end)}, {when}; its share of both takes "
            f"{need_min:.0f} min at {work.speed_kmh:g} km/h, {fits} the {span_min} min of the two",
        )


def _overlaps(duties: list[_Duty], *, is_weekly: bool) -> Iterator[tuple[_Duty, _Duty]]:
    """Give for each duty that of another grid which began before and ends last, if it overlaps."""
    if is_weekly:  # a window that begins on Sunday may end on Monday
        duties = duties + [
            duty._replace(start_min=duty.start_min - _WEEK_MIN, end_min=duty.end_min - _WEEK_MIN)
            for duty in duties
            if duty.end_min > _WEEK_MIN
        ]
    latest: list[_Duty] = []
    for duty in sorted(duties, key=lambda duty: (duty.start_min, duty.end_min, duty.grid.id)):
        before = next((each for each in latest if each.grid is not duty.grid), None)
        if before is not None and before.end_min > duty.start_min:
            yield before, duty
        # the last to end, and the last of another grid
        kept = sorted([duty, *latest], key=lambda each: -each.end_min)
        other = next((each for each in kept[1:] if each.grid is not kept[0].grid), None)
        latest = [kept[0], other] if other else [kept[0]]


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute % MINUTES_OF_A_DAY, 60)
    return f"{hours:02}:{minutes:02}"


def short_windows(plan: Plan, network: Network) -> Iterator[PlanWarning]:
    """Tell grids whose streets no window of theirs holds, with the arithmetic."""
    work = _Work(_driven_m(network), plan.rules.service_speed_kmh)
    for grid in plan.grids:
        shortest = min(grid.windows, key=lambda window: window.end_min - window.start_min)
        has_min = shortest.end_min - shortest.start_min
        need_min = work.minutes(grid, len(grid.vehicles))
        if need_min <= has_min:
            continue
        count = len(grid.vehicles)
        each = "1 vehicle" if count == 1 else f"each of {count} vehicles"
        km = work.length_m[grid.id] / 1000
        yield PlanWarning(
            WarningCode.WINDOW_SHORT,
            grid.id,
            f"{km:.1f} km at {work.speed_kmh:g} km/h take {each} {need_min:.0f} min, and "
            f"{shortest.text} has {has_min}: its streets cannot all be driven in it",
        )


def _driven_m(network: Network) -> dict[str, float]:
    """Give the length of the streets of each grid; what lies on another of the grid counts once."""
    lengths: defaultdict[str, float] = defaultdict(float)
    grids = network.section_grids
    for own, length_m in zip(grids, network.section_length_m.tolist(), strict=True):
        for grid_id in own:
            lengths[grid_id] += length_m
    twins = network.twins
    along_m = np.abs(twins.to_m - twins.from_m).tolist()
    for section, carrier, length_m in zip(
        twins.section.tolist(), twins.carrier.tolist(), along_m, strict=True
    ):
        for grid_id in set(grids[section]) & set(grids[carrier]):
            lengths[grid_id] -= length_m
    return dict(lengths)
