"""A recorded or simulated day over MQTT: at its own pace, faster, or as fast as it goes."""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

import numpy as np
import pandas as pd
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker.address import BrokerAddress
from ingest.broker.client_id import own_client_id
from ingest.decoding.wire import encode, topic_of
from ingest.ping import PING_COLUMNS, RECEIVED_COLUMN, Ping

IN_FLIGHT = 2000
"""Messages sent and not yet acknowledged; far below the 65,535 that MQTT can number."""
PATIENCE_S = 30.0
"""How long to wait for a broker that stops acknowledging."""
SILENT_S = 5.0
"""After so long without an acknowledgement it is said."""
CONNECT_S = 10.0
KEEPALIVE_S = 10
"""A node that says nothing for twice as long is left for the next."""
_LOOK_S = 0.1
_LONGEST_DELAY_S = 4


class ReplayError(ConnectionError):
    """The broker cannot be reached, or stopped acknowledging."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a tracker sends at once."""

    at_s: float
    """Seconds after the first message, at the recorded pace."""
    vehicle_id: str
    pings: list[Ping]


def messages(frame: pd.DataFrame, burst: int = 1) -> Iterator[Message]:
    """Turn pings into messages, in the order and at the pace they are to be sent.

    With ``received_time`` the frame's own order and those instants hold; without it the order and
    instants of event time do.

    Parameters
    ----------
    burst
        Fixes a tracker stores before it sends them in one message.
    """
    if burst < 1:
        raise ValueError(f"a message carries one fix or more, got a burst of {burst}")
    if not len(frame):
        return
    clock = RECEIVED_COLUMN if RECEIVED_COLUMN in frame.columns else "event_time"
    if clock == "event_time":
        frame = frame.sort_values(["event_time", "vehicle_id"], kind="stable")
    instants = frame[clock].to_numpy("datetime64[ms]").astype(np.int64) / 1000
    at_s = np.maximum.accumulate(instants - instants[0])
    stored = frame.groupby("vehicle_id", sort=False).cumcount().to_numpy()
    left = frame.groupby("vehicle_id", sort=False).cumcount(ascending=False).to_numpy()
    due = ((stored + 1) % burst == 0) | (left == 0)
    waiting: dict[str, list[Ping]] = {}
    for ping, instant_s, sends in zip(_pings(frame), at_s.tolist(), due.tolist(), strict=True):
        waiting.setdefault(ping.vehicle_id, []).append(ping)
        if sends:
            yield Message(instant_s, ping.vehicle_id, waiting.pop(ping.vehicle_id))


def _pings(frame: pd.DataFrame) -> Iterator[Ping]:
    columns: dict[str, list[Any]] = {}
    for name in PING_COLUMNS:
        if name == "event_time":
            instants = frame[name].to_numpy("datetime64[ms]").astype(np.int64)
            columns["event_time_ms"] = instants.tolist()
        elif name in frame.columns:
            known = frame[name].notna()
            columns[name] = frame[name].astype(object).where(known, None).tolist()
    for row in zip(*columns.values(), strict=True):
        yield Ping(**dict(zip(columns, row, strict=True)))


def publish(
    schedule: Iterable[Message],
    broker: BrokerAddress,
    speed: float = math.inf,
    *,
    on_acknowledged: Callable[[int], None] = lambda _count: None,
    tell: Callable[[str], None] = lambda _told: None,
) -> int:
    """Publish messages at QoS 1 and return when the broker has acknowledged every one.

    Parameters
    ----------
    broker
        Of several nodes the next is taken when one is away or goes away.
    speed
        How many times faster than recorded; infinity waits for nothing but acknowledgements.
    on_acknowledged
        Told, from the network's thread, how many pings another message carried.
    tell
        Told, from either thread, when the broker acknowledges nothing any more, and when it does
        again.

    Returns
    -------
    int
        Number of pings published.

    Raises
    ------
    ReplayError
        If the broker cannot be reached or stops acknowledging.
    ValueError
        If `speed` is not above 0.
    """
    if not speed > 0:
        raise ValueError(f"speed must be above 0, got {speed}")
    with own_client_id("pingcheng-replay") as client_id:
        link = _Link(broker, client_id, on_acknowledged, tell)
        link.open()
        try:
            began_s = time.monotonic()
            sent = 0
            for message in schedule:
                ahead_s = message.at_s / speed - (time.monotonic() - began_s)
                if ahead_s > 0:
                    time.sleep(ahead_s)
                link.send(message)
                sent += len(message.pings)
            link.settle()
        finally:
            link.close()
    return sent


