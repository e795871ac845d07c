"""The windows of one cell of a notice, in any of the ways in which people write them.

A cell is read whole or not at all: whatever stands in it besides windows (``约``, ``周一至周五``, a
lone digit) may change what they say.
"""

import re
import unicodedata
from dataclasses import dataclass

from geofence.notice.clock_times import NEXT_DAY, ClockTime, clock_time, in_digits, time_pattern
from geofence.notice.day_spans import daily_window, doubt_of, window_after
from geofence.notice.half_days import ABBREVIATION, CHINESE_WORD, LATIN_WORD, HalfDay, half_day_of
from geofence.plan.plan import MINUTES_OF_A_DAY, DailyWindow

# 一 is what a reader of scanned pages makes of a dash
_DASHES = "-‐‑‒–—―−─━~〜一→"
_EVERY_DAY = r"daily|every[ ]day|diariamente|diario|todos[ ]los[ ]d[ií]as|todos[ ]os[ ]dias"
_LEAD = (
    r"从|自|由|每天|每日|当日|当天|每(?=[早上中下傍晚夜])|"
    rf"\b(?:from|between|entre|desde|de|das|{_EVERY_DAY})\b"
)
_TO = (
    rf"[{_DASHES}]+|(?:起|开始)?[至到]|"
    r"\b(?:to|till?|until|hasta|at[eé]|a|[àa]s?|al|ao|y|e|and)\b(?:[ ](?:las?|[àa]s?|os?|the)\b)?"
)
_RANGE = re.compile(
    rf"""
    (?P<lead> (?: (?:{_LEAD}) [ ]? (?: :[ ]?)? (?:\b(?:las?|as|os?|the)\b[ ])? ){{0,3}} )
    {time_pattern("s_")} (?:起|开始)?
    [ ]? (?P<to>{_TO}) [ ]?
    {time_pattern("e_")} (?:[ ]?(?:止|结束))?
    (?P<closed>[)\]】])?
    (?: [ ]?[(] (?:
        (?P<note>{CHINESE_WORD}|{ABBREVIATION}|{LATIN_WORD}) | (?P<later>{NEXT_DAY})
    ) [)] )?
    (?: [ ](?:do|del|the) [ ] (?P<later2>{NEXT_DAY}) )?
    (?: [ ](?:{_EVERY_DAY})\b )?
    """,
    re.VERBOSE,
)
_FROM = re.compile(r"从|自|\b(?:from|between|entre|desde|de|das)\b")
_SIGN_BETWEEN = r"[\s,;、。/|·・•+&]|\.(?=\s|$)"
_BETWEEN = re.compile(rf"(?:{_SIGN_BETWEEN}|\b(?:y|e|and)\b|以及|和|及|与)+")
_LOOSE = re.compile(rf"(?:{_SIGN_BETWEEN})*")
_WORD_FIRST = re.compile(rf"[(\[【]?(?:{CHINESE_WORD})")
_UNREAD = re.compile(r"[^\s,;、。/|]+")
_BLANKS = re.compile(r"[^\S\n]*\n\s*|[^\S\n]+")
_WIDE = {"<wide>", "<narrow>", "<small>", "<square>"}
_SIGNS = str.maketrans({"∶": ":", "ː": ":", "鐘": "钟", "\r": "\n"})


@dataclass(frozen=True, slots=True)
class WindowReading:
    """What a cell says of windows."""

    windows: tuple[DailyWindow, ...]
    """None if anything was not understood."""
    unread: str = ""
    """What was not understood."""
    worded: bool = False
    """True if a word says in which half of the day a time is."""
    interpreted: bool = False
    """True if a time is other than its digits: by a word, as a bare hour, as a share of a day."""
    unstated: tuple[DailyWindow, ...] = ()
    """Windows before 6:00 by their digits, which may be those of an afternoon."""
    doubts: tuple[tuple[DailyWindow, str], ...] = ()
    """Windows that are probably a slip, each with the reason."""


