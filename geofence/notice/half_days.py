"""Words that say which half of the day a time is in: ``下午``, ``p.m.``, ``de la tarde``.

``下午 2`` is 14:00, ``晚 12`` midnight. A word does not fit each hour: there is no ``上午 14``.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HalfDay:
    """A part of the day, from one hour of its clock to another."""

    name: str
    first: int
    """The earliest hour that the word is used with, 0 to 23."""
    last: int
    """The latest one; above 23 it is of the next day. At most twelve hours, so none is twofold."""

    def hour(self, stated: int) -> int | None:
        """Give the hour after midnight that a stated one means; None if the word does not fit it.

        An hour above 12 is the 24-hour clock's own, and may be one before what the word says.
        """
        if 12 < stated < 24:
            return stated if self.first - 1 <= stated <= self.last else None
        cycle = 24 if stated in {0, 24} else 12
        span = range(self.first, self.last + 1)
        return next((hour for hour in span if (hour - stated) % cycle == 0), None)


DAWN = HalfDay("dawn", 0, 6)
MORNING = HalfDay("morning", 1, 11)
FORENOON = HalfDay("forenoon", 1, 12)
AM = HalfDay("am", 0, 11)
NOON = HalfDay("noon", 11, 14)
PM = HalfDay("pm", 12, 23)
AFTERNOON = HalfDay("afternoon", 12, 20)
DUSK = HalfDay("dusk", 16, 20)
EVENING = HalfDay("evening", 17, 27)
NIGHT = HalfDay("night", 18, 28)

_CHINESE: tuple[tuple[HalfDay, str], ...] = (
    (DAWN, "凌晨 淩晨 拂晓 拂曉"),
    (MORNING, "清晨 早晨 早上 早间 早間 清早 晨间 早 晨"),
    (FORENOON, "上午 午前"),
    (NOON, "中午 午间 午間 正午 晌午"),
    (PM, "下午 午后 午後"),
    (DUSK, "傍晚 黄昏 黃昏"),
    (EVENING, "晚上 晚间 晚間 夜晚 晚"),
    (NIGHT, "夜间 夜間 夜里 夜裡 夜裏 深夜 半夜 午夜 夜"),
)
# Patterns rather than words: accents are often left out, and a.m. is written in many ways
_ABBREVIATIONS: tuple[tuple[HalfDay, str], ...] = (
    (AM, r"a\.?[ ]?m(?![a-z])\.?"),
    (PM, r"p\.?[ ]?m(?![a-z])\.?"),
)
_LATIN: tuple[tuple[HalfDay, str], ...] = (
    (DAWN, r"madrugada(?![a-zà-ÿ])"),
    (MORNING, r"morning(?![a-zà-ÿ])"),
    (FORENOON, r"ma[nñ]ana(?![a-zà-ÿ])|manh[aã](?![a-zà-ÿ])"),
    (NOON, r"noon(?![a-zà-ÿ])|mediod[ií]a(?![a-zà-ÿ])|meio[- ]dia(?![a-zà-ÿ])"),
    (PM, r"afternoon(?![a-zà-ÿ])"),
    (AFTERNOON, r"tarde(?![a-zà-ÿ])"),
    (EVENING, r"evening(?![a-zà-ÿ])|noche(?![a-zà-ÿ])|noite(?![a-zà-ÿ])"),
    (NIGHT, r"night(?![a-zà-ÿ])"),
)

_BY_WORD = {word: half for half, words in _CHINESE for word in words.split()}
CHINESE_WORD = "|".join(sorted(_BY_WORD, key=len, reverse=True))
"""Pattern of the Chinese words, the longest first."""
ABBREVIATION = "|".join(pattern for _, pattern in _ABBREVIATIONS)
"""Pattern of a.m. and p.m., which follow a time or stand before it."""
LATIN_WORD = "|".join(pattern for _, pattern in _LATIN)
"""Pattern of the words of English, Spanish and Portuguese, in small letters."""


def half_day_of(word: str) -> HalfDay:
    """Give the half of the day that a word says which one of the patterns has found."""
    if word in _BY_WORD:
        return _BY_WORD[word]
    return next(
        half for half, pattern in _ABBREVIATIONS + _LATIN if re.fullmatch(f"(?:{pattern})", word)
    )
