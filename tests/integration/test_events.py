"""Events beside fixes on their whole way: a real broker, a real ingest, both databases."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from ingest.broker.broker import Broker
from ingest.decoding.decoder import Decoder
from ingest.decoding.routes import EVENT_PATTERN, NATIVE_PATTERN, routes_of
from ingest.event import EventKind
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from ingest.mqtt.connection import Connection
from ingest.mqtt.intake import Intake
from ingest.mqtt.subscriber import Subscriber
from tests.fixtures.mqtt import VEHICLES, a_minute_ago, publishing, until
from tests.fixtures.one_grid_plan import write_one_grid_plan

TOPICS = [(NATIVE_PATTERN, "native"), (EVENT_PATTERN, "event")]
CARD = "6101 0000 1234 5678"
SETTINGS = "".join(f'[[topics]]\npattern = "{each}"\ndialect = "{name}"\n' for each, name in TOPICS)


@pytest.fixture
def broker(tmp_path):
    with Broker(store=tmp_path / "store", ack_wait_s=1) as running:
        yield running


def now_ms():
    return time.time_ns() // 1_000_000


def lifts(count):
    """Make topic and content of `count` different lifts, the last a minute ago."""
    newest_ms = now_ms() - 60_000
    return [
        (
            f"fleet/{VEHICLES[number % len(VEHICLES)]}/event",
            {"event_time": newest_ms - number, "kind": "bin_lift", "reference": f"桶-{number}"},
        )
        for number in range(count)
    ]


@contextmanager
def ingest_process(folder, address, url, *options):
    """Run ``pingcheng ingest`` with a topic of events, and wait until it has subscribed."""
    write_one_grid_plan(folder, VEHICLES)
    (folder / "pingcheng.toml").write_text(SETTINGS, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "pingcheng", "ingest", "--plan", "plan.toml", "--database", url,
         "--broker", str(address), *options],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
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


def all_events(log):
    return log.read_events(start_ms=0, end_ms=now_ms())


def test_an_event_is_acknowledged_after_the_commit_that_holds_it_and_never_before(
    broker, tmp_path, monkeypatch
):
    acknowledged, send = [], Connection.send_acknowledgement
    committed, known, failures = [0], [], iter([True, True])

    def remember(connection, packet_id):
        acknowledged.append(packet_id)
        known.append((len(acknowledged), sum(committed)))
        send(connection, packet_id)

    monkeypatch.setattr(Connection, "send_acknowledgement", remember)
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:

        def write(batch):
            if next(failures, False):
                assert acknowledged == []
                raise LogError("the database is locked")
            log.write(batch)
            committed.append(len(batch.events))  # what the broker sent again included

        decoder = Decoder(routes_of(TOPICS))
        intake = Intake(batch_count=20)
        with (
            Subscriber(
                broker.address, write, decoder=decoder, clock_ms=now_ms, intake=intake
            ) as at,
            publishing(broker.address) as publisher,
        ):
            at.wait_until_subscribed(60)
            for topic, content in lifts(200):
                publisher.publish(topic, json.dumps(content))
            publisher.settle()
            until(lambda: len(acknowledged) >= 200)
        at.check()
        assert len(all_events(log)) == 200
    assert all(count <= so_far for count, so_far in known)


def test_killing_ingest_loses_no_event_and_no_ping_that_the_broker_acknowledged(
    broker, tmp_path, database_url
):
    events, fixes = lifts(3000), a_minute_ago(1000)

    def stream(part):
        with publishing(broker.address) as publisher:
            for number, (topic, content) in enumerate(part):
                publisher.publish(topic, json.dumps(content))
                if number % 3 == 0:
                    publisher.ping(fixes[number // 3])
            publisher.settle()

    with open_log(database_url) as log:
        with ingest_process(tmp_path, broker.address, database_url) as process:
            sender = threading.Thread(target=stream, args=(events,))
            sender.start()
            until(lambda: log.counters().events > 200)
            process.kill()
            process.wait()
            killed_at = log.counters().events
            sender.join()
        assert killed_at < 3000, "it was killed too late to show anything"
        with publishing(broker.address) as publisher:  # a device that repeats what it has sent
            for topic, content in events[:50]:
                publisher.publish(topic, json.dumps(content))
            publisher.settle()
        with ingest_process(tmp_path, broker.address, database_url, "--idle-exit", "4") as process:
            output, _ = process.communicate(timeout=120)
        counters = log.counters()
        assert process.returncode == 0
        assert (counters.events, counters.stored) == (3000, 4000)
        assert (counters.conflicting, counters.rejected) == (0, 0)
        assert counters.duplicate >= 50
        assert counters.balanced
        assert {event.reference for event in all_events(log)} == {
            content["reference"] for _, content in events
        }
    assert output.startswith(f"received {counters.received} = stored 4000 + ")


def test_no_card_number_is_in_the_database_or_in_what_ingest_says(broker, tmp_path):
    now = now_ms() - 1000
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    card = {"event_time": now, "reference": CARD, "name": CARD}
    sent = [
        (f"fleet/{VEHICLES[0]}/event", json.dumps({**card, "kind": "driver_card"}), None),
        (f"fleet/{VEHICLES[0]}/event", json.dumps({**card, "kind": "drivercard"}), "unknown_kind"),
        (f"fleet/{VEHICLES[0]}/event", f'{{"reference": "{CARD}', "not_json"),
        ("fleet/晋B99999/event", json.dumps({**card, "kind": "driver_card"}), "unknown_vehicle"),
        (f"fleet/{VEHICLES[0]}/ping", json.dumps({**card, "kind": "driver_card"}), "missing_field"),
    ]
    with ingest_process(tmp_path, broker.address, url) as process:
        with publishing(broker.address) as publisher:
            for topic, payload, _ in sent:
                publisher.publish(topic, payload)
            publisher.settle()
        with open_log(url, create=False) as log:
            until(lambda: log.counters().received == len(sent))
            [event] = all_events(log)
            # the broker promises no order between topics
            assert sorted(row["code"] for row in log.quarantine.rejected()) == sorted(
                code for *_, code in sent if code
            )
        process.send_signal(signal.SIGTERM)
        said = "".join(process.communicate(timeout=60))
    assert (event.kind, event.reference) == (EventKind.DRIVER_CARD, None)
    assert CARD not in said
    for path in tmp_path.glob("pings.db*"):
        assert CARD.encode() not in path.read_bytes()


def test_a_refused_event_is_released_once_the_plan_knows_its_vehicle(broker, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    [(_, content)] = lifts(1)
    with ingest_process(tmp_path, broker.address, url):
        with publishing(broker.address) as publisher:
            publisher.publish("fleet/晋BQ0099/event", json.dumps(content))
            publisher.settle()
        with open_log(url, create=False) as log:
            until(lambda: log.counters().rejected == 1)
    write_one_grid_plan(tmp_path, [*VEHICLES, "晋BQ0099"])
    done = subprocess.run(
        [sys.executable, "-m", "pingcheng", "quarantine", "release", "--all", "--plan",
         "plan.toml", "--database", url],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    counted = "received 1 = stored 1 + duplicate 0 + conflicting 0 + rejected 0"
    assert done.stdout.splitlines() == [
        "1 of 1 released: 0 pings, 1 events",
        f"{counted}; of the stored 1 are events",
    ]
