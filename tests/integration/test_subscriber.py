"""The subscriber with a real broker and a real database: what is acknowledged is committed."""

import random
import threading
import time
from contextlib import ExitStack, contextmanager

import pandas as pd
import pytest

from ingest.broker.broker import Broker
from ingest.decoding.decoder import Decoder
from ingest.decoding.wire import encode
from ingest.fault import BrokerError, LogError
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Connection, Login
from ingest.mqtt.intake import Intake
from ingest.mqtt.subscriber import Subscriber
from tests.fixtures.mqtt import VEHICLES, a_minute_ago, publishing, until

COLUMNS_OF_A_FIX = slice(None, -1)


@pytest.fixture
def broker(tmp_path):
    with Broker(store=tmp_path / "store", ack_wait_s=1) as running:
        yield running


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


@pytest.fixture
def acknowledged(monkeypatch):
    """Every packet id that is acknowledged, in order."""
    packets, send = [], Connection.send_acknowledgement

    def remember(connection, packet_id):
        packets.append(packet_id)
        send(connection, packet_id)

    monkeypatch.setattr(Connection, "send_acknowledgement", remember)
    return packets


def now_ms():
    return time.time_ns() // 1_000_000


def subscriber_of(address, write, **options):
    return Subscriber(address, write, decoder=Decoder(), clock_ms=now_ms, **options)


@contextmanager
def subscribed(address, write, **options):
    with subscriber_of(address, write, **options) as subscriber:
        subscriber.wait_until_subscribed(60)
        yield subscriber
    subscriber.check()


def test_order_and_repetition_and_bursts_change_nothing(tmp_path, broker):
    fixes = a_minute_ago(600)
    better = [
        type(fix)(**{**{name: getattr(fix, name) for name in fix.__struct_fields__},
                     "accuracy_m": 4.0})
        for fix in fixes[::7]
    ]  # fmt: skip
    contents = []
    for name, seed in (("tidy", None), ("messy", 1)):
        sent = [[fix] for fix in fixes + better]
        if seed is not None:
            shuffled = random.Random(seed).sample(fixes + better, len(fixes + better))
            of = {v: [f for f in shuffled if f.vehicle_id == v] for v in VEHICLES}
            sent = [of[v][i : i + 6] for v in VEHICLES for i in range(0, len(of[v]), 6)]
            sent += sent[::3]
        with open_log(f"sqlite:///{tmp_path / name}.db") as log:
            with (
                subscribed(
                    broker.address,
                    log.write,
                    login=Login(name),
                    intake=Intake(batch_count=7 if seed else 2000),
                ),
                publishing(broker.address) as publisher,
            ):
                for burst in sent:
                    publisher.ping(*burst)
                publisher.settle()
                expected = sum(map(len, sent))
                until(lambda log=log, expected=expected: log.counters().received >= expected)
            assert log.counters().balanced
            found = log.read_pings(), log.conflicting()
            contents.append([frame.iloc[:, COLUMNS_OF_A_FIX] for frame in found])
    pd.testing.assert_frame_equal(contents[0][0], contents[1][0])
    pd.testing.assert_frame_equal(contents[0][1], contents[1][1])
    assert len(contents[0][0]) == 600
    assert len(contents[0][1]) == len(better)


def test_nothing_is_acknowledged_before_the_commit_that_holds_it_and_all_in_order(
    broker, acknowledged
):
    committed, delivered, known = set(), [], []

    def write(batch):
        time.sleep(0.05)
        committed.update(row[1] for row in batch.rows)

    with subscribed(broker.address, write, intake=Intake(batch_count=20)) as subscriber:
        put, send = subscriber.intake.put, subscriber.network.acknowledge

        def remember(delivery):
            delivered.append(delivery.acknowledgement.packet_id)
            return put(delivery)

        def watch(acknowledgements):
            known.append((len(committed), sum(1 for _ in acknowledgements)))
            send(acknowledgements)

        subscriber.intake.put, subscriber.network.acknowledge = remember, watch
        with publishing(broker.address) as publisher:
            for fix in a_minute_ago(200):
                publisher.ping(fix)
            publisher.settle()
            until(lambda: len(acknowledged) == 200)
    assert acknowledged == delivered
    so_far = 0
    for committed_count, count in known:
        so_far += count
        assert so_far <= committed_count


