"""The columns that state windows: one or several, or the start in one and the end in another."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from geofence.notice.half_days import ABBREVIATION, CHINESE_WORD, LATIN_WORD
from geofence.notice.window_cells import read_windows

UNREADABLE = "…"
"""Stands between what cannot be joined, so that it is read as no window."""
_SHIFT_NAMES = "班岗市餐"
_HEADING_WORD = re.compile(
    rf"(?P<word>(?:{CHINESE_WORD})(?![{_SHIFT_NAMES}])|(?<![a-zà-ÿ])(?:{ABBREVIATION}|{LATIN_WORD}))"
)
_ANY_WORD = re.compile(rf"{CHINESE_WORD}|\b(?:{LATIN_WORD})|{ABBREVIATION}")
_NUMBER_OF_MANY = re.compile(r"[\W\d_一二三四五六]|第|次")
_SHARE = re.compile(r"0?\.(?:\d{3,}|25|5|50|75)", re.ASCII)
_WHOLE_DAY = re.compile(r"[01](?:\.0+)?")
_HOUR = re.compile(r"\d{1,2}", re.ASCII)
_DATED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", re.ASCII)
_LINES = re.compile(r"[\n;、]+")


@dataclass(frozen=True, slots=True)
class WindowColumn:
    """A column of whole windows, or with `end` the column of their starts."""

    at: int
    end: int | None = None
    word: str = ""
    """The half of the day that the heading states."""


@dataclass(frozen=True, slots=True)
class WindowHeading:
    """A heading over windows, starts or ends."""

    at: int
    kind: str
    """``windows``, ``start`` or ``end``."""
    text: str
    of_times: bool
    """True if the heading itself says that times stand below it."""


def half_day_word(heading: str) -> str:
    """Give the half of the day that a heading states, such as 上午 of 上午收集时间; "" if none."""
    match = _HEADING_WORD.search(heading)
    return match.group() if match else ""


def join_columns(
    headings: Sequence[WindowHeading], rows: Sequence[Sequence[str]]
) -> tuple[WindowColumn, ...]:
    """Find what belongs together: the first column of windows with its like, starts with ends.

    A start and an end whose headings do not speak of time, such as From and To, are taken if any
    row below them has a window: they may be the ends of a street.
    """
    starts = [heading for heading in headings if heading.kind == "start"]
    ends = [heading for heading in headings if heading.kind == "end"]
    pairs = []
    if len(starts) == len(ends):
        pairs = [
            pair
            for pair in zip(starts, ends, strict=True)
            if all(heading.of_times for heading in pair) or _holds_windows(pair, rows)
        ]
    paired = {heading.at for pair in pairs for heading in pair}
    single = [
        heading
        for heading in headings
        if heading.kind == "windows" or (heading.of_times and heading.at not in paired)
    ]
    like_first = [each for each in single if _stem(each.text) == _stem(single[0].text)]
    columns = [WindowColumn(each.at, None, half_day_word(each.text)) for each in like_first]
    columns += [WindowColumn(s.at, e.at, half_day_word(s.text)) for s, e in pairs]
    return tuple(sorted(columns, key=lambda column: column.at))


def windows_text(columns: Sequence[WindowColumn], cell: Callable[[int], str]) -> str:
    """Write the windows of a row as one cell, a line a column; `cell` gives a column's text."""
    return "\n".join(filter(None, (_text(column, cell) for column in columns)))


def _text(column: WindowColumn, cell: Callable[[int], str]) -> str:
    start = cell(column.at)
    text = start if column.end is None else _joined(start, cell(column.end))
    if column.word and text and not _ANY_WORD.search(text.lower()):
        return f"{column.word} {text}"
    return text


def _joined(start: str, end: str) -> str:
    """Join the start and the end of a window, or of as many as both cells have lines."""
    if not start and not end:
        return ""
    starts, ends = _LINES.split(start), _LINES.split(end)
    if len(starts) != len(ends):
        return f"{start} {UNREADABLE} {end}"
    return "\n".join(_range(*pair) for pair in zip(starts, ends, strict=True))


def _range(start: str, end: str) -> str:
    start, end = start.strip(), end.strip()
    if _HOUR.fullmatch(start) and _HOUR.fullmatch(end):
        return f"{start}:00-{end}:00"
    times = [start, end]
    if any(_SHARE.fullmatch(time) for time in times) and all(
        _SHARE.fullmatch(time) or _WHOLE_DAY.fullmatch(time) for time in times
    ):
        times = [f"{time.partition('.')[0] or '0'}.{time.partition('.')[2]:0<3}" for time in times]
    dated = [_DATED.fullmatch(time) for time in times]
    if dated[0] and dated[1]:
        days = date.fromisoformat(dated[1][1]) - date.fromisoformat(dated[0][1])
        times = [dated[0][2], dated[1][2]]
        if days != timedelta(days=0 if times[0] < times[1] else 1):
            return f"{start} {UNREADABLE} {end}"
    return f"{times[0]}-{times[1]}"


def _holds_windows(
    pair: tuple[WindowHeading, WindowHeading], rows: Sequence[Sequence[str]]
) -> bool:
    starts, ends = (heading.at for heading in pair)
    return any(
        read_windows(_joined(row[starts], row[ends])).windows
        for row in rows
        if max(starts, ends) < len(row)
    )


def _stem(heading: str) -> str:
    """Give what a heading has in common with those of the same meaning beside it."""
    return _NUMBER_OF_MANY.sub("", _HEADING_WORD.sub("", heading))
