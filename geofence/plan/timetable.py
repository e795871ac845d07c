"""Daily windows and service days as a plan writes them."""

import re

from geofence.plan.plan import EVERY_DAY, MINUTES_OF_A_DAY, DailyWindow

WINDOW_FORM = "HH:MM-HH:MM, from 00:00 to 24:00, such as 07:00-10:00 or 22:00-02:00"
DAYS_FORM = "days and ranges of mon tue wed thu fri sat sun, such as mon-fri or mon,wed,sat"
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WINDOW = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", re.ASCII)


def parse_window(text: str) -> DailyWindow:
    """Read one window as a plan writes it.

    Raises
    ------
    ValueError
        If it is no window; the message says why.
    """
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise ValueError("it is not of the form HH:MM-HH:MM")
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    start_min = 60 * start_hour + start_minute
    end_min = 60 * end_hour + end_minute
    if max(start_minute, end_minute) > 59 or start_min >= MINUTES_OF_A_DAY:
        raise ValueError("it names a time that no clock shows")
    if end_min > MINUTES_OF_A_DAY:
        raise ValueError("it ends after 24:00; an end on the next day is written as that day's")
    if start_min == end_min:
        raise ValueError("it starts and ends at the same time")
    if end_min < start_min:
        end_min += MINUTES_OF_A_DAY
    return DailyWindow(text, start_min, end_min)


def parse_days(text: str) -> frozenset[int]:
    """Read the days of service, 0 = Monday; a range may run over the weekend.

    Raises
    ------
    ValueError
        If a day is unknown; the message names it.
    """
    days: set[int] = set()
    for item in text.lower().split(","):
        first, dash, last = item.strip().partition("-")
        ends = [first.strip(), last.strip() if dash else first.strip()]
        for name in ends:
            if name not in DAY_NAMES:
                raise ValueError(f"{name!r} is no day of the week")
        start, stop = (DAY_NAMES.index(name) for name in ends)
        days.update((start + step) % 7 for step in range((stop - start) % 7 + 1))
    return frozenset(days)


def render_days(days: frozenset[int]) -> str:
    """Write the days of service as `parse_days` reads them."""
    if days == EVERY_DAY:
        return "mon-sun"
    return ",".join(DAY_NAMES[day] for day in sorted(days))
