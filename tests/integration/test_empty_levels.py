"""Topics with empty levels through both brokers, as they are shipped and by their rules.

nats-server writes an empty level as /, in subjects and so in permissions and filters.
"""

import socket
import ssl
import subprocess
import time
import tomllib
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.ingest.raw_client import RawClient
from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.broker.credentials import Request, make_credentials
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.users import INGEST
from ingest.decoding.decoder import Decoder
from ingest.decoding.routes import routes_of
from ingest.decoding.wire import encode, topic_of
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Login
from ingest.mqtt.subscriber import Subscriber
from ingest.ping import Ping
from tests.fixtures.mqtt import until
from tests.servers import mosquitto
from tests.servers.mosquitto import Mosquitto

HONEST, THIEF = "晋BQ0384", "晋BQ0385"
PATTERNS = ["/fleet/{vehicle_id}/ping", "fleet//{vehicle_id}", "yard/{vehicle_id}/"]


def now_ms():
    return time.time_ns() // 1_000_000


def passwords_of(folder):
    lines = (folder / "passwords.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {user: password for _, user, password in (line.split(",") for line in lines)}


@pytest.mark.parametrize("kind", ["nats", "mosquitto"])
def test_topics_with_empty_levels_reach_the_log_and_are_each_truck_s_own(kind, tmp_path):
    secrets = tmp_path / "secrets"
    make_credentials(secrets, Request([HONEST, THIEF], "127.0.0.1", PATTERNS), datetime.now(UTC))
    passwords = passwords_of(secrets)
    settings = tomllib.loads((secrets / "pingcheng.toml").read_text(encoding="utf-8"))
    with ExitStack() as stack:
        if kind == "mosquitto":
            mosquitto.require()
            shipped = stack.enter_context(Mosquitto(tmp_path / "broker", credentials=secrets))
            port, monitor = shipped.password_port, None
        else:
            embedded = stack.enter_context(Broker(store=tmp_path / "broker", credentials=secrets))
            port, monitor = embedded.address.port, Monitor(embedded.monitor_url)
        log = stack.enter_context(open_log(f"sqlite:///{tmp_path / 'pings.db'}"))
        decoder = Decoder(routes_of([(pattern, "native") for pattern in PATTERNS]))
        subscriber = Subscriber(
            BrokerAddress("127.0.0.1", port, tls=True),
            log.write,
            decoder=decoder,
            clock_ms=now_ms,
            login=Login(settings["client_id"], INGEST, passwords[INGEST], secrets / "ca.crt"),
        )
        stack.enter_context(subscriber).wait_until_subscribed(60)
        context = ssl.create_default_context(cafile=secrets / "ca.crt")
        began_ms = now_ms() - 60_000
        for user in (THIEF, HONEST):  # what is not its own comes first, and would be there
            for number, pattern in enumerate(PATTERNS):
                fix = Ping(vehicle_id=HONEST, event_time_ms=began_ms + number,
                           longitude=113.3 + (user == THIEF), latitude=40.08)  # fmt: skip
                topic = pattern.replace("{vehicle_id}", HONEST).encode()
                login = (user, passwords[user])
                with RawClient(("127.0.0.1", port), context, f"x-{user}", login) as truck:
                    assert truck.publish(topic, encode([fix]), 1) or user == THIEF
        until(lambda: log.counters().received >= len(PATTERNS))
        assert monitor is None or monitor.backlog(settings["client_id"]).keeps(
            decoder.topic_filters
        )
    pings = log.read_pings()
    assert pings["longitude"].tolist() == [113.3] * len(PATTERNS)
    assert log.counters().conflicting == 0


BRIDGE = """
listener {own_port} 127.0.0.1
allow_anonymous true
connection yard.west
address 127.0.0.1:{port}
remote_clientid yard-west
cleansession false
notifications false
try_private false
topic fleet/+/ping out 1
"""


def test_trackers_whose_client_ids_hold_dots_come_by_a_bridge_that_has_none(tmp_path):
    mosquitto.require()
    with Broker(store=tmp_path / "broker") as broker, ExitStack() as stack:
        log = stack.enter_context(open_log(f"sqlite:///{tmp_path / 'pings.db'}"))
        subscriber = Subscriber(
            broker.address, log.write, decoder=Decoder(), clock_ms=now_ms, login=Login("keeper")
        )
        stack.enter_context(subscriber).wait_until_subscribed(60)
        own_port = free_port()
        text = BRIDGE.format(own_port=own_port, port=broker.address.port)
        (tmp_path / "bridge.conf").write_text(text, encoding="utf-8")
        bridge = subprocess.Popen(
            [mosquitto.server_path(), "-c", tmp_path / "bridge.conf"], stderr=subprocess.DEVNULL
        )
        stack.callback(bridge.wait)
        stack.callback(bridge.terminate)
        until(lambda: answers(own_port))
        client = Client(CallbackAPIVersion.VERSION2, "truck.7")
        client.connect("127.0.0.1", own_port)
        client.loop_start()
        stack.callback(client.loop_stop)
        fix = Ping(vehicle_id=HONEST, event_time_ms=now_ms() - 1000, longitude=113.3, latitude=40.0)
        client.publish(topic_of(HONEST), encode([fix]), 1).wait_for_publish(60)
        until(lambda: log.counters().stored == 1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
