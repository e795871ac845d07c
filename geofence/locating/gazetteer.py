"""The streets and places of a map by name: what a mention may mean, wherever its grid is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import shapely
from shapely.geometry.base import BaseGeometry

from geofence.locating.candidates import Candidate, Candidates
from geofence.locating.draft import Draft
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.places import QUARTERS
from geofence.locating.ground.ranges import PLACE_REACH_M, QUARTER_REACH_M, STREET_REACH_M, End
from geofence.locating.naming.mention import Reading, readings
from geofence.locating.naming.name_index import SURE, Found, NameIndex
from geofence.locating.naming.spelling import differ_in_accents, fold, has_han
from geofence.locating.resolution import Match, MentionKind, Remark, UnlocatedReason

BESIDE_M = 1000.0
"""A street lies at a place that stands beside its name, if it is this near."""
_PLACE_KINDS = frozenset({MentionKind.AROUND, MentionKind.PLACE})


@dataclass(eq=False)
class Gazetteer:
    """Looks mentions up in a map."""

    measured: MeasuredMap
    streets: NameIndex = field(init=False)
    places: NameIndex = field(init=False)
    _candidates: Candidates = field(init=False)

    def __post_init__(self) -> None:
        self.streets = NameIndex(self.measured.street_map.names)
        self.places = NameIndex([place.names for place in self.measured.street_map.places])
        self._candidates = Candidates(self.measured)

    @lru_cache(maxsize=1 << 16)  # noqa: B019 - as long-lived as the map
    def look_up(self, mention: str) -> Draft:
        """Try the readings of a mention, the plainest first; the first that is found counts."""
        plain, *others = readings(mention)
        if not fold(plain.name):
            return Draft(plain, reason=UnlocatedReason.FRAGMENT, detail="there is no name in it")
        draft = self._whole(plain)
        if draft is None:
            draft = self._structured(others, loosely=True)
        loosely = self.streets.find(plain.name)
        if draft is None and loosely:
            draft = self._draft(plain, loosely, self._candidates.streets)
        if draft is None and has_han(plain.name):
            draft = self._behind_a_place(plain.name)
        if draft is None:
            draft = Draft(
                plain,
                reason=UnlocatedReason.NOT_FOUND,
                detail="no street or place of the map bears this name",
                suggestions=self.suggestions(plain.name),
            )
        return draft

    def suggestions(self, name: str, most: int = 3) -> tuple[str, ...]:
        """Give names of streets, then of places, that may have been meant."""
        found = [*self.streets.suggestions(name, most), *self.places.suggestions(name, most)]
        return tuple(dict.fromkeys(found))[:most]

    def _whole(self, reading: Reading) -> Draft | None:
        """Take a name as it stands: a street, else a place that no street name rivals."""
        found = self.streets.find(reading.name, loosely=False)
        if found:
            return self._draft(reading, found, self._candidates.streets)
        place = self.places.find(reading.name, loosely=False)
        if place is None:
            return None
        wordless = self.streets.find(reading.name)
        if wordless and wordless.match is Match.WORDLESS:
            names = self._main_names(wordless)
            return Draft(
                reading,
                match=place.match,
                reason=UnlocatedReason.AMBIGUOUS,
                detail=f"it is a place, or {' or '.join(names)} without the street word",
                suggestions=names,
            )
        return self._draft(replace(reading, kind=MentionKind.PLACE), place, self._candidates.places)

    def _structured(self, others: list[Reading], *, loosely: bool) -> Draft | None:
        """Take a name apart; of two ways that are as good neither counts."""
        best: Draft | None = None
        failed: Draft | None = None
        for reading in others:
            draft = self._base(reading, loosely=loosely)
            if draft is None:
                continue
            if reading.kind is not MentionKind.CONTINUATION:
                return draft if best is None else best
            if draft.reason:
                failed = failed or draft
            elif best is None or _rank(draft) < _rank(best):
                best = draft
            elif _rank(draft) == _rank(best):
                return Draft(
                    reading,
                    reason=UnlocatedReason.AMBIGUOUS,
                    detail="it may be read in two ways",
                    suggestions=(_first_name(best), _first_name(draft)),
                )
        return best or failed

    def _base(self, reading: Reading, *, loosely: bool) -> Draft | None:
        """Look up the name within a reading; None if the map does not know it."""
        if reading.kind is MentionKind.PAIR:
            return self._pair(reading, loosely=loosely)
        if reading.kind in _PLACE_KINDS:
            place = self.places.find(reading.name, loosely=False)
            return self._draft(reading, place, self._candidates.places) if place else None
        found = self.streets.find(reading.name, loosely=loosely)
        if found is None:
            return self._base_place(reading)
        draft = self._draft(reading, found, self._candidates.streets)
        if draft.reason is None and reading.kind is MentionKind.RANGE:
            return self._with_ends(draft)
        if draft.reason is None and reading.near:
            return self._beside(draft)
        return draft

    def _base_place(self, reading: Reading) -> Draft | None:
        """Take the name within a reading as a place's, where that can be."""
        place = self.places.find(reading.name, loosely=False)
        if place and reading.kind is MentionKind.BRANCH:
            return self._draft(reading, place, self._candidates.places)
        if place and reading.kind is MentionKind.PART:
            return Draft(
                reading,
                reason=UnlocatedReason.SIDE_UNCLEAR,
                detail=f"{reading.name} is a place: which of its streets are meant is not told",
                suggestions=self.suggestions(reading.name),
            )
        return None

    def _pair(self, reading: Reading, *, loosely: bool) -> Draft | None:
        drafts = [
            self._draft(reading, found, self._candidates.streets)
            for name in (reading.name, reading.other)
            if (found := self.streets.find(name, loosely=loosely))
        ]
        sound = [draft for draft in drafts if draft.reason is None]
        if not sound:
            return drafts[0] if drafts else None
        remarks = tuple(dict.fromkeys(remark for draft in sound for remark in draft.remarks))
        if len(sound) == 1:
            missing = reading.other if sound[0] is drafts[0] else reading.name
            return replace(
                sound[0],
                remarks=(*remarks, Remark.PAIR_HALF),
                suggestions=self.suggestions(missing),
            )
        return replace(
            max(sound, key=_rank),
            options=(sound[0].options[0], sound[1].options[0]),
            remarks=remarks,
        )

    def _with_ends(self, draft: Draft) -> Draft:
        """Look the ends of a range up, and keep the streets that both of them touch."""
        names = draft.reading.ends or ("", "")
        own = {candidate.name for candidate in draft.options[0]}
        ends = []
        for name in names:
            end = self._end(name)
            if end is None or name in own:
                found = self.streets.find(name)
                rivals = found.rivals if found else ()
                what = "is no street or place of the map" if end is None else "is the street itself"
                return replace(
                    draft,
                    reason=UnlocatedReason.END_NOT_FOUND,
                    detail=f"the end {name} {'fits several names' if rivals else what}",
                    suggestions=rivals
                    or tuple(other for other in self.suggestions(name, 4) if other != name),
                )
            ends.append(end)
        touched = tuple(
            candidate
            for candidate in draft.options[0]
            if all(_touches(candidate.geometry, end) for end in ends)
        )
        return replace(draft, ends=(ends[0], ends[1]), options=(touched or draft.options[0],))

    def _end(self, name: str) -> End | None:
        """Give the streets that bear the name of an end, then the places."""
        geometries: list[BaseGeometry] = []
        reaches: list[float] = []
        found = self.streets.find(name, loosely=False)
        place = self.places.find(name, loosely=False)
        if found is None and place is None:
            found = self.streets.find(name)
        if found and found.numbers:
            for candidate in self._candidates.streets(found):
                geometries.append(candidate.geometry)
                reaches.append(STREET_REACH_M)
        if place and place.numbers:
            for candidate in self._candidates.places(place):
                geometries.append(candidate.geometry)
                is_quarter = candidate.kind.startswith(QUARTERS)
                reaches.append(QUARTER_REACH_M if is_quarter else PLACE_REACH_M)
        return End(name, tuple(geometries), tuple(reaches)) if geometries else None

    def _beside(self, draft: Draft) -> Draft:
        """Keep the streets that lie at the place beside the name, or the place at the street."""
        near = draft.reading.near
        places = list(self._at(near, streets_too=draft.reading.kind is MentionKind.PLACE))
        if not places:
            return replace(
                draft,
                reason=UnlocatedReason.NOTE_UNREAD,
                detail=f"{near} is neither a part nor a place of the map",
                suggestions=tuple(dict.fromkeys(option.name for option in draft.options[0])),
            )
        kept = tuple(
            candidate
            for candidate in draft.options[0]
            if any(shapely.dwithin(candidate.geometry, place, BESIDE_M) for place in places)
        )
        if kept:
            return replace(draft, options=(kept,), remarks=(*draft.remarks, Remark.NEAR_PLACE))
        return replace(
            draft,
            reason=UnlocatedReason.NOT_FOUND,
            detail=f"no street of this name lies within {BESIDE_M:g} m of {near}",
            suggestions=tuple(dict.fromkeys(option.name for option in draft.options[0])),
        )

    def _behind_a_place(self, name: str) -> Draft | None:
        """Take the head of a Chinese name as a place, and the rest as what lies at it."""
        for at in range(len(name) - 2, 1, -1):
            head, rest = name[:at].strip(), name[at:].strip()
            if not list(self._at(head, streets_too=True)):
                continue
            plain, *others = readings(rest)
            draft = self._whole(plain)
            if draft is None:
                draft = self._structured(others, loosely=False)
            if draft is None or draft.reason is not None:
                continue
            draft = self._beside(replace(draft, reading=replace(draft.reading, near=head)))
            if draft.reason is None:
                return draft
        return None

    def _at(self, name: str, *, streets_too: bool) -> Iterator[BaseGeometry]:
        """Give the places that surely bear a name, and the streets where they count as such."""
        place = self.places.find(name, loosely=False)
        if place and place.numbers:
            yield from (candidate.geometry for candidate in self._candidates.places(place))
        found = self.streets.find(name, loosely=False) if streets_too else None
        if found and found.numbers:
            yield from (candidate.geometry for candidate in self._candidates.streets(found))

    def _draft(
        self,
        reading: Reading,
        found: Found,
        candidates: Callable[[Found], tuple[Candidate, ...]],
    ) -> Draft:
        if found.rivals:
            return Draft(
                reading,
                match=found.match,
                reason=UnlocatedReason.AMBIGUOUS,
                detail="several names fit it equally well",
                suggestions=found.rivals[:5],
            )
        remarks = {
            Match.WORDLESS: (Remark.WORD_ABSENT,),
            Match.PINYIN: (Remark.BY_PINYIN,),
        }.get(found.match, ())
        options = candidates(found)
        if differ_in_accents([option.name for option in options]):
            return Draft(
                reading,
                match=found.match,
                reason=UnlocatedReason.AMBIGUOUS,
                detail="streets in several places have this name but for accents",
                suggestions=self._main_names(found),
            )
        if not options:
            return Draft(
                reading,
                match=found.match,
                reason=UnlocatedReason.NOT_FOUND,
                detail="the map has the name, but its street was left out or lies outside",
                suggestions=self._main_names(found),
            )
        return Draft(reading, (options,), found.match, remarks=remarks)

    def _main_names(self, found: Found) -> tuple[str, ...]:
        names = self.measured.street_map.names
        return found.rivals or tuple(dict.fromkeys(names[number].main for number in found.numbers))


def _rank(draft: Draft) -> int:
    order = [*SURE, Match.WORDLESS, Match.PINYIN]
    return order.index(draft.match) if draft.match else len(order)


def _first_name(draft: Draft) -> str:
    return draft.options[0][0].name


def _touches(geometry: BaseGeometry, end: End) -> bool:
    return any(
        shapely.dwithin(geometry, other, reach)
        for other, reach in zip(end.geometries, end.reaches_m, strict=True)
    )
