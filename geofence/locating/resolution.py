"""What became of a mention: pieces of sections, or the reason why there are none."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise


class MentionKind(StrEnum):
    """What a mention speaks of; `KIND_MEANINGS` says what each means."""

    STREET = "street"
    PAIR = "pair"
    PART = "part"
    CONTINUATION = "continuation"
    RANGE = "range"
    BRANCH = "branch"
    AROUND = "around"
    PLACE = "place"
    AREA = "area"


KIND_MEANINGS: dict[MentionKind, str] = {
    MentionKind.STREET: "A whole street.",
    MentionKind.PAIR: "Two streets of opposite sides in one word, such as 迎泽东西街.",
    MentionKind.PART: "The part of a street toward one side, such as 兴和街北段.",
    MentionKind.CONTINUATION: "What carries on beyond a street's end, such as 西环路北延.",
    MentionKind.RANGE: "A street from one place to another, such as 永泰南路(九州—七里村).",
    MentionKind.BRANCH: "Side streets without a name of their own, such as 北岳路支路.",
    MentionKind.AROUND: "The streets around a place, such as 十校周边道路.",
    MentionKind.PLACE: "A bridge, market, compound or other place, by the streets in or at it.",
    MentionKind.AREA: "No mention: the streets inside the area of a grid.",
}


class UnlocatedReason(StrEnum):
    """Why a mention has no pieces; `REASON_MEANINGS` says what each means."""

    FRAGMENT = "fragment"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    SIDE_UNCLEAR = "side_unclear"
    CONTINUATION_ABSENT = "continuation_absent"
    END_NOT_FOUND = "end_not_found"
    ENDS_UNCONNECTED = "ends_unconnected"
    BRANCH_ABSENT = "branch_absent"
    NOTE_UNREAD = "note_unread"
    PLACE_WITHOUT_STREETS = "place_without_streets"
    AREA_WITHOUT_STREETS = "area_without_streets"


REASON_MEANINGS: dict[UnlocatedReason, str] = {
    UnlocatedReason.FRAGMENT: "Nothing of the mention is left that could be a name.",
    UnlocatedReason.NOT_FOUND: "No street or place of the map bears the name.",
    UnlocatedReason.AMBIGUOUS: (
        "Several streets fit nearly as well; none was taken. Their names stand beside it."
    ),
    UnlocatedReason.SIDE_UNCLEAR: (
        "The street has no such part: it runs the other way, or has no middle between two ends."
    ),
    UnlocatedReason.CONTINUATION_ABSENT: "Nothing carries on beyond the street's end on that side.",
    UnlocatedReason.END_NOT_FOUND: (
        "An end of the range is no street or place of the map; the whole street was not taken."
    ),
    UnlocatedReason.ENDS_UNCONNECTED: (
        "An end of the range lies away from the street, both ends are one place, or no way along"
        " the street leads between them."
    ),
    UnlocatedReason.BRANCH_ABSENT: (
        "The street has no side street without a name, or fewer than are named."
    ),
    UnlocatedReason.NOTE_UNREAD: (
        "What stands beside the name is no part, range or place of the map; the whole street was"
        " not taken."
    ),
    UnlocatedReason.PLACE_WITHOUT_STREETS: (
        "The place is on the map, but no street is near it, or it is a quarter whose extent the"
        " map does not draw."
    ),
    UnlocatedReason.AREA_WITHOUT_STREETS: "No street lies inside the area of the grid.",
}


class Match(StrEnum):
    """How a mention's name came to be a name of the map, the surest first."""

    EXACT = "exact"
    NORMALISED = "normalised"
    TRADITIONAL = "traditional"
    ABBREVIATION = "abbreviation"
    PARTICLES = "particles"
    WORDLESS = "wordless"
    PINYIN = "pinyin"


MATCH_MEANINGS: dict[Match, str] = {
    Match.EXACT: "The map writes the name so.",
    Match.NORMALISED: "Alike but for case, width, accents, white space or punctuation.",
    Match.TRADITIONAL: "Alike but for traditional and simplified characters.",
    Match.ABBREVIATION: "Alike when street words, titles and numerals are written out.",
    Match.PARTICLES: "Alike without spaces and small words, such as de, da and dos.",
    Match.WORDLESS: "The street word (路, Rua, Street) is absent, and one name alone fits.",
    Match.PINYIN: "Alike in pinyin, by one of the readings of the characters.",
}


class Remark(StrEnum):
    """What a person should look at though the mention is located; see `REMARK_MEANINGS`."""

    WORD_ABSENT = "word_absent"
    BY_PINYIN = "by_pinyin"
    RIVAL_CLOSE = "rival_close"
    HOMONYM_CHOSEN = "homonym_chosen"
    IN_PIECES = "in_pieces"
    SPELLED_OTHERWISE = "spelled_otherwise"
    PAIR_HALF = "pair_half"
    BRANCHES_SHARED = "branches_shared"
    NEAR_PLACE = "near_place"
    AREA_CLIPPED = "area_clipped"
    OUTSIDE_AREA = "outside_area"
    FAR_OFF = "far_off"


