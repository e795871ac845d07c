"""What is settled: up to which instant no later fix changes what is known of a vehicle.

Every step looks ahead by some fixes: an outlier is told by the fix after it, a silence by the
seven reports after it, a stand by its end, a path by where its rivals converge. Each of them has
its margin here; a stand itself tells how far ahead was looked. The instants are on the safe side;
fixes that come late, with an earlier event time, may change anything.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geofence.matching.convergence import converged_until
from geofence.matching.matcher import Match
from geofence.matching.paths import came_from
from geofence.matching.rivals.misfits import LEAP_BACK_MS, RUN_MS
from geofence.matching.settings import MatchSettings
from geofence.matching.speeds import WINDOW_S
from geofence.seen.mixed_steps import LONG_STEP_S, NEAR_S
from geofence.seen.pace import PACE_WINDOW_S
from geofence.track.reporting import NEIGHBOURS
from geofence.track.stale import first_open
from geofence.track.thinning import APART_MS
from geofence.track.track import Fixes, Track
from geofence.track.white_noise import MEAN_MS, SLOT_MS

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

LOOKS_AHEAD_MS = max(int(2 * PACE_WINDOW_S * 1000), RUN_MS)
"""How long after a step others bear on it: on its pace those around it, and on whether their
reported speeds are believed those around them; a run of offsets reaches back."""
LOOKS_ON_MS = int(NEAR_S * 1000)
"""How much longer if it is so long that it may be mixed: then the pace of the steps after it bears
on what was collected."""


def decided_until_ms(
    fixes: Fixes, track: Track, parts: Sequence[Match], gap_s: float, settings: MatchSettings
) -> int:
    """Give the instant before which fixes with later event times change no pass and no gap.

    It is that of a fix up to which the path has converged, and not within a stay on one edge: of
    a stay all pieces are certain if one is.

    Parameters
    ----------
    fixes
        At least one: those the track was built from.
    parts
        The match of each part of the track.
    """
    key_ms = track.fixes.time_ms
    settled = int(np.searchsorted(key_ms, _settled_until_ms(fixes, track, gap_s)))
    if settled > 0:  # on what a step costs the speeds around it bear, and the fix after it
        around_ms = key_ms[settled - 1] - int(WINDOW_S * 1000)
        settled = min(settled - 1, int(np.searchsorted(key_ms, around_ms)))
    if settled == 0:
        return int(fixes.time_ms[0])
    begins = np.flatnonzero(track.cut[:settled])
    part = parts[len(begins) - 1]
    part_ms = key_ms[begins[-1] : begins[-1] + len(part.before)]
    # those that the path leads on from, so that it goes on after the last of them
    linked = part.before[(part.before >= 0) & (part.before < settled - begins[-1])]
    if part.lattice is None or len(linked) == 0:
        return int(part_ms[0])
    last = converged_until(part.lattice, linked[-1], settings.credit_margin, settings.denial_margin)
    held = track.stands.held[begins[-1] :]
    paced = last
    looks_ms = _looks_ahead_ms(part, part_ms, held, last)
    while part.before[paced] >= 0 and part_ms[last] - part_ms[paced] < looks_ms:
        paced = int(part.before[paced])
    if part.before[paced] >= 0:  # where collecting ends within a step, the next one tells
        paced = int(part.before[paced])
    leapt = _before_leaps(part.leap_from, part_ms, settled - int(begins[-1]))
    return int(part_ms[min(_stay_begin(part, held, last), paced, leapt)])


def _looks_ahead_ms(part: Match, time_ms: Instants, held: Flags, last: int) -> int:
    """Give how long before fix `last` a step must end for its pace to be known."""
    to = np.arange(np.searchsorted(time_ms, time_ms[last] - LOOKS_AHEAD_MS - LOOKS_ON_MS), last + 1)
    to = to[(part.before[to] >= 0) & ~held[to]]
    is_long = time_ms[to] - time_ms[part.before[to]] > LONG_STEP_S * 1000.0
    return LOOKS_AHEAD_MS + LOOKS_ON_MS if is_long.any() else LOOKS_AHEAD_MS


def _before_leaps(leap_from: Indices, time_ms: Instants, settled: int) -> int:
    """Give the fix up to which no leap belies anything that is not known yet.

    A leap still to come belies what lies up to `LEAP_BACK_MS` before it. One that came lately may
    belie what comes after it instead, which is not known yet. Stretches that overlap are one gap.
    """
    first = _reached_back(time_ms, settled - 1)
    for end in np.flatnonzero(leap_from >= 0)[::-1]:
        begin = int(leap_from[end])
        if end >= settled:
            first = min(first, _reached_back(time_ms, min(begin, settled - 1)))
        elif end > first or time_ms[settled - 1] - time_ms[end] <= LEAP_BACK_MS:
            first = min(first, begin)
    return first


def _reached_back(time_ms: Instants, last: int) -> int:
    """Give the first fix that a leap right after fix `last` can belie."""
    return min(last, int(np.searchsorted(time_ms, time_ms[last] - LEAP_BACK_MS)))


def _stay_begin(part: Match, held: Flags, last: int) -> int:
    """Give the last fix up to which a path has no piece of the edge it is on at fix `last`.

    The path goes on after that fix.
    """
    if held[last]:  # the path has no pieces within a stand
        last = came_from(part.before, held, last)
    fix, edge = part.pieces.fix, part.pieces.arc >> 1
    # rivals come after the path, and begin anew; those of the path's last step lie past `last`
    restarts = np.flatnonzero(np.diff(fix) < 0)
    on_path = int(restarts[0]) + 1 if len(restarts) else len(fix)
    at = int(np.searchsorted(fix[:on_path], last, side="right")) - 1
    if at < 0 or fix[at] != last:
        return last
    while at > 0 and edge[at - 1] == edge[at]:
        onward = fix[at - 1] == fix[at]
        if not onward and came_from(part.before, held, fix[at]) != fix[at - 1]:
            break
        at -= 1
    return int(part.before[fix[at]])


def _settled_until_ms(fixes: Fixes, track: Track, gap_s: float) -> int:
    """Give the instant before which the key fixes of a track, their cuts and stands stay."""
    kept_ms = track.kept_ms
    seen = int(np.searchsorted(kept_ms, _open_from_ms(fixes, track, gap_s) - 2 * SLOT_MS - MEAN_MS))
    if seen == 0:
        return int(kept_ms[0])
    run_first = _run_first(track)
    # before the first whose stand depends on fixes not seen yet
    stood = int(np.searchsorted(track.asked[:seen], seen))
    stood = min(stood, seen - 1)
    # thinning looks ahead to the next slot or silence
    thinned = int(np.searchsorted(kept_ms, kept_ms[stood] - SLOT_MS - APART_MS)) - 1
    return int(kept_ms[run_first[max(thinned, 0)]])


def _open_from_ms(fixes: Fixes, track: Track, gap_s: float) -> int:
    """Give the instant from which on fixes may yet be dropped, or cuts be set."""
    # a receiver that repeats its last position may turn out to be frozen, its next an outlier
    open_ms = int(fixes.time_ms[first_open(fixes.x, fixes.y)])
    open_ms = min(open_ms, track.open_from_ms)
    ended_ms = track.kept_ms[1:][np.diff(track.kept_ms) > gap_s * 1000.0]
    reports_after = len(fixes.time_ms) - 1 - np.searchsorted(fixes.time_ms, ended_ms)
    untold_ms = ended_ms[reports_after < NEIGHBOURS]
    return min(open_ms, int(untold_ms[0])) if len(untold_ms) else open_ms


def _run_first(track: Track) -> Indices:
    """For each fix kept the first of those right before it that lie in the same place."""
    x, y = track.kept_x, track.kept_y
    begins = np.concatenate([[True], (np.diff(x) != 0.0) | (np.diff(y) != 0.0)])
    return np.maximum.accumulate(np.where(begins, np.arange(len(x)), 0))
