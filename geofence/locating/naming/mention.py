"""What a mention may speak of: a whole street, its part, a stretch of it, what is beside it.

A mention has several readings, as 西环路北延 may be a street of that name or what carries on beyond
西环路. They come in the order in which they are to be tried; the map decides.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from geofence.locating.naming.spelling import fold
from geofence.locating.naming.street_words import CHINESE_WORDS
from geofence.locating.resolution import MentionKind

MIDDLE = "middle"
UNKNOWN_SIDE = "unknown"
"""A part that a letter or number tells, as in 惠民A段: no map says where it is."""
SIDES: dict[str, tuple[float, float]] = {
    "east": (1.0, 0.0),
    "west": (-1.0, 0.0),
    "south": (0.0, -1.0),
    "north": (0.0, 1.0),
    "northeast": (1.0, 1.0),
    "northwest": (-1.0, 1.0),
    "southeast": (1.0, -1.0),
    "southwest": (-1.0, -1.0),
}
"""Metres east and north of a step toward each side."""

_CHINESE_SIDES = {"东": "east", "西": "west", "南": "south", "北": "north", "中": MIDDLE}
_LATIN_SIDES = {
    "east": "leste este east est ost",
    "west": "oeste west ouest ovest",
    "south": "sul sur south sud",
    "north": "norte north nord",
    "northeast": "nordeste noreste northeast",
    "northwest": "noroeste northwest",
    "southeast": "sudeste sureste southeast",
    "southwest": "sudoeste suroeste southwest",
    MIDDLE: "central middle medio",
}
_SIDE_OF = {word: side for side, words in _LATIN_SIDES.items() for word in words.split()} | {
    first + second: f"{_CHINESE_SIDES[first]}{_CHINESE_SIDES[second]}"
    for first in "南北"
    for second in "东西"
}
_SIDE_OF |= {second + first: _SIDE_OF[first + second] for first in "南北" for second in "东西"}
_SIDE_OF |= _CHINESE_SIDES

_SIDE = "|".join(sorted((word for word in _SIDE_OF if word.isascii()), key=len, reverse=True))
_OF = r"(?:d[aeo]s?|del|de la|de los|of(?: the)?)"
_THE = r"(?:(?:d?[ao]s?|de|del|de la|la|el|al?|the|à|ao) )?"
_FROM = r"(?:from|desde|d[aeo]s?)"
_STRETCH = r"(?:trecho|lado|parte|tramo|setor|sector)"
_GOING_ON = (
    r"(?:prolongamento|prolongaci[oó]n|prolong\.?|continua[cç][aã]o|continuaci[oó]n|extension)"
)
_SIDE_STREETS = r"(?:side (?:streets?|roads?)|branch(?:es)?|ramal|ramais|ramales)"
_AROUND = r"(?:entorno|arredores|redor|alrededores|around|surroundings)"
_OPEN = r"[\s,;(\[]+"
_CHINESE_WORD = "|".join(CHINESE_WORDS)
_DASH = r"(?:\s*(?:[‐‑‒–—―−─~〜]+|--+|至|到)\s*|\s+-+\s+|(?<=[^\x00-\x7f])-(?=[^\x00-\x7f]))"
_TO = rf"(?:{_DASH}|\s+(?:até|ate|hasta|to)\s+(?:[oa]s? |la |el |the )?)"


_LONGEST = 200
"""Characters of a mention that is read closer; what is longer is a name or nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a mention may speak of."""

    kind: MentionKind
    name: str
    """Of the street or place that it speaks of; of a pair the first of both."""
    other: str = ""
    """Of a pair the second."""
    side: str = ""
    """A key of `SIDES`, `MIDDLE` or `UNKNOWN_SIDE`; empty if none is told."""
    ends: tuple[str, str] | None = None
    """Of a range."""
    number: int | None = None
    """Of a branch that is one of several."""
    near: str = ""
    """A place that stands beside the name, such as the quarter of a street."""


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_PATTERNS: tuple[tuple[MentionKind, re.Pattern[str]], ...] = (
    # Chinese
    (MentionKind.PAIR, _pattern(rf"(?P<name>.+)(?P<pair>东西|南北)(?P<word>{_CHINESE_WORD})")),
    (
        MentionKind.RANGE,
        _pattern(rf"(?P<name>[^()]+?)\((?:从|自|由)?(?P<a>[^()]+?){_TO}(?P<b>[^()]+?)段?\)"),
    ),
    (MentionKind.RANGE, _pattern(r"(?P<name>.+?)(?:从|自)(?P<a>.+?)(?:至|到)(?P<b>.+?)段?")),
    (
        MentionKind.RANGE,
        _pattern(rf"(?P<name>[^()]+?(?:{_CHINESE_WORD}))(?P<a>[^()]+?)(?:至|到)(?P<b>[^()]+?)段?"),
    ),
    (
        MentionKind.PART,
        _pattern(
            r"(?P<name>.+?)\(?(?P<side>[东西南北]{1,2}|中|[a-z甲乙丙丁一二三四0-9])(?:半)?段\)?"
        ),
    ),
    (
        MentionKind.CONTINUATION,
        _pattern(
            r"(?P<name>.+?)(?P<side>[东西南北]{1,2})延[伸长]?[线段路街]?(?:[单双]线)?",
        ),
    ),
    (MentionKind.CONTINUATION, _pattern(r"(?P<name>.+?)延[伸长]?[线段路街]?(?:[单双]线)?")),
    (
        MentionKind.BRANCH,
        _pattern(r"(?:.+\()?(?P<name>[^()]+?)支[路巷线街](?P<number>\d+)?\)?"),
    ),
    (
        MentionKind.AROUND,
        _pattern(
            r"(?P<name>.+?)(?:周边|周围|外围|四周|附近)(?:的?(?:道路|街道|路段|巷道|路|街))?",
        ),
    ),
    (MentionKind.PLACE, _pattern(r"(?P<name>.+?)(?:[ty]|丁|十字?)[型形字]?(?:路|街|道)")),
    # Portuguese, Spanish, English
    (
        MentionKind.RANGE,
        _pattern(rf"(?P<name>.+?){_OPEN}entre {_THE}(?P<a>.+?) [ey] {_THE}(?P<b>.+?)\)?"),
    ),
    (  # Rua Entre Rios entre ...
        MentionKind.RANGE,
        _pattern(rf"(?P<name>.+){_OPEN}entre {_THE}(?P<a>.+?) [ey] {_THE}(?P<b>.+?)\)?"),
    ),
    (
        MentionKind.RANGE,
        _pattern(rf"(?P<name>.+?){_OPEN}between (?:the )?(?P<a>.+?) and (?:the )?(?P<b>.+?)\)?"),
    ),
    (
        MentionKind.RANGE,
        _pattern(
            rf"(?P<name>.+?){_OPEN}{_FROM} {_THE}(?P<a>.+?) "
            rf"(?:até|ate|hasta|to) {_THE}(?P<b>.+?)\)?",
        ),
    ),
    (
        MentionKind.RANGE,
        _pattern(
            rf"(?P<name>.+?)[,;(\[]\s*{_FROM} {_THE}(?P<a>\S.*? \S.*?) "
            rf"(?:à|ao?|al?) {_THE}(?P<b>\S.*? \S.*?)\)?",
        ),
    ),
    (
        MentionKind.PART,
        _pattern(rf"(?P<name>.+?)\s*[,;(\[–—-]\s*(?:{_STRETCH} )?(?P<side>{_SIDE})\)?"),
    ),
    (MentionKind.PART, _pattern(rf"(?P<name>.+?){_OPEN}{_STRETCH} (?P<side>{_SIDE})\)?")),
    (
        MentionKind.PART,
        _pattern(rf"(?P<name>.+?){_OPEN}(?P<side>{_SIDE})(?:ern)? (?:part|section|half|end)\)?"),
    ),
    (
        MentionKind.PART,
        _pattern(rf"(?:the )?(?P<side>{_SIDE})(?:ern)? (?:part|section|half|end) of (?P<name>.+)"),
    ),
    (
        MentionKind.CONTINUATION,
        _pattern(rf"{_GOING_ON}(?: (?P<side>{_SIDE}))? {_OF} (?P<name>.+)"),
    ),
    (
        MentionKind.CONTINUATION,
        _pattern(rf"(?P<name>.+?)(?: (?P<side>{_SIDE}))? (?:extension|ext\.?)"),
    ),
    (MentionKind.BRANCH, _pattern(rf"{_SIDE_STREETS} {_OF} (?P<name>.+)")),
    (
        MentionKind.AROUND,
        _pattern(
            rf"(?:(?:ruas|calles|streets|roads) )?(?:(?:no|em|ao) )?{_AROUND}"
            rf"(?: {_OF}| the)? (?P<name>.+)",
        ),
    ),
)
_NEAR = (
    re.compile(r"(?P<name>[^()]+?)\s*\((?P<near>[^()]+)\)"),
    re.compile(r"(?P<name>.+?)\s*(?:,|;| - | – | — )\s*(?P<near>[^,;]+)"),
)


def plain_mention(mention: str) -> str:
    """Write a mention with one kind of brackets, width and space."""
    text = unicodedata.normalize("NFKC", mention).translate(str.maketrans("【】[]〔〕", "()()()"))
    return " ".join(text.split()).strip(" .,;:、。·-—")


def readings(mention: str) -> Iterator[Reading]:
    """Give what a mention may speak of, the plainest first."""
    text = plain_mention(mention)
    yield Reading(MentionKind.STREET, text)
    if len(text) > _LONGEST:
        return
    plain = True
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match and fold(match["name"]):
            reading = _reading(kind, match.groupdict())
            if reading is not None:
                plain = False
                yield reading
    for pattern in _NEAR if plain else ():
        match = pattern.fullmatch(text)
        if match and fold(match["name"]) and fold(match["near"]):
            yield Reading(MentionKind.STREET, match["name"].strip(), near=match["near"].strip())


def _reading(kind: MentionKind, found: dict[str, str | None]) -> Reading | None:
    name = (found["name"] or "").strip(" ,;(-")
    if kind is MentionKind.PAIR:
        streets = [f"{name}{side}{found['word']}" for side in found["pair"] or ""]
        return Reading(kind, streets[0], streets[1])
    if kind is MentionKind.RANGE:
        ends = (_end(found["a"] or ""), _end(found["b"] or ""))
        return Reading(kind, name, ends=ends) if all(ends) else None
    side = found.get("side") or ""
    side = _SIDE_OF.get(side.casefold(), UNKNOWN_SIDE) if side else ""
    if kind is MentionKind.CONTINUATION and side == MIDDLE:
        return None
    number = found.get("number")
    return Reading(kind, name, side=side, number=int(number) if number else None)


def _end(text: str) -> str:
    return text.strip(" ,;()").removesuffix("段")