def read_windows(cell: str) -> WindowReading:
    """Read the windows of a cell."""
    text = in_digits(_plain(cell))
    unread: list[str] = []
    found: list[_Found] = []
    at, free = _LOOSE.match(text).end(), True  # type: ignore[union-attr]
    while at < len(text):
        match = _RANGE.match(text, at) if free or _WORD_FIRST.match(text, at) else None
        if match is None:
            run = _UNREAD.match(text, at)
            end = run.end() if run else at + 1
            unread.append(text[at:end])
        else:
            end = match.end()
            reading = _found(match, found[-1] if found else None, text[at - 1 : at])
            if reading is None:
                unread.append(match.group())
            else:
                found.append(reading)
        gap = _BETWEEN.match(text, end)
        at, free = (gap.end(), True) if gap else (end, False)
        if gap and at == len(text):
            unread.append(_LOOSE.sub("", gap.group()))  # a word that joins nothing
    rest = " ".join(filter(None, unread))
    if rest:
        return WindowReading((), rest, any(each.word is not None for each in found))
    return WindowReading(
        windows=tuple(each.window for each in found),
        worded=any(each.word is not None for each in found),
        interpreted=any(each.interpreted for each in found),
        unstated=tuple(each.window for each in found if each.unstated),
        doubts=tuple((each.window, each.doubt) for each in found if each.doubt),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    window: DailyWindow
    word: HalfDay | None
    interpreted: bool
    unstated: bool
    doubt: str
    loose_end: bool
    """True if a.m. or p.m. stands at its end, where it may be the next window's."""


def _found(match: re.Match[str], previous: _Found | None, before: str) -> _Found | None:
    """Read one range of a cell; None if it has not just one reading."""
    start = clock_time(match, "s_", ends=False)
    end = clock_time(match, "e_", ends=True)
    if start is None or end is None or not _is_in_order(match, start, end):
        return None
    if note := match.group("note"):
        if start.word or end.word:
            return None
        start = start.said(half_day_of(note))
    if match.group("later") or match.group("later2"):
        end = end.on_next_day()
    word = end.word or start.word
    carried = (
        previous.word if previous and word is None and not (start.named or end.named) else None
    )
    if previous and previous.loose_end and before == " " and word is None:
        return None
    if previous and carried:
        window = window_after(start, end, previous.window, carried)
    else:
        window = daily_window(start, end, from_to=_FROM.search(match.group("lead")) is not None)
    if window is None:
        return None
    as_digits = (
        start.face_min == window.start_min
        and (end.face_min - window.end_min) % MINUTES_OF_A_DAY == 0
    )
    return _Found(
        window=window,
        word=word or carried,
        interpreted=not (start.plain and end.plain and word is None and as_digits),
        unstated=word is None and not carried and 60 <= window.start_min < 360
        and not start.share and window.end_min <= 720,
        doubt=doubt_of(start, end, window, start.word or carried),
        loose_end=end.word_follows and not match.group("note"),
    )  # fmt: skip


def _is_in_order(match: re.Match[str], start: ClockTime, end: ClockTime) -> bool:
    """Whether brackets have partners, words stand on one side, and both times are of a kind."""
    opened = sum(match.group(name) is not None for name in _OPENING)
    closed = sum(match.group(name) is not None for name in _CLOSING)
    before = any(time.word and not time.word_follows for time in (start, end))
    after = any(time.word and time.word_follows for time in (start, end))
    between = re.search(r"between|entre", match.group("lead")) is not None
    joined = re.fullmatch(r"(?:y|e|and)\b.*", match.group("to")) is not None
    fours = [match.group("s_four"), match.group("e_four")]
    alike = (fours[0] is None) == (fours[1] is None)
    years = all(four and "2010" <= four < "2060" for four in fours)
    return (
        opened == closed
        and not (before and after)
        and between == joined
        and alike
        and not years  # 2021-2025
    )


_OPENING = ("s_open", "s_open2", "e_open", "e_open2")
_CLOSING = ("s_close", "e_close", "closed")


def _plain(cell: str) -> str:
    """Give signs of any width their plain form, and each run of blanks one blank or line break.

    Digits in circles or above the line stay what they are: ①7:00 is not 17:00.
    """
    text = "".join(
        unicodedata.normalize("NFKC", sign)
        if unicodedata.decomposition(sign).partition(" ")[0] in _WIDE
        else sign
        for sign in unicodedata.normalize("NFC", cell)
    )
    return _BLANKS.sub(_one_blank, text.translate(_SIGNS).lower().strip())


def _one_blank(match: re.Match[str]) -> str:
    return "\n" if "\n" in match.group() else " "
