"""How a truck moves along a way: slowly with many stops, or fast without any."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.trucks.roads import Stretch

Floats = NDArray[np.float64]
MPS_OF_KMH = 1 / 3.6


@dataclass(frozen=True, slots=True)
class DrivingSettings:
    """How trucks drive. Pairs are the least and the most, drawn uniformly."""

    collecting_kmh: tuple[float, float] = (6.0, 14.0)
    """Speed while collecting, drawn anew for every hop."""
    hop_m: tuple[float, float] = (20.0, 45.0)
    """Metres between two changes of speed while collecting."""
    stop_share: float = 0.35
    """Share of hops, 0 to 1, that end in a stop."""
    stop_s: tuple[float, float] = (5.0, 40.0)
    """Seconds of a stop while collecting."""
    turn_round_s: tuple[float, float] = (11.0, 20.0)
    """Seconds it takes to turn a truck round on the spot."""
    transit_kmh: tuple[float, float] = (34.0, 50.0)
    """Speed between places; clear of the 30 km/h up to which a truck is taken to collect."""
    block_m: tuple[float, float] = (120.0, 240.0)
    """Metres between two changes of speed in transit."""
    acceleration_mps2: float = 2.5
    """Metres per second squared, when transit begins and ends."""
    stow_s: tuple[float, float] = (11.0, 20.0)
    """Seconds to make the gear ready before collecting, and again to stow it."""
    unloading_min: tuple[float, float] = (8.0, 15.0)
    """Minutes at the transfer station."""
    load_share: tuple[float, float] = (0.45, 0.6)
    """Share of a lap, 0 to 1, after which the truck is full."""
    unload_above_m: float = 900.0
    """A shorter lap fits in one load."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """When each place on a way is reached; see `simulators.trucks.motion.MotionLog.drive`."""

    along_m: Floats
    seconds: Floats


def collecting_profile(
    way: list[Stretch], settings: DrivingSettings, rng: np.random.Generator
) -> Profile:
    """Crawl along a way: hops of changing speed, stops between them, time to turn round."""
    bounds = np.cumsum([stretch.to_m - stretch.from_m for stretch in way])
    length_m = float(bounds[-1])
    ends = np.cumsum(rng.uniform(*settings.hop_m, int(length_m / settings.hop_m[0]) + 1))
    hops = ends[ends < length_m - settings.hop_m[0] / 2]
    stops_s = np.where(
        rng.random(len(hops)) < settings.stop_share, rng.uniform(*settings.stop_s, len(hops)), 0.0
    )
    turns = np.array(
        [
            bound
            for bound, here, then in zip(bounds[:-1], way[:-1], way[1:], strict=True)
            if then.arc == here.arc ^ 1
        ]
    )
    turns_s = rng.uniform(*settings.turn_round_s, len(turns))
    at = np.concatenate([hops, turns])
    order = np.argsort(at, kind="stable")
    at, standing_s = at[order], np.concatenate([stops_s, turns_s])[order]
    steps = np.diff(np.concatenate([[0.0], at, [length_m]]))
    moving_s = steps / (MPS_OF_KMH * rng.uniform(*settings.collecting_kmh, len(steps)))
    # every place is reached once and left once: two knots, at the same metre
    along_m = np.concatenate([[0.0], np.repeat(at, 2), [length_m]])
    seconds = np.empty(len(along_m))
    left = np.concatenate([[0.0], standing_s])
    seconds[1::2] = np.cumsum(left + moving_s)
    seconds[0] = 0.0
    seconds[2::2] = seconds[1:-1:2] + standing_s
    return Profile(along_m, seconds)


def transit_profile(
    way: list[Stretch], settings: DrivingSettings, rng: np.random.Generator
) -> Profile:
    """Drive a way without stopping, from standstill to standstill."""
    length_m = float(sum(stretch.to_m - stretch.from_m for stretch in way))
    rate = settings.acceleration_mps2
    ends = np.cumsum(rng.uniform(*settings.block_m, int(length_m / settings.block_m[0]) + 1))
    blocks = ends[ends < length_m]
    speeds = MPS_OF_KMH * rng.uniform(*settings.transit_kmh, len(blocks) + 1)
    ramp_m = speeds[[0, -1]] ** 2 / (2 * rate)
    steps = np.linspace(0.0, 1.0, 8) ** 2  # equal steps of time while speed grows evenly
    ramp_m *= min(1.0, length_m / (2.001 * ramp_m.max()))
    up_m, down_m = steps * ramp_m[0], length_m - steps[::-1] * ramp_m[1]
    inner = blocks[(blocks > up_m[-1]) & (blocks < down_m[0])]
    along_m = np.concatenate([up_m, inner, down_m])
    up_s, down_s = (np.sqrt(2 * steps * reach / rate) for reach in ramp_m)
    cruise = np.diff(np.concatenate([up_m[-1:], inner, down_m[:1]]))
    block = np.searchsorted(blocks, np.concatenate([up_m[-1:], inner]), side="right")
    top = np.minimum(speeds[block], np.sqrt(2 * rate * ramp_m.max()) if not len(inner) else np.inf)
    cruise_s = np.cumsum(cruise / top)
    seconds = np.concatenate(
        [
            up_s,
            up_s[-1] + cruise_s,
            up_s[-1] + cruise_s[-1] + (down_s[-1] - down_s[::-1])[1:],
        ]
    )
    return Profile(along_m, seconds)
