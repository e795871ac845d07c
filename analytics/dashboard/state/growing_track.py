"""A vehicle whose fixes keep coming, matched again with little ado.

What `geofence.seen.stream` makes of pings in frames, made of fixes in flat arrays: a fix that comes
in order of time is put behind the others, and nothing is resolved or projected twice.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from geofence.matching.matcher import Match, Matcher
from geofence.plan.plan import ServiceRules
from geofence.plan.work import NO_WORK, Work
from geofence.seen.observation import Observation
from geofence.seen.observe import sight
from geofence.track.track import Fixes

Flags = NDArray[np.bool_]
Instants = NDArray[np.int64]

EVER: int = np.iinfo(np.int64).min
"""Before all instants."""
NEVER: int = np.iinfo(np.int64).max
_COLUMNS = tuple(field.name for field in fields(Fixes))


class GrowingTrack:
    """The fixes of one vehicle so far, one an instant: of two, the one that came later counts.

    That is right for rows of a ping log, which gives the winner of a key whenever it changes.
    """

    def __init__(
        self, vehicle_id: str, matcher: Matcher, rules: ServiceRules, work: Work = NO_WORK
    ) -> None:
        self.vehicle_id = vehicle_id
        self._matcher = matcher
        self._rules = rules
        self._work = work
        self._pieces: list[tuple[Fixes, Flags]] = []
        self._parts: dict[bytes, Match] = {}
        self.observation: Observation | None = None
        """What was seen at the last `look`."""

    def add(self, fixes: Fixes, skewed: Flags) -> None:
        """Take in fixes, ascending by time."""
        self._pieces.append((fixes, skewed))

    def look(self) -> int:
        """Match what came since the last look; give the instant from which on something changed.

        What touches only instants before it is as it was. `EVER` at the first look.
        """
        fixes, skewed = _in_order(self._pieces)
        self._pieces = [(fixes, skewed)]
        seen = sight(
            self.vehicle_id, fixes, skewed, self._matcher, self._rules, self._parts, self._work
        )
        before, self.observation, self._parts = self.observation, seen.observation, seen.parts
        return EVER if before is None else changed_from_ms(before, seen.observation)


def _in_order(pieces: Sequence[tuple[Fixes, Flags]]) -> tuple[Fixes, Flags]:
    if len(pieces) == 1:
        return pieces[0]
    fixes = Fixes(
        **{name: np.concatenate([getattr(piece, name) for piece, _ in pieces]) for name in _COLUMNS}
    )
    skewed = np.concatenate([flags for _, flags in pieces])
    if (np.diff(fixes.time_ms) > 0).all():
        return fixes, skewed
    order = np.argsort(fixes.time_ms, kind="stable")
    last = np.append(np.diff(fixes.time_ms[order]) > 0, True)
    chosen = order[last]
    return fixes[chosen], skewed[chosen]


def changed_from_ms(before: Observation, after: Observation) -> int:
    """Give the first instant that anything differing between two observations touches.

    `NEVER` if nothing that a verdict rests on differs.
    """
    return min(
        _first_difference(
            (before.passes.started_ms, after.passes.started_ms),
            [
                (getattr(before.passes, name), getattr(after.passes, name))
                for name in (
                    "section", "from_m", "to_m", "started_ms", "finished_ms", "collecting",
                    "certain", "need",
                )
            ],
        ),
        _first_difference(
            (before.gaps.started_ms, after.gaps.started_ms),
            [
                (getattr(before.gaps, name), getattr(after.gaps, name))
                for name in (
                    "started_ms", "finished_ms", "from_x", "from_y", "to_x", "to_y", "silent",
                )
            ],
        ),
        _first_step(before, after),
    )  # fmt: skip


def _first_difference(
    instants: tuple[NDArray[np.generic], NDArray[np.generic]],
    columns: Sequence[tuple[NDArray[np.generic], NDArray[np.generic]]],
) -> int:
    """Give the least instant among the rows from the first that differs on."""
    first = _first_unequal(columns)
    rest = [float(one[first:].min()) for one in instants if len(one) > first]
    return int(np.floor(min(rest))) if rest else NEVER


def _first_step(before: Observation, after: Observation) -> int:
    """Give the instant of the last fix before the first that differs: the step from it is new."""
    first = _first_unequal(
        [(before.time_ms, after.time_ms), (before.x, after.x), (before.y, after.y)]
    )
    if first == len(before.time_ms) == len(after.time_ms):
        return NEVER
    return int(after.time_ms[first - 1]) if first else EVER


def _first_unequal(
    columns: Sequence[tuple[NDArray[np.generic], NDArray[np.generic]]],
) -> int:
    common = min(len(columns[0][0]), len(columns[0][1]))
    differs = np.zeros(common, dtype=np.bool_)
    for one, other in columns:
        differs |= one[:common] != other[:common]
    found = np.flatnonzero(differs)
    return int(found[0]) if len(found) else common
