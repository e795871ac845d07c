"""From what a mention means to pieces: one way a kind."""

from geofence.locating.candidates import Candidate
from geofence.locating.draft import Draft
from geofence.locating.ground.branches import (
    branch_outcome,
    branches_of_place,
    branches_of_street,
)
from geofence.locating.ground.continuations import continuation_of
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.parts import part_of
from geofence.locating.ground.pieces import Outcome, united, whole
from geofence.locating.ground.places import streets_around, streets_of_place
from geofence.locating.ground.ranges import stretch_of
from geofence.locating.ground.street import Street
from geofence.locating.naming.mention import Reading
from geofence.locating.resolution import MentionKind, Remark


class Derivation:
    """Derives pieces, each kind of each street once: many grids mention the same."""

    def __init__(self, measured: MeasuredMap) -> None:
        self._measured = measured
        self._kept: dict[tuple[tuple[Candidate, ...], Reading, bool, int], Outcome] = {}
        self._branches: dict[Candidate, list[tuple[int, ...]]] = {}

    def outcome(
        self,
        draft: Draft,
        chosen: tuple[Candidate, ...],
        *,
        thirds: bool = False,
        branches: int = 0,
    ) -> Outcome:
        """Give what a mention comes to when its names mean the chosen candidates.

        `thirds` and `branches` tell what else the plan says of the street: whether somewhere of its
        middle part, and how many branches the grid numbers.
        """
        key = (chosen, draft.reading, thirds, branches)
        if key not in self._kept:
            self._kept[key] = self._derived(draft, chosen, thirds, branches)
        return self._kept[key]

    def _derived(
        self, draft: Draft, chosen: tuple[Candidate, ...], thirds: bool, branches: int
    ) -> Outcome:
        reading, first = draft.reading, chosen[0]
        if reading.kind is MentionKind.BRANCH:
            return branch_outcome(self._branches_of(first), reading.number, branches)
        if reading.kind is MentionKind.AROUND:
            return streets_around(self._measured, first.geometry)
        if first.street is None:
            return streets_of_place(self._measured, first.geometry, first.kind)
        return self._of_street(draft, first.street, thirds) or _all_of(chosen)

    def _of_street(self, draft: Draft, street: Street, thirds: bool) -> Outcome | None:
        reading = draft.reading
        if reading.kind is MentionKind.PART:
            return part_of(self._measured, street, reading.side, thirds=thirds)
        if reading.kind is MentionKind.CONTINUATION:
            return continuation_of(self._measured, street, reading.side)
        if reading.kind is MentionKind.RANGE and draft.ends:
            return stretch_of(self._measured, street, draft.ends)
        return None

    def _branches_of(self, base: Candidate) -> list[tuple[int, ...]]:
        if base not in self._branches:
            self._branches[base] = (
                branches_of_street(self._measured, base.street)
                if base.street
                else branches_of_place(self._measured, base.geometry)
            )
        return self._branches[base]


def _all_of(chosen: tuple[Candidate, ...]) -> Outcome:
    streets = [each.street for each in chosen if each.street is not None]
    pieces = united(piece for street in streets for piece in whole(street.sections))
    remarks = []
    if any(street.in_pieces for street in streets):
        remarks.append(Remark.IN_PIECES)
    if any(len(street.main_names) > 1 for street in streets):
        remarks.append(Remark.SPELLED_OTHERWISE)
    return Outcome(pieces, remarks=tuple(remarks))