def test_what_could_not_be_committed_is_not_acknowledged_and_comes_again(broker, log, acknowledged):
    attempts = []

    def fail(batch):
        attempts.append(batch.received)
        raise LogError("the disk is full")

    with (
        subscriber_of(broker.address, fail) as subscriber,
        publishing(broker.address) as publisher,
    ):
        subscriber.wait_until_subscribed(60)
        for fix in a_minute_ago(300):
            publisher.ping(fix)
        publisher.settle()
        until(lambda: len(attempts) >= 3)
        assert subscriber.committer.failing_since_s is not None
    assert acknowledged == []
    with pytest.raises(LogError, match="disk is full"):
        subscriber.check()
    with subscribed(broker.address, log.write):
        until(lambda: log.counters().stored == 300)


def test_a_commit_that_fails_for_a_while_is_tried_again(broker, log):
    failures = iter([True, True])

    def write(batch):
        if next(failures, False):
            raise LogError("the database is locked")
        log.write(batch)

    with subscribed(broker.address, write) as subscriber, publishing(broker.address) as publisher:
        for fix in a_minute_ago(20):
            publisher.ping(fix)
        until(lambda: log.counters().stored == 20)
        assert subscriber.committer.failing_since_s is None


def test_a_ping_that_can_never_be_stored_is_quarantined_and_acknowledged(broker, log, acknowledged):
    fixes = a_minute_ago(40)
    poison = fixes[17].event_time_ms

    def write(batch):
        if any(row[1] == poison for row in batch.rows):
            raise ZeroDivisionError
        log.write(batch)

    with subscribed(broker.address, write), publishing(broker.address) as publisher:
        for fix in fixes:
            publisher.ping(fix)
        until(lambda: log.counters().received == 40 and len(acknowledged) == 40)
    assert log.counters().rejected_by_code == {"not_storable": 1}
    (kept,) = log.quarantine.rejected()
    assert kept["payload"] == encode([fixes[17]])
    assert kept["topic"] == f"fleet/{fixes[17].vehicle_id}/ping"


def test_stopping_commits_and_acknowledges_what_was_taken(broker, log, acknowledged):
    written = []

    def write(batch):
        log.write(batch)
        written.extend(batch.rows)

    with subscribed(broker.address, write, intake=Intake(batch_wait_s=3600)) as subscriber:
        with publishing(broker.address) as publisher:
            for fix in a_minute_ago(100):
                publisher.ping(fix)
            publisher.settle()
        until(lambda: subscriber.intake.depth == 100)
        assert (written, acknowledged) == ([], [])
    assert log.counters().stored == 100
    assert len(acknowledged) == 100


def test_what_a_patient_broker_sends_again_while_a_commit_lasts_is_taken_once(broker, log):
    began = threading.Event()

    def write(batch):
        began.set()
        time.sleep(3)  # the broker's patience is one second
        log.write(batch)

    with subscribed(broker.address, write), publishing(broker.address) as publisher:
        for fix in a_minute_ago(30):
            publisher.ping(fix)
        assert began.wait(60)
        until(lambda: log.counters().received >= 30)
    assert log.counters().received == 30


def test_while_there_is_no_room_the_broker_is_left_waiting_and_sends_nothing_twice(broker, log):
    def write(batch):
        time.sleep(0.02)
        log.write(batch)

    intake = Intake(most_messages=10, batch_count=10)
    with (
        subscribed(broker.address, write, intake=intake) as subscriber,
        publishing(broker.address) as publisher,
    ):
        for fix in a_minute_ago(200):
            publisher.ping(fix)
        until(lambda: log.counters().stored == 200)
        assert subscriber.network.connections == 1
    assert log.counters().received == 200


def test_what_finds_no_room_for_long_is_turned_away_and_comes_again(broker, log):
    slow = threading.Event()

    def write(batch):
        if not slow.is_set():
            slow.set()
            time.sleep(4)
        log.write(batch)

    intake = Intake(most_messages=10, batch_count=10)
    with (
        subscribed(broker.address, write, intake=intake) as subscriber,
        publishing(broker.address) as publisher,
    ):
        for fix in a_minute_ago(200):
            publisher.ping(fix)
        until(lambda: log.counters().stored == 200)
        assert subscriber.network.connections > 1


