"""What a truck really did: uniform stretches of road, one after the other, without a break."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geofence.network.network import Network
from simulators.trucks.roads import Stretch

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]

SECTION_APART_M = 1.0
"""Room between sections on the common scale that `positions` looks them up on."""
SHORTEST_S = 1e-4
"""Briefer pieces, a millimetre long, are left out: instants since 1970 cannot tell their ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Pieces of uniform motion in order of time; a piece ends when and where the next begins."""

    section: Indices
    from_m: Floats
    """Measure along the section where a piece begins."""
    to_m: Floats
    """Measure where it ends: below `from_m` against the drawn direction, equal when standing."""
    started_s: Floats
    """Seconds since 1970, UTC."""
    finished_s: Floats
    collecting: Flags
    """True while the truck collects; only then are metres served."""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Where and how a truck is at some instants, in local metres."""

    x: Floats
    y: Floats
    speed_mps: Floats
    heading_deg: Floats
    """Direction of travel; NaN while it stands."""
    collecting: Flags


@dataclass(slots=True)
class MotionLog:
    """Collects the pieces of a motion as a truck drives."""

    network: Network
    now_s: float
    _parts: list[tuple[Indices, Floats, Floats, Floats, Flags]] = field(default_factory=list)

    def stand(self, arc: int, offset_m: float, seconds: float, *, collecting: bool = False) -> None:
        """Stay at a point of an arc."""
        if seconds > 0:
            at = np.array([offset_m])
            self._add(np.array([arc]), at, at, np.array([seconds]), collecting=collecting)

    def drive(
        self, way: list[Stretch], along_m: Floats, seconds: Floats, *, collecting: bool
    ) -> None:
        """Follow a way.

        Parameters
        ----------
        along_m
            Metres from the way's beginning, ascending from 0 to its length; one that is repeated
            is a stop.
        seconds
            When each is reached, from 0.
        """
        arc = np.array([stretch.arc for stretch in way])
        start = np.array([stretch.from_m for stretch in way])
        bounds = np.concatenate([[0.0], np.cumsum([s.to_m - s.from_m for s in way])])
        along_m = np.minimum(along_m, bounds[-1])
        inner = bounds[1:-1]
        inner = inner[~np.isin(inner, along_m)]
        place = np.searchsorted(along_m, inner)
        reached = np.interp(inner, along_m, seconds)
        along_m = np.insert(along_m, place, inner)
        seconds = np.insert(seconds, place, reached)
        middle = (along_m[:-1] + along_m[1:]) / 2
        index = np.clip(np.searchsorted(bounds, middle, side="right") - 1, 0, len(way) - 1)
        base = start[index] - bounds[index]
        from_m, to_m = along_m[:-1] + base, along_m[1:] + base
        self._add(arc[index], from_m, to_m, np.diff(seconds), collecting=collecting)

    def _add(
        self,
        arc: NDArray[np.int64],
        from_m: Floats,
        to_m: Floats,
        seconds: Floats,
        *,
        collecting: bool,
    ) -> None:
        network = self.network
        edge = arc // 2
        length = network.edge_length_m[edge]
        start = network.edge_start_m[edge]
        against = arc % 2 == 1
        kept = seconds > SHORTEST_S
        first, last = (
            (start + np.where(against, length - offset, offset))[kept] for offset in (from_m, to_m)
        )
        flags = np.full(int(kept.sum()), collecting)
        self._parts.append((network.edge_section[edge][kept], first, last, seconds[kept], flags))
        self.now_s += float(seconds[kept].sum())

    def motion(self, started_s: float, until_s: float = np.inf) -> Motion:
        """Give the motion since `started_s`, cut off at `until_s`."""
        section, from_m, to_m, seconds, collecting = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        finished = started_s + np.cumsum(seconds)
        started = np.concatenate([[started_s], finished[:-1]])
        count = int(np.searchsorted(started, until_s, side="left"))
        share = np.clip((until_s - started[:count]) / seconds[:count], 0.0, 1.0)
        return Motion(
            section=section[:count].astype(np.int32),
            from_m=from_m[:count],
            to_m=from_m[:count] + share * (to_m[:count] - from_m[:count]),
            started_s=started[:count],
            finished_s=np.minimum(finished[:count], until_s),
            collecting=collecting[:count],
        )


def positions(motion: Motion, network: Network, at_s: Floats) -> Positions:
    """Give a truck's position, speed and heading at instants within its motion."""
    piece = np.searchsorted(motion.started_s, at_s, side="right") - 1
    piece = np.clip(piece, 0, len(motion.section) - 1)
    seconds = motion.finished_s[piece] - motion.started_s[piece]
    share = np.clip((at_s - motion.started_s[piece]) / seconds, 0.0, 1.0)
    step = motion.to_m[piece] - motion.from_m[piece]
    section, measure = motion.section[piece], motion.from_m[piece] + share * step
    x, y = _points(network, section, measure)
    ahead_x, ahead_y = _points(network, section, measure + np.sign(step))
    behind_x, behind_y = _points(network, section, measure - np.sign(step))
    heading = np.degrees(np.arctan2(ahead_x - behind_x, ahead_y - behind_y)) % 360.0
    return Positions(
        x=x,
        y=y,
        speed_mps=np.abs(step) / seconds,
        heading_deg=np.where(step == 0, np.nan, heading),
        collecting=motion.collecting[piece],
    )


def _points(network: Network, section: Indices, measure_m: Floats) -> tuple[Floats, Floats]:
    """Local metres of a measure on each of many sections at once."""
    first = network.section_first_vertex
    room = network.section_length_m + SECTION_APART_M
    base = np.concatenate([[0.0], np.cumsum(room)[:-1]])
    scale = network.vertex_measure_m + np.repeat(base, np.diff(first))
    at = base[section] + np.clip(measure_m, 0.0, network.section_length_m[section])
    return np.interp(at, scale, network.vertex_x), np.interp(at, scale, network.vertex_y)
