"""What integration tests need of MQTT: a publisher, and patience."""

import time
from contextlib import contextmanager

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker.address import BrokerAddress
from ingest.decoding.wire import encode, topic_of
from ingest.ping import Ping

PATIENCE_S = 60
VEHICLES = tuple(f"晋BQ{number:04d}" for number in range(12))


class Publisher:
    """Publishes with QoS 1; `settle` returns when the broker has acknowledged everything."""

    def __init__(self, client):
        self.client, self.sent = client, []

    def publish(self, topic, payload):
        self.sent.append(self.client.publish(topic, payload, qos=1))

    def ping(self, *fixes):
        self.publish(topic_of(fixes[0].vehicle_id), encode(fixes))

    def settle(self):
        for sent in self.sent:
            sent.wait_for_publish(PATIENCE_S)
            assert sent.is_published()
        self.sent = []


@contextmanager
def publishing(address: BrokerAddress):
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect(address.host, address.port)
    client.loop_start()
    try:
        yield Publisher(client)
    finally:
        client.disconnect()
        client.loop_stop()


def a_minute_ago(count):
    """Make `count` different fixes of a few trucks, the last a minute ago."""
    now_ms = time.time_ns() // 1_000_000 - 60_000
    return [
        Ping(
            vehicle_id=VEHICLES[number % len(VEHICLES)],
            event_time_ms=now_ms - number * 1000,
            longitude=113.3 + number * 1e-6,
            latitude=40.08,
            speed_mps=3.5,
        )
        for number in range(count)
    ]


def until(condition):
    """Wait until a condition holds, and give what it gave."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return found
