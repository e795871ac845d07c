"""Which misses were really made up, from the motions alone: the rule of make-ups, metre by metre.

Plain and slow on purpose, and written apart from the judging side: it goes through the day from
beginning to end and asks at every pass over a metre what that pass was good for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from geofence.network.network import Network
from geofence.plan.plan import Grid, Plan
from simulators.fleet.fleet import SimulatedDay
from simulators.trucks.motion import Motion
from simulators.trucks.service_day import WindowTimes, windows_of

APART_S = 60.0
"""A truck that is over a metre again within so many seconds of a pass has not passed it again."""
METRE = 1.0
Spot = tuple[int, int]
"""A section and a metre of it."""

MAKE_UP_COLUMNS = ("grid_id", "window", "street", "made_up_ratio", "made_up_s", "vehicle_id")


@dataclass(slots=True)
class _Pass:
    spot: Spot
    vehicle: str
    at_s: float
    spent: bool = False


@dataclass(slots=True)
class _Miss:
    grid: Grid
    window: WindowTimes
    street: str
    spots: int
    lacking: set[Spot]
    allowed: tuple[str, ...]
    until_s: float
    done_s: float | None = None
    vehicle: str = ""
    lacked: int = field(init=False)

    def __post_init__(self) -> None:
        self.lacked = len(self.lacking)


def make_up_truth(day: SimulatedDay, plan: Plan) -> pd.DataFrame:
    """Tell of every street and window that was really missed how it was made up.

    Columns are `MAKE_UP_COLUMNS`: the share of the street's length made up, the instant at which
    what was served and what was made up reached ``served_ratio`` (seconds since 1970, NaN if
    never), and the vehicle that reached it.
    """
    zone = ZoneInfo(plan.timezone)
    windows = {grid.id: windows_of(grid, day.service_date, zone, plan.rules) for grid in plan.grids}
    missed = day.truth[day.truth["ratio_by_deadline"] < plan.rules.served_ratio]
    chosen = set(missed["street"])
    sections = [s for s, name in enumerate(day.network.section_names) if name in chosen]
    passes = [
        each
        for vehicle, truck in sorted(day.trucks.items())
        for each in _passes(vehicle, truck.motion, sections, day.network)
    ]
    passes.sort(key=lambda each: (each.at_s, each.spot, each.vehicle))
    first = _spend_on_windows(passes, plan, windows, day)
    misses = [
        _miss_of(day, plan, windows, first, *row)
        for row in missed[["grid_id", "window", "street"]].itertuples(index=False, name=None)
    ]
    misses.sort(key=lambda miss: (miss.window.start_s, miss.window.end_s))
    for each in _begun(passes):
        _spend(each, misses, plan.rules.served_ratio)
    return pd.DataFrame(
        [
            (
                miss.grid.id,
                miss.window.text,
                miss.street,
                (miss.lacked - len(miss.lacking)) / miss.spots,
                np.nan if miss.done_s is None else miss.done_s,
                miss.vehicle,
            )
            for miss in misses
        ],
        columns=list(MAKE_UP_COLUMNS),
    )


def _spots(section: int, network: Network) -> range:
    return range(max(1, int(np.ceil(network.section_length_m[section] / METRE))))


def _passes(
    vehicle: str, motion: Motion, sections: Sequence[int], network: Network
) -> Iterator[_Pass]:
    """Give every pass over the middle of a metre while the truck collected."""
    moving = motion.collecting & (motion.from_m != motion.to_m)
    for piece in np.flatnonzero(moving & np.isin(motion.section, sections)).tolist():
        section = int(motion.section[piece])
        begin_m, end_m = float(motion.from_m[piece]), float(motion.to_m[piece])
        low, high = min(begin_m, end_m), max(begin_m, end_m)
        started_s = float(motion.started_s[piece])
        lasted_s = float(motion.finished_s[piece]) - started_s
        for metre in range(max(0, int(low) - 1), min(len(_spots(section, network)), int(high) + 1)):
            middle = metre + METRE / 2
            if low <= middle < high:
                share = (middle - begin_m) / (end_m - begin_m)
                yield _Pass((section, metre), vehicle, started_s + share * lasted_s)


def _spend_on_windows(
    passes: Sequence[_Pass],
    plan: Plan,
    windows: dict[str, list[WindowTimes]],
    day: SimulatedDay,
) -> dict[tuple[str, str], set[Spot]]:
    """Spend the first pass over each metre in each window; give the metres each window had."""
    served: dict[tuple[str, str], set[Spot]] = {}
    places_of: dict[str, list[int]] = {}
    for place, each in enumerate(passes):
        places_of.setdefault(each.vehicle, []).append(place)
    for grid in plan.grids:
        own = plan.vehicles_of(grid, day.service_date)
        mine = set(day.network.sections_of_grid.get(grid.id, ()))
        places = sorted(place for vehicle in set(own) for place in places_of.get(vehicle, ()))
        relevant = [passes[place] for place in places if passes[place].spot[0] in mine]
        for window in windows[grid.id]:
            had = served.setdefault((grid.id, window.text), set())
            for each in relevant:
                inside = window.start_s <= each.at_s < window.last_s
                if inside and each.spot not in had:
                    had.add(each.spot)
                    each.spent = True
    return served


def _miss_of(
    day: SimulatedDay,
    plan: Plan,
    windows: dict[str, list[WindowTimes]],
    served: dict[tuple[str, str], set[Spot]],
    grid_id: str,
    text: str,
    street: str,
) -> _Miss:
    network = day.network
    grid = plan.grid_by_id[grid_id]
    (window,) = (each for each in windows[grid_id] if each.text == text)
    operator = plan.operator_by_id[grid.operator_id]
    spots = {
        (section, metre)
        for section in network.sections_of_grid.get(grid_id, ())
        if network.section_names[section] == street
        for metre in _spots(section, network)
    }
    tomorrow = [
        other.start_s
        for ahead in (1, 2)
        for other in windows_of(
            grid, day.service_date + timedelta(ahead), ZoneInfo(plan.timezone), plan.rules
        )
    ]
    final_s = max(other.last_s for other in windows[grid_id]) + 60 * plan.rules.allowed_lateness_min
    return _Miss(
        grid=grid,
        window=window,
        street=street,
        spots=len(spots),
        lacking=spots - served[grid_id, text],
        allowed=(*plan.vehicles_of(grid, day.service_date), *operator.spares),
        until_s=min([final_s, *tomorrow]),
    )


def _begun(passes: Sequence[_Pass]) -> Iterator[_Pass]:
    """Give of passes less than a minute apart the first, spent if any of them is."""
    latest: dict[tuple[Spot, str], _Pass] = {}
    firsts = []
    for each in passes:
        before = latest.get((each.spot, each.vehicle))
        if before is not None and each.at_s - before.at_s < APART_S:
            before.spent |= each.spent
        else:
            latest[each.spot, each.vehicle] = each
            firsts.append(each)
    return (each for each in firsts if not each.spent)


def _spend(each: _Pass, misses: Sequence[_Miss], served_ratio: float) -> None:
    """Let a pass repair the oldest open miss that it helps."""
    for miss in misses:
        if (
            miss.done_s is None
            and each.spot in miss.lacking
            and miss.window.last_s <= each.at_s < miss.until_s
            and each.vehicle in miss.allowed
        ):
            miss.lacking.remove(each.spot)
            if len(miss.lacking) <= (1 - served_ratio) * miss.spots + 1e-9:
                miss.done_s, miss.vehicle = each.at_s, each.vehicle
            return
