"""Days on which windows are missed for many reasons, judged: what a forecast is tried on.

Beside what befalls grids in a `mixed` scenario (late tours, streets given up, silent trackers),
trucks have habits and mishaps here. Each works at a pace of its own every day, brisk to slow; and
on some days it is slower than it uses to be, comes late, or breaks down on the way and goes on
later.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.judge import Judgement, judge
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from geofence.seen.observe import observe
from ingest.ping import RECEIVED_COLUMN, resolve
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.scenario import Scenario, seeded
from simulators.trucks.driving import DrivingSettings

FIRST_DATE = date(2022, 3, 28)
PACES_KMH = ((6.0, 14.0), (5.0, 10.0), (3.5, 7.0))
"""Speeds of collecting: a truck has one of these paces on all days."""
SLOWER = 0.6
LATE_MIN, BREAKDOWN_MIN = (30.0, 120.0), (20.0, 180.0)
STANDING_EVERY_MS = 10_000
STANDING_NOISE_DEG = 2e-5


class Mishap(StrEnum):
    """What befalls a truck on a date, besides what befalls its grid."""

    NONE = "none"
    SLOW = "slow"
    LATE_OUT = "late out"
    BREAKDOWN = "breakdown"


CHANCES = {Mishap.SLOW: 0.06, Mishap.LATE_OUT: 0.06, Mishap.BREAKDOWN: 0.08}


@dataclass(frozen=True, slots=True, eq=False)
class TrialDay:
    """A date, what came out, and why."""

    service_date: date
    judgement: Judgement
    causes: dict[str, str]
    """By grid: the mishap of its truck, or else the kind of its day in the scenario."""


def trial_days(plan: Plan, days: int, seed: int) -> Iterator[TrialDay]:
    """Simulate and judge so many dates in a row."""
    network = build_network(plan.sections)
    for number in range(days):
        service_date = FIRST_DATE + timedelta(days=number)
        pings, causes = _simulated(plan, service_date, seed)
        seen = observe(bearing_on(resolve(pings).pings, plan, service_date), network, plan.rules)
        yield TrialDay(service_date, judge(tuple(seen), plan, network, service_date), causes)


def only_some(plan: Plan, grids: int) -> Plan:
    """Keep so many grids of a plan, spread over it."""
    chosen = np.linspace(0, len(plan.grids) - 1, min(grids, len(plan.grids))).round().astype(int)
    return replace(plan, grids=tuple(plan.grids[place] for place in np.unique(chosen).tolist()))


def delayed(
    pings: pd.DataFrame, from_ms: int, delay_ms: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Let a truck stand for a time from an instant on, and do later what it did after it.

    What it would then do after the end of its last fix's day is lost, as no verdict asks for it.
    """
    event_ms = pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64)
    before = np.flatnonzero(event_ms < from_ms)
    if not len(before):
        return _later(pings, np.full(len(pings), delay_ms))
    moved = _later(pings, np.where(event_ms >= from_ms, delay_ms, 0))
    last = pings.iloc[[before[np.argmax(event_ms[before])]]]
    waits_ms = np.arange(STANDING_EVERY_MS, delay_ms, STANDING_EVERY_MS)
    stand = _later(last.loc[last.index.repeat(len(waits_ms))], waits_ms)
    for name in ("longitude", "latitude"):
        stand[name] += rng.normal(0.0, STANDING_NOISE_DEG, len(stand))
    return pd.concat([moved, stand.assign(speed_mps=0.0, heading_deg=np.nan)], ignore_index=True)


def _later(pings: pd.DataFrame, delay_ms: NDArray[np.int64]) -> pd.DataFrame:
    by = pd.to_timedelta(pd.Series(delay_ms, index=pings.index), unit="ms").astype(
        "timedelta64[ms]"
    )
    return pings.assign(**{name: pings[name] + by for name in ("event_time", RECEIVED_COLUMN)})


def _simulated(plan: Plan, service_date: date, seed: int) -> tuple[pd.DataFrame, dict[str, str]]:
    day_seed = int(seeded(seed, service_date.isoformat(), "day").integers(2**31))
    mishaps = {
        vehicle: _mishap(seeded(day_seed, "mishap", vehicle))
        for grid in plan.grids
        for vehicle in grid.vehicles
    }
    groups: dict[tuple[float, float], list[str]] = {}
    for grid in plan.grids:
        vehicle = grid.vehicles[0]
        pace = int(seeded(seed, "pace", vehicle).integers(len(PACES_KMH)))
        factor = SLOWER if mishaps[vehicle] is Mishap.SLOW else 1.0
        low, high = PACES_KMH[pace]
        groups.setdefault((factor * low, factor * high), []).append(grid.id)
    frames: list[pd.DataFrame] = []
    causes: dict[str, str] = {}
    for kmh, grid_ids in sorted(groups.items()):
        settings = SimulationSettings(driving=DrivingSettings(collecting_kmh=kmh))
        day = simulate_day(
            plan, service_date, Scenario.MIXED, day_seed, settings=settings, only_grids=grid_ids
        )
        frames += [
            _befallen(rows, mishaps[str(vehicle)], seeded(day_seed, "course", str(vehicle)))
            for vehicle, rows in day.pings.groupby("vehicle_id", sort=True)
        ]
        causes |= {grid_id: kind.value for grid_id, kind in day.kinds.items()}
    for grid in plan.grids:
        mishap = mishaps[grid.vehicles[0]]
        if mishap is not Mishap.NONE:
            causes[grid.id] = mishap.value
    return pd.concat(frames, ignore_index=True), causes


def _mishap(rng: np.random.Generator) -> Mishap:
    drawn = rng.random()
    for mishap, chance in CHANCES.items():
        if drawn < chance:
            return mishap
        drawn -= chance
    return Mishap.NONE


def _befallen(pings: pd.DataFrame, mishap: Mishap, rng: np.random.Generator) -> pd.DataFrame:
    event_ms = pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64)
    first_ms, last_ms = int(event_ms.min()), int(event_ms.max())
    if mishap is Mishap.LATE_OUT:
        return delayed(pings, first_ms, round(60_000 * rng.uniform(*LATE_MIN)), rng)
    if mishap is Mishap.BREAKDOWN:
        at_ms = int(rng.integers(first_ms + 1, last_ms))
        return delayed(pings, at_ms, round(60_000 * rng.uniform(*BREAKDOWN_MIN)), rng)
    return pings
