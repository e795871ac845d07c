"""How Chinese names sound: all readings of every character, as Latin letters."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from pypinyin import Style, pinyin

from geofence.locating.naming.spelling import fold, has_han

_MOST_READINGS = 256
"""Of one name; of longer ones only the first reading of the last characters counts."""
_TONE_NUMBER = re.compile(r"(?<=[a-zü])[0-5](?!\d)")
_FOREIGN_WORDS = (
    ("da dao", ("avenue", "ave", "boulevard", "blvd")),
    ("da jie", ("avenue", "ave", "street", "st")),
    ("lu", ("road", "rd")),
    ("jie", ("street", "st")),
    ("xiang", ("lane", "ln", "alley")),
    ("hu tong", ("lane", "alley")),
)
"""Street words that signs put in place of the Chinese ones, at the end of a name."""


@lru_cache(maxsize=1 << 15)
def _of_character(character: str) -> tuple[str, ...]:
    """Give the readings of a character without tones, the usual one first."""
    found = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    readings = (_plain(reading) for reading in found)
    return tuple(dict.fromkeys(reading for reading in readings if reading))


def _plain(reading: str) -> str:
    """Drop tones, and write ü as v and as nothing else."""
    parts = unicodedata.normalize("NFD", reading.casefold().replace("ü", "v"))
    return "".join(part for part in parts if part.isalnum())


def readings(name: str) -> frozenset[str]:
    """Give all that a Chinese name may sound like, written without spaces."""
    choices: list[tuple[str, ...]] = []
    count = 1
    for character in fold(name):
        if character == " ":
            continue
        sounds = _of_character(character) if has_han(character) else (character,)
        sounds = sounds or (character,)
        kept = sounds if count * len(sounds) <= _MOST_READINGS else sounds[:1]
        count *= len(kept)
        choices.append(kept)
    return frozenset("".join(sounds) for sounds in product(*choices))


def usual_reading(name: str) -> str:
    """Give what a Chinese name most often sounds like, written without spaces."""
    return "".join(
        (_of_character(character) or (character,))[0] if has_han(character) else character
        for character in fold(name)
    )


def romanised(mention: str) -> Sequence[str]:
    """Give what a mention in Latin letters is without spaces, and with its street word in Chinese.

    ``lü``, ``lv`` and ``lyu`` are one, tones may be marks, numbers or absent.
    """
    text = re.sub(r"l[üǖǘǚǜ]|lyu", "lv", mention.casefold())
    text = re.sub(r"n[üǖǘǚǜ]|nyu", "nv", text)
    words = fold(_TONE_NUMBER.sub("", text)).split()
    found = ["".join(words)]
    for chinese, foreign in _FOREIGN_WORDS:
        if len(words) > 1 and words[-1] in foreign:
            found.append("".join([*words[:-1], *chinese.split()]))
    return found
