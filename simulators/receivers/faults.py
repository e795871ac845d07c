"""What happens to fixes on their way to the broker: silence, delay, repetition, disorder.

And what trackers themselves do wrong: clocks, datum, a frozen receiver.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.ping import RECEIVED_COLUMN
from simulators.trucks.truck import Run

Silence = tuple[float, float]
"""A tracker sends and stores nothing from and until these instants, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class WireSettings:
    """How fixes travel. None of it changes the set of fixes that arrive."""

    latency_s: tuple[float, float] = (0.2, 1.5)
    """Least and most seconds from fix to arrival."""
    duplicate_share: float = 0.0
    """Share of fixes, 0 to 1, that are sent twice."""
    repeated_after_s: float = 90.0
    """Most seconds until a fix is sent again."""
    delayed_share: float = 0.0
    """Share of fixes, 0 to 1, that arrive out of order."""
    delayed_s: float = 60.0
    """Most seconds such a fix is delayed."""
    outage_count: int = 0
    """How often a tracker stores its fixes for want of a connection and sends them in one go."""
    outage_s: tuple[float, float] = (120.0, 1200.0)
    """Least and most seconds of such an outage."""


QUIET_WIRE = WireSettings()
ROUGH_WIRE = WireSettings(duplicate_share=0.02, delayed_share=0.03, outage_count=3)


@dataclass(frozen=True, slots=True)
class GapSettings:
    """How trackers fall silent in the scenario `gap`."""

    silence_min: tuple[float, float] = (5.0, 40.0)
    """Least and most minutes of one silence."""
    tours: tuple[int, int] = (1, 2)
    """Least and most tours of a grid with a silence in them."""


def silences(runs: Sequence[Run], settings: GapSettings, rng: np.random.Generator) -> list[Silence]:
    """Draw silences that begin while the truck is on some of these tours."""
    count = min(len(runs), int(rng.integers(settings.tours[0], settings.tours[1] + 1)))
    drawn = []
    for place in rng.permutation(len(runs))[:count].tolist():
        run = runs[place]
        begin_s = rng.uniform(run.started_s, (run.started_s + run.finished_s) / 2)
        drawn.append((begin_s, begin_s + 60.0 * rng.uniform(*settings.silence_min)))
    return drawn


def without(pings: pd.DataFrame, silent: Sequence[Silence]) -> pd.DataFrame:
    """Leave out the fixes of one truck's silences."""
    at_s = pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64) / 1000
    heard = np.ones(len(pings), dtype=bool)
    for begin_s, end_s in silent:
        heard &= (at_s < begin_s) | (at_s >= end_s)
    return pings[heard]


def arrivals(pings: pd.DataFrame, settings: WireSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Give one truck's fixes as they arrive, some twice, with the instant of arrival."""
    event_s = pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64) / 1000
    count = len(pings)
    arrival_s = event_s + rng.uniform(*settings.latency_s, count)
    delayed = rng.random(count) < settings.delayed_share
    arrival_s += np.where(delayed, rng.uniform(0.0, settings.delayed_s, count), 0.0)
    if count and settings.outage_count:
        begins = rng.uniform(event_s[0], event_s[-1], settings.outage_count)
        for begin_s, outage_s in zip(
            begins, rng.uniform(*settings.outage_s, settings.outage_count), strict=True
        ):
            stored = (event_s >= begin_s) & (event_s < begin_s + outage_s)
            arrival_s[stored] = np.maximum(arrival_s[stored], begin_s + outage_s)
    again = np.flatnonzero(rng.random(count) < settings.duplicate_share)
    rows = np.concatenate([np.arange(count), again])
    repeated_s = arrival_s[again] + rng.uniform(0.0, settings.repeated_after_s, len(again))
    arrived = pings.iloc[rows].reset_index(drop=True)
    instants = np.round(1000 * np.concatenate([arrival_s, repeated_s])).astype(np.int64)
    arrived[RECEIVED_COLUMN] = pd.to_datetime(instants, unit="ms", utc=True).astype(
        arrived["event_time"].dtype
    )
    return arrived


def mistimed(
    pings: pd.DataFrame, *, ahead_s: float = 0.0, factor: float = 1.0, from_s: float = -np.inf
) -> pd.DataFrame:
    """Give fixes the event times of a wrong clock; when they arrive stays as it is.

    Parameters
    ----------
    ahead_s
        Seconds by which the clock runs ahead; negative if it is behind.
    factor
        What its milliseconds since 1970 are multiplied by: 0.001 sends seconds for milliseconds.
    from_s
        Instant in seconds since 1970 from which on the clock is wrong.
    """
    true_ms = pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64)
    claimed_ms = np.floor(true_ms * factor).astype(np.int64) + round(1000 * ahead_s)
    wrong_ms = np.where(true_ms >= from_s * 1000, claimed_ms, true_ms)
    times = pd.DatetimeIndex(wrong_ms.view("datetime64[ms]")).tz_localize("UTC")
    return pings.assign(event_time=pd.Series(times, index=pings.index))


def misplaced(
    pings: pd.DataFrame,
    convert: Callable[[NDArray[np.float64], NDArray[np.float64]],
                      tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> pd.DataFrame:  # fmt: skip
    """Give fixes the positions of another datum."""
    longitude, latitude = convert(pings["longitude"].to_numpy(), pings["latitude"].to_numpy())
    return pings.assign(longitude=longitude.round(6), latitude=latitude.round(6))


def frozen(pings: pd.DataFrame, begin_s: float, end_s: float) -> pd.DataFrame:
    """Repeat the position of the first fix from `begin_s` on until `end_s`, speeds going on."""
    at_s = pings["event_time"].to_numpy("datetime64[ms]").astype(np.int64) / 1000
    stuck = (at_s >= begin_s) & (at_s < end_s)
    if not stuck.any():
        return pings
    first = pings.loc[stuck].sort_values("event_time").iloc[0]
    place = {name: pings[name].mask(stuck, first[name]) for name in ("longitude", "latitude")}
    return pings.assign(**place)
