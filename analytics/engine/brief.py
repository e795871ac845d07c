"""What of an observation all of a fleet is looked at by, so that the rest may stay elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analytics.tracking.fleet import FLEET, Misfits
from analytics.verdicts.judge import count_unbelieved
from geofence.seen.observation import Instants, Observation, nothing_of

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, eq=False)
class Brief:
    """What is told of one vehicle."""

    seen: Observation
    """Where it moved, and of each minute the first and the last fix: whether it was heard in a
    window shows in these as in all. Nothing else."""
    fixes: int
    """Those kept."""
    dropped: Mapping[str, int]
    """How many others there were, by reason."""


def brief_of(observation: Observation) -> Brief:
    """Give in brief what was seen of a vehicle."""
    dropped = {"outlier": len(observation.outlier_ms), **count_unbelieved([observation])}
    heard_ms = first_and_last(observation.time_ms)
    seen = replace(nothing_of(observation.vehicle_id), time_ms=heard_ms, visits=observation.visits)
    return Brief(seen, len(observation.time_ms), dropped)


def first_and_last(time_ms: Instants) -> Instants:
    """Keep the first and the last instant of each minute, ascending."""
    minute = time_ms // MINUTE_MS
    begins = np.flatnonzero(np.diff(minute, prepend=-1))
    ends = np.flatnonzero(np.diff(minute, append=-1))
    return time_ms[np.union1d(begins, ends)]


def dropped_of(fleet: Iterable[Brief], misfits: Misfits) -> dict[str, int]:
    """Count the fixes of a fleet that were dropped, by reason; of whom nothing fits, all were."""
    found = dict.fromkeys(("outlier", "no_fix", "stale", "two_receivers"), 0)
    for each in fleet:
        for why, count in each.dropped.items():
            found[why] += count
        if FLEET in misfits or each.seen.vehicle_id in misfits:
            found["outlier"] += each.fixes
    return found
