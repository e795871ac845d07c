"""A vehicle's fixes in order of time, freed of outliers and frozen fixes, cut at gaps, thinned.

One step a file: frozen, stale, interleaving, reporting (gaps), white_noise, standing (with
staying and resting), thinning.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.plan.plan import ServiceRules
from geofence.track.frozen import frozen_runs
from geofence.track.interleaving import Interleaved, find_interleaved
from geofence.track.reporting import find_cuts
from geofence.track.stale import find_stale, first_open
from geofence.track.standing import Stands, find_holds, find_stands, place_stands
from geofence.track.thinning import find_keys
from geofence.track.wander import learn_wander
from geofence.track.white_noise import without_jumps

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

NOT_REPORTED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Fixes of one vehicle, ascending by time, in local metres; NaN where not reported."""

    time_ms: Instants
    x: Floats
    y: Floats
    speed_mps: Floats
    heading_deg: Floats
    accuracy_m: Floats
    working: NDArray[np.int8]
    """1 or 0 as reported, else `NOT_REPORTED`."""
    tasks: NDArray[np.int32]
    """Of the tasks that the plan looks at those reported, as a mask, else `NOT_REPORTED`."""
    satellites: NDArray[np.int16]
    """As reported, else `NOT_REPORTED`."""

    def __post_init__(self) -> None:
        # kernels are compiled once for arrays that may be written to and once for others, and
        # pandas gives now this kind, now that
        for name in ("speed_mps", "heading_deg", "accuracy_m"):
            as_it_is = getattr(self, name).view()
            as_it_is.flags.writeable = False
            object.__setattr__(self, name, as_it_is)

    def __getitem__(self, chosen: Flags | Indices | slice) -> "Fixes":
        return Fixes(
            self.time_ms[chosen],
            self.x[chosen],
            self.y[chosen],
            self.speed_mps[chosen],
            self.heading_deg[chosen],
            self.accuracy_m[chosen],
            self.working[chosen],
            self.tasks[chosen],
            self.satellites[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Where a vehicle was, freed of what its receiver did wrong."""

    fixes: Fixes
    """The key fixes: of those kept the ones a path needs, with the places of `kept_x`, `kept_y`."""
    cut: Flags
    """True where a part begins: the vehicle was not observed between this fix and the last."""
    stands: Stands
    kept_ms: Instants
    kept_x: Floats
    kept_y: Floats
    """Event times and places of all fixes kept."""
    asked: Indices
    """For each fix kept the last one on which its stand or any before it depends; their number if
    that may be one yet to come."""
    frozen_started_ms: Instants
    frozen_finished_ms: Instants
    outlier_ms: Instants
    """Event times of the fixes dropped as outliers,"""
    stale_ms: Instants
    """and of those that sent an old place again."""
    doubted_ms: Instants
    """Event times of the fixes dropped because two places took turns,"""
    doubted_started_ms: Instants
    doubted_finished_ms: Instants
    """and the stretches of time in which they did."""
    open_from_ms: int
    """From here on later fixes may yet tell that one is stale, or doubted."""


class Sifted(NamedTuple):
    """What of a vehicle's fixes is no observation, though it reads like one."""

    frozen_from: Indices
    frozen_to: Indices
    """First and last fix of each frozen stretch."""
    stale: Flags
    """True of fixes outside of these that sent an old place again."""
    turns: Interleaved


def sift(fixes: Fixes, gap_s: float) -> Sifted:
    """Find frozen stretches, stale fixes and places in turn.

    A frozen stretch that is no longer than the silence that makes a gap is none if the vehicle's
    positions are stale as a habit: then each is known by its first sighting.
    """
    time_ms, x, y = fixes.time_ms, fixes.x, fixes.y
    first, last = frozen_runs(time_ms, x, y, fixes.speed_mps)
    stale, habit = find_stale(time_ms, x, y, fixes.speed_mps, gap_s)
    polled = habit[first] & stale[last]
    polled &= time_ms[np.minimum(last + 1, len(time_ms) - 1)] - time_ms[first] <= gap_s * 1000.0
    first, last = first[~polled], last[~polled]
    repeated = _repeated(len(time_ms), first, last)
    turns = find_interleaved(time_ms, x, y, fixes.accuracy_m, repeated | stale, first_open(x, y))
    return Sifted(first, last, (stale & ~repeated) | turns.resent, turns)


def build_track(fixes: Fixes, rules: ServiceRules) -> Track:
    """Take out what is no observation, cut at gaps, hold standing fixes, choose the key fixes.

    A fix is an outlier if it takes more than ``outlier_speed_mps`` to reach it from the last fix
    kept *and* to leave it for the next. Of a frozen stretch the first fix stays: until the next
    position nobody knows where the vehicle was. While two places take turns neither is believed.
    While a vehicle stands, all its fixes take one place, or the wander of their errors would look
    like driving.
    """
    time_ms = fixes.time_ms
    frozen_from, frozen_to, stale, turns = sift(fixes, rules.gap_s)
    repeated = _repeated(len(time_ms), frozen_from, frozen_to)
    dropped = repeated | stale | turns.doubted
    outlier = _outliers(time_ms, fixes.x, fixes.y, dropped, rules.outlier_speed_mps)
    kept = np.flatnonzero(~(dropped | outlier))
    cut = find_cuts(time_ms, kept, rules.gap_s)
    # the fix that ends a frozen stretch may itself be an outlier: cut at the next one kept
    resumed = np.searchsorted(kept, np.concatenate([frozen_to, turns.last]) + 1)
    cut[resumed[resumed < len(cut)]] = True
    if len(kept) < len(time_ms):
        fixes = fixes[kept]
    x, y, jumps_m = without_jumps(fixes.time_ms, fixes.x, fixes.y, cut)
    hold, sure, asked = find_holds(fixes.time_ms, x, y, fixes.speed_mps, fixes.accuracy_m, cut)
    seen_x, seen_y = x, y
    x, y = place_stands(seen_x, seen_y, hold, sure)
    wander_m = learn_wander(fixes.time_ms, seen_x, seen_y, hold, sure)
    key = np.flatnonzero(find_keys(fixes.time_ms, x, y, jumps_m, hold, _signal(fixes), cut))
    return Track(
        fixes=replace(fixes, x=x, y=y)[key],
        cut=cut[key],
        stands=find_stands(fixes.time_ms, seen_x, seen_y, x, y, hold, sure, key)._replace(
            wander_m=wander_m[key]
        ),
        kept_ms=fixes.time_ms,
        kept_x=x,
        kept_y=y,
        asked=asked,
        frozen_started_ms=time_ms[frozen_from],
        frozen_finished_ms=time_ms[frozen_to],
        outlier_ms=time_ms[outlier],
        stale_ms=time_ms[stale],
        doubted_ms=time_ms[turns.doubted],
        doubted_started_ms=time_ms[turns.first],
        doubted_finished_ms=time_ms[turns.last],
        open_from_ms=int(time_ms[turns.open_from]) if len(time_ms) else 0,
    )


@kernel
def _repeated(count: int, frozen_from: Indices, frozen_to: Indices) -> Flags:
    """Tell which fixes repeat the first of a frozen stretch."""
    repeated = np.zeros(count, dtype=np.bool_)
    for first, last in zip(frozen_from, frozen_to):  # noqa: B905 (numba knows no strict)
        repeated[first + 1 : last + 1] = True
    return repeated


@kernel
def _outliers(time_ms: Instants, x: Floats, y: Floats, skip: Flags, limit_mps: float) -> Flags:
    count = len(time_ms)
    outlier = np.zeros(count, dtype=np.bool_)
    kept = -1
    for i in range(count):
        if skip[i]:
            continue
        following = i + 1
        while following < count and skip[following]:
            following += 1
        if kept >= 0 and following < count:
            reach = np.hypot(x[i] - x[kept], y[i] - y[kept])
            if reach * 1000.0 > limit_mps * (time_ms[i] - time_ms[kept]):
                leave = np.hypot(x[following] - x[i], y[following] - y[i])
                if leave * 1000.0 > limit_mps * (time_ms[following] - time_ms[i]):
                    outlier[i] = True
                    continue
        kept = i
    return outlier


def _signal(fixes: Fixes) -> NDArray[np.int8]:
    """Give numbers that differ from fix to fix exactly where the device tells another work."""
    if (fixes.tasks == NOT_REPORTED).all():
        return fixes.working
    changes = (np.diff(fixes.tasks) != 0) | (np.diff(fixes.working) != 0)
    return np.append(0, np.cumsum(changes) % 2).astype(np.int8)
