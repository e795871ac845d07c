"""Listens for terminals, one task a connection; ends without losing what it has taken.

What it holds of a connection is bounded: one frame, 64 KiB of sub-packages, `MOST_OPEN` messages at
the broker. Beyond that nothing is read, and TCP has the terminal wait.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from ingest.fault import BrokerError, SettingError
from ingest.gateway.jt808.admission import Gate
from ingest.gateway.jt808.session import Answer, Delivery, End, Session

MOST_OPEN = 64
"""Messages of a connection that the broker has not acknowledged yet."""
MOST_UNSENT_BYTES = 64 * 1024
"""Answers that a terminal has not taken."""
DRAIN_S = 10.0
"""How long the end waits for the broker."""
BURST_S = 10.0
"""For so long a terminal may have said less, and say it all at once then."""
_READ_BYTES = 16 * 1024
_BACKLOG = 1024
_MOST_TOLD = 1000
"""Terminals that are named in the program's log."""

log = structlog.get_logger(__name__)


class Broker(Protocol):
    """Where messages go: `ingest.gateway.publisher.Publisher`."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Return once the broker has acknowledged it; raise `BrokerError` if it has not in time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What terminals may do."""

    connections: int = 5000
    bytes_per_s: float = 16_384.0
    """Of a connection, in the long run; a frame has some 100. What exceeds it waits."""
    introduction_s: float = 30.0
    """How long a connection may take to say its code."""
    frame_s: float = 30.0
    """How long a frame that was begun may take to end."""
    silence_s: float = 900.0
    """How long a terminal may say nothing; its heartbeats come more often."""


class Server:
    """A listening socket and its connections; a context that opens and drains them."""

    def __init__(
        self,
        address: tuple[str, int],
        topic: str,
        gate: Callable[[], Gate],
        broker: Broker,
        limits: Limits = Limits(),
    ) -> None:
        self._address, self._topic, self._gate = address, topic, gate
        self._broker, self._limits = broker, limits
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._told: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()
        """What has happened, by name."""

    async def __aenter__(self) -> "Server":
        host, port = self._address
        try:
            self._server = await asyncio.start_server(
                self._welcome, host, port, backlog=_BACKLOG, limit=_READ_BYTES
            )
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SettingError(
                f"{host}:{port}: cannot listen there ({reason}); choose another --host or --port"
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take nothing more, answer what the broker still acknowledges, and close."""
        if self._server is not None:
            self._server.close()
        tasks = [connection.task for connection in self._connections]
        for connection in [*self._connections]:
            connection.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_S + 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens; 0 if it does not."""
        sockets = self._server.sockets if self._server is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else 0

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._connections)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= self._limits.connections:
            self.counts["turned away"] += 1
            writer.transport.abort()
            return
        self.counts["connected"] += 1
        session = Session(self._gate(), self.counts, self._tell)
        connection = _Connection(reader, writer, session, self)
        self._connections.add(connection)
        try:
            reason = await connection.run()
        except asyncio.CancelledError:
            reason = "the gateway ends"
        except Exception as error:  # a mistake of ours costs one connection, not all of them
            log.exception("a connection failed")
            reason = type(error).__name__
            self.counts["failed"] += 1
        finally:
            self._connections.discard(connection)
            writer.transport.abort()
        self.counts[f"ended: {reason}"] += 1

    def _tell(self, what: str, terminal: str) -> None:
        """Log it once; a number of a card is told by its end only."""
        if (what, terminal) not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add((what, terminal))
            log.warning("terminal refused", terminal=f"…{terminal[-4:]}", reason=what)

    # --- what connections need

    @property
    def limits(self) -> Limits:
        """What terminals may do."""
        return self._limits

    async def publish(self, delivery: Delivery) -> bool:
        """Publish all of it; False if the broker has not acknowledged all of it."""
        try:
            for payload in delivery.payloads:
                await self._broker.publish(self._topic, payload)
        except BrokerError:
            self.counts["not acknowledged"] += delivery.reports
            return False
        self.counts["reports"] += delivery.reports
        return True


class _Connection:
    """Reads, feeds the session, and does what it says."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        session: Session,
        server: Server,
    ) -> None:
        self.task: asyncio.Task[object] = asyncio.current_task()  # type: ignore[assignment]
        self._reader, self._writer = reader, writer
        self._session, self._server, self._limits = session, server, server.limits
        self._open: dict[tuple[int, int, int], asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(MOST_OPEN)
        self._ending = asyncio.Event()
        self._reading: asyncio.Future[bytes] | None = None

    def stop(self) -> None:
        """Read nothing more; end once what is open is answered or given up."""
        self._ending.set()
        if self._reading is not None:
            self._reading.cancel()

    async def run(self) -> str:
        """Serve until it ends; say why."""
        began_s = amid_s = time.monotonic()
        allowed_s = began_s - BURST_S
        reason, ended = "", -1
        while not self._ending.is_set():
            if not self._session.is_amid or self._session.ended != ended:
                amid_s, ended = time.monotonic(), self._session.ended
            data, reason = await self._read(began_s, amid_s)
            if not data:
                break
            now_s = time.monotonic()
            reason = await self._feed(data, now_s)
            if reason:
                break
            # a burst is fine, so long as the mean is kept
            allowed_s = max(allowed_s, now_s - BURST_S) + len(data) / self._limits.bytes_per_s
            if allowed_s > now_s:
                self._server.counts["pauses in reading"] += 1
                await self._pause(allowed_s - now_s)
        if self._open:
            await asyncio.wait([*self._open.values()], timeout=DRAIN_S)
        for task in [*self._open.values()]:
            task.cancel()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.drain(), 1)
            self._writer.close()
            await asyncio.wait_for(self._writer.wait_closed(), 1)
        return "the gateway ends" if self._ending.is_set() else reason

    async def _read(self, began_s: float, amid_s: float) -> tuple[bytes, str]:
        """Wait for bytes; none, and why, if it is over."""
        limits, now_s = self._limits, time.monotonic()
        waits = [(now_s + limits.silence_s, "silent")]
        if not self._session.is_known:
            waits.append((began_s + limits.introduction_s, "it did not say its code in time"))
        if self._session.is_amid:
            waits.append((amid_s + limits.frame_s, "a frame did not end in time"))
        until_s, late = min(waits)
        self._reading = asyncio.ensure_future(self._reader.read(_READ_BYTES))
        try:
            await asyncio.wait({self._reading}, timeout=max(0.01, until_s - now_s))
            if not self._reading.done():
                return b"", late
            data = b"" if self._reading.cancelled() else self._reading.result()
        except OSError:
            return b"", "the terminal broke it off"
        finally:
            self._reading.cancel()
            self._reading = None
        return data, "" if data else "the terminal ended it"

    async def _feed(self, data: bytes, now_s: float) -> str:
        """Do what the session says; give why it is over, if it is."""
        for step in self._session.feed(data, now_s):
            if isinstance(step, Answer):
                self._writer.write(step.frame)
            elif isinstance(step, End):
                return step.reason
            elif step.key in self._open:
                self._server.counts["repeated while open"] += 1
            else:
                await self._room.acquire()
                self._open[step.key] = asyncio.create_task(self._deliver(step))
        if self._writer.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            return "the terminal takes no answers"
        return ""

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            if await self._server.publish(delivery) and not self._writer.is_closing():
                self._writer.write(delivery.answer)
        finally:
            self._open.pop(delivery.key, None)
            self._room.release()

    async def _pause(self, pause_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), pause_s)
