"""The gateways' publisher at real brokers that are killed: what it said yes to is delivered."""

import os
import signal
import socket
import threading
import tomllib
from concurrent.futures import wait
from datetime import UTC, datetime

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.broker.credentials import Request, make_credentials
from ingest.gateway.login import gateway_login
from ingest.gateway.publisher import Publisher, PublishError
from ingest.mqtt.connection import Connection, Login
from ingest.mqtt.login import login_of
from ingest.mqtt.session import keep_session
from ingest.settings.settings import Settings
from tests.fixtures.mqtt import PATIENCE_S, until
from tests.servers import mosquitto
from tests.servers.mosquitto import Mosquitto

TOPIC = "gateway/osmand"
COUNT = 2000


@pytest.fixture(params=["embedded", "mosquitto"])
def broker(request, tmp_path):
    if request.param == "mosquitto":
        mosquitto.require()
        with Mosquitto(tmp_path / "broker") as running:
            keep_session(running.address, Login("keeper"), [TOPIC])
            save(running)
            yield running
    else:
        with Broker(store=tmp_path / "store") as running:
            keep_session(running.address, Login("keeper"), [TOPIC])
            yield running


def save(broker):
    """Have Mosquitto save the session: until then it is not one to keep messages for."""
    before = journal_of(broker)[-1]
    os.kill(broker.pid, signal.SIGUSR1)
    until(lambda: journal_of(broker)[-1] != before)


def journal_of(broker):
    return sorted((broker.folder / "journal").glob("journal.*"))


def kept(address, count):
    """Give the payloads that the broker has kept, once there are so many different ones."""
    payloads, subscribed = [], threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, "keeper", clean_session=False)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _, __, message: payloads.append(message.payload)
    client.connect(address.host, address.port)
    client.subscribe(TOPIC, 1)
    client.loop_start()
    try:
        assert subscribed.wait(PATIENCE_S)
        until(lambda: len(set(payloads)) >= count)
    finally:
        client.disconnect()
        client.loop_stop()
    return set(payloads)


def test_what_it_said_yes_to_survives_that_the_broker_is_killed_in_mid_flight(broker):
    sent, refused, killing = {}, set(), threading.Event()
    with Publisher(broker.address, Login("gateway"), timeout_s=5) as publisher:

        def publish_all():
            for number in range(COUNT):
                payload = b"%d" % number
                try:
                    sent[publisher.send(TOPIC, payload)] = payload
                except PublishError:
                    refused.add(payload)
                if number == COUNT // 4:
                    next(iter(sent)).result(PATIENCE_S)
                    killing.set()

        assert publisher.wait_until_connected(PATIENCE_S)
        publishing = threading.Thread(target=publish_all)
        publishing.start()
        assert killing.wait(PATIENCE_S)
        broker.kill()
        broker.start()
        publishing.join(PATIENCE_S)
        wait(sent, PATIENCE_S)
        acknowledged = {payload for one, payload in sent.items() if one.exception(0) is None}

        assert publisher.wait_until_connected(PATIENCE_S), "it has found the broker again"
        publisher.send(TOPIC, b"afterwards").result(PATIENCE_S)
        acknowledged.add(b"afterwards")
    assert len(sent) + len(refused) == COUNT
    assert kept(broker.address, len(acknowledged)) >= acknowledged


@pytest.fixture(params=["embedded", "mosquitto"])
def guarded(request, tmp_path):
    """A broker with logins and TLS, and the settings that were made for it."""
    folder = tmp_path / "secrets"
    patterns = ["fleet/{vehicle_id}/ping", TOPIC]
    make_credentials(folder, Request(["晋BQ0384"], "127.0.0.1", patterns), datetime.now(UTC))
    told = tomllib.loads((folder / "pingcheng.toml").read_text(encoding="utf-8"))
    settings = Settings(**told)
    if request.param == "mosquitto":
        mosquitto.require()
        with Mosquitto(tmp_path / "broker", credentials=folder) as running:
            yield BrokerAddress("127.0.0.1", running.password_port, tls=True), settings
    else:
        with Broker(store=tmp_path / "store", credentials=folder) as running:
            yield running.address, settings


def test_with_its_own_login_over_tls_it_is_heard_by_ingest(guarded):
    address, settings = guarded
    keep_session(address, login_of(settings), [TOPIC])
    with Publisher(address, gateway_login(settings, "gateway-1")) as publisher:
        assert publisher.wait_until_connected(PATIENCE_S), publisher.reason
        for number in range(100):
            publisher.send(TOPIC, b"%d" % number)
        publisher.send(TOPIC, b"last").result(PATIENCE_S)
    received = []

    def take(_, message):
        received.append(message.payload)
        return True

    waker, alarm = socket.socketpair()
    ingest = Connection(address, login_of(settings), [TOPIC], take, lambda: True)
    with waker, alarm:
        ingest.open()
        until(lambda: ingest.step(alarm.fileno(), 0.1) or len(set(received)) == 101)
        ingest.close()