def test_a_message_without_delivery_guarantee_is_taken_and_not_acknowledged(
    broker, log, acknowledged
):
    (fix,) = a_minute_ago(1)
    with subscribed(broker.address, log.write), publishing(broker.address) as publisher:
        publisher.client.publish(f"fleet/{fix.vehicle_id}/ping", encode([fix]), qos=0)
        until(lambda: log.counters().stored == 1)
        publisher.ping(*a_minute_ago(2)[1:])
        until(lambda: len(acknowledged) == 1)
    assert log.counters().received == 2


def test_it_comes_back_when_the_broker_does(tmp_path, log):
    fixes, store = a_minute_ago(40), tmp_path / "store"
    with ExitStack() as stack:
        first = stack.enter_context(Broker(store=store))
        subscriber = stack.enter_context(subscribed(first.address, log.write))
        with publishing(first.address) as publisher:
            for fix in fixes[:20]:
                publisher.ping(fix)
            publisher.settle()
        until(lambda: log.counters().stored == 20)
        first.kill()
        second = stack.enter_context(Broker(store=store, port=first.address.port))
        with publishing(second.address) as publisher:
            for fix in fixes[20:]:
                publisher.ping(fix)
            publisher.settle()
        until(lambda: log.counters().stored == 40)
        assert subscriber.network.connections == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_network_thread_that_ends_is_replaced(broker, log, monkeypatch):
    with (
        subscribed(broker.address, log.write) as subscriber,
        publishing(broker.address) as publisher,
    ):
        first = subscriber.network._thread

        def end(*_):
            raise SystemExit

        with monkeypatch.context() as broken:
            broken.setattr(Connection, "step", end)
            until(lambda: not first.is_alive())
        publisher.ping(*a_minute_ago(1))
        until(lambda: log.counters().stored == 1)
        assert subscriber.network._thread is not first


def test_a_network_thread_that_does_not_move_is_replaced(broker, log, monkeypatch):
    monkeypatch.setattr("ingest.mqtt.network_thread.STALLED_S", 1.0)
    released = threading.Event()
    with (
        subscribed(broker.address, log.write) as subscriber,
        publishing(broker.address) as publisher,
    ):
        first, step = subscriber.network._thread, Connection.step

        def hang(connection, *arguments):
            if threading.current_thread() is first:
                released.wait(60)
            return step(connection, *arguments)

        monkeypatch.setattr(Connection, "step", hang)
        until(lambda: subscriber.network._thread is not first)
        publisher.ping(*a_minute_ago(1))
        until(lambda: log.counters().stored == 1)
        released.set()
        until(lambda: not first.is_alive())


def test_a_broker_that_is_not_there_is_told_in_time():
    with Broker() as broker:
        address = broker.address
    subscriber = subscriber_of(address, lambda _: None)
    with subscriber, pytest.raises(BrokerError, match=str(address.port)):
        subscriber.wait_until_subscribed(0.5)


def test_the_payload_of_a_burst_is_one_message_and_counts_each_ping(broker, log):
    fixes = [fix for fix in a_minute_ago(60) if fix.vehicle_id == VEHICLES[0]]
    with subscribed(broker.address, log.write), publishing(broker.address) as publisher:
        publisher.publish(f"fleet/{VEHICLES[0]}/ping", encode(fixes))
        until(lambda: log.counters().received == len(fixes))
    assert log.counters().stored == len(fixes) == 5


def test_an_error_nobody_foresaw_ends_ingest_without_an_acknowledgement(broker, log, acknowledged):
    class Broken(Decoder):
        def decode(self, *_):
            raise ZeroDivisionError

    with (
        Subscriber(broker.address, log.write, decoder=Broken(), clock_ms=now_ms) as subscriber,
        publishing(broker.address) as publisher,
    ):
        subscriber.wait_until_subscribed(60)
        publisher.ping(*a_minute_ago(1))
        until(lambda: subscriber._failure)
    with pytest.raises(ZeroDivisionError):
        subscriber.check()
    assert acknowledged == []
    with subscribed(broker.address, log.write):
        until(lambda: log.counters().stored == 1)
