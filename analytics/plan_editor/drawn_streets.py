"""The sections of a plan as they are drawn, cut, joined and assigned; all can be taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geofence.overrides.lines import LineError
from geofence.overrides.overrides import Cut, Join
from geofence.overrides.redrawing import Feature, cut_feature, join_features

Place = tuple[int, ...]
"""Where a section stands in the file: pieces of a section stand where it stood."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A section of the file."""

    place: Place
    feature: Feature

    @property
    def id(self) -> str:
        """Its id."""
        return section_id_of(self.feature)


@dataclass(frozen=True, slots=True)
class Redrawing:
    """Sections that go, and those that come for them; one that changes does both."""

    gone: tuple[Drawn, ...]
    come: tuple[Drawn, ...]

    @property
    def inverse(self) -> "Redrawing":
        """What takes it back."""
        return Redrawing(self.come, self.gone)


class DrawnStreets:
    """All sections, by id."""

    def __init__(self, features: Iterable[Feature]) -> None:
        drawn = (Drawn((place,), feature) for place, feature in enumerate(features))
        self._drawn = {each.id: each for each in drawn}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._drawn)

    def __contains__(self, section_id: str) -> bool:
        """Whether there is one of an id."""
        return section_id in self._drawn

    def feature(self, section_id: str) -> Feature:
        """Give a section; KeyError if there is none."""
        return self._drawn[section_id].feature

    def features(self) -> list[Feature]:
        """Give all in the order of the file."""
        return [each.feature for each in sorted(self._drawn.values(), key=lambda d: d.place)]

    def cut(self, cut: Cut) -> Redrawing:
        """Prepare to cut one; LineError if that cannot be done."""
        whole = self._drawn[cut.section]
        self._need_free(cut.outputs, cut.inputs)
        halves = cut_feature(whole.feature, cut)
        come = tuple(
            Drawn((*whole.place, number), half) for number, half in enumerate(halves, start=1)
        )
        return Redrawing((whole,), come)

    def join(self, join: Join, *, named: str | None = None) -> Redrawing:
        """Prepare to join some, given in an order in which they meet; LineError if they do not.

        Parameters
        ----------
        named
            The id of what they make, if not that of the join.
        """
        parts = tuple(self._drawn[each] for each in join.sections)
        self._need_free([named or join.outputs[0]], join.inputs)
        feature = join_features([part.feature for part in parts], join)
        if named is not None:
            feature = with_properties(feature, id=named)
        return Redrawing(parts, (Drawn(parts[0].place, feature),))

    def change(self, properties: Mapping[str, Mapping[str, Any]]) -> Redrawing:
        """Prepare to give some sections, by id, other properties."""
        gone = tuple(self._drawn[each] for each in properties)
        come = tuple(
            Drawn(each.place, with_properties(each.feature, **properties[each.id])) for each in gone
        )
        return Redrawing(gone, come)

    def follow(self, redrawing: Redrawing) -> None:
        """Do what was prepared."""
        for each in redrawing.gone:
            del self._drawn[each.id]
        self._drawn.update((each.id, each) for each in redrawing.come)

    def chain(self, section_ids: Sequence[str]) -> list[str]:
        """Bring sections into an order in which each meets those before it.

        Raises
        ------
        LineError
            If they make no chain.
        """
        left = list(section_ids)
        order = [left.pop(0)]
        made = self.feature(order[0])
        while left:
            reason: LineError | None = None
            for section_id in left:
                try:
                    made = join_features([made, self.feature(section_id)], Join(("", "")))
                except LineError as error:
                    reason = reason or error
                    continue
                order.append(section_id)
                left.remove(section_id)
                break
            else:
                raise reason or LineError("apart", "they do not meet")
        return order

    def _need_free(self, wanted: Sequence[str], given_up: Sequence[str]) -> None:
        taken = [each for each in wanted if each in self._drawn and each not in given_up]
        if taken:
            raise LineError("taken", f"another section has the id {taken[0]} already")


def section_id_of(feature: Feature) -> str:
    """Give the id of a section, as the reader of a plan takes it."""
    section_id: str = feature["properties"]["id"]
    return section_id.strip()


def with_properties(feature: Feature, **properties: object) -> Feature:
    """Give a feature with other properties, the old one unharmed."""
    return {**feature, "properties": {**feature["properties"], **properties}}
