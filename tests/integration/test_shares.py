"""Several processes of ingest share one PostgreSQL, at a real broker that splits what comes."""

import os
import subprocess
import sys
import time

import pytest

from ingest.broker.broker import Broker
from ingest.broker.shares import REST, SHARES, share_of
from ingest.broker.users import INGEST, nats_users
from ingest.decoding.decoder import Decoder
from ingest.leases.leases import leases_in
from ingest.leases.sharing import Sharing, keeping
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Login
from ingest.mqtt.subscriber import Subscriber
from tests.fixtures.mqtt import VEHICLES, a_minute_ago, publishing, until
from tests.fixtures.quick_log import emptied
from tests.fixtures.sessions import keeping as session_of_another
from tests.servers import mosquitto
from tests.servers.mosquitto import Mosquitto

PATTERN = "fleet/{vehicle_id}/ping"
HOLDER = """
import sys, time
from ingest.broker.address import BrokerAddress
from tests.integration.test_shares import sharing_with
with sharing_with(BrokerAddress.parse(sys.argv[1]), sys.argv[2]) as (subscriber, keeper):
    while True:
        time.sleep(60)
"""


@pytest.fixture
def broker(tmp_path):
    with Broker(store=tmp_path / "store", ack_wait_s=1, split=[PATTERN]) as running:
        yield running


class sharing_with:  # noqa: N801 - a context
    """A subscriber that takes its part of the sessions, and who keeps the leases."""

    def __init__(self, address, url):
        self.log = open_log(url)
        self.sharing = Sharing(address, Login("ingest"), [PATTERN], url)
        self.subscriber = Subscriber(
            address,
            self.log.write,
            decoder=Decoder(),
            clock_ms=lambda: time.time_ns() // 1_000_000,
            make_network=self.sharing.networks,
        )
        self._kept = keeping(self.sharing, self.subscriber.network, lambda _: None)

    def __enter__(self):
        self.log.__enter__()
        keeper = self._kept.__enter__()
        self.subscriber.__enter__()
        return self.subscriber, keeper

    def __exit__(self, *reason):
        self.subscriber.__exit__(*reason)
        self._kept.__exit__(*reason)
        self.log.__exit__(*reason)
        self.subscriber.check()


def test_nats_server_puts_each_vehicle_into_the_share_that_we_say(broker):
    names = [*VEHICLES, "a.b", "机扫1-113", "867060033461332"]
    with session_of_another(broker.address, "all", topic="share/+/fleet/+/ping") as topics:
        with publishing(broker.address) as publisher:
            for name in names:
                publisher.publish(f"fleet/{name}/ping", b"")
            publisher.settle()
        until(lambda: len(topics) == len(names))
    assert sorted(topics) == sorted(f"share/{share_of(name)}/fleet/{name}/ping" for name in names)


@pytest.fixture
def url(server_log_url):
    return emptied(server_log_url)


def test_what_a_killed_process_had_is_taken_by_another_with_all_that_waits(broker, url):
    with sharing_with(broker.address, url) as (subscriber, keeper):
        subscriber.wait_until_subscribed(60)
        assert len(keeper.held) == SHARES + 1
        other = started(broker.address, url)
        try:
            until(lambda: keeper.members == 2 and len(keeper.held) == (SHARES + 2) // 2)
            with open_log(url) as log:
                until(lambda: len(leases_in(log)[0]) == SHARES + 1)
            other.kill()
        finally:
            other.kill()
            other.wait()
        fixes = a_minute_ago(300)
        with publishing(broker.address) as publisher:
            for fix in fixes:
                publisher.ping(fix)
            publisher.settle()
        with open_log(url) as log:
            until(lambda: log.counters().stored == len(fixes))
            assert log.counters().balanced
        assert len(keeper.held) == SHARES + 1


def started(address, url):
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(address), url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_beside_mosquitto_one_stands_by_and_takes_all_when_the_other_is_killed(tmp_path, url):
    mosquitto.require()
    fixes = a_minute_ago(200)
    with (
        Mosquitto(tmp_path / "broker") as broker,
        sharing_with(broker.address, url) as (subscriber, keeper),
        open_log(url) as log,
        publishing(broker.address) as publisher,
    ):
        subscriber.wait_until_subscribed(60)
        working = started(broker.address, url)
        try:
            until(lambda: keeper.members == 2 and REST not in keeper.held)
            until(lambda: len(leases_in(log)[0]) == SHARES + 1)
            for fix in fixes[:100]:
                publisher.ping(fix)
            publisher.settle()
            until(lambda: log.counters().stored == 100)
            assert REST not in keeper.held
        finally:
            working.kill()
            working.wait()
        for fix in fixes[100:]:
            publisher.ping(fix)
        publisher.settle()
        until(lambda: log.counters().stored == len(fixes))
        assert REST in keeper.held
        assert log.counters().balanced


def test_a_truck_with_a_password_reaches_its_share_and_no_other_truck_does_for_it(tmp_path):
    folder = tmp_path / "credentials"
    (folder / "nats").mkdir(parents=True)
    users = {"晋BQ0001": "one", "晋BQ0002": "two", INGEST: "reader"}
    (folder / "nats" / "users.conf").write_bytes(nats_users(users, [PATTERN]))
    with (
        Broker(credentials=folder, tls=False, split=[PATTERN]) as broker,
        session_of_another(
            broker.address, "all", topic="share/+/fleet/+/ping", login=(INGEST, "reader")
        ) as topics,
    ):
        for user in ("晋BQ0001", "晋BQ0002"):
            with publishing(broker.address, (user, users[user])) as publisher:
                publisher.publish("fleet/晋BQ0002/ping", b"")
                publisher.publish(f"share/{share_of('晋BQ0002')}/fleet/晋BQ0002/ping/x", b"")
                publisher.settle()
        until(lambda: topics)
    assert topics == [f"share/{share_of('晋BQ0002')}/fleet/晋BQ0002/ping"]


def test_messages_that_waited_before_the_broker_split_them_are_taken_as_the_rest(tmp_path, url):
    fixes = a_minute_ago(20)
    with Broker(store=tmp_path / "store") as broker:
        with session_of_another(broker.address, "ingest"):
            pass
        with publishing(broker.address) as publisher:
            for fix in fixes:
                publisher.ping(fix)
            publisher.settle()
    with (
        Broker(store=tmp_path / "store", split=[PATTERN], ack_wait_s=1) as broker,
        sharing_with(broker.address, url),
        open_log(url) as log,
    ):
        until(lambda: log.counters().stored == len(fixes))
