"""Pings of a motion: sparse, with errors that wander, and silent where it is wanted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from analytics.coverage.windows import local_instant
from benchmarks.towns.motion import Motion
from benchmarks.towns.shifts import Shift, window_s
from benchmarks.towns.town import CENTRE, SERVICE_DATE, TIMEZONE, WINDOWS, Town
from benchmarks.towns.truth import Silence
from ingest.ping import conform

Floats = NDArray[np.float64]

DRIVING_MPS = 0.5
RANDOM_SILENCE_S = (300, 700)
STREET_SILENCE_S = (130, 180)
"""Just above ``gap_s``, so that a matcher might bridge it."""
VISIT_S = 60
"""A truck that comes back to a street within this never left it."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """How trucks report."""

    sigma_m: float = 5.0
    """Standard deviation of the error, east and north each."""
    period_s: int = 10
    correlation_s: float = 60.0
    """After this long the error has decayed to 1/e; 0 for white noise."""
    bare: bool = False
    """Whether time and place are all that is reported: no speed, heading and accuracy."""
    told: float = 1.0
    """The accuracy reported, as a multiple of the true standard deviation."""


def pings_of(
    motions: Mapping[str, Motion],
    receiver: Receiver,
    silences: Mapping[str, Collection[Silence]],
    seed: int,
) -> pd.DataFrame:
    """Let every truck report. Speed and heading are SUMO's own, without error."""
    parts = []
    for number, (vehicle, motion) in enumerate(sorted(motions.items())):
        rng = np.random.default_rng([seed, 2003, number])
        at = motion.second % receiver.period_s == rng.integers(receiver.period_s)
        error = errors_m(int(at.sum()), receiver, rng)
        second = motion.second[at]
        longitude, latitude = CENTRE.to_degrees(motion.x[at] + error[0], motion.y[at] + error[1])
        part = pd.DataFrame(
            {"vehicle_id": vehicle, "second": second, "longitude": longitude.round(6),
             "latitude": latitude.round(6)}
        )  # fmt: skip
        if not receiver.bare:
            part["speed_mps"] = motion.speed_mps[at].astype(np.float64).round(2)
            part["heading_deg"] = motion.heading_deg[at].astype(np.float64).round(1) % 360.0
            part["accuracy_m"] = round(receiver.told * receiver.sigma_m, 1)
        heard = np.ones(len(second), dtype=np.bool_)
        for from_s, to_s in silences.get(vehicle, ()):
            heard &= (second < from_s) | (second >= to_s)
        parts.append(part[heard])
    pings = pd.concat(parts, ignore_index=True)
    midnight_ms = local_instant(SERVICE_DATE, 0, ZoneInfo(TIMEZONE))
    instant_ms = midnight_ms + 1000 * pings.pop("second")
    pings["event_time"] = pd.to_datetime(instant_ms, unit="ms", utc=True).dt.as_unit("ms")
    return conform(pings)


def errors_m(count: int, receiver: Receiver, rng: np.random.Generator) -> Floats:
    """Draw errors east and north, shape (2, count): AR(1) of the receiver's correlation time."""
    corr_s = receiver.correlation_s
    kept = float(np.exp(-receiver.period_s / corr_s)) if corr_s else 0.0
    fresh = rng.normal(0.0, receiver.sigma_m, (2, count))
    fresh[:, 1:] *= np.sqrt(1.0 - kept**2)
    return np.asarray(lfilter([1.0], [1.0, -kept], fresh, axis=1), dtype=np.float64)


def random_silences(
    shifts: Iterable[Shift], motions: Mapping[str, Motion], seed: int
) -> dict[str, list[Silence]]:
    """Silence a truck somewhere on the drive of each run whose fault is ``gap``."""
    found: dict[str, list[Silence]] = {}
    for number, shift in enumerate(shifts):
        rng = np.random.default_rng([seed, 2004, number])
        for window, fault in zip(WINDOWS, shift.faults, strict=True):
            lasts_s = int(rng.integers(*RANDOM_SILENCE_S))
            share = float(rng.random())
            second = _driving(motions[shift.vehicle], window)
            if fault == "gap" and len(second):
                first, last = int(second[0]), int(second[-1])
                begin_s = first + share * max(last - first - lasts_s, 0)
                found.setdefault(shift.vehicle, []).append((begin_s, begin_s + lasts_s))
    return found


def street_silences(
    town: Town, shifts: Iterable[Shift], motions: Mapping[str, Motion], seed: int
) -> dict[str, list[Silence]]:
    """Silence each good run around the middle of its drive along the grid's longest street."""
    found: dict[str, list[Silence]] = {}
    for number, shift in enumerate(shifts):
        rng = np.random.default_rng([seed, 2005, number])
        motion, grid = motions[shift.vehicle], shift.vehicle.removeprefix("T-")
        long_m = {n: town.roads.length_m[list(own)].sum() for n, own in town.streets[grid].items()}
        longest = town.streets[grid][max(long_m, key=lambda name: (long_m[name], name))]
        for window, fault in zip(WINDOWS, shift.faults, strict=True):
            lasts_s = int(rng.integers(*STREET_SILENCE_S))
            visit = _longest_visit(motion, longest, window, town)
            if fault in {"ok", "gap"} and len(visit):
                begin_s = (int(visit[0]) + int(visit[-1]) - lasts_s) / 2
                found.setdefault(shift.vehicle, []).append((begin_s, begin_s + lasts_s))
    return found


def _driving(motion: Motion, window: str) -> NDArray[np.int64]:
    start_s, end_s = window_s(window)
    within = (motion.second >= start_s) & (motion.second < end_s)
    return motion.second[within & (motion.speed_mps > DRIVING_MPS)]


def _longest_visit(
    motion: Motion, street: Sequence[int], window: str, town: Town
) -> NDArray[np.int64]:
    """Give the seconds of the longest unbroken drive along a street in a window."""
    on = (motion.road >= 0) & np.isin(town.roads.drawn[motion.road], street)
    seconds = np.intersect1d(motion.second[on], _driving(motion, window))
    visits = np.split(seconds, np.flatnonzero(np.diff(seconds) > VISIT_S) + 1)
    return max(visits, key=len)
