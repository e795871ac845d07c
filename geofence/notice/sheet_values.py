"""What a cell of a workbook holds, as text: a time of the day as it is shown on the sheet.

openpyxl gives 24:00 as a day of 1900 or as a duration of one day, by the cell's number format, and
a time that was reckoned, such as 7/24 of a day, some thousandths of a second beside the minute.
"""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell

_SECONDS_OF_A_DAY = 86400


def text_of(cell: "Cell | MergedCell", epoch: datetime) -> str:
    """Write the value of a cell; `epoch` is the workbook's day 0."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, time):
        return _clock(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second,
                                microseconds=value.microsecond))  # fmt: skip
    if isinstance(value, timedelta):
        return _clock(value) if value >= timedelta(0) else str(value)
    if isinstance(value, datetime):
        return _instant(value, cell.number_format, epoch)
    return str(value).strip()


def _instant(value: datetime, number_format: str, epoch: datetime) -> str:
    """Write a date with its time, or the time alone if the sheet shows no date."""
    from openpyxl.styles.numbers import is_datetime
    from openpyxl.utils.datetime import to_excel

    days: float = to_excel(value, epoch)  # type: ignore[no-untyped-call]
    if is_datetime(number_format) != "time" or days < 0:
        seconds = round(value.microsecond / 1e6)
        return str(value.replace(microsecond=0) + timedelta(seconds=seconds))
    if round(days * _SECONDS_OF_A_DAY) == _SECONDS_OF_A_DAY:
        return "24:00:00"  # typed so; the sheet shows 0:00
    return _clock(timedelta(days=days % 1))


def _clock(since_midnight: timedelta) -> str:
    minutes, second = divmod(round(since_midnight.total_seconds()), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}"
