"""The buffer method: points and distances with shapely alone, no matching.

A street's metre is covered when the straight line between two consecutive fixes passes within 15 m
of it. The line is never drawn across a cut, and a truck that stands covers nothing. Each covered
stretch lies between the instants of the two fixes, in proportion to where its ends project onto the
line; it serves its metres if the mean speed from fix to fix is at most ``service_speed_kmh``. The
only gaps are the cuts of the track. Timed: index, query, intersection and instants.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import shapely

from benchmarks.peers.paths import match_of
from benchmarks.peers.peer import Outcome
from benchmarks.peers.vehicles import Vehicle, observation_of
from benchmarks.stopwatch import best_time
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Observation, Passes
from geofence.seen.passes import build_gaps
from geofence.track.track import Track

BUFFER_M = 15.0


class BufferPeer:
    """The streets within 15 m of the track."""

    title: ClassVar[str] = "15 m buffer"

    def __init__(self, network: Network, rules: ServiceRules) -> None:
        self._network, self._rules = network, rules
        segments = network.segments
        begin = np.stack([segments.x0, segments.y0], axis=1)
        end = np.stack([segments.x1, segments.y1], axis=1)
        self._lines = np.asarray(shapely.linestrings(np.stack([begin, end], axis=1)))
        self._tree = shapely.STRtree(self._lines)
        self._base_m = network.edge_start_m[segments.edge] + segments.start_m

    def observe(self, vehicles: Sequence[Vehicle], sigma_m: float, runs: int) -> Outcome:  # noqa: ARG002
        """Find what lies along every track; 15 m whatever the error, as is usual."""
        observations, seconds = best_time(lambda: [self._observe(each) for each in vehicles], runs)
        return Outcome(observations, seconds)

    def _observe(self, vehicle: Vehicle) -> Observation:
        track = vehicle.track
        seen = match_of((), len(track.cut))
        after = np.flatnonzero(~track.cut)
        seen.before[after] = after - 1
        return observation_of(vehicle, self._passes(track), build_gaps(track, seen))

    def _passes(self, track: Track) -> Passes:
        fixes = track.fixes
        moved = (np.diff(fixes.x) != 0) | (np.diff(fixes.y) != 0)
        leg = np.flatnonzero(moved & ~track.cut[1:])
        ends = np.stack([fixes.x, fixes.y], axis=1)
        lines = np.asarray(shapely.linestrings(np.stack([ends[leg], ends[leg + 1]], axis=1)))
        which, segment = self._tree.query(lines, predicate="dwithin", distance=BUFFER_M)
        zones = shapely.buffer(lines, BUFFER_M)
        covered = shapely.intersection(self._lines[segment], zones[which])
        whole = shapely.length(covered) > 0.0  # a segment may touch a zone in a point
        which, segment, covered = which[whole], segment[whole], covered[whole]
        tips = shapely.get_point(covered, 0), shapely.get_point(covered, -1)
        measures_m = [
            self._base_m[segment] + shapely.line_locate_point(self._lines[segment], tip)
            for tip in tips
        ]
        shares = [shapely.line_locate_point(lines[which], tip, normalized=True) for tip in tips]
        backward = shares[0] > shares[1]
        begun_ms, step_ms = fixes.time_ms[leg], np.diff(fixes.time_ms)[leg]
        slow = shapely.length(lines) * 3600.0 <= self._rules.service_speed_kmh * step_ms
        started_ms = begun_ms[which] + np.minimum(*shares) * step_ms[which]
        order = np.argsort(started_ms, kind="stable")
        return Passes(
            section=self._network.edge_section[self._network.segments.edge[segment]][order],
            from_m=np.where(backward, measures_m[1], measures_m[0])[order],
            to_m=np.where(backward, measures_m[0], measures_m[1])[order],
            started_ms=started_ms[order],
            finished_ms=(begun_ms[which] + np.maximum(*shares) * step_ms[which])[order],
            collecting=slow[which][order],
            certain=np.ones(len(order), dtype=np.bool_),
            need=np.zeros(len(order), dtype=np.int32),
        )
