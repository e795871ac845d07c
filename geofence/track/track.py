"""A vehicle's fixes in order of time, freed of outliers and frozen fixes, cut at gaps, thinned.

One step a file: frozen, reporting (gaps), white_noise, standing (with staying), thinning.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel
from geofence.plan.plan import ServiceRules
from geofence.track.frozen import frozen_runs
from geofence.track.reporting import find_cuts
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

    def __getitem__(self, chosen: Flags | Indices | slice) -> "Fixes":
        return Fixes(
            self.time_ms[chosen],
            self.x[chosen],
            self.y[chosen],
            self.speed_mps[chosen],
            self.heading_deg[chosen],
            self.accuracy_m[chosen],
            self.working[chosen],
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
    """Event times of the fixes dropped as outliers."""


def build_track(fixes: Fixes, rules: ServiceRules) -> Track:
    """Take out frozen fixes and outliers, cut at gaps, hold standing fixes, choose the key fixes.

    A fix is an outlier if it takes more than ``outlier_speed_mps`` to reach it from the last fix
    kept *and* to leave it for the next. Of a frozen stretch the first fix stays: until the next
    position nobody knows where the vehicle was. While a vehicle stands, all its fixes take
    one place, or the wander of their errors would look like driving.
    """
    time_ms = fixes.time_ms
    frozen_from, frozen_to = frozen_runs(time_ms, fixes.x, fixes.y, fixes.speed_mps)
    repeated = _repeated(len(time_ms), frozen_from, frozen_to)
    outlier = _outliers(time_ms, fixes.x, fixes.y, repeated, rules.outlier_speed_mps)
    kept = np.flatnonzero(~(repeated | outlier))
    cut = find_cuts(time_ms, kept, rules.gap_s)
    # the fix that ends a frozen stretch may itself be an outlier: cut at the next one kept
    resumed = np.searchsorted(kept, frozen_to + 1)
    cut[resumed[resumed < len(cut)]] = True
    if len(kept) < len(time_ms):
        fixes = fixes[kept]
    x, y, jumps_m = without_jumps(fixes.time_ms, fixes.x, fixes.y, cut)
    hold, sure, asked = find_holds(fixes.time_ms, x, y, fixes.speed_mps, fixes.accuracy_m, cut)
    seen_x, seen_y = x, y
    x, y = place_stands(seen_x, seen_y, hold, sure)
    wander_m = learn_wander(fixes.time_ms, seen_x, seen_y, hold, sure)
    key = np.flatnonzero(find_keys(fixes.time_ms, x, y, jumps_m, hold, fixes.working, cut))
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