class _Link:
    """One connection that sends and knows what is still unacknowledged."""

    def __init__(
        self,
        broker: BrokerAddress,
        client_id: str,
        on_acknowledged: Callable[[int], None],
        tell: Callable[[str], None],
    ) -> None:
        self._broker = broker
        self._on_acknowledged, self._tell = on_acknowledged, tell
        self._heard_s, self._is_silent = time.monotonic(), False
        self._changed = threading.Condition()
        self._carried: dict[int, int] = {}
        self._early: set[int] = set()
        self._answer: ReasonCode | None = None
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv311, clean_session=True
        )
        # no limit of its own: with one it looks through all open messages at every PUBACK
        self._client.max_inflight_messages_set(0)
        self._client.on_connect = self._connected
        self._client.on_publish = self._acknowledged
        self._nodes, self._closing = cycle(broker.nodes), False

    def open(self) -> None:
        self._connect()
        if self._broker.others:  # by itself it would go to the same node for ever
            self._client.on_disconnect = self._client.on_connect_fail = self._turn
            self._client.reconnect_delay_set(1, _LONGEST_DELAY_S)
        self._client.loop_start()
        with self._changed:
            answered = self._changed.wait_for(lambda: self._answer is not None, CONNECT_S)
        if not answered:
            self.close()
            raise ReplayError(f"no broker at {self._broker}: it does not speak MQTT")
        if self._answer is not None and self._answer.is_failure:
            self.close()
            raise ReplayError(f"the broker at {self._broker} refused: {self._answer}")

    def _connect(self) -> None:
        reason: OSError | None = None
        for node in islice(self._nodes, len(self._broker.nodes)):
            try:
                self._client.connect(node.host, node.port, keepalive=KEEPALIVE_S)
            except OSError as error:
                reason = error
            else:
                return
        raise ReplayError(f"no broker at {self._broker}: {reason}") from reason

    def _turn(self, client: mqtt.Client, *_: object) -> None:
        if not self._closing:
            node = next(self._nodes)
            client.connect_async(node.host, node.port, keepalive=KEEPALIVE_S)

    def send(self, message: Message) -> None:
        self._wait_until_at_most(IN_FLIGHT - 1)
        info = self._client.publish(topic_of(message.vehicle_id), encode(message.pings), qos=1)
        with self._changed:
            if info.mid in self._early:  # acknowledged before publish returned
                self._early.remove(info.mid)
                self._on_acknowledged(len(message.pings))
            else:
                if not self._carried:
                    self._heard_s = time.monotonic()  # before, there was nothing to be said
                self._carried[info.mid] = len(message.pings)
            self._silent_s()

    def settle(self) -> None:
        """Wait for every acknowledgement that is due."""
        self._wait_until_at_most(0)

    def close(self) -> None:
        self._closing = True
        self._client.disconnect()
        self._client.loop_stop()

    def _wait_until_at_most(self, count: int) -> None:
        with self._changed:
            while len(self._carried) > count:
                before = len(self._carried)
                if self._changed.wait_for(partial(self._open_below, before), _LOOK_S):
                    continue
                if self._silent_s() > PATIENCE_S:
                    raise ReplayError(
                        f"the broker at {self._broker} stopped acknowledging: "
                        f"{before} messages are open after {PATIENCE_S:.0f} s"
                    )

    def _silent_s(self) -> float:
        """Tell how long an acknowledgement has been waited for; say so once if that is long."""
        silent_s = time.monotonic() - self._heard_s if self._carried else 0.0
        if silent_s > SILENT_S and not self._is_silent:
            self._is_silent = True
            self._tell(
                f"the broker at {self._broker} has acknowledged nothing for {SILENT_S:g} s, "
                f"{len(self._carried)} messages are open: it may be full (pingcheng broker doctor "
                "tells) or away"
            )
        return silent_s

    def _open_below(self, count: int) -> bool:
        return len(self._carried) < count

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: object, answer: ReasonCode, _more: object
    ) -> None:
        with self._changed:
            self._answer = answer
            self._changed.notify_all()

    def _acknowledged(
        self, _client: mqtt.Client, _data: object, mid: int, _reason: object, _more: object
    ) -> None:
        with self._changed:
            self._heard_s = time.monotonic()
            if self._is_silent:
                self._is_silent = False
                self._tell(f"the broker at {self._broker} acknowledges again")
            if mid in self._carried:
                self._on_acknowledged(self._carried.pop(mid))
            else:
                self._early.add(mid)
            self._changed.notify_all()
