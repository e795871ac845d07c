"""What a vehicle's fixes show of its receiver: what in them is not believed, and why."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geofence.network.network import Network
from geofence.seen.observe import read_fixes
from geofence.track.no_fix import USELESS_M, without_fix
from geofence.track.track import Fixes, sift
from ingest.log.rows import epoch_ms
from ingest.ping import RECEIVED_COLUMN

Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]

GAP_S = 120.0
"""The silence that makes a gap, unless a plan names another."""
LEAST_FIXES = 5
"""Fewer fixes without a fix, or stale, are no fault of a receiver."""
UNKNOWN_MS = np.iinfo(np.int64).min
"""A reception that nobody noted."""


class Found(NamedTuple):
    """One thing that a receiver does wrong."""

    code: str
    since_ms: int
    until_ms: int
    seconds: float
    evidence: str


def receiver_faults(stored: pd.DataFrame, network: Network) -> Iterator[tuple[str, Found]]:
    """Say of each vehicle what its receiver does wrong.

    Parameters
    ----------
    stored
        Frame of pings with one row a key, sorted by vehicle and event time.
    """
    fixes, _ = read_fixes(stored, network)
    received_ms = np.full(len(stored), UNKNOWN_MS)
    if RECEIVED_COLUMN in stored.columns:
        told = stored[RECEIVED_COLUMN].notna().to_numpy()
        received_ms[told] = epoch_ms(stored[RECEIVED_COLUMN][told])
    numbers, vehicles = pd.factorize(stored["vehicle_id"])
    first = np.searchsorted(numbers, np.arange(len(vehicles) + 1))
    for number, vehicle in enumerate(vehicles):
        rows = slice(first[number], first[number + 1])
        for found in _of_vehicle(fixes[rows], received_ms[rows]):
            yield str(vehicle), found


def _of_vehicle(fixes: Fixes, received_ms: Instants) -> Iterator[Found]:
    none = without_fix(fixes.x, fixes.y, fixes.accuracy_m, fixes.satellites)
    if none.sum() >= LEAST_FIXES:
        inaccurate = int((fixes.accuracy_m[none] > USELESS_M).sum())
        yield _sum_up(
            "no_fix",
            fixes.time_ms,
            none,
            f"{none.sum():,} of {len(none):,} fixes, {inaccurate:,} of them by an accuracy above "
            f"{USELESS_M:.0f} m",
        )
    if none.any():
        fixes, received_ms = fixes[~none], received_ms[~none]
    time_ms = fixes.time_ms
    begins, ends, stale, turns = sift(fixes, GAP_S)
    if len(begins):
        frozen_s = float((time_ms[ends] - time_ms[begins]).sum()) / 1000
        seen = f"{len(begins)} stretches, {frozen_s:,.0f} s in all"
        yield Found("frozen_gps", int(time_ms[begins[0]]), int(time_ms[ends[-1]]), frozen_s, seen)
    if stale.sum() >= LEAST_FIXES:
        seen = f"{stale.sum():,} of {len(stale):,} fixes repeat an earlier one to the last bit"
        yield _sum_up("stale_positions", time_ms, stale, seen)
    set_back_s = [
        _set_back_s(time_ms[begin : end + 1], received_ms[begin : end + 1])
        for begin, end in zip(turns.first, turns.last, strict=True)
    ]
    is_set_back = np.array([not np.isnan(each) for each in set_back_s], dtype=np.bool_)
    for code, chosen in (("two_receivers", ~is_set_back), ("clock_set_back", is_set_back)):
        if not chosen.any():
            continue
        since_ms, until_ms = time_ms[turns.first[chosen]], time_ms[turns.last[chosen]]
        seconds = float((until_ms - since_ms).sum()) / 1000
        seen = f"{chosen.sum()} stretches, {seconds:,.0f} s in all"
        if code == "clock_set_back":
            most_s = np.nanmax(set_back_s)
            seen += f"; in order of reception times go back once, by {most_s:,.0f} s"
        yield Found(code, int(since_ms[0]), int(until_ms[-1]), seconds, seen)


def _sum_up(code: str, time_ms: Instants, chosen: Flags, evidence: str) -> Found:
    """Tell of single fixes; each stands for the time from the one before it."""
    lasted_ms = np.diff(time_ms, prepend=time_ms[:1])[chosen].sum()
    own_ms = time_ms[chosen]
    return Found(code, int(own_ms[0]), int(own_ms[-1]), float(lasted_ms) / 1000, evidence)


def _set_back_s(time_ms: Instants, received_ms: Instants) -> float:
    """Give by how many seconds a clock was set back, if that is why times overlap; else NaN.

    Then the event times go back just once in order of reception. Those of two receivers do so again
    and again.
    """
    if (received_ms == UNKNOWN_MS).any():
        return np.nan
    back_ms = -np.diff(time_ms[np.lexsort((time_ms, received_ms))])
    return float(back_ms.max()) / 1000 if (back_ms > 0).sum() == 1 else np.nan
