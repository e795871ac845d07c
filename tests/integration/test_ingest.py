"""The whole way of a ping from the wire into the log, with a real broker and a real database."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import pandas as pd
import pytest

from ingest.batch import batch_of
from ingest.broker import Broker
from ingest.decoding import Decoder
from ingest.fault import BrokerError, LogError
from ingest.intake import Intake
from ingest.pinglog import open_log
from ingest.rejection import RejectionCode
from ingest.subscriber import Subscriber
from ingest.wire import encode
from tests.integration.mqtt import VEHICLES, a_minute_ago, publishing, until

PLAN = f"""
name = "p"
timezone = "Asia/Shanghai"
effective_from = 2022-03-25
streets = "streets.geojson"
[[operators]]
id = "o"
name = "o"
[[grids]]
id = "JY01"
operator = "o"
vehicles = {json.dumps(VEHICLES, ensure_ascii=False)}
windows = ["07:00-10:00"]
"""
GOOD = '"longitude":113.3,"latitude":40.08'
COLUMNS_OF_A_FIX = slice(None, -1)


@pytest.fixture
def broker(tmp_path):
    with Broker(store=tmp_path / "store", ack_wait_s=1) as running:
        yield running


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as opened:
        yield opened


def now_ms():
    return time.time_ns() // 1_000_000


@contextmanager
def subscribed(address, commit, **options):
    with Subscriber(address, commit, clock_ms=now_ms, **options) as subscriber:
        subscriber.wait_until_subscribed(60)
        yield subscriber
    subscriber.check()


@contextmanager
def ingest_process(tmp_path, address, *options):
    """Run ``pingcheng ingest`` and wait until it has subscribed."""
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "pingcheng", "ingest", "--plan", "plan.toml", "--database",
         "sqlite:///pings.db", "--broker", str(address), *options],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        heard = []
        while "event=subscribed" not in (line := process.stderr.readline()):
            heard.append(line)
            assert line, heard
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def garbage():
    """Give topic, payload and the code each must be refused under."""
    topic, now = f"fleet/{VEHICLES[0]}/ping", now_ms()
    nested = "[" * 5000 + "]" * 5000
    timed = f'"event_time":{now}'
    return [
        (topic, "not JSON", "not_json"),
        (topic, b"\xff\xfe\x00", "not_utf8"),
        (topic, "", "not_json"),
        (topic, "3", "not_an_object"),
        (topic, "[]", "empty_burst"),
        (topic, json.dumps([0] * 1001), "burst_too_long"),
        (topic, nested, "too_deep"),
        (topic, '"' + "x" * 1_000_000 + '"', "too_large"),
        (topic, f'{{{timed},"longitude":NaN,"latitude":40}}', "not_finite"),
        (topic, f'{{{timed},"longitude":Infinity,"latitude":40}}', "not_finite"),
        (topic, f'{{{timed},"longitude":113,"latitude":-Infinity}}', "not_finite"),
        (topic, f'{{{timed},"longitude":1e999,"latitude":40}}', "not_finite"),
        (topic, f'{{{timed},"longitude":213,"latitude":40}}', "coordinate_out_of_range"),
        (topic, f'{{{timed},"longitude":40,"latitude":113}}', "coordinate_out_of_range"),
        (topic, f'{{{timed},"longitude":0,"latitude":0}}', "null_island"),
        (topic, f'{{"event_time":"2022-03-25T07:00:00",{GOOD}}}', "time_without_offset"),
        (topic, f'{{"event_time":"at noon",{GOOD}}}', "time_unreadable"),
        (topic, f'{{"event_time":{now + 10**7},{GOOD}}}', "time_in_future"),
        (topic, f'{{"event_time":{now // 1000},{GOOD}}}', "time_before_2000"),
        (topic, f'{{{timed},"longitude":"113","latitude":40}}', "wrong_type"),
        (topic, f'{{{timed},"latitude":40}}', "missing_field"),
        (topic, f'{{{timed},{GOOD},"speed_mps":-1}}', "value_out_of_range"),
        (topic, f'{{{timed},{GOOD},"vehicle_id":"{VEHICLES[1]}"}}', "vehicle_mismatch"),
        ("fleet/晋B99999/ping", f"{{{timed},{GOOD}}}", "unknown_vehicle"),
        ("fleet//ping", f"{{{timed},{GOOD}}}", "bad_topic"),
    ]


def test_garbage_of_every_kind_is_quarantined_with_its_code_and_ingest_keeps_going(
    tmp_path, broker
):
    fixes, refused = a_minute_ago(50), garbage()
    assert {code for _, _, code in refused} == set(RejectionCode)
    with ingest_process(tmp_path, broker.address) as process:
        with publishing(broker.address) as publisher:
            for number, (topic, payload, _) in enumerate(refused):
                publisher.publish(topic, payload)
                publisher.ping(fixes[number])
            publisher.settle()
        with open_log(f"sqlite:///{tmp_path / 'pings.db'}", create=False) as log:
            until(lambda: log.counters().received == 2 * len(refused))
            counters, kept = log.counters(), log.rejected()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    expected = pd.Series([code for _, _, code in refused]).value_counts().to_dict()
    assert counters.rejected_by_code == expected
    assert counters.stored == len(refused)
    assert counters.balanced
    assert [row["code"] for row in kept] == [code for _, _, code in refused]
    assert kept[0]["payload"] == b"not JSON"
    assert output.startswith(f"received {2 * len(refused)} = stored {len(refused)} + ")


def test_killing_ingest_in_mid_stream_loses_nothing(tmp_path, broker, log):
    fixes = a_minute_ago(6000)

    def stream(part):
        with publishing(broker.address) as publisher:
            for fix in part:
                publisher.ping(fix)
            publisher.settle()

    with ingest_process(tmp_path, broker.address) as process:
        sender = threading.Thread(target=stream, args=(fixes[:5000],))
        sender.start()
        until(lambda: log.counters().stored > 500)
        process.kill()
        process.wait()
        killed_at = log.counters().stored
        sender.join()
    stream(fixes[5000:])  # nobody listens
    assert killed_at < 5000, "it was killed too late to show anything"
    with ingest_process(tmp_path, broker.address, "--idle-exit", "4") as process:
        output, _ = process.communicate(timeout=120)
    counters = log.counters()
    assert process.returncode == 0
    assert (counters.stored, counters.conflicting, counters.rejected) == (6000, 0, 0)
    assert counters.balanced
    assert output.startswith(f"received {counters.received} = stored 6000 + ")


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
                    lambda messages, log=log: log.write(batch_of(messages, Decoder().decode)),
                    client_id=name,
                    batch_count=7 if seed else 2000,
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


def test_nothing_is_acknowledged_before_the_commit_that_holds_it(broker):
    committed, acknowledged = set(), []

    def commit(messages):
        time.sleep(0.05)
        committed.update(message.payload for message in messages)

    with subscribed(broker.address, commit, batch_count=20) as subscriber:
        packets, ack = {}, subscriber._client.ack
        put = subscriber._intake.put

        def remember(delivery):
            packets[delivery.packet_id] = delivery.message.payload
            return put(delivery)

        def watch(packet_id, qos):
            acknowledged.append(packets[packet_id] in committed)
            return ack(packet_id, qos)

        subscriber._intake.put, subscriber._client.ack = remember, watch
        with publishing(broker.address) as publisher:
            for fix in a_minute_ago(200):
                publisher.ping(fix)
            publisher.settle()
            until(lambda: len(acknowledged) == 200)
    assert all(acknowledged)


def test_what_could_not_be_committed_is_not_acknowledged_and_comes_again(broker, log):
    fixes, attempts = a_minute_ago(300), []

    def fail(messages):
        attempts.append(len(messages))
        raise LogError("the disk is full")

    acknowledged = []
    with (
        Subscriber(broker.address, fail, clock_ms=now_ms) as subscriber,
        publishing(broker.address) as publisher,
    ):
        subscriber.wait_until_subscribed(60)
        subscriber._client.ack = lambda *packet: acknowledged.append(packet)
        for fix in fixes:
            publisher.ping(fix)
        publisher.settle()
        until(lambda: len(attempts) >= 3)
    assert acknowledged == []
    with pytest.raises(LogError, match="disk is full"):
        subscriber.check()
    with subscribed(
        broker.address, lambda messages: log.write(batch_of(messages, Decoder().decode))
    ):
        until(lambda: log.counters().stored == 300)


def test_a_commit_that_fails_for_a_while_is_tried_again(broker, log):
    failures = iter([True, True])

    def commit(messages):
        if next(failures, False):
            raise LogError("the database is locked")
        log.write(batch_of(messages, Decoder().decode))

    with subscribed(broker.address, commit), publishing(broker.address) as publisher:
        for fix in a_minute_ago(20):
            publisher.ping(fix)
        until(lambda: log.counters().stored == 20)


def test_an_error_nobody_foresaw_ends_ingest_without_an_acknowledgement(broker, log):
    def commit(_):
        raise ZeroDivisionError

    with (
        Subscriber(broker.address, commit, clock_ms=now_ms) as subscriber,
        publishing(broker.address) as publisher,
    ):
        subscriber.wait_until_subscribed(60)
        publisher.ping(a_minute_ago(1)[0])
        until(lambda: subscriber._failure)
    with pytest.raises(ZeroDivisionError):
        subscriber.check()
    with subscribed(
        broker.address, lambda messages: log.write(batch_of(messages, Decoder().decode))
    ):
        until(lambda: log.counters().stored == 1)


def test_stopping_commits_and_acknowledges_what_was_taken(broker, log):
    written = []

    def commit(messages):
        log.write(batch_of(messages, Decoder().decode))
        written.extend(messages)

    with subscribed(broker.address, commit, batch_wait_s=3600) as subscriber:
        with publishing(broker.address) as publisher:
            for fix in a_minute_ago(100):
                publisher.ping(fix)
            publisher.settle()
        until(lambda: len(subscriber._intake._waiting) == 100)
        assert written == []
    assert log.counters().stored == 100
    again = []
    with subscribed(broker.address, again.extend), publishing(broker.address) as publisher:
        publisher.ping(*a_minute_ago(1))
        until(lambda: again)
        time.sleep(2)  # twice the broker's patience with what is not acknowledged
    assert len(again) == 1


def test_what_finds_no_room_is_turned_away_and_comes_again(broker, log):
    def commit(messages):
        time.sleep(0.02)
        log.write(batch_of(messages, Decoder().decode))

    with (
        subscribed(broker.address, commit, intake=Intake(most_messages=10), batch_count=10),
        publishing(broker.address) as publisher,
    ):
        for fix in a_minute_ago(200):
            publisher.ping(fix)
        until(lambda: log.counters().stored == 200)


def test_it_comes_back_when_the_broker_does(tmp_path, log):
    def commit(messages):
        log.write(batch_of(messages, Decoder().decode))

    fixes, store = a_minute_ago(40), tmp_path / "store"
    with ExitStack() as stack:
        first = stack.enter_context(Broker(store=store))
        subscriber = stack.enter_context(subscribed(first.address, commit))
        with publishing(first.address) as publisher:
            for fix in fixes[:20]:
                publisher.ping(fix)
            publisher.settle()
        until(lambda: log.counters().stored == 20)
        first._process.kill()
        second = stack.enter_context(Broker(store=store, port=first.address.port))
        with publishing(second.address) as publisher:
            for fix in fixes[20:]:
                publisher.ping(fix)
            publisher.settle()
        until(lambda: log.counters().stored == 40)
        assert subscriber._connection >= 1


def test_a_network_thread_that_ends_is_replaced(broker, log):
    with (
        subscribed(
            broker.address, lambda messages: log.write(batch_of(messages, Decoder().decode))
        ) as subscriber,
        publishing(broker.address) as publisher,
    ):
        first = subscriber._network
        subscriber._client._thread_terminate = True
        until(lambda: not first.is_alive())
        publisher.ping(*a_minute_ago(1))
        until(lambda: log.counters().stored == 1)
        assert subscriber._network is not first


def test_a_broker_that_is_not_there_is_told_in_time():
    with Broker() as broker:
        address = broker.address
    subscriber = Subscriber(address, lambda _: None, clock_ms=now_ms)
    with subscriber, pytest.raises(BrokerError, match=str(address.port)):
        subscriber.wait_until_subscribed(0.5)


def test_the_payload_of_a_burst_is_one_message_and_counts_each_ping(broker, log):
    fixes = [fix for fix in a_minute_ago(60) if fix.vehicle_id == VEHICLES[0]]
    with (
        subscribed(
            broker.address, lambda messages: log.write(batch_of(messages, Decoder().decode))
        ),
        publishing(broker.address) as publisher,
    ):
        publisher.publish(f"fleet/{VEHICLES[0]}/ping", encode(fixes))
        until(lambda: log.counters().received == len(fixes))
    assert log.counters().stored == len(fixes) == 5
