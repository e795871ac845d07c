"""A name in ever looser spellings: names are the same where a spelling of both is."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product

from opencc import OpenCC

from geofence.locating.naming.numerals import MARK, roman, with_chinese_numbers, with_numbers
from geofence.locating.naming.street_words import (
    CHINESE_WORDS,
    GLUED_WORDS,
    PARTICLES,
    SHORT_FORMS,
    WORDS,
)

HAN = "㐀-䶿一-鿿豈-﫿〇𠀀-𯨟"
_MOST_SPELLINGS = 64
"""Of one name: short words that stand for several multiply."""
_ORDINAL = re.compile(r"(?<=\d)[ºª°]|(?<=\d)\.(?=[oa]\b)")
_RAISED = re.compile(r"(?<=\w)\.?[ºª]")
_JOINED = re.compile(r"['’‘`´ʼ·•]")
_NO_LETTER = re.compile(r"[\W_]+")
_SPACE_AT_HAN = re.compile(rf"(?<=[{HAN}])\s+|\s+(?=[{HAN}])")
_HAN = re.compile(rf"[{HAN}]")
_simplifier = OpenCC("t2s")


def has_han(text: str) -> bool:
    """Whether a text has a Chinese character."""
    return _HAN.search(text) is not None


def has_accents(text: str) -> bool:
    """Whether a text has a letter with an accent."""
    return any(unicodedata.combining(part) for part in unicodedata.normalize("NFD", text))


def differ_in_accents(names: Sequence[str]) -> bool:
    """Whether two of some names are alike but for accents."""
    written = {unicodedata.normalize("NFC", name).casefold() for name in names}
    bare: set[str] = set()
    for name in written:
        parts = unicodedata.normalize("NFD", name)
        bare.add("".join(part for part in parts if not unicodedata.combining(part)))
    return len(bare) < len(written)


def fold(text: str) -> str:
    """Take away case, width, accents, punctuation and needless white space."""
    text = _RAISED.sub(" ", _ORDINAL.sub("", unicodedata.normalize("NFC", text)))
    text = unicodedata.normalize("NFKC", text).casefold()
    parts = unicodedata.normalize("NFD", text)
    text = "".join(part for part in parts if not unicodedata.combining(part))
    text = unicodedata.normalize("NFC", text)
    text = _NO_LETTER.sub(" ", _JOINED.sub("", text)).strip()
    return _SPACE_AT_HAN.sub("", text)


def simplify(texts: Sequence[str]) -> list[str]:
    """Write traditional characters as simplified ones."""
    if not any(has_han(text) for text in texts):
        return list(texts)
    return str(_simplifier.convert("\n".join(texts))).split("\n")


@lru_cache(maxsize=1 << 16)
def _meanings(token: str) -> tuple[str, ...]:
    found = [token, *SHORT_FORMS.get(token, ())]
    number = roman(token)
    if number is not None:
        found.append(f"{MARK}{number}")
    return tuple(dict.fromkeys(found))


def written_out(folded: str) -> frozenset[str]:
    """Give all that a folded name may be with its short words written out."""
    words = with_chinese_numbers(folded).split()
    numbered = with_numbers(words)
    # a word may be a number and short for something as well: ten is Tenente, too
    each = [words, numbered] if words != numbered else [words]
    return frozenset(
        " ".join(choice)
        for tokens in each
        for choice in _bounded_product([_meanings(token) for token in tokens])
    )


def without_particles(spellings: Iterable[str]) -> frozenset[str]:
    """Drop small words and all spaces; a name of small words only stays whole."""
    found: set[str] = set()
    for spelling in spellings:
        words = spelling.split()
        kept = [word for at, word in enumerate(words) if at == 0 or word not in PARTICLES]
        if len(words) > 1 and len(kept) == 1 and kept[0] in WORDS:
            kept = words  # Rua A, Rua E
        found.add("".join(kept))
    return frozenset(found)


def without_word(spellings: Iterable[str]) -> frozenset[str]:
    """Drop the street word, and small words and spaces; nothing for what has no such word."""
    found: set[str] = set()
    for spelling in spellings:
        rest = _rest(spelling)
        if rest:
            found |= without_particles([rest])
    return frozenset(found)


def has_word(spellings: Iterable[str]) -> bool:
    """Whether some spelling has a street word and something else."""
    return any(_rest(spelling) for spelling in spellings)


def is_word_only(spellings: Iterable[str]) -> bool:
    """Whether a name is no more than a street word."""
    return any(spelling in WORDS or spelling in CHINESE_WORDS for spelling in spellings)


def _rest(spelling: str) -> str:
    """Give what is left of a name without its street word; empty if it has none."""
    if has_han(spelling):
        for word in CHINESE_WORDS:
            if spelling.endswith(word) and len(spelling) > len(word):
                return spelling[: -len(word)]
        return ""
    first, _, after = spelling.partition(" ")
    if after and first in WORDS:
        return after
    before, _, last = spelling.rpartition(" ")
    if before and last in WORDS:
        return before
    for word in GLUED_WORDS:
        if last.endswith(word) and len(spelling) > len(word) + 2:
            return spelling[: -len(word)].strip()
    return ""


def _bounded_product(meanings: Sequence[tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    """Combine meanings; if there are too many, the last words keep their own spelling."""
    count = 1
    bounded = []
    for choices in meanings:
        room = choices if count * len(choices) <= _MOST_SPELLINGS else choices[:1]
        count *= len(room)
        bounded.append(room)
    return product(*bounded)