REMARK_MEANINGS: dict[Remark, str] = {
    Remark.WORD_ABSENT: "Mention or map leaves out the street word; one street alone fits.",
    Remark.BY_PINYIN: "The name was found by its sound alone.",
    Remark.RIVAL_CLOSE: "Another street fits nearly as well: score and runner-up stand beside it.",
    Remark.HOMONYM_CHOSEN: "Several streets bear the name; the one nearest the grid was taken.",
    Remark.IN_PIECES: "The street lies in parts that do not meet.",
    Remark.SPELLED_OTHERWISE: "The map spells parts of the street in other ways; all were taken.",
    Remark.PAIR_HALF: "Only one street of the pair is on the map.",
    Remark.BRANCHES_SHARED: "Numbers of branches are dealt out in order; the map does not number.",
    Remark.NEAR_PLACE: "The streets were chosen by how near they lie to a place.",
    Remark.AREA_CLIPPED: "Only what lies inside the area of the grid was taken.",
    Remark.OUTSIDE_AREA: "The street lies outside the area of the grid and was taken whole.",
    Remark.FAR_OFF: "The street lies more than 20 km from the middle of the grid's others.",
}


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """Part of a section, by shares of its length in metres along its coordinates."""

    section: int
    from_share: float = 0.0
    to_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one mention of one grid became; it has pieces or a reason."""

    grid_id: str
    mention: str
    """As the plan writes it; empty for the streets of an area."""
    kind: MentionKind
    pieces: tuple[Piece, ...] = ()
    """Ascending, none overlapping another."""
    reason: UnlocatedReason | None = None
    detail: str = ""
    """The reason, or what was done, in a sentence; empty if there is nothing to say."""
    score: float = 0.0
    """How well it fits, from 0 to 1."""
    runner_up: float | None = None
    """How well the best street that was not taken fits; None if there is no other."""
    suggestions: tuple[str, ...] = ()
    """Names of the map that may have been meant, nearest first; also of a reason's other ends."""
    names: tuple[str, ...] = ()
    """Main names of what was found on the map: streets, or the place."""
    match: Match | None = None
    """How the name was found; None if it was not, or where no name was asked for."""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A grid that is to collect somewhere, and by which mention."""

    grid_id: str
    mention: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a section that the same mentions of the same grids claim all along."""

    piece: Piece
    claims: tuple[Claim, ...]
    """In the order of the resolutions."""

    @property
    def grids(self) -> tuple[str, ...]:
        """Grids that claim it, each once."""
        return tuple(dict.fromkeys(claim.grid_id for claim in self.claims))


@dataclass(frozen=True)
class Located:
    """The resolutions of all mentions, in the order of the plan."""

    resolutions: tuple[Resolution, ...]

    @cached_property
    def unlocated(self) -> tuple[Resolution, ...]:
        """Resolutions without pieces."""
        return tuple(found for found in self.resolutions if found.reason is not None)

    @cached_property
    def grids_of_pieces(self) -> tuple[Stretch, ...]:
        """Claimed parts of sections, ascending, cut wherever claims change; none overlap."""
        return stretches_of(self.resolutions)


def stretches_of(resolutions: Sequence[Resolution]) -> tuple[Stretch, ...]:
    """Cut the pieces of all resolutions where claims begin or end."""
    claimed: dict[int, list[tuple[Piece, Claim]]] = defaultdict(list)
    for resolution in resolutions:
        claim = Claim(resolution.grid_id, resolution.mention)
        for piece in resolution.pieces:
            claimed[piece.section].append((piece, claim))
    stretches: list[Stretch] = []
    for section in sorted(claimed):
        pieces = claimed[section]
        first = pieces[0][0]
        if all(piece == first for piece, _ in pieces):  # as most are: claimed all along
            stretches.append(Stretch(first, tuple(dict.fromkeys(claim for _, claim in pieces))))
            continue
        cuts = sorted({end for piece, _ in pieces for end in (piece.from_share, piece.to_share)})
        for start, end in pairwise(cuts):
            claims = tuple(
                dict.fromkeys(
                    claim
                    for piece, claim in pieces
                    if piece.from_share <= start and end <= piece.to_share
                )
            )
            if not claims:
                continue
            last = stretches[-1] if stretches else None
            begun = start
            goes_on = last and (last.piece.section, last.piece.to_share) == (section, start)
            if last and goes_on and last.claims == claims:
                begun = stretches.pop().piece.from_share
            stretches.append(Stretch(Piece(section, begun, end), claims))
    return tuple(stretches)
