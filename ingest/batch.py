"""Messages → one validated batch → one transaction of `ingest.pinglog`."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from ingest.ping import Ping
from ingest.ping_frame import frame_of
from ingest.rejection import Rejection
from ingest.wire import decode


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message as it came."""

    topic: str
    payload: bytes
    received_ms: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes."""

    pings: pd.DataFrame
    """Valid pings, any order, any repetition: ``PING_COLUMNS`` and ``received_time``."""
    rejections: tuple[Rejection, ...]

    @property
    def received(self) -> int:
        """Number of pings that came, good or bad."""
        return len(self.pings) + len(self.rejections)


def batch_of(messages: Iterable[Message], known_vehicles: Container[str] | None) -> Batch:
    """Decode messages into one batch."""
    pings: list[Ping] = []
    received_ms: list[int] = []
    rejections: list[Rejection] = []
    for message in messages:
        good, bad = decode(message.topic, message.payload, message.received_ms, known_vehicles)
        pings += good
        received_ms += [message.received_ms] * len(good)
        rejections += bad
    return Batch(frame_of(pings, received_ms), tuple(rejections))


def batches_of(
    pings: pd.DataFrame, rejections: Sequence[Rejection], rows: int = 50_000
) -> Iterator[Batch]:
    """Cut pings that were read from a file into batches; its rejections go with the first."""
    waiting = tuple(rejections)
    for first in range(0, max(len(pings), 1), rows):
        yield Batch(pings.iloc[first : first + rows], waiting)
        waiting = ()
