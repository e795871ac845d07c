"""Instants on the wire: RFC 3339 text or epoch milliseconds, floored to the millisecond."""

import re
from datetime import UTC, datetime, timedelta

from ingest.bounds import EARLIEST_EVENT_MS, FUTURE_TOLERANCE_MS, LATEST_EVENT_MS
from ingest.rejection import RejectionCode

RFC3339_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
)
OFFSET_PATTERN = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$"

_LOCAL = re.compile(RFC3339_PATTERN)
_OFFSET = re.compile(OFFSET_PATTERN)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def parse_instant(text: str) -> int | RejectionCode:
    """Turn RFC 3339 text into epoch milliseconds, or say why that cannot be done."""
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
