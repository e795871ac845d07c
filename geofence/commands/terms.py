"""What commands take from their options to begin a plan: days and windows, refused as wrong use."""

from datetime import datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from geofence.plan.plan import DailyWindow


def today(timezone: str) -> datetime:
    """Give the present day of a time zone.

    Raises
    ------
    typer.BadParameter
        If there is no such zone.
    """
    from zoneinfo import ZoneInfo

    try:
        return datetime.now(ZoneInfo(timezone))
    except (OSError, ValueError, KeyError):
        message = f"{timezone!r} is no time zone; write a name such as Asia/Shanghai"
        raise typer.BadParameter(message, param_hint="--timezone") from None


def windows_of(text: str, option: str) -> "tuple[DailyWindow, ...]":
    """Read windows that stand in an option, with spaces or commas between them.

    Raises
    ------
    typer.BadParameter
        If one cannot be read, or there is none.
    """
    from geofence.plan.timetable import WINDOW_FORM, parse_window

    try:
        windows = tuple(parse_window(item) for item in text.replace(",", " ").split())
    except ValueError as error:
        message = f"{text!r}: {error}; write {WINDOW_FORM}"
        raise typer.BadParameter(message, param_hint=option) from None
    if not windows:
        raise typer.BadParameter("write at least one window", param_hint=option)
    return windows
