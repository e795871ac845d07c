"""One time of a notice: ``7:00``, ``下午2点半``, ``7h30``, ``2 p.m.``, ``0.2916667`` of a day."""

import re
from dataclasses import dataclass, replace

from geofence.notice.half_days import (
    ABBREVIATION,
    CHINESE_WORD,
    LATIN_WORD,
    HalfDay,
    half_day_of,
)
from geofence.plan.plan import MINUTES_OF_A_DAY

NEXT_DAY = "次日|翌日|第二天|隔日|隔天|next[ ]day|d[ií]a[ ]siguiente|dia[ ]seguinte"
_MIDDAY = r"正午|noon\b|midday\b|mediod[ií]a\b|meio[- ]dia\b"
_MIDNIGHT = r"午夜|子夜|midnight\b|media[ ]?noche\b|meia[- ]noite\b"
# what comes after these digits makes them an hour of the next time, no minutes of this one
_NO_HOUR = r"(?![ ]?[\d:.h点點时時])"
_END = "(?![a-zà-ÿ])"
_TIME = rf"""
    (?: (?P<@day>{NEXT_DAY}) [ ]? )?
    (?: (?P<@open>[(\[【])? (?P<@word>{CHINESE_WORD}|(?<![a-zà-ÿ])(?:{ABBREVIATION}|{LATIN_WORD}))
        (?P<@close>[)\]】])? \s? (?: :\s?)? )?
    (?P<@open2>\()?
    (?: (?P<@share>[01]?\.\d{{3,}})
      | (?P<@four>[0-2]\d[0-5]\d) (?!\d) (?: [ ]?(?:hours{_END}|hrs?{_END}\.?|h{_END}\.?) )?
      | (?P<@hour>\d{{1,2}}) (?:
            [ ]?:[ ]? (?P<@minute>\d\d) (?: [ ]?:[ ]? (?P<@second>\d\d) (?:\.0+)? )?
            (?: [ ]?(?P<@hours>hours|horas|hrs?{_END}\.?|hs{_END}\.?|h{_END}\.?) )?
          | \.(?P<@dotted>\d\d) (?!\d) (?: [ ]?(?:hrs?{_END}\.?|hs{_END}\.?|h{_END}\.?) )?
          | [ ]? (?P<@point>[点點时時]) [钟鐘]? (?:
                整 | (?P<@half>半) | [ ]?(?P<@quarter>[13])[ ]?刻
              | [ ]? (?P<@minute2>\d{{1,2}}) [ ]? 分 | (?P<@minute3>\d\d) {_NO_HOUR} )?
          | [ ]? (?P<@h>horas?{_END}|hours?{_END}|hrs?{_END}\.?|hs{_END}\.?|h{_END}\.?|h(?=\d)
              |o'clock{_END})
            (?: [ ]?(?P<@minute4>\d\d) {_NO_HOUR} (?:[ ]?m(?:in)?{_END}\.?)? )?
          | (?P<@bare>(?![\d:.]))
        )
      | (?P<@midday>{_MIDDAY}) | (?P<@midnight>{_MIDNIGHT})
    )
    (?: (?(s_word)(?!)) (?(@word)(?!)) [ ]? (?P<@after> (?:{ABBREVIATION}) | noon\b | midnight\b
        | (?:de|da|do|del|in|at)\b[ ]?(?:la\b|the\b)?[ ]?(?:{LATIN_WORD}) ) )?
"""
_NUMERALS = "〇零一二两兩三四五六七八九十"
_NUMERAL_VALUES = {"〇": 0, "零": 0, "两": 2, "兩": 2} | {
    sign: value for value, sign in enumerate("一二三四五六七八九", start=1)
}
_ONES = "[一二三四五六七八九]"
_NUMERAL = rf"(?:[二三四五]?十{_ONES}?|[〇零]{_ONES}|[〇零两兩]|{_ONES})"
_OF_A_UNIT = re.compile(rf"(?<![{_NUMERALS}]){_NUMERAL}(?=\s?[点點时時分刻])")
# minutes may lack their unit; before a digit 一 is a dash, as in 7点一10点
_AFTER_THE_HOUR = re.compile(rf"(?<=[点點时時]){_NUMERAL}(?![{_NUMERALS}\d点點时時刻])", re.ASCII)
_EXPLAINED = {"share", "four", "bare", "midday", "midnight", "word", "after"}
_WORD = re.compile(f"{LATIN_WORD}|{ABBREVIATION}")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time as it is written, before it is known which half of the day it is in."""

    hour: int
    minute: int
    word: HalfDay | None
    word_follows: bool
    """True if the word stands after the time, as ``p.m.`` does."""
    next_day: bool
    padded: bool
    """True if the hour is written with a 0 before it."""
    bare: bool
    """True if nothing but an hour is written."""
    unit: bool
    """True if a word such as 点 says that it is an hour."""
    named: bool
    """True if it is called noon or midnight."""
    share: bool
    """True if it is a share of the day."""
    plain: bool
    """True if it is hours and minutes without a word for the half of the day."""

    def said(self, word: HalfDay) -> "ClockTime":
        """Give the time with a word that stands elsewhere."""
        return replace(self, word=word)

    def on_next_day(self) -> "ClockTime":
        """Give the time as one of the next day."""
        return replace(self, next_day=True)

    @property
    def is_of_24(self) -> bool:
        """Whether only the 24-hour clock shows it."""
        return self.named or self.share or self.hour == 0 or self.hour > 12

    @property
    def face_min(self) -> int:
        """Minutes after midnight, as written."""
        return 60 * self.hour + self.minute


def time_pattern(prefix: str) -> str:
    """Give the verbose pattern of one time, the names of its groups prefixed."""
    return _TIME.replace("@", prefix)


def clock_time(match: re.Match[str], prefix: str, *, ends: bool) -> ClockTime | None:
    """Read the time whose groups have this prefix; None if no clock shows it.

    Of an end, ``:59`` seconds are those before the next minute.
    """
    part = {
        name.removeprefix(prefix): text
        for name, text in match.groupdict().items()
        if name.startswith(prefix) and text is not None
    }
    minutes = _minutes(part, ends=ends)
    if minutes is None:
        return None
    said = part.get("word") or part.get("after")
    return ClockTime(
        hour=minutes // 60,
        minute=minutes % 60,
        word=_half_day(said) if said else None,
        word_follows="after" in part,
        next_day="day" in part,
        padded=part.get("hour", "").startswith("0"),
        bare="bare" in part,
        unit="point" in part or "h" in part or "hours" in part,
        named="midday" in part or "midnight" in part,
        share="share" in part,
        plain=_EXPLAINED.isdisjoint(part),
    )


def _half_day(said: str) -> HalfDay:
    if said == "midnight":
        return HalfDay("midnight", 24, 24)
    if (word := _WORD.search(said)) is not None:
        return half_day_of(word.group())
    return half_day_of(said)


def _minutes(part: dict[str, str], *, ends: bool) -> int | None:
    """Give the minutes after midnight as written, up to 24:00."""
    if "share" in part:
        return share_min(part["share"])
    if "midday" in part:
        return 720
    if "midnight" in part:
        return MINUTES_OF_A_DAY
    if "four" in part:
        part = part | {"hour": part["four"][:2], "minute": part["four"][2:]}
    minute = 15 * int(part.get("quarter", 0)) + 30 * ("half" in part)
    for name in ("minute", "dotted", "minute2", "minute3", "minute4"):
        minute = int(part.get(name, minute))
    second = int(part.get("second", 0))
    if second not in ({0, 59} if ends else {0}) or minute > 59:
        return None
    minutes = 60 * int(part["hour"]) + minute + (second == 59)
    return minutes if minutes <= MINUTES_OF_A_DAY else None


def share_min(text: str) -> int | None:
    """Give the minute that a decimal share of a day is; None if it may be another one too.

    Three decimals tell times apart that are five minutes apart, more of them each minute; fewer
    must be exact.
    """
    decimals = len(text.partition(".")[2])
    minutes = float(text) * MINUTES_OF_A_DAY
    step = 5 if decimals == 3 else 1
    nearest = step * round(minutes / step)
    error = max(MINUTES_OF_A_DAY * 0.5 * 10.0**-decimals if decimals >= 3 else 0.0, 1 / 60)
    if abs(minutes - nearest) > error * 1.001 or not 0 <= nearest <= MINUTES_OF_A_DAY:
        return None
    return nearest


def in_digits(text: str) -> str:
    """Write hours and minutes in digits, 七点三十 as 7点30; what else there is stays as it is."""
    return _AFTER_THE_HOUR.sub(_two_digits, _OF_A_UNIT.sub(_digits, text))


def _two_digits(match: re.Match[str]) -> str:
    return f"{_value(match.group()):02}"


def _digits(match: re.Match[str]) -> str:
    return str(_value(match.group()))


def _value(numeral: str) -> int:
    if "十" in numeral:
        tens, _, ones = numeral.partition("十")
        return 10 * (_NUMERAL_VALUES[tens] if tens else 1) + (_NUMERAL_VALUES[ones] if ones else 0)
    return _NUMERAL_VALUES[numeral[-1]]
