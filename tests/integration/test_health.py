"""The health page and the metrics over real HTTP, beside a real broker and log."""

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.broker.broker import Broker
from ingest.broker.upkeep.limits import MIB
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.upkeep.settings import UpkeepSettings
from ingest.decoding.decoder import Decoder
from ingest.decoding.rejection import RejectionCode
from ingest.fault import LogError
from ingest.health.broker_store import BrokerStore
from ingest.health.metrics import Metrics
from ingest.health.pages import HealthServer, health_of
from ingest.log.pinglog import open_log
from ingest.mqtt.subscriber import Subscriber
from tests.fixtures.mqtt import VEHICLES, a_minute_ago, publishing, until
from tests.fixtures.sessions import fill
from tests.servers.postgres import need_postgres, postgres


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def now_ms():
    return time.time_ns() // 1_000_000


@contextmanager
def serving(address, write, store=None, clock_ms=now_ms):
    metrics = Metrics(clock_ms)
    if store is not None:
        metrics.watch_store(store)
    subscriber = Subscriber(
        address, write, decoder=Decoder(), clock_ms=clock_ms, observe=metrics.observe
    )
    metrics.watch(subscriber)
    with HealthServer("127.0.0.1:0", subscriber, metrics, store) as server, subscriber:
        subscriber.wait_until_subscribed(60)
        yield server, subscriber


def get(server, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def samples(page):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_metrics_count_what_was_committed_and_name_no_vehicle(log):
    with (
        Broker() as broker,
        serving(broker.address, log.write) as (server, _),
        publishing(broker.address) as publisher,
    ):
        for fix in a_minute_ago(30):
            publisher.ping(fix)
        publisher.publish(f"fleet/{VEHICLES[0]}/ping", "not JSON")
        until(lambda: log.counters().received == 31)
        until(lambda: samples(get(server, "/metrics")[1])[("pingcheng_messages_total",)] == 31)
        status, page = get(server, "/metrics")
        found = samples(page)
    assert status == 200
    assert found[("pingcheng_pings_total",)] == 30
    assert found[("pingcheng_rejections_total", "not_json")] == 1
    assert {key[1] for key in found if key[0] == "pingcheng_rejections_total"} == set(RejectionCode)
    assert found[("pingcheng_connected",)] == 1
    assert found[("pingcheng_queue_messages",)] == 0
    assert found[("pingcheng_vehicle_last_ping_age_seconds_bucket", "60.0")] == len(VEHICLES)
    assert found[("pingcheng_event_lag_seconds_bucket", "1800.0")] > 0
    assert found[("pingcheng_event_lag_seconds_bucket", "1.0")] == 0
    assert "晋" not in page


def test_a_sound_ingest_is_ok_and_other_paths_are_not_found(log):
    with Broker() as broker, serving(broker.address, log.write) as (server, _):
        status, page = get(server, "/healthz")
        assert (status, json.loads(page)["status"]) == (200, "ok")
        assert get(server, "/")[0] == 404


def test_a_broker_or_a_database_that_is_away_for_long_is_unhealthy(monkeypatch):
    monkeypatch.setattr("ingest.health.pages.PATIENCE_S", 0.5)

    def fail(_):
        raise LogError("the server is away")

    with Broker() as broker, serving(broker.address, fail) as (server, subscriber):
        with publishing(broker.address) as publisher:
            publisher.ping(*a_minute_ago(1))
        until(lambda: get(server, "/healthz")[0] == 503)
        assert "committed" in json.loads(get(server, "/healthz")[1])["reasons"][0]
        broker._process.kill()
        until(lambda: len(json.loads(get(server, "/healthz")[1])["reasons"]) == 2)
        assert health_of(subscriber, time.monotonic())["connected"] is False


def test_a_broker_that_fills_because_nothing_can_be_committed_is_told_with_its_limit():
    def fail(_):
        raise LogError("the server is away")

    with Broker(upkeep=UpkeepSettings(most_bytes=2 * MIB)) as broker:
        store = BrokerStore(Monitor(broker.monitor_url), time.monotonic)
        with serving(broker.address, fail, store) as (server, _):
            until(lambda: store.look().limit_bytes == 2 * MIB)
            assert json.loads(get(server, "/healthz")[1])["broker_store"]["share"] == 0.0
            fill(broker.address, 100_000)
            until(lambda: get(server, "/healthz")[0] == 503)
            reasons = json.loads(get(server, "/healthz")[1])["reasons"]
            assert any("the broker's store is " in one for one in reasons)
            found = samples(get(server, "/metrics")[1])
            assert found[("pingcheng_broker_store_share",)] > 0.9
            assert found[("pingcheng_broker_store_limit_bytes",)] == 2 * MIB


def test_a_commit_that_hangs_is_unhealthy_and_all_is_well_once_it_ends(log, monkeypatch):
    monkeypatch.setattr("ingest.health.pages.PATIENCE_S", 0.5)
    going_on = threading.Event()

    def hang(batch):
        going_on.wait(60)
        log.write(batch)

    with Broker() as broker, serving(broker.address, hang) as (server, subscriber):
        with publishing(broker.address) as publisher:
            publisher.ping(*a_minute_ago(1))
        until(lambda: get(server, "/healthz")[0] == 503)
        (reason,) = json.loads(get(server, "/healthz")[1])["reasons"]
        assert reason.startswith("the oldest message waits to be committed for")
        assert samples(get(server, "/metrics")[1])[("pingcheng_oldest_uncommitted_seconds",)] > 0.5
        going_on.set()
        until(lambda: get(server, "/healthz")[0] == 200)
        assert subscriber.oldest_uncommitted_s == 0
    assert log.counters().stored == 1


def test_a_real_database_that_hangs_is_unhealthy_until_it_goes_on(monkeypatch):
    need_postgres()
    monkeypatch.setattr("ingest.health.pages.PATIENCE_S", 0.5)
    with postgres() as database, open_log(database.new_database()) as stored:
        with Broker() as broker, serving(broker.address, stored.write) as (server, _):
            with publishing(broker.address) as publisher:
                publisher.ping(*a_minute_ago(1))
                until(lambda: stored.counters().stored == 1)
                assert get(server, "/healthz")[0] == 200
                database.pause()
                try:
                    publisher.ping(a_minute_ago(2)[1])
                    until(lambda: get(server, "/healthz")[0] == 503)
                finally:
                    database.resume()
            until(lambda: get(server, "/healthz")[0] == 200)
        assert stored.counters().balanced


def test_a_server_whose_clock_is_behind_asks_whether_it_is_right(log):
    def behind_ms():
        return now_ms() - 20 * 60_000

    fixes = a_minute_ago(24)
    with Broker() as broker, serving(broker.address, log.write, clock_ms=behind_ms) as (server, _):
        with publishing(broker.address) as publisher:
            for fix in fixes:
                publisher.ping(fix)
            publisher.settle()
        until(lambda: log.counters().rejected == 24)
        until(lambda: get(server, "/healthz")[0] == 503)
        assert json.loads(get(server, "/healthz")[1])["reasons"] == [
            "most vehicles are in the future: is this server's clock right?"
        ]
