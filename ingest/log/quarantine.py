"""Decides anew about what was refused, after the plan, the devices or the program have changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection, RejectionCode
from ingest.log.batch import Batch, Decode, Row, row_of


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


def reconsider(rejections: Sequence[Mapping[str, Any]], decode: Decode) -> Reconsidered:
    """Decode refused payloads again, as received when they were.

    A message that was retained is taken as if it had not been: whoever releases it says so.
    """
    ids: list[int] = []
    rows: list[Row] = []
    still: list[Rejection] = []
    refused: Counter[str] = Counter()
    clipped = 0
    for rejection in rejections:
        if len(rejection["payload"]) < rejection["payload_bytes"]:
            clipped += 1
            continue
        message = Message(rejection["topic"], rejection["payload"], rejection["received_time_ms"])
        good, bad = decode(message)
        if not good:
            refused[bad[0].code if bad else RejectionCode.EMPTY_BURST] += 1
            continue
        ids.append(rejection["id"])
        rows += [row_of(ping, message.received_ms) for ping in good]
        still += bad
    return Reconsidered(tuple(ids), Batch(rows, tuple(still)), refused, clipped)
