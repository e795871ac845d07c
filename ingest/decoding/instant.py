"""Instants on the wire: RFC 3339 text or epoch milliseconds, floored to the millisecond."""

import re
from datetime import UTC, datetime, timedelta

from ingest.decoding.bounds import EARLIEST_EVENT_MS, FUTURE_TOLERANCE_MS, LATEST_EVENT_MS
from ingest.decoding.rejection import RejectionCode

RFC3339_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
)
OFFSET_PATTERN = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$"

_LOCAL = re.compile(RFC3339_PATTERN)
_OFFSET = re.compile(OFFSET_PATTERN)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_MINUTES_KEPT = 10_000
_minutes: dict[str, int] = {}
"""Epoch milliseconds of minutes met lately, by their text without the seconds: fixes that arrive
together are of few minutes."""


def parse_instant(text: str) -> int | RejectionCode:
    """Turn RFC 3339 text into epoch milliseconds, or say why that cannot be done."""
    if text[19:20] == ".":
        digits, key = text[17:19] + text[20:23], text[:17] + text[23:]
    else:
        digits, key = text[17:19] + "000", text[:17] + text[19:]
    minute_ms = _minutes.get(key)
    # Only five digits add up to milliseconds; a longer fraction has its rest in the key, which no
    # minute has. Digits of other scripts are no ASCII.
    if (
        minute_ms is not None
        and len(digits) == 5
        and digits < "6"
        and digits.isascii()
        and digits.isdecimal()
    ):
        return minute_ms + int(digits)
    instant = _parse(text)
    if not isinstance(instant, RejectionCode):
        minute = _parse(text[:17] + "00" + key[17:])
        if not isinstance(minute, RejectionCode):
            if len(_minutes) >= _MINUTES_KEPT:
                _minutes.clear()
            _minutes[key] = minute
    return instant


def _parse(text: str) -> int | RejectionCode:
    local = _LOCAL.match(text)
    if local is None:
        return RejectionCode.TIME_UNREADABLE
    offset = text[local.end() :]
    try:
        if not offset:
            datetime.fromisoformat(text)
            return RejectionCode.TIME_WITHOUT_OFFSET
        if _OFFSET.fullmatch(offset) is None:
            return RejectionCode.TIME_UNREADABLE
        return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MILLISECOND
    except ValueError:
        return RejectionCode.TIME_UNREADABLE


def format_instant(epoch_ms: int) -> str:
    """Write epoch milliseconds as ``2022-03-25T07:00:00.000Z``."""
    moment = _EPOCH + timedelta(milliseconds=epoch_ms)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def time_fault(event_time_ms: int | float, received_ms: int | None) -> RejectionCode | None:
    """Say why an instant cannot be that of a fix received at `received_ms`; None if it can."""
    if event_time_ms < EARLIEST_EVENT_MS:
        return RejectionCode.TIME_BEFORE_2000
    if event_time_ms >= LATEST_EVENT_MS:
        return RejectionCode.TIME_IN_FUTURE
    if received_ms is not None and event_time_ms > received_ms + FUTURE_TOLERANCE_MS:
        return RejectionCode.TIME_IN_FUTURE
    return None
