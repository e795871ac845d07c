"""Habits: what earlier days tell of a grid in a window, of its truck, and of the whole fleet.

A day in the history either **went on** (it was done in time, or still at work at the end of grace)
or was **left**: nothing more was served in its last half hour, though streets lacked metres.
Every figure is estimated in four steps, from the days of the fleet, of the truck, of the grid and
of the window; each step takes only days that belong to none of the later ones, so that none counts
twice, and shrinks towards the estimate before: ``(sum of n days + k * estimate before) / (n + k)``.
The first shrinks towards a default, so that without any history there is still an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.forecast.curves import RASTER_S, Floats
from analytics.forecast.past import BINS, EDGES, PastDay, past_days
from analytics.forecast.pauses import steps_of

PACE_WEIGHT_DAYS, SPREAD_WEIGHT_DAYS = 2.0, 10.0
"""How many days weigh as much as the estimate before."""
LEFT_WEIGHT_DAYS = (5.0, 50.0)
"""The least and the most of the same where it is about being left; see `_left_weight_days`."""
DEFAULT_WEIGHT_DAYS = 5.0
"""How many days a default weighs where it is about being left."""
DEFAULT_LEFT, DEFAULT_NEVER_BEGUN = 0.08, 0.02
"""Shares of days that are left after a start, and without one."""
DEFAULT_PAUSES, DEFAULT_PAUSE_S = 1.0, 1800.0
"""Pauses a day, and their mean; also of the wait for the first metre."""
DEFAULT_PACE_S = 1.0
"""Seconds a needed metre, without pauses."""
DEFAULT_BREAK_S = 900.0
"""Seconds of pauses on the way, all told."""
DEFAULT_DELAY_S = 600.0
DEFAULT_SPREAD = 0.1
LEAST_SPREAD = 0.005
"""Squared coefficients of variation."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Days that are looked at together."""

    days: int
    left_at: Floats
    """Shares at which days were left, ascending."""
    pauses_s: Floats
    """Lengths of all pauses on the way, after which days went on; ascending."""
    waits_s: Floats
    """The same before the first step."""
    pace_s: Floats
    """Shape (BINS + 1,): sum over the days that began and went on, of the seconds a needed metre
    from the first metre to each share, without pauses."""
    breaks_s: Floats
    """The same of the seconds of pauses until then."""
    delay_s: float
    """Sum over the same days, of the seconds from the window's start to the first metre."""
    begun: int
    """How many days those are."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowHabits:
    """What is usual for one grid in one window."""

    levels: tuple[Level, ...]
    """Fleet, truck, grid and window."""
    pace_s: Floats
    """Shape (BINS + 1,): usual seconds a needed metre from the first metre to each share, without
    pauses."""
    breaks_s: Floats
    """Shape (BINS + 1,): usual seconds of pauses until then."""
    delay_s: float
    """Usual seconds from the window's start to its first metre."""
    spread: float
    """Squared coefficient of variation of the time a window takes, from day to day."""
    left_weight_days: float
    """How many days weigh as much as the estimate before, where it is about being left, once that
    rests on so many."""

    def left(self, share: Floats, still: Floats) -> Floats:
        """Give the chance that the grid is left, by share and seconds of standing still.

        It is left now, if this pause is one that does not end; or it will be, further on.
        """
        rests_on = DEFAULT_WEIGHT_DAYS
        is_begun = steps_of(share) > 0.0
        never_begun, left = DEFAULT_NEVER_BEGUN, DEFAULT_LEFT
        later = (never_begun + left) * (1.0 - share / 2)
        pauses = DEFAULT_PAUSES * np.exp(-still / DEFAULT_PAUSE_S)
        for level in self.levels:
            # an estimate weighs no more than the days it rests on
            k = min(rests_on, self.left_weight_days)
            weight, rests_on = level.days + k, rests_on + level.days
            unbegun = int((steps_of(level.left_at) == 0.0).sum())
            longer = np.where(
                is_begun, _at_least(level.pauses_s, still), _at_least(level.waits_s, still)
            )
            never_begun = (unbegun + k * never_begun) / weight
            left = (len(level.left_at) - unbegun + k * left) / weight
            later = (_at_least(level.left_at, share) + k * later) / weight
            pauses = (longer + k * pauses) / weight
        ends = np.where(is_begun, left, never_begun)
        # less than a step of the raster is no pause yet
        now = ends / (ends + pauses) * np.minimum(still / RASTER_S, 1.0)
        chance: Floats = now + (1.0 - now) * later / (later + 1.0 - never_begun - left)
        return chance

    def whole_s(self, needed_m: float) -> float:
        """Give the time that it usually takes from the first metre until all is done."""
        return float(needed_m * self.pace_s[-1] + self.breaks_s[-1])

    def worked_s(self, share: Floats, paused: Floats, needed_m: float) -> Floats:
        """Give how much of that is behind at a share, after so many seconds of pauses.

        Pauses count where they are usual by then, or else as far as there are any in a usual day.
        """
        breaks_s = np.maximum(
            np.interp(share, EDGES, self.breaks_s), np.minimum(paused, self.breaks_s[-1])
        )
        worked: Floats = needed_m * np.interp(share, EDGES, self.pace_s) + breaks_s
        return worked


