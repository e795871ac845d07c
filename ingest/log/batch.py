"""Messages → one validated batch → one transaction of `ingest.log.pinglog`."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pandas as pd

from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection
from ingest.event import Event, Received
from ingest.log.rows import tuples_of
from ingest.ping import Ping

Decode = Callable[[Message, Counter[str]], tuple[Sequence[Ping | Event], Sequence[Rejection]]]
"""Reads a message, and counts by name the fields that it leaves out of pings."""
Row = tuple[
    str, int, float, float, float | None, float | None, float | None, float | None,
    int | None, bool | None, int | None, int,
]  # fmt: skip
"""A ping in the order of its fields, then the epoch millisecond of its reception."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes."""

    rows: Sequence[Row]
    """Valid pings, any order, any repetition."""
    rejections: tuple[Rejection, ...]
    events: Sequence[Received] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    """How often a field was left out of these pings, by its name."""

    @property
    def received(self) -> int:
        """Number of pings and events that came, good or bad."""
        return len(self.rows) + len(self.events) + len(self.rejections)


def row_of(ping: Ping, received_ms: int) -> Row:
    """Turn a ping and the time of its reception into a row."""
    return (*msgspec.structs.astuple(ping), received_ms)


def batch_of(messages: Iterable[Message], decode: Decode) -> Batch:
    """Decode messages into one batch."""
    rows: list[Row] = []
    events: list[Received] = []
    rejections: list[Rejection] = []
    ignored: Counter[str] = Counter()
    for message in messages:
        good, bad = decode(message, ignored)
        rows += [row_of(one, message.received_ms) for one in good if isinstance(one, Ping)]
        events += [(one, message.received_ms) for one in good if isinstance(one, Event)]
        rejections += bad
    return Batch(rows, tuple(rejections), events, ignored)


def batches_of(
    pings: pd.DataFrame,
    rejections: Sequence[Rejection],
    rows: int = 50_000,
    ignored: Mapping[str, int] | None = None,
) -> Iterator[Batch]:
    """Cut pings that were read from a file into batches; the rest of it goes with the first."""
    waiting, left_out = tuple(rejections), ignored or {}
    for first in range(0, max(len(pings), 1), rows):
        yield Batch(tuples_of(pings.iloc[first : first + rows]), waiting, ignored=left_out)
        waiting, left_out = (), {}
