"""From the two times of a range to a window, with what ``下午2:30-5:30`` leaves unsaid.

The word of one time counts for the other where that gives one reading only: an end without a word
is the first such time of a clock face after the start. What has two readings is no window.
"""

from geofence.notice.clock_times import ClockTime
from geofence.notice.half_days import HalfDay
from geofence.plan.plan import MINUTES_OF_A_DAY, DailyWindow
from geofence.plan.timetable import parse_window

_HALF_MIN = MINUTES_OF_A_DAY // 2
_LONGEST_NIGHT_MIN = 16 * 60
"""Of a window over midnight with a word: 下午5:30-下午2:30 is an error, no 21 hours."""
_AFTERNOON_NAMES = {"noon", "pm", "afternoon"}
_LATE_NAMES = {"evening", "night"}
_NIGHT_MIN = 20 * 60
"""From then on p.m. is said of nights too, which go past midnight: 10 pm - 2."""


def daily_window(start: ClockTime, end: ClockTime, *, from_to: bool = False) -> DailyWindow | None:
    """Read a range, before which may stand a word such as from; None if it has not one reading."""
    if start.next_day or not (from_to or _bare_hours_are_told(start, end)):
        return None
    if _is_open(start) and _is_open(end):
        return _window(start.face_min, end.face_min, end)
    start_min: int | None
    end_min: int | None
    if _is_open(end):
        start_min = _told_min(start)
        end_min = None if start_min is None else _end_after(start_min, start, end)
    else:
        end_min = _told_min(end)
        start_min = _told_min(start)
        if _is_open(start):
            start_min = None if end_min is None else _start_before(end_min, start, end)
    if start_min is None or end_min is None:
        return None
    window = _window(start_min, end_min, end)
    if window is None or window.end_min <= MINUTES_OF_A_DAY:
        return window
    return window if window.end_min - window.start_min <= _LONGEST_NIGHT_MIN else None


def window_after(
    start: ClockTime, end: ClockTime, previous: DailyWindow, word: HalfDay
) -> DailyWindow | None:
    """Read a range without a word that follows one with a word, in their order; None if unclear."""
    if start.next_day or start.bare or end.bare:
        return None
    start_min: int | None = start.face_min
    if not start.is_of_24:
        if start.face_min < previous.start_min:
            hour = word.hour(start.hour)
            start_min = None if hour is None else 60 * hour + start.minute
        if start_min is None or start_min < previous.start_min:
            return None
    end_min = _end_after(start.face_min if start_min is None else start_min, start, end)
    return None if start_min is None or end_min is None else _window(start_min, end_min, end)


def doubt_of(start: ClockTime, end: ClockTime, window: DailyWindow, word: HalfDay | None) -> str:
    """Say why a window that was read may be a slip of the pen; "" if nothing speaks for it.

    The word is the one before the start, or the one that was carried to it.
    """
    name = word.name if word else ""
    late = name in _LATE_NAMES and window.start_min < _HALF_MIN
    if (start.hour == 24 and not start.named) or late:
        clock = f"{window.start_min // 60:02}:{window.start_min % 60:02}"
        return f"begins at {clock} of the service date, though the next day's may be meant"
    if window.end_min <= MINUTES_OF_A_DAY:
        return ""
    length_min = window.end_min - window.start_min
    if length_min > _HALF_MIN:
        return f"lasts {length_min / 60:.3g} hours, past midnight"
    said = end.next_day or end.named or end.word is not None
    if name in _AFTERNOON_NAMES and window.start_min < _NIGHT_MIN and not said:
        return "begins in the afternoon and ends past midnight, which the notice does not say"
    return ""


def _bare_hours_are_told(start: ClockTime, end: ClockTime) -> bool:
    """Whether ``7-10`` can be hours: 7-10点, 7-9 a.m., 下午2-5, but no 7-10 alone."""
    if start.word is not None or end.word is not None:
        return True
    return not end.bare and (not start.bare or end.unit)


def _is_open(time: ClockTime) -> bool:
    return time.word is None and not time.named


def _told_min(time: ClockTime) -> int | None:
    if time.word is None:
        return time.face_min
    hour = time.word.hour(time.hour)
    return None if hour is None else 60 * hour + time.minute


def _end_after(start_min: int, start: ClockTime, end: ClockTime) -> int | None:
    """Give the first time after the start at which a clock face shows the end."""
    if end.is_of_24 or end.next_day:
        return end.face_min
    ahead_min = (end.face_min - start_min) % _HALF_MIN
    end_min = start_min + ahead_min
    as_written = (end_min - end.face_min) % MINUTES_OF_A_DAY == 0
    if ahead_min == 0 or (not as_written and start.hour > 12):
        return None  # 下午14:30-5:30 may end in the afternoon or in the morning
    return end_min


def _start_before(end_min: int, start: ClockTime, end: ClockTime) -> int | None:
    """Give the start, of which only the end says in which half of the day it is."""
    if start.is_of_24:
        return start.face_min
    if end.word_follows:
        # 2:30-5:30 p.m.: the last time before the end at which a clock face shows the start
        behind_min = (end_min - start.face_min) % _HALF_MIN
        return (end_min - behind_min) % MINUTES_OF_A_DAY if behind_min else None
    later_fits = start.hour < 12 and start.face_min + _HALF_MIN < end_min
    if start.padded or (start.face_min < end_min and not later_fits):
        return start.face_min
    return None  # 7:00-晚9:00 may start in the morning or in the evening


def _window(start_min: int, end_min: int, end: ClockTime) -> DailyWindow | None:
    """Write the window as a plan does; None if it is no part of a day."""
    start_min %= MINUTES_OF_A_DAY
    midnight = end_min % MINUTES_OF_A_DAY == 0
    end_min %= MINUTES_OF_A_DAY
    if end.next_day and (end_min >= start_min or (midnight and end.hour == 24)):
        return None  # longer than a day
    written = "24:00" if midnight and end.hour else f"{end_min // 60:02}:{end_min % 60:02}"
    try:
        return parse_window(f"{start_min // 60:02}:{start_min % 60:02}-{written}")
    except ValueError:
        return None
