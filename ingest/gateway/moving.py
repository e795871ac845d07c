"""What waits in the store of one broker → another broker, such as three nodes.

Each message is removed from the store only after the other broker has acknowledged it, so a move
that is cut short goes on where it was when run again; what was moved twice the log takes once.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.broker.nats_config import topic_of_subject
from ingest.broker.shares import PREFIX, SHARES, plain_topic
from ingest.broker.upkeep.access import Access
from ingest.broker.upkeep.admin import NatsAdmin
from ingest.broker.upkeep.backlog import SUBJECT
from ingest.broker.upkeep.monitor import Monitor
from ingest.fault import BrokerError
from ingest.gateway.publisher import Publisher, PublishError
from ingest.mqtt.connection import Login

_PART = 200
"""Messages that are read, published and removed at a time."""
_CONNECT_S = 30.0
_PATIENCE_S = 60.0
"""So long nothing may be acknowledged: nodes that lost one of them choose whom they follow."""

Told = Callable[[int], None]


def topic_as_published(subject: str) -> str:
    """Give the topic that a client published, from the subject under which a broker keeps it.

    The other broker puts it into its share again, if it splits topics.
    """
    topic = topic_of_subject(subject.removeprefix(SUBJECT))
    first, _, rest = topic.partition("/")
    share = rest.partition("/")[0]
    is_split = first == PREFIX and share.isdecimal() and int(share) < SHARES
    return plain_topic(topic) if is_split else topic


def waiting_in(store: Path) -> int:
    """Tell how many messages wait in the store of a broker that does not run.

    Raises
    ------
    BrokerError
        If there is no such store, or a broker runs on it.
    """
    _check(store)
    with Broker(store=store) as broker:
        return Monitor(broker.monitor_url).store().waiting


def move(store: Path, target: BrokerAddress, login: Login, moved: Told = lambda _: None) -> int:
    """Move all that waits, and give how many messages that were.

    Sessions that are to have it must exist at the target: what nobody waits for, a broker
    acknowledges and drops.

    Parameters
    ----------
    login
        May publish on all topics.
    moved
        Is told how many messages were moved since it was told last.

    Raises
    ------
    BrokerError
        If one of the brokers fails; what was not moved is still in the store.
    """
    _check(store)
    count = 0
    with Broker(store=store) as old, Publisher(target, login) as publisher:
        if not publisher.wait_until_connected(_CONNECT_S):
            raise BrokerError(f"{target}: {publisher.reason}; does it run and take this login?")
        admin = NatsAdmin(Access.load(store))
        while part := admin.oldest_messages(_PART):
            if not old.running:
                raise BrokerError(f"the broker on {store} has ended")
            _publish(publisher, [(topic_as_published(one.subject), one.payload) for one in part])
            admin.remove_messages([one.sequence for one in part])
            count += len(part)
            moved(len(part))
    return count


def _publish(publisher: Publisher, messages: Sequence[tuple[str, bytes]]) -> None:
    """Publish all, and again what was not acknowledged, while any of them still is."""
    left, heard_s = list(messages), time.monotonic()
    while left:
        again, refusal = _publish_once(publisher, left)
        if refusal is None:
            return
        if len(again) < len(left):
            heard_s = time.monotonic()
        elif time.monotonic() - heard_s > _PATIENCE_S:
            raise refusal
        left = again
        publisher.wait_until_connected(_CONNECT_S)


def _publish_once(
    publisher: Publisher, messages: Sequence[tuple[str, bytes]]
) -> tuple[list[tuple[str, bytes]], PublishError | None]:
    """Give what was not acknowledged, and why the last of it was not."""
    sent: list[tuple[tuple[str, bytes], Future[None]]] = []
    again: list[tuple[str, bytes]] = []
    refusal: PublishError | None = None
    for message in messages:
        try:
            sent.append((message, publisher.send(*message)))
        except PublishError as error:
            again.append(message)
            refusal = error
    for message, future in sent:
        try:
            future.result()
        except PublishError as error:
            again.append(message)
            refusal = error
    return again, refusal


def _check(store: Path) -> None:
    if not (store / "jetstream").is_dir():
        raise BrokerError(f"{store} is no store of a broker; give the --store that it had")
