"""One run over the mentions of a plan: look up, choose among namesakes, derive pieces."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.locating.candidates import Candidate
from geofence.locating.choice import Choice, Slot, choose, score_of
from geofence.locating.derivation import Derivation
from geofence.locating.draft import Draft
from geofence.locating.gazetteer import Gazetteer
from geofence.locating.ground.areas import clipped, members_of
from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.pieces import Outcome, whole
from geofence.locating.ground.street import Street
from geofence.locating.naming.mention import MIDDLE
from geofence.locating.resolution import (
    Located,
    Match,
    MentionKind,
    Remark,
    Resolution,
    UnlocatedReason,
)
from geofence.plan.plan import Grid

MATCH_SCORES: dict[Match, float] = {
    Match.EXACT: 1.0,
    Match.NORMALISED: 0.99,
    Match.TRADITIONAL: 0.98,
    Match.ABBREVIATION: 0.95,
    Match.PARTICLES: 0.9,
    Match.WORDLESS: 0.8,
    Match.PINYIN: 0.7,
}
"""What a score is multiplied with, by how the name was found."""
FAR_OFF_M = 20_000.0
"""A street whose middle lies further from the middle of the grid's others is told."""
Progress = Callable[[int, int], None]
Areas = Mapping[str, BaseGeometry]
_TELL_EVERY = 100
_MOST_TOLD = 4


