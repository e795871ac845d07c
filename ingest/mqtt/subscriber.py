"""From the broker into the log: what is acknowledged is committed, and nothing before that.

Four threads. The network thread (`ingest.mqtt.network_thread`) puts messages into the `Intake` and
sends acknowledgements. The decoding thread makes batches of them while the commit thread has the
batch before committed, and only then acknowledged, in the order of delivery. The watchdog looks
after the network thread. If a commit fails it is tried again; meanwhile nothing is acknowledged,
and should the process end the broker delivers all of it again to the same session (fixed client id,
clean session off).
"""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog

from ingest.broker.address import BrokerAddress
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.fault import BrokerError
from ingest.log.batch import Batch, batch_of
from ingest.mqtt.commit import Committer, Write
from ingest.mqtt.connection import Connection, Login, Received
from ingest.mqtt.intake import Delivery, Intake
from ingest.mqtt.network_thread import Acknowledgement, Network
from ingest.mqtt.networks import Networks

DEFAULT_LOGIN = Login("pingcheng-ingest")
_WATCH_S = 1.0
_HAND_OVER_S = 0.2

Deliver = Callable[[Connection, Received], bool]
HasRoom = Callable[[], bool]
MakeNetwork = Callable[[Deliver, HasRoom], Network | Networks]
"""Makes what delivers to a subscriber."""
Observe = Callable[[Sequence[Message], Batch, float], None]
"""Is told of every batch that was committed, and how many seconds that took."""

log = structlog.get_logger(__name__)


class Subscriber:
    """Takes pings from a broker until told to stop; a context that starts and stops.

    Parameters
    ----------
    decoder
        Knows what a message says, and which topics to subscribe to.
    write
        Called from one thread only. A `LogError` is tried again, unless the data is at fault.
    clock_ms
        Gives the time of reception as epoch milliseconds.
    observe
        Is told of every batch that was committed, on the commit thread.
    make_network
        Makes what connects; None takes one session with all topics of the decoder.
    """

    def __init__(
        self,
        address: BrokerAddress,
        write: Write,
        *,
        decoder: Decoder,
        clock_ms: Callable[[], int],
        login: Login = DEFAULT_LOGIN,
        intake: Intake | None = None,
        observe: Observe = lambda *_: None,
        make_network: MakeNetwork | None = None,
    ) -> None:
        self._address, self._decoder, self._clock_ms = address, decoder, clock_ms
        self._observe = observe
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._last_message_s = time.monotonic()
        self.committed_s = self._last_message_s
        """When a batch was committed last, or this began, on the monotonic clock."""
        self._taken_s: deque[float] = deque()
        """When the first message of each batch came that was taken and is not committed."""
        self.intake = intake or Intake()
        self.committer = Committer(write, self._stopping)
        self.network: Network | Networks = (
            Network(address, login, decoder.topic_filters, self._deliver, has_room=self._has_room)
            if make_network is None
            else make_network(self._deliver, self._has_room)
        )
        self._decoded: queue.Queue[_Decoded | None] = queue.Queue(maxsize=1)
        self._decode_thread = threading.Thread(
            target=self._guarded, args=(self._decode,), name="ingest-decode", daemon=True
        )
        self._commit_thread = threading.Thread(
            target=self._guarded, args=(self._commit,), name="ingest-commit", daemon=True
        )
        self._watchdog = threading.Thread(target=self._watch, name="ingest-watch", daemon=True)

    def __enter__(self) -> Self:
        """Start, without waiting for the broker."""
        self.network.start()
        self._decode_thread.start()
        self._commit_thread.start()
        self._watchdog.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and drain."""
        self.stop()

    @property
    def idle_s(self) -> float:
        """Seconds since the last message came or the last one waiting was committed."""
        return time.monotonic() - self._last_message_s

    @property
    def oldest_uncommitted_s(self) -> float:
        """Seconds since the oldest message came that is not committed; 0 if there is none."""
        with contextlib.suppress(IndexError):  # committed just now
            return time.monotonic() - self._taken_s[0]
        waiting_s = self.intake.oldest_s
        return 0.0 if waiting_s is None else time.monotonic() - waiting_s

    def wait_until_subscribed(self, timeout_s: float) -> None:
        """Wait until the broker has taken the subscription.

        Raises
        ------
        BrokerError
            If it has not in time, or refuses it.
        """
        if not self.network.wait_subscribed(timeout_s) or self.network.failure is not None:
            self.check()
            raise BrokerError(f"{self._address} took no subscription within {timeout_s:g} s")

    def check(self) -> None:
        """Raise what ended a thread of ours, if anything did.

        Raises
        ------
        IngestError
            If a thread ended of a foreseeable fault; else what it ended of.
        """
        failure = self._failure or self.network.failure
        if failure is not None:
            raise failure

    def stop(self) -> None:
        """Take nothing more; commit and acknowledge what was taken; leave the session in place."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.intake.close()
        self._decode_thread.join()
        self._hand_over(None)
        self._commit_thread.join()
        self.network.stop()

    # --- network thread

    def _has_room(self) -> bool:
        return self.intake.has_room

    def _deliver(self, connection: Connection, received: Received) -> bool:
        self._last_message_s = time.monotonic()
        message = Message(received.topic, received.payload, self._clock_ms(), received.retained)
        acknowledgement = (
            Acknowledgement(connection, received.packet_id) if received.packet_id else None
        )
        return self.intake.put(Delivery(message, acknowledgement))

    # --- watchdog

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_S):
            self.network.revive()

    # --- decoding thread

    def _decode(self) -> None:
        while not (self._stopping.is_set() and self.intake.empty) and self._failure is None:
            deliveries = self.intake.take()
            if deliveries:
                self._taken_s.append(deliveries[0].taken_s)
                messages = [delivery.message for delivery in deliveries]
                batch = batch_of(messages, self._decoder.decode)
                self._hand_over(_Decoded(deliveries, messages, batch))
            if self.intake.empty:
                self.network.ask_again()

    def _hand_over(self, decoded: "_Decoded | None") -> None:
        """Give a batch to the commit thread, or its end; in vain if that thread has failed."""
        while self._failure is None:
            with contextlib.suppress(queue.Full):
                self._decoded.put(decoded, timeout=_HAND_OVER_S)
                return

    # --- commit thread

    def _commit(self) -> None:
        while (decoded := self._decoded.get()) is not None:
            began_s = time.monotonic()
            self.committer.commit(decoded.batch)
            self._taken_s.popleft()
            self.network.acknowledge(
                [
                    one.acknowledgement
                    for one in decoded.deliveries
                    if one.acknowledgement is not None
                ]
            )
            self._last_message_s = self.committed_s = time.monotonic()
            self._observe(decoded.messages, decoded.batch, self._last_message_s - began_s)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told by check() on the caller's thread
            self._failure = self._failure or error
            while work == self._decode and self._commit_thread.is_alive():
                with contextlib.suppress(queue.Full):
                    self._decoded.put(None, timeout=_HAND_OVER_S)
                    break


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A batch on its way from the decoding thread to the commit thread."""

    deliveries: Sequence[Delivery]
    messages: Sequence[Message]
    batch: Batch
