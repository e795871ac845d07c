"""Rejections decided anew: by what is known now, and by the present time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection, RejectionCode
from ingest.event import Event, Received
from ingest.log.batch import Batch, Decode, Row, row_of
from ingest.ping import Ping

_CLOCK_CODES = frozenset({RejectionCode.TIME_IN_FUTURE, RejectionCode.OUTDATED})
_ZONE_STEP_MS, _ZONE_SLACK_MS, _LARGEST_ZONE_MS = 1_800_000, 120_000, 14 * 3_600_000

WasWrong = Callable[[int], bool]
"""Tells whether most vehicles seemed to be in the future when this server's clock said so."""


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """What came of deciding anew about rejections."""

    ids: tuple[int, ...]
    """Rejections that hold pings now; the others stay as they are."""
    batch: Batch
    """The pings they hold, and what of them is still refused."""
    refused: Counter[str]
    """How many stay refused, by the code they would get now."""
    clipped: int
    """How many cannot be decided anew: they were too long to be kept whole."""
    by_present: int = 0
    """How many of the first hold pings by the present time only: this server's clock was wrong."""
    doubtful: int = 0
    """How many of those still refused would hold pings by the present time, but it may as well have
    been the vehicle's clock that was wrong."""


def reconsider(
    refused_before: Sequence[Mapping[str, Any]],
    decode: Decode,
    now_ms: int | None = None,
    was_wrong: WasWrong = lambda _: False,
) -> Reconsidered:
    """Decode refused payloads again, as received when they were.

    A message that was retained is taken as if it had not been: whoever releases it says so. Given
    `now_ms`, what was refused for its time is judged by the present time too, and then taken as
    received now, as when it came is not known: if `was_wrong` speaks for it, or the log says that
    it came at a time that is still to come.
    """
    ids: list[int] = []
    rows: list[Row] = []
    events: list[Received] = []
    still: list[Rejection] = []
    refused: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    clipped = by_present = doubtful = 0
    for rejection in refused_before:
        if len(rejection["payload"]) < rejection["payload_bytes"]:
            clipped += 1
            continue
        message = Message(rejection["topic"], rejection["payload"], rejection["received_time_ms"])
        left_out: Counter[str] = Counter()
        good, bad = decode(message, left_out)
        if now_ms is not None and any(one.code in _CLOCK_CODES for one in bad):
            late = Message(message.topic, message.payload, now_ms)
            also_left_out: Counter[str] = Counter()
            better, worse = decode(late, also_left_out)
            if len(better) > len(good):
                ahead_ms = min(each.event_time_ms for each in better) - message.received_ms
                is_servers = message.received_ms > now_ms or (
                    not _is_like_a_zone(ahead_ms) and was_wrong(message.received_ms)
                )
                if is_servers:
                    good, bad, message, left_out = better, worse, late, also_left_out
                    by_present += 1
                else:
                    doubtful += not good
        if not good:
            refused[bad[0].code if bad else RejectionCode.EMPTY_BURST] += 1
            continue
        ids.append(rejection["id"])
        rows += [row_of(one, message.received_ms) for one in good if isinstance(one, Ping)]
        events += [(one, message.received_ms) for one in good if isinstance(one, Event)]
        still += bad
        ignored += left_out
    batch = Batch(rows, tuple(still), events, ignored)
    return Reconsidered(tuple(ids), batch, refused, clipped, by_present, doubtful)


def _is_like_a_zone(ahead_ms: int) -> bool:
    """Tell whether a clock is ahead as one is that tells local time for UTC."""
    off_ms = (ahead_ms + _ZONE_STEP_MS // 2) % _ZONE_STEP_MS - _ZONE_STEP_MS // 2
    is_zone = _ZONE_STEP_MS // 2 < ahead_ms < _LARGEST_ZONE_MS + _ZONE_SLACK_MS
    return is_zone and abs(off_ms) <= _ZONE_SLACK_MS
