"""Earlier days: what the curve of one grid in one window on one day teaches."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.forecast.curves import Ending, Floats
from analytics.forecast.pauses import STEPS, paused_s, pauses_of, still_s

AT_WORK_S = 1800.0
"""A grid that was missed but served metres in this time before the end of grace was at work."""
BINS = 20
"""Shares are tabled in steps of one in so many."""
EDGES = np.linspace(0.0, 1.0, BINS + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Tour:
    """How a day that went on came to each share of `EDGES`, after its first metre.

    What it did not come to, it is taken to have done at its own mean pace.
    """

    delay_s: float
    """From the window's start to the first metre."""
    pace_s: Floats
    """Seconds a needed metre, without pauses."""
    breaks_s: Floats
    """Seconds of pauses until then."""
    total_s: float
    """Seconds a needed metre, pauses included, until all was done."""


@dataclass(frozen=True, slots=True, eq=False)
class PastDay:
    """One grid in one window on an earlier day."""

    grid_id: str
    window: str
    vehicles: str
    left_at: float | None
    """Share at which it was left; None if it went on."""
    pauses_s: Floats
    """Pauses on the way, after which it went on."""
    waits_s: Floats
    """The same before the first step."""
    tour: Tour | None
    """None if it was left."""


def past_days(curves: pd.DataFrame) -> list[PastDay]:
    """Read the curves whose ending is known (see `analytics.forecast.habits.Habits`)."""
    keys = ["grid_id", "window", "service_date"]
    known = curves[curves["ending"] != Ending.UNKNOWN.value]
    rows = known.sort_values([*keys, "elapsed_s", "share"]).drop_duplicates([*keys, "elapsed_s"])
    first = np.flatnonzero(~rows.duplicated(keys).to_numpy())
    cases = rows.iloc[first]
    words = (cases[name].tolist() for name in ("grid_id", "window", "vehicles", "ending"))
    numbers = (cases[name].tolist() for name in ("needed_m", "started_s"))
    points = (
        np.split(rows[name].to_numpy(dtype=np.float64), first[1:])
        for name in ("elapsed_s", "share")
    )
    # without any case there is still one empty part of points
    return [_past_day(*day) for day in zip(*words, *numbers, *points, strict=False)]


def _past_day(
    grid_id: str,
    window: str,
    vehicles: str,
    ending: str,
    needed_m: float,
    started_s: float,
    elapsed_s: Floats,
    share: Floats,
) -> PastDay:
    pauses_s, waits_s = pauses_of(elapsed_s, share)
    is_left = ending == Ending.MISSED.value and still_s(elapsed_s, share)[-1] >= AT_WORK_S
    return PastDay(
        grid_id=grid_id,
        window=window,
        vehicles=vehicles,
        left_at=float(share[-1]) if is_left else None,
        pauses_s=pauses_s,
        waits_s=waits_s,
        tour=None
        if is_left or np.isnan(started_s)
        else _tour(elapsed_s, share, started_s, needed_m),
    )


def _tour(elapsed_s: Floats, share: Floats, started_s: float, needed_m: float) -> Tour:
    after = np.clip(np.searchsorted(share, EDGES, side="left"), 1, len(share) - 1)
    step = np.maximum(share[after] - share[after - 1], 1e-12)
    part = np.clip((EDGES - share[after - 1]) / step, 0.0, 1.0)

    def reached(clock: Floats) -> Floats:
        at: Floats = clock[after - 1] + part * (clock[after] - clock[after - 1])
        return at

    beyond_s = (elapsed_s[-1] - started_s) * EDGES / max(share[-1], 1 / STEPS)
    taken_s = np.where(
        share[-1] >= EDGES, np.maximum(reached(elapsed_s) - started_s, 0.0), beyond_s
    )
    taken_s[0] = 0.0
    breaks_s = np.minimum(reached(paused_s(elapsed_s, share)), taken_s)
    return Tour(
        delay_s=started_s,
        pace_s=(taken_s - breaks_s) / needed_m,
        breaks_s=breaks_s,
        total_s=float(taken_s[-1]) / needed_m,
    )
