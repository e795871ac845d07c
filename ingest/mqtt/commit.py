"""Makes batches durable: tries again what may work later, quarantines what never can.

What the database refuses for good is found by halving: the pings that it takes are stored, the
ones it does not are kept in the quarantine as ``not_storable``.
"""

import threading
import time
from collections.abc import Callable

import msgspec
import structlog

from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.decoding.routes import EVENT_PATTERN, VEHICLE
from ingest.decoding.wire import encode, topic_of
from ingest.event import Received
from ingest.fault import LogError, UnstorableError
from ingest.log.batch import Batch, Row
from ingest.ping import Ping

RETRY_FIRST_S, RETRY_LAST_S = 0.2, 5.0

Write = Callable[[Batch], None]

log = structlog.get_logger(__name__)


class Committer:
    """Commits batches one after the other; safe to look at from other threads.

    Parameters
    ----------
    write
        Makes a batch durable or raises `LogError`; it may be called again with what it has seen.
    stopping
        Once set, what cannot be committed is given up, unacknowledged.
    """

    def __init__(self, write: Write, stopping: threading.Event) -> None:
        self._write, self._stopping = write, stopping
        self.failing_since_s: float | None = None
        """On the monotonic clock; None while commits succeed."""
        self.failures = 0
        """How many attempts failed so far."""

    def commit(self, batch: Batch) -> None:
        """Make a batch durable, however often that must be tried.

        Raises
        ------
        LogError
            If it could not be and we are to stop: then nothing of it may be acknowledged.
        """
        retry_s = RETRY_FIRST_S
        while True:
            began_s = time.monotonic()
            try:
                self._write_or_halve(batch)
            except LogError as error:
                self.failures += 1
                if self.failing_since_s is None:
                    self.failing_since_s = began_s  # a locked database takes its time to say no
                log.error("commit failed, will try again", reason=str(error), retry_s=retry_s)
                if self._stopping.wait(retry_s):
                    raise
                retry_s = min(2 * retry_s, RETRY_LAST_S)
            else:
                if self.failing_since_s is not None:
                    log.info("commits succeed again")
                    self.failing_since_s = None
                return

    def _write_or_halve(self, batch: Batch) -> None:
        try:
            self._write(batch)
            return
        except UnstorableError as error:
            reason: Exception = error
        except LogError:
            raise
        except Exception as error:
            if batch.received == 0:
                raise
            reason = error
        if batch.received == 1:
            self._quarantine(batch, reason)
            return
        for half in _halves(batch):
            self._write_or_halve(half)

    def _quarantine(self, batch: Batch, reason: Exception) -> None:
        """Keep the one thing that cannot be stored as it is, with what is known to be storable."""
        log.error("one ping or event cannot be stored", reason=type(reason).__name__)
        if batch.rows:
            refused = _refused_row(batch.rows[0], reason)
        elif batch.events:
            refused = _refused_event(batch.events[0], reason)
        else:
            refused = _refused_again(batch.rejections[0], reason)
        self._write(Batch((), (refused,), ignored=batch.ignored))


def _halves(batch: Batch) -> tuple[Batch, Batch]:
    rows, events, rejections = batch.rows, batch.events, batch.rejections
    middle = batch.received // 2
    split = min(middle, len(rows))
    cut = min(middle - split, len(events))
    rest = middle - split - cut
    return (
        Batch(rows[:split], rejections[:rest], events[:cut], batch.ignored),
        Batch(rows[split:], rejections[rest:], events[cut:]),
    )


def _refused_row(row: Row, reason: Exception) -> Rejection:
    *fields, received_ms = row
    ping = msgspec.convert(dict(zip(Ping.__struct_fields__, fields, strict=True)), Ping)
    return refuse(
        RejectionCode.NOT_STORABLE,
        topic_of(ping.vehicle_id),
        received_ms,
        encode([ping]),
        value=type(reason).__name__,
        vehicle_id=ping.vehicle_id,
    )


def _refused_event(received: Received, reason: Exception) -> Rejection:
    event, received_ms = received
    told = msgspec.structs.asdict(event)
    told["event_time"] = told.pop("event_time_ms")
    return refuse(
        RejectionCode.NOT_STORABLE,
        EVENT_PATTERN.replace(VEHICLE, event.vehicle_id),
        received_ms,
        msgspec.json.encode(told),
        value=type(reason).__name__,
        vehicle_id=event.vehicle_id,
    )


def _refused_again(rejection: Rejection, reason: Exception) -> Rejection:
    return refuse(
        RejectionCode.NOT_STORABLE,
        rejection.topic.encode("ascii", "replace").decode("ascii"),
        rejection.received_time_ms,
        rejection.payload,
        value=type(reason).__name__,
    )
