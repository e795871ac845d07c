"""A session at the broker that stands before anybody uses it.

A broker keeps messages only for sessions that have subscribed; what comes before, it acknowledges
and drops.
"""

import socket
import time
from collections.abc import Sequence

from ingest.broker.address import BrokerAddress
from ingest.fault import BrokerError
from ingest.mqtt.connection import Connection, Login

_STEP_S = 0.1


def keep_session(
    address: BrokerAddress, login: Login, topic_filters: Sequence[str], timeout_s: float = 20.0
) -> None:
    """Have the broker keep from now on what is published under these filters.

    Of several nodes the next is asked if one is away or does not answer within `timeout_s`.

    Raises
    ------
    BrokerError
        If it refuses, or no node answers in time.
    """
    told = []
    for node in address.nodes:
        try:
            _keep_at(node, login, topic_filters, timeout_s)
        except _NoAnswerError as error:
            told.append(str(error))
        else:
            return
    raise BrokerError("; ".join(told))


class _NoAnswerError(BrokerError):
    """Another node may do."""


def _keep_at(
    address: BrokerAddress, login: Login, topic_filters: Sequence[str], timeout_s: float
) -> None:
    connection = Connection(address, login, topic_filters, lambda *_: False, lambda: True)
    deadline = time.monotonic() + timeout_s
    waker, alarm = socket.socketpair()
    with waker, alarm:
        try:
            connection.open()
            while not (connection.subscribed or connection.ended):
                if time.monotonic() > deadline:
                    break
                connection.step(alarm.fileno(), _STEP_S)
        except OSError as error:
            raise _NoAnswerError(f"{address}: no session can be made there: {error}") from error
        finally:
            connection.close()
    if connection.refusal is not None:
        raise connection.refusal
    if not connection.subscribed:
        raise _NoAnswerError(f"{address} took no subscription: {connection.reason}")
