"""Instants as people write them in tables: a date or a local time, or with an offset of its own."""

import re
import zoneinfo
from datetime import UTC, datetime

from ingest.decoding.bounds import LATEST_EVENT_MS
from ingest.decoding.instant import parse_instant
from ingest.decoding.rejection import RejectionCode

_LOCAL = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<minute>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2})?)?"
)


def read_local(text: str, timezone: str | None) -> int:
    """Read ``2022-03-28``, ``2022-03-28 12:00`` or RFC 3339 as epoch milliseconds.

    A date is its midnight. `timezone` is where clocks show what names no offset; None if nobody
    tells.

    Raises
    ------
    ValueError
        If that is no instant, or not one only; it says how to write it.
    """
    instant = parse_instant(text)
    if not isinstance(instant, RejectionCode):
        return _within(instant)
    found = _LOCAL.fullmatch(text)
    if found is None:
        raise ValueError("write a date such as 2022-03-28, or 2022-03-28T12:00:00+08:00")
    if timezone is None:
        raise ValueError("no plan tells the time zone; write it as 2022-03-28T12:00:00+08:00")
    try:
        written = datetime.fromisoformat(
            f"{found['date']}T{found['minute'] or '00:00'}{found['second'] or ''}"
        )
    except ValueError:
        raise ValueError("there is no such date or time") from None
    zone = zoneinfo.ZoneInfo(timezone)
    either = {written.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    if len(either) > 1:
        raise ValueError(f"clocks of {timezone} are changed then; write it with its offset")
    return _within(round(either.pop().timestamp() * 1000))


def _within(epoch_ms: int) -> int:
    if not 0 <= epoch_ms < LATEST_EVENT_MS:
        raise ValueError("write an instant from 1970 to 2099")
    return epoch_ms
