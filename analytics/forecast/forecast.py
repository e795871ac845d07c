"""Forecast: the chance that a window will be missed, when it will be done, since when one knew.

A window is missed if a street of the grid lacks metres at the end of grace. That comes about in two
ways, and each has its chance, by what earlier days tell (`analytics.forecast.habits`):

    miss = 1 - (1 - left) (1 - slow)

**Left**: no more is served, as when a truck drove home, or broke down for good. Nothing has been
served for `still` seconds. Of all pauses that lasted so long on earlier days, some ended and some
did not, and the days that did not get done else were left later on, at a greater share:

    left = now + (1 - now) later
    now = e / (e + p(still)),    later = L(share) / (L(share) + 1 - L(0))

with e the chance of a day to be left, p the number of pauses a day that were as long and ended, and
L the chance of a day to be left at `share` or later. e and p are those of starts before the first
hundredth of the work, and of pauses on the way after it; `now` fades in over the first 5 minutes.
So a truck that unloads is not suspected for as long as trucks like it usually are away.

**Slow**: it goes on, but not fast enough. Work is measured in usual time: with W the time that the
window usually takes from its first metre, pauses included, and w what of it is behind (the time in
which the present share is usually reached; pauses beyond that count as far as a usual day has any),
W - w is left to do in the time T until the end of grace. The pace (usual seconds a second) is 1 on
a usual day. Let c2 be the squared coefficient of variation of W from day to day, half of it put
down to the day and half to chance on the way: then the pace is a Gamma variable of shape a = 2 / c2
and mean 1, and work is done in Poisson steps of u = W c2 / 2. After s seconds in which w was done,
the pace is Gamma of shape a + w / u and rate a u + s (the conjugate update; Gelman et al., Bayesian
Data Analysis, 2.6), and the time for the missing m = (W - w) / u steps is beta prime:

    slow = 1 - I_x(m, a + w / u),    x = T / (T + a u + s)

with I the regularised incomplete beta function. s runs from the first metre, but not from before
that is usual; as long as there is none, s runs from when it is usual, and until then the wait for
it is taken off T.

Whatever the course of the day was, more metres served by now never raise the chance of a miss, and
less time left never lowers it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincinv

from analytics.coverage.windows import ServiceWindow
from analytics.forecast.curves import Course, Floats, share_of
from analytics.forecast.habits import WindowHabits
from analytics.forecast.pauses import paused_s, still_s
from analytics.live.status import GridProgress
from geofence.plan.plan import ServiceRules

VISIBLE_FROM = 0.7
"""From this chance on a miss is visible."""
_LEAST_STEPS = 1e-6


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of a grid in a window."""

    finish_ms: int | None
    """Half of the days like this are done by then; None if fewer ever are, if it is done, and once
    grace has ended."""
    miss_probability: float
    """Chance, 0 to 1, that a street lacks metres at the end of grace."""
    visible_since_ms: int | None
    """Since when that has been `VISIBLE_FROM` or more without a break; None if it is less now."""


def forecast(
    window: ServiceWindow,
    progress: GridProgress,
    course: Course,
    habits: WindowHabits,
    now_ms: int,
    rules: ServiceRules,
) -> Forecast:
    """Say what is to be expected of a grid in a window.

    Parameters
    ----------
    progress
        At `now_ms`, as `analytics.live.status` has it.
    course
        How it came about: `analytics.forecast.curves.course_of` at the same instant.
    habits
        Learned from days before this one.
    """
    share = share_of(progress, rules)
    if share >= 1.0:
        return Forecast(None, 0.0, None)
    outlook = _outlook(window, progress, course, share, now_ms)
    left = habits.left(outlook.share, outlook.still_s)
    work = _work(outlook, habits, rules.served_ratio * sum(progress.lengths_m))
    in_time = betainc(work.steps, work.shape, work.left_s / (work.left_s + work.scale_s))
    is_open = outlook.grace_s > outlook.elapsed_s
    miss = np.where(is_open, 1.0 - (1.0 - left) * in_time, 1.0)
    return Forecast(
        _finish_ms(work, float(left[-1]), max(now_ms, window.start_ms)) if is_open[-1] else None,
        float(miss[-1]),
        _visible_since_ms(outlook, miss, window.start_ms),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Outlook:
    """Instants of a course, the last of them now, and how the grid stood at each."""

    elapsed_s: Floats
    share: Floats
    still_s: Floats
    paused_s: Floats
    """Pauses on the way, up to the instant before."""
    begun_s: Floats
    """When its first metre was served, NaN before that."""
    grace_s: float
    """When grace ends."""


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What is left to do at each instant, and how fast it goes: the terms of `slow`."""

    steps: Floats
    """m."""
    shape: Floats
    """a + w / u."""
    scale_s: Floats
    """a u + s."""
    wait_s: Floats
    """Until work usually begins, where it has not."""
    left_s: Floats
    """T, less that wait."""


def _outlook(
    window: ServiceWindow, progress: GridProgress, course: Course, share: float, now_ms: int
) -> _Outlook:
    now_s = max(0.0, (now_ms - window.start_ms) / 1000)
    before = course.elapsed_s < now_s
    elapsed_s = np.append(course.elapsed_s[before], now_s)
    shares = np.append(np.minimum(course.share[before], share), share)
    begun_s = np.full(len(elapsed_s), np.nan)
    if progress.started_ms is not None:
        started_s = max(0.0, (progress.started_ms - window.start_ms) / 1000)
        begun_s[elapsed_s >= started_s] = started_s
    return _Outlook(
        elapsed_s=elapsed_s,
        share=shares,
        still_s=still_s(elapsed_s, shares),
        paused_s=np.append(0.0, paused_s(elapsed_s, shares)[:-1]),
        begun_s=begun_s,
        grace_s=(window.grace_end_ms - window.start_ms) / 1000,
    )


def _work(outlook: _Outlook, habits: WindowHabits, needed_m: float) -> _Work:
    whole_s = habits.whole_s(needed_m)
    worked_s = habits.worked_s(outlook.share, outlook.paused_s, needed_m)
    step_s, day_shape = whole_s * habits.spread / 2, 2 / habits.spread
    is_begun = ~np.isnan(outlook.begun_s)
    from_s = np.fmax(outlook.begun_s, habits.delay_s)
    wait_s = np.where(is_begun, 0.0, np.maximum(habits.delay_s - outlook.elapsed_s, 0.0))
    return _Work(
        steps=np.maximum((whole_s - worked_s) / step_s, _LEAST_STEPS),
        shape=day_shape + worked_s / step_s,
        scale_s=day_shape * step_s + np.maximum(outlook.elapsed_s - from_s, 0.0),
        wait_s=wait_s,
        left_s=np.maximum(outlook.grace_s - outlook.elapsed_s - wait_s, 0.0),
    )


def _finish_ms(work: _Work, left: float, now_ms: int) -> int | None:
    """Give the instant by which half of the days like this are done, the ones left counted."""
    if left >= 0.5:
        return None
    x = float(betaincinv(work.steps[-1], work.shape[-1], 0.5 / (1.0 - left)))
    if x >= 1.0:
        return None
    ahead_s = float(work.wait_s[-1]) + x / (1.0 - x) * float(work.scale_s[-1])
    return now_ms + round(ahead_s * 1000)


def _visible_since_ms(outlook: _Outlook, miss: Floats, start_ms: int) -> int | None:
    hidden = np.flatnonzero(miss < VISIBLE_FROM)
    first = int(hidden[-1]) + 1 if len(hidden) else 0
    if first == len(miss):
        return None
    return start_ms + round(float(outlook.elapsed_s[first]) * 1000)
