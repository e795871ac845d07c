"""What really was served, from SUMO's motion and never from pings."""

from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.coverage.windows import local_instant, service_windows
from benchmarks.towns.motion import Motion
from benchmarks.towns.roads import Roads
from benchmarks.towns.town import SERVICE_DATE, Town, vehicle_of
from simulators.receivers.scenario import Kind
from simulators.truth.truth import TRUTH_COLUMNS

Floats = NDArray[np.float64]
Silence = tuple[float, float]
"""Seconds after local midnight ``[from, to)`` in which a truck sends nothing."""


class Driven:
    """The stretches of drawn roads that one truck drove over."""

    def __init__(self, motion: Motion, roads: Roads) -> None:
        road, along_m = motion.road, motion.along_m
        entered = np.ones(len(road), dtype=np.bool_)
        entered[1:] = road[1:] != road[:-1]
        left = np.roll(entered, -1)
        left[-1:] = False  # the last second of a motion is no end of a road
        on = road >= 0
        begun_m = np.where(entered, 0.0, np.roll(along_m, 1))
        if len(road):
            begun_m[0] = along_m[0]  # it was put there
        whole_m = roads.length_m[road]
        until_m = np.where(left, whole_m, along_m)
        self.second = motion.second[on]
        self.road = roads.drawn[road[on]]
        against = self.road != road[on]
        from_m, to_m, whole_m = begun_m[on], until_m[on], whole_m[on]
        self.from_m = np.where(against, whole_m - to_m, from_m)
        self.to_m = np.where(against, whole_m - from_m, to_m)

    def share(self, street: Sequence[int], roads: Roads, start_s: float, until_s: float) -> float:
        """Give the share of a street's metres driven from and until two instants."""
        in_time = (self.second >= start_s) & (self.second < until_s)
        covered_m = 0.0
        for number in street:
            chosen = in_time & (self.road == number)
            covered_m += union_m(self.from_m[chosen], self.to_m[chosen])
        return covered_m / float(roads.length_m[list(street)].sum())


def union_m(low: Floats, high: Floats) -> float:
    """Give the length of the union of intervals."""
    order = np.argsort(low, kind="stable")
    low, high = low[order], high[order]
    reached = np.concatenate([[-np.inf], np.maximum.accumulate(high)[:-1]])[: len(low)]
    return float(np.maximum(high - np.maximum(low, reached), 0.0).sum())


def truth_of(
    town: Town, motions: Mapping[str, Motion], silences: Mapping[str, Collection[Silence]]
) -> pd.DataFrame:
    """Tell for every street and window which share was driven: columns `TRUTH_COLUMNS`.

    `fault` is ``gap`` for a grid whose truck was silent on purpose between the window's start and
    its deadline, else empty.
    """
    zone = ZoneInfo(town.plan.timezone)
    midnight_ms = local_instant(SERVICE_DATE, 0, zone)
    rows = []
    for grid in town.plan.grids:
        vehicle = vehicle_of(grid.id)
        driven = Driven(motions[vehicle], town.roads) if vehicle in motions else None
        for window in service_windows(grid, SERVICE_DATE, zone, town.plan.rules):
            start_s, in_time_s, last_s = (
                (instant - midnight_ms) / 1000
                for instant in (window.start_ms, window.grace_end_ms, window.period_end_ms)
            )
            hidden = any(a < last_s and start_s < b for a, b in silences.get(vehicle, ()))
            for street, own in town.streets[grid.id].items():
                shares = [
                    driven.share(own, town.roads, start_s, until_s) if driven else 0.0
                    for until_s in (in_time_s, last_s)
                ]
                length_m = float(town.roads.length_m[list(own)].sum())
                rows.append((
                    SERVICE_DATE.isoformat(), grid.id, window.text, street, round(length_m, 1),
                    round(shares[0], 6), round(shares[1], 6), Kind.GAP.value if hidden else "",
                ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))