def _at_least(ascending: Floats, value: Floats) -> NDArray[np.int64]:
    """Count how many are as large as each value or larger."""
    return len(ascending) - np.searchsorted(ascending, value, side="left")


class Habits:
    """What is usual, learned from the curves of earlier days.

    Parameters
    ----------
    curves
        Columns of `analytics.forecast.curves.CURVE_DTYPES`, one curve a case, rows in any order;
        none is fine. Repeated rows count once. Cases whose ending is unknown teach nothing.
    """

    def __init__(self, curves: pd.DataFrame) -> None:
        self._days = past_days(curves)
        self._spread = _spread(self._days)
        self._left_weight_days = _left_weight_days(self._days)

    def of(self, grid_id: str, window: str, vehicles: Sequence[str]) -> WindowHabits:
        """Give the habits of a grid in a window, served by these vehicles."""
        crew = "|".join(vehicles)
        steps: tuple[list[PastDay], ...] = ([], [], [], [])
        for day in self._days:
            is_grid = day.grid_id == grid_id
            near = 3 if is_grid and day.window == window else 2 if is_grid else day.vehicles == crew
            steps[near].append(day)
        levels = tuple(map(_level, steps))
        pace_s, breaks_s = DEFAULT_PACE_S * EDGES, DEFAULT_BREAK_S * EDGES
        delay_s = DEFAULT_DELAY_S
        for level in levels:
            weight = level.begun + PACE_WEIGHT_DAYS
            pace_s = (level.pace_s + PACE_WEIGHT_DAYS * pace_s) / weight
            breaks_s = (level.breaks_s + PACE_WEIGHT_DAYS * breaks_s) / weight
            delay_s = (level.delay_s + PACE_WEIGHT_DAYS * delay_s) / weight
        return WindowHabits(levels, pace_s, breaks_s, delay_s, self._spread, self._left_weight_days)


def _level(days: Sequence[PastDay]) -> Level:
    tours = [day.tour for day in days if day.tour is not None]
    return Level(
        days=len(days),
        left_at=np.sort([day.left_at for day in days if day.left_at is not None]),
        pauses_s=np.sort(np.concatenate([np.empty(0), *(day.pauses_s for day in days)])),
        waits_s=np.sort(np.concatenate([np.empty(0), *(day.waits_s for day in days)])),
        pace_s=np.sum([np.zeros(BINS + 1), *(tour.pace_s for tour in tours)], axis=0),
        breaks_s=np.sum([np.zeros(BINS + 1), *(tour.breaks_s for tour in tours)], axis=0),
        delay_s=float(np.sum([tour.delay_s for tour in tours])),
        begun=len(tours),
    )


def _spread(days: Sequence[PastDay]) -> float:
    """Give the squared coefficient of variation of the times windows take, about their means."""
    totals: dict[tuple[str, str], list[float]] = {}
    for day in days:
        if day.tour is not None:
            totals.setdefault((day.grid_id, day.window), []).append(day.tour.total_s)
    squares, free = SPREAD_WEIGHT_DAYS * DEFAULT_SPREAD, SPREAD_WEIGHT_DAYS
    for group in totals.values():
        times = np.array(group)
        squares += float(((times / times.mean() - 1.0) ** 2).sum())
        free += len(times) - 1
    return max(squares / free, LEAST_SPREAD)


def _left_weight_days(days: Sequence[PastDay]) -> float:
    """Learn how much windows differ in how often they are left, beyond chance.

    With p the share of days left and v the variance of that share between windows, by the method of
    moments, n days of one weigh n / (n + k) where k = p (1 - p) / v - 1 (beta-binomial).
    """
    least, most = LEFT_WEIGHT_DAYS
    groups: dict[tuple[str, str], list[bool]] = {}
    for day in days:
        groups.setdefault((day.grid_id, day.window), []).append(day.left_at is not None)
    sizes = np.array([float(len(group)) for group in groups.values()])
    left = np.array([float(sum(group)) for group in groups.values()])
    if not left.sum() or sizes.max() == 1.0 or len(sizes) == 1:
        return most
    share = left.sum() / sizes.sum()
    by_chance = share * (1.0 - share)
    beyond = (sizes * (left / sizes - share) ** 2).sum() - (len(sizes) - 1) * by_chance
    variance = beyond / (sizes.sum() - (sizes**2).sum() / sizes.sum())
    if variance <= 0.0:
        return most
    return float(np.clip(by_chance / variance - 1.0, least, most))