class Resolver:
    """Resolves the mentions of some grids; see `geofence.locating.locate`."""

    def __init__(
        self,
        measured: MeasuredMap,
        grids: Sequence[Grid],
        areas: Areas,
        progress: Progress | None = None,
        *,
        clip: bool = True,
    ) -> None:
        self._measured = measured
        self._grids = grids
        self._clip = clip
        self._areas = {
            number: measured.to_metres(areas[grid.id])
            for number, grid in enumerate(grids)
            if grid.id in areas
        }
        self._members = {
            number: frozenset(members_of(measured, area).tolist())
            for number, area in self._areas.items()
        }
        self._gazetteer = Gazetteer(measured)
        self._derivation = Derivation(measured)
        self._mentions = [
            (number, mention) for number, grid in enumerate(grids) for mention in grid.streets
        ]
        self._progress = progress

    def located(self) -> Located:
        """Resolve all mentions."""
        drafts = [
            self._near_area(number, self._gazetteer.look_up(mention))
            for number, mention in self._told(0)
        ]
        choices = self._choices(drafts)
        thirds = {
            choice.candidate
            for draft, chosen in zip(drafts, choices, strict=True)
            for choice in chosen
            if draft.reading.kind is MentionKind.PART and draft.reading.side == MIDDLE
        }
        branches = self._numbered_branches(drafts)
        found: dict[int, list[Resolution]] = defaultdict(list)
        for at, (number, mention) in enumerate(self._told(1)):
            draft, chosen = drafts[at], choices[at]
            numbered = branches.get((number, draft.reading.name), 0)
            outcome = self._outcome(draft, chosen, thirds, numbered)
            found[number].append(self._resolution(number, mention, draft, chosen, outcome))
        for number in self._areas:
            if not self._grids[number].streets:
                found[number] = self._inside(number)
        for each in found.values():
            self._tell_what_is_far(each)
        if self._progress:
            self._progress(len(self._mentions), len(self._mentions))
        return Located(tuple(each for number in range(len(self._grids)) for each in found[number]))

    def _told(self, half: int) -> Iterator[tuple[int, str]]:
        """Go through the mentions, the first or the second time, and tell how far that is."""
        total = len(self._mentions)
        for done, mention in enumerate(self._mentions):
            if self._progress and done % _TELL_EVERY == 0:
                self._progress((half * total + done) // 2, total)
            yield mention

    def _near_area(self, number: int, draft: Draft) -> Draft:
        """Of a grid with an area: take all namesakes that lie in it as one street."""
        area = self._areas.get(number)
        if area is None or not any(len(each) > 1 for each in draft.options):
            return draft
        options = tuple(_at_area(self._measured, each, area) for each in draft.options)
        return replace(draft, options=options)

    def _choices(self, drafts: Sequence[Draft]) -> list[tuple[Choice, ...]]:
        operators: dict[str, int] = {}
        slots: list[Slot] = []
        firsts: list[int] = []
        for (number, _), draft in zip(self._mentions, drafts, strict=True):
            operator = operators.setdefault(self._grids[number].operator_id, len(operators))
            firsts.append(len(slots))
            slots += [Slot(number, operator, each) for each in draft.options]
        choices = choose(slots, self._areas)
        return [
            tuple(choices[first : first + len(draft.options)])
            for first, draft in zip(firsts, drafts, strict=True)
        ]

    def _numbered_branches(self, drafts: Sequence[Draft]) -> dict[tuple[int, str], int]:
        """Give the highest number of a branch that each grid mentions, by street."""
        highest: dict[tuple[int, str], int] = defaultdict(int)
        for (number, _), draft in zip(self._mentions, drafts, strict=True):
            if draft.reading.number is not None:
                key = (number, draft.reading.name)
                highest[key] = max(highest[key], draft.reading.number)
        return highest

    def _outcome(
        self, draft: Draft, choices: Sequence[Choice], thirds: set[Candidate | None], branches: int
    ) -> Outcome:
        if draft.reason is not None:
            return Outcome(reason=draft.reason, detail=draft.detail, suggestions=draft.suggestions)
        chosen = tuple(each.candidate for each in choices if each.candidate is not None)
        if len(chosen) < len(choices):
            unclear = next(
                options
                for options, choice in zip(draft.options, choices, strict=True)
                if choice.candidate is None
            )
            return Outcome(
                reason=UnlocatedReason.AMBIGUOUS,
                detail=self._namesakes(unclear),
                suggestions=tuple(dict.fromkeys(each.name for each in unclear)),
            )
        return self._derivation.outcome(
            draft, chosen, thirds=chosen[0] in thirds, branches=branches
        )

    def _namesakes(self, options: Sequence[Candidate]) -> str:
        """Say where the streets or places of one name are."""
        places = []
        for option in options[:_MOST_TOLD]:
            east, north = option.middle
            longitude, latitude = self._measured.projection.to_degrees(
                np.array([east]), np.array([north])
            )
            places.append(f"{longitude[0]:.4f},{latitude[0]:.4f}")
        more = "" if len(options) <= _MOST_TOLD else f" and {len(options) - _MOST_TOLD} more"
        return (
            f"{len(options)} places of the map bear the name, none clearly nearer to the rest of"
            f" the grid: {'; '.join(places)}{more}"
        )

    def _resolution(
        self,
        number: int,
        mention: str,
        draft: Draft,
        choices: Sequence[Choice],
        outcome: Outcome,
    ) -> Resolution:
        remarks = [*draft.remarks, *outcome.remarks]
        pieces = outcome.pieces
        members = self._members.get(number)
        if pieces and members is not None and self._clip:
            inside = clipped(pieces, members)
            if not inside:
                remarks.append(Remark.OUTSIDE_AREA)
            elif inside != pieces:
                remarks.append(Remark.AREA_CLIPPED)
            pieces = inside or pieces
        rivals = [choice.next_m for choice in choices if choice.next_m is not None]
        if pieces and rivals:
            remarks.append(Remark.HOMONYM_CHOSEN)
        if pieces and any(choice.is_close for choice in choices):
            remarks.append(Remark.RIVAL_CLOSE)
        weight = MATCH_SCORES[draft.match] if draft.match else 0.0
        fits = [
            score_of(choice.cost_m) for choice in choices if pieces or choice.next_m is not None
        ]
        chosen = [choice.candidate for choice in choices if choice.candidate is not None]
        return Resolution(
            self._grids[number].id,
            mention,
            draft.reading.kind,
            pieces,
            outcome.reason,
            outcome.detail,
            round(weight * min(fits), 3) if fits else 0.0,
            round(weight * score_of(min(rivals)), 3) if rivals else None,
            () if pieces and not draft.suggestions else outcome.suggestions or draft.suggestions,
            tuple(dict.fromkeys(each.name for each in chosen)),
            draft.match,
            tuple(dict.fromkeys(remarks)),
        )

    def _inside(self, number: int) -> list[Resolution]:
        """Give the streets inside the area of a grid, by name; those without a name are last."""
        grid_id = self._grids[number].id
        by_name: dict[str, list[int]] = defaultdict(list)
        for section in sorted(self._members[number]):
            by_name[self._measured.main_name(section)].append(section)
        if not by_name:
            return [
                Resolution(
                    grid_id,
                    "",
                    MentionKind.AREA,
                    reason=UnlocatedReason.AREA_WITHOUT_STREETS,
                    detail="at least half of a section must lie inside the area",
                )
            ]
        return [
            Resolution(
                grid_id,
                name,
                MentionKind.AREA,
                whole(by_name[name]),
                score=1.0,
                names=(name,) if name else (),
                detail="" if name else "sections without a name",
            )
            for name in sorted(by_name, key=lambda name: (not name, name))
        ]

    def _tell_what_is_far(self, resolutions: list[Resolution]) -> None:
        """Mark streets far from the middle of their grid."""
        located = [at for at, each in enumerate(resolutions) if each.pieces]
        if len(located) < 2:
            return
        first = self._measured.street_map.first_vertex
        middles = np.array(
            [
                self._measured.xy[first[[piece.section for piece in resolutions[at].pieces]]].mean(
                    axis=0
                )
                for at in located
            ]
        )
        off = np.hypot(*(middles - np.median(middles, axis=0)).T)
        for at in np.flatnonzero(off > FAR_OFF_M):
            far = resolutions[located[at]]
            resolutions[located[at]] = replace(far, remarks=(*far.remarks, Remark.FAR_OFF))


def _at_area(
    measured: MeasuredMap, options: tuple[Candidate, ...], area: BaseGeometry
) -> tuple[Candidate, ...]:
    """Keep the candidates that touch an area, streets as one; all of them if none does."""
    kept = tuple(each for each in options if shapely.intersects(each.geometry, area))
    streets = [each.street for each in kept if each.street is not None]
    if len(streets) < 2:
        return kept or options
    sections = np.unique(np.concatenate([street.sections for street in streets]))
    street = Street(measured, sections, in_pieces=True)
    return (Candidate(kept[0].name, street.geometry, street),)
