"""What was seen of one vehicle: its passes over the network, its gaps, its device's faults.

This is all that `analytics` learns of a vehicle, and the same whether the pings came live, from a
log or from a file. Instants are milliseconds since 1970 (UTC); positions are local metres.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from geofence.seen.squares import Visits

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]

NO_INSTANTS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """Stretches of sections travelled, one element each, in order of time.

    Motion within a stretch is uniform: the metre ``m`` is passed at
    ``started_ms + (m - from_m) / (to_m - from_m) * (finished_ms - started_ms)``.
    """

    section: Indices
    """Index into ``Network.section_ids``."""
    from_m: Floats
    """Measure along the section where the stretch begins, in order of travel."""
    to_m: Floats
    """Measure where it ends; below ``from_m`` when travelled against the drawn direction."""
    started_ms: Floats
    finished_ms: Floats
    collecting: Flags
    """True if the truck was collecting: if the stretch is certain, its metres are served."""
    certain: Flags
    """False if an explanation of nearly the same cost takes the truck elsewhere, or if the stretch
    belongs to such an explanation: it proves nothing, but its metres may have been served."""
    need: Indices
    """Which tasks `collecting` is about, see `geofence.plan.work`: each need has its passes."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Times between two fixes in which the vehicle was not placed on a street, in order of time."""

    started_ms: Instants
    finished_ms: Instants
    from_x: Floats
    from_y: Floats
    """Where the fix before the gap was."""
    to_x: Floats
    to_y: Floats
    """Where the fix after it was."""
    silent: Flags
    """True if no fix came for too long (``gap_s`` is the least silence that is a gap, see
    `geofence.track.reporting`); False if fixes came but none could be placed (off the network, or
    no road joins two of them in time), or too seldom to exclude a way out and back."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One vehicle over the pings at hand."""

    vehicle_id: str
    time_ms: Instants
    """Event times of the fixes kept, ascending."""
    x: Floats
    y: Floats
    """Positions of the fixes kept."""
    part_started_ms: Instants
    part_finished_ms: Instants
    """First and last fix of each track part: between them the vehicle was observed."""
    passes: Passes
    gaps: Gaps
    frozen_started_ms: Instants
    frozen_finished_ms: Instants
    """Stretches of time in which the receiver repeated one position though the truck moved."""
    skewed_ms: Instants
    """Event times of fixes that were received before they claim to have happened."""
    outlier_ms: Instants
    """Event times of fixes dropped because no truck could have reached and left them."""
    no_fix_ms: Instants = field(default_factory=lambda: NO_INSTANTS)
    """Event times of those dropped because they said themselves that they were no fix,"""
    stale_ms: Instants = field(default_factory=lambda: NO_INSTANTS)
    """because they sent an old place again, though the truck moved,"""
    doubted_ms: Instants = field(default_factory=lambda: NO_INSTANTS)
    """or because two places took turns."""
    doubted_started_ms: Instants = field(default_factory=lambda: NO_INSTANTS)
    doubted_finished_ms: Instants = field(default_factory=lambda: NO_INSTANTS)
    """Stretches of time in which they did."""
    visits: Visits = field(default_factory=lambda: Visits(*np.empty((2, 0), np.int64)))
    """Where it moved: what shows whether the streets fit."""


def nothing_of(vehicle_id: str) -> Observation:
    """Give an observation of which there is nothing."""
    none, flags, sections = np.empty(0), np.empty(0, np.bool_), np.empty(0, np.int32)
    instants = NO_INSTANTS
    return Observation(
        vehicle_id=vehicle_id,
        time_ms=instants,
        x=none,
        y=none,
        part_started_ms=instants,
        part_finished_ms=instants,
        passes=Passes(sections, none, none, none, none, flags, flags, sections),
        gaps=Gaps(instants, instants, none, none, none, none, flags),
        frozen_started_ms=instants,
        frozen_finished_ms=instants,
        skewed_ms=instants,
        outlier_ms=instants,
    )


def withhold(observation: Observation) -> Observation:
    """Give what is left of an observation that does not fit the streets: that there were fixes.

    They count as dropped, like those far outside the network, so that nothing is known of where
    the vehicle was: nothing is credited, and nothing denied.
    """
    nothing = nothing_of(observation.vehicle_id)
    return replace(
        observation,
        time_ms=nothing.time_ms,
        x=nothing.x,
        y=nothing.y,
        part_started_ms=nothing.part_started_ms,
        part_finished_ms=nothing.part_finished_ms,
        passes=nothing.passes,
        gaps=nothing.gaps,
        frozen_started_ms=nothing.frozen_started_ms,
        frozen_finished_ms=nothing.frozen_finished_ms,
        outlier_ms=np.sort(np.concatenate([observation.time_ms, observation.outlier_ms])),
    )
