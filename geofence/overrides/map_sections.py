"""The sections of a map while decisions are applied to them: found by id and place, replaced."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from geofence.overrides.lines import FARTHEST_M, nearest_spot
from geofence.overrides.overrides import Position
from geofence.overrides.redrawing import Feature, line_of

NEAR_M = 15.0
"""A section is the one that was meant if it passes this close to where that one was."""
_PART_OF_WAY = re.compile(r"(.+)-\d+(?:\.\d+)?")


class MapSections:
    """Features by id, each in the place of the one that it came from."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self._slots: list[list[Feature]] = []
        self._slot_of: dict[str, int] = {}
        for slot, feature in enumerate(features):
            self._slots.append([feature])
            self._slot_of.setdefault(feature["properties"]["id"], slot)

    def __contains__(self, section_id: str) -> bool:
        """Whether there is one of an id just now."""
        return section_id in self._slot_of

    def feature(self, section_id: str) -> Feature:
        """Give the feature of an id; KeyError if there is none just now."""
        slot = self._slots[self._slot_of[section_id]]
        return next(feature for feature in slot if feature["properties"]["id"] == section_id)

    def find(self, section_id: str, at: Position | None) -> str | None:
        """Give the id that a section has in this map; None if it is not there.

        Ids count the parts of a way: where a junction was added or is gone, the same stretch may
        bear the next one. So of the parts of its way the one counts that lies where it was.
        """
        if at is None:
            return section_id if section_id in self else None
        away_m = self.away_m(section_id, at)
        if away_m <= NEAR_M:
            return section_id
        others = {each: self.away_m(each, at) for each in self._others_of_way(section_id)}
        nearest = min(others, key=others.__getitem__, default=None)
        if nearest is not None and others[nearest] <= NEAR_M:
            return nearest
        return section_id if away_m <= FARTHEST_M else None

    def away_m(self, section_id: str, at: Position) -> float:
        """Measure from a place to a section; infinite if there is none."""
        if section_id not in self:
            return float("inf")
        return nearest_spot(line_of(self.feature(section_id)), at).away_m

    def replace(self, section_id: str, by: Sequence[Feature]) -> None:
        """Put others, or none, in the place of a feature."""
        slot = self._slot_of.pop(section_id)
        features = self._slots[slot]
        at = next(i for i, each in enumerate(features) if each["properties"]["id"] == section_id)
        features[at : at + 1] = by
        self._slot_of.update((feature["properties"]["id"], slot) for feature in by)

    def all(self) -> list[Feature]:
        """Give all features in the order of the map."""
        return [feature for slot in self._slots for feature in slot]

    def _others_of_way(self, section_id: str) -> list[str]:
        part = _PART_OF_WAY.fullmatch(section_id)
        return [each for each in self._ways.get(part[1], ()) if each in self] if part else []

    @cached_property
    def _ways(self) -> Mapping[str, list[str]]:
        """Ids of the map by the way that they are parts of."""
        ways: defaultdict[str, list[str]] = defaultdict(list)
        for section_id in self._slot_of:
            if part := _PART_OF_WAY.fullmatch(section_id):
                ways[part[1]].append(section_id)
        return ways
