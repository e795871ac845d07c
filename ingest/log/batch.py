"""Messages → one validated batch → one transaction of `ingest.log.pinglog`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import pandas as pd

from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection
from ingest.log.rows import tuples_of
from ingest.ping import Ping

Decode = Callable[[Message], tuple[list[Ping], list[Rejection]]]
Row = tuple[
    str, int, float, float, float | None, float | None, float | None, float | None,
    int | None, bool | None, int,
]  # fmt: skip
"""A ping in the order of its fields, then the epoch millisecond of its reception."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes."""

    rows: Sequence[Row]
    """Valid pings, any order, any repetition."""
    rejections: tuple[Rejection, ...]

    @property
    def received(self) -> int:
        """Number of pings that came, good or bad."""
        return len(self.rows) + len(self.rejections)


def row_of(ping: Ping, received_ms: int) -> Row:
    """Turn a ping and the time of its reception into a row."""
    return (*msgspec.structs.astuple(ping), received_ms)


def batch_of(messages: Iterable[Message], decode: Decode) -> Batch:
    """Decode messages into one batch."""
    rows: list[Row] = []
    rejections: list[Rejection] = []
    for message in messages:
        good, bad = decode(message)
        rows += [row_of(ping, message.received_ms) for ping in good]
        rejections += bad
    return Batch(rows, tuple(rejections))


def batches_of(
    pings: pd.DataFrame, rejections: Sequence[Rejection], rows: int = 50_000
) -> Iterator[Batch]:
    """Cut pings that were read from a file into batches; its rejections go with the first."""
    waiting = tuple(rejections)
    for first in range(0, max(len(pings), 1), rows):
        yield Batch(tuples_of(pings.iloc[first : first + rows]), waiting)
        waiting = ()
