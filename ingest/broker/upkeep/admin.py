"""Looks after nats-server by its own protocol: sessions, consumers and bounds of its streams."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamManager
from nats.js.api import ConsumerInfo, DiscardPolicy
from nats.js.errors import NotFoundError

from ingest.broker.upkeep.access import Access
from ingest.broker.upkeep.backlog import MESSAGES_STREAM
from ingest.broker.upkeep.sessions import Consumer, Record, Stored
from ingest.fault import BrokerError

SESSIONS_STREAM = "$MQTT_sess"
RETAINED_STREAM = "$MQTT_rmsgs"
HALF_STREAM = "$MQTT_qos2in"
_SESSION_SUBJECT = "$MQTT.sess."
_TIMEOUT_S = 5

Found = TypeVar("Found")
Ask = Callable[[JetStreamManager], Awaitable[Found]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that waits."""

    sequence: int
    subject: str
    payload: bytes


class NatsAdmin:
    """Asks one nats-server; each method connects, asks and leaves.

    All raise `BrokerError` if it does not answer or refuses.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def stored_sessions(self) -> list[Stored]:
        """Give the records of all sessions."""
        return self._ask(_stored_sessions)

    def consumers(self) -> list[Consumer]:
        """Give what holds messages for sessions; none before the first client came."""

        async def ask(manager: JetStreamManager) -> list[Consumer]:
            return [_consumer(one) for one in await _consumers(manager)]

        return self._ask(ask)

    def renew(self, names: Collection[str], ack_wait_s: float, max_ack_pending: int) -> None:
        """Give consumers other settings; what waits in them stays."""

        async def ask(manager: JetStreamManager) -> None:
            for one in await _consumers(manager):
                if one.name in names:
                    config = replace(
                        one.config, ack_wait=ack_wait_s, max_ack_pending=max_ack_pending
                    )
                    await manager.add_consumer(MESSAGES_STREAM, config)

        self._ask(ask)

    def bound(self, stream: str, most_bytes: int) -> None:
        """Have a stream refuse what exceeds a bound; what it has already stays."""

        async def ask(manager: JetStreamManager) -> None:
            config = (await manager.stream_info(stream)).config
            config.max_bytes, config.discard = most_bytes, DiscardPolicy.NEW
            await manager.update_stream(config)

        self._ask(ask)

    def forget(self, stored: Sequence[Stored], consumers: Collection[str] = ()) -> None:
        """Remove sessions with all that waits in them, and consumers by name."""

        async def ask(manager: JetStreamManager) -> None:
            for one in stored:
                for name in one.consumers:
                    await _delete_consumer(manager, name)
                # by its number: a record that a client has written since stays
                await _delete_record(manager, one.sequence)
            for name in consumers:
                await _delete_consumer(manager, name)

        self._ask(ask)

    def oldest_messages(self, most: int) -> list[Kept]:
        """Give the oldest messages that wait for any session."""

        async def ask(manager: JetStreamManager) -> list[Kept]:
            found: list[Kept] = []
            sequence = 1
            try:
                while len(found) < most:
                    one = await manager.get_msg(MESSAGES_STREAM, sequence, ">", next=True)
                    found.append(Kept(one.seq or 0, one.subject or "", one.data or b""))
                    sequence = found[-1].sequence + 1
            except NotFoundError:
                pass
            return found

        return self._ask(ask)

    def remove_messages(self, sequences: Sequence[int]) -> None:
        """Remove messages, whoever waits for them."""

        async def ask(manager: JetStreamManager) -> None:
            for sequence in sequences:
                await manager.delete_msg(MESSAGES_STREAM, sequence)

        self._ask(ask)

    def _ask(self, ask: Ask[Found]) -> Found:
        async def connected() -> Found:
            client = Client()
            try:
                await client.connect(
                    self._access.url,
                    user=self._access.user or None,
                    password=self._access.password or None,
                    allow_reconnect=False,
                    connect_timeout=_TIMEOUT_S,
                    error_cb=_say_nothing,
                )
                return await ask(client.jsm())
            finally:
                await client.close()

        try:
            # on a thread of its own: the caller may be within a loop that runs
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(asyncio.run, connected()).result()
        except (NatsError, OSError, TimeoutError, msgspec.DecodeError) as error:
            told = str(error) or type(error).__name__
            raise BrokerError(f"the broker at {self._access.url} does not tell: {told}") from error


async def _say_nothing(_: Exception) -> None:
    """Tell nobody: what is wrong is raised where it is asked."""


async def _stored_sessions(manager: JetStreamManager) -> list[Stored]:
    try:
        info = await manager.stream_info(SESSIONS_STREAM, subjects_filter=">")
    except NotFoundError:
        return []
    found = []
    for subject in info.state.subjects or {}:
        try:
            message = await manager.get_last_msg(SESSIONS_STREAM, subject)
        except NotFoundError:
            continue  # it ended meanwhile
        if message.data is None or message.seq is None or message.time is None:
            continue
        record = msgspec.json.decode(message.data, type=Record)
        key = subject.removeprefix(_SESSION_SUBJECT)
        found.append(Stored(key, message.seq, message.time, record))
    return found


async def _consumers(manager: JetStreamManager) -> list[ConsumerInfo]:
    found: list[ConsumerInfo] = []
    try:
        while page := await manager.consumers_info(MESSAGES_STREAM, offset=len(found)):
            found += page
    except NotFoundError:
        return []
    return found


async def _delete_consumer(manager: JetStreamManager, name: str) -> None:
    with suppress(NotFoundError):
        await manager.delete_consumer(MESSAGES_STREAM, name)


async def _delete_record(manager: JetStreamManager, sequence: int) -> None:
    with suppress(NatsError):  # its client came back meanwhile
        await manager.delete_msg(SESSIONS_STREAM, sequence)


def _consumer(info: ConsumerInfo) -> Consumer:
    return Consumer(
        name=info.name,
        subject=(info.config.filter_subject or "").removeprefix("$MQTT.msgs."),
        since=info.created,
        ack_wait_s=info.config.ack_wait or 0.0,
        max_ack_pending=info.config.max_ack_pending or 0,
        waiting=(info.num_pending or 0) + (info.num_ack_pending or 0),
        is_bound=bool(info.push_bound),
    )
