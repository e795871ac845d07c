"""Mosquitto with the configuration and the journal that are shipped."""

import os
import signal
import threading
from datetime import UTC, datetime

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.ingest.raw_client import RawClient
from benchmarks.ingest.spoofing_target import HONEST, THIEF, running_target
from ingest.broker.credentials import Request, make_credentials
from ingest.decoding.wire import topic_of
from tests.fixtures.mqtt import publishing, until
from tests.fixtures.sessions import Truck, fill, keeping
from tests.servers import mosquitto
from tests.servers.mosquitto import Mosquitto

FOREVER = {"autosave_interval": "100000"}  # never saved by itself: all depends on the journal


@pytest.fixture(autouse=True)
def _installed():
    mosquitto.require()


@pytest.fixture
def broker(tmp_path):
    with Mosquitto(tmp_path / "broker", changes=FOREVER) as running:
        with Session(running.address):
            pass  # from now on there is someone to keep messages for
        save(running)
        yield running


class Session:
    """The subscriber of a session that outlives its connection."""

    def __init__(self, address):
        self.payloads, self._subscribed = [], threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, "keeper", clean_session=False)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _, __, message: self.payloads.append(message.payload)
        self._client.connect(address.host, address.port)
        self._client.subscribe("t/#", 1)

    def __enter__(self):
        self._client.loop_start()
        assert self._subscribed.wait(60)
        return self

    def __exit__(self, *_):
        self._client.disconnect()
        self._client.loop_stop()


def segments(broker):
    return sorted((broker.folder / "journal").glob("journal.*"))


def save(broker):
    """Have it save its file, and wait until the journal has noticed."""
    before = segments(broker)[-1]
    os.kill(broker.pid, signal.SIGUSR1)
    until(lambda: segments(broker)[-1] != before)


def publish(broker, payloads):
    with publishing(broker.address) as publisher:
        for payload in payloads:
            publisher.publish("t/晋BQ0384", payload)
        publisher.settle()


def delivered(broker, expected):
    with Session(broker.address) as keeper:
        until(lambda: set(keeper.payloads) >= set(expected))
        return keeper.payloads


def test_what_it_acknowledged_survives_that_it_is_killed_again_and_again(broker):
    expected = []
    for round_number in range(5):
        payloads = [b"%d/%d" % (round_number, number) for number in range(200)]
        publish(broker, payloads)
        expected += payloads
        broker.kill()
        broker.start()
    payloads = delivered(broker, expected)
    assert list(dict.fromkeys(payloads)) == expected, "the first copies are in order"


def test_what_was_delivered_and_saved_is_not_sent_again(broker):
    publish(broker, [b"early"])
    assert delivered(broker, [b"early"]) == [b"early"]
    save(broker)
    save(broker)
    publish(broker, [b"late"])
    broker.kill()
    broker.start()
    assert delivered(broker, [b"late"]) == [b"late"]


def test_the_journal_keeps_only_what_a_save_may_have_missed(broker):
    for _ in range(4):
        publish(broker, [b"x" * 1000] * 20)
        save(broker)
    until(lambda: len(segments(broker)) == 2)  # it looks for a save once a tick
    assert sum(each.stat().st_size for each in segments(broker)) < 25_000


def test_a_record_that_was_torn_by_a_power_cut_hides_none_before_it(broker):
    publish(broker, [b"sound"])
    broker.kill()
    whole = segments(broker)[-1].read_bytes()
    with segments(broker)[-1].open("ab") as last:
        last.write(whole[:-1] + b"?" + whole[:-3])
    broker.start()
    assert delivered(broker, [b"sound"]) == [b"sound"]


def test_a_reload_of_passwords_does_not_end_the_journal(broker):
    publish(broker, [b"before"])
    os.kill(broker.pid, signal.SIGHUP)
    publish(broker, [b"after"])
    broker.kill()
    broker.start()
    delivered(broker, [b"before", b"after"])


def test_it_does_not_start_without_its_journal(tmp_path):
    changes = {"plugin_opt_folder": "/proc/journal"}
    with pytest.raises(RuntimeError, match="pingcheng journal"):
        Mosquitto(tmp_path / "broker", changes=changes).__enter__()


def test_a_payload_beyond_all_measure_is_cut_off_and_the_next_is_taken(broker):
    with publishing(broker.address) as publisher:
        ended = threading.Event()
        publisher.client.on_disconnect = lambda *_: ended.set()
        publisher.client.publish("t/x", bytes(2 * 1024 * 1024), qos=1)
        assert ended.wait(60)
    publish(broker, [b"next"])
    assert delivered(broker, [b"next"]) == [b"next"]


def test_what_the_rules_refuse_does_not_get_into_the_journal(tmp_path):
    with running_target("mosquitto", tmp_path) as target:
        with target.connect(THIEF) as thief:
            thief.publish(topic_of(HONEST).encode(), b"stolen", 1)
        with target.connect(THIEF) as truck:
            assert truck.publish(topic_of(THIEF).encode(), b"own", 1)
        journal = b"".join(
            each.read_bytes() for each in (tmp_path / "mosquitto" / "journal").iterdir()
        )
    assert b"own" in journal
    assert b"stolen" not in journal


def test_after_a_rotation_only_the_new_password_opens_the_door(tmp_path):
    folder, now = tmp_path / "secrets", datetime.now(UTC)
    request = Request([HONEST], "127.0.0.1", ["fleet/{vehicle_id}/ping"])
    make_credentials(folder, request, now)
    old = _password(folder)
    rotation = Request([HONEST], "127.0.0.1", ["fleet/{vehicle_id}/ping"], rotated=[HONEST])
    make_credentials(folder, rotation, now)
    with Mosquitto(tmp_path / "broker", credentials=folder) as broker:
        _log_in(broker, folder, _password(folder))
        with pytest.raises(ConnectionRefusedError):
            _log_in(broker, folder, old)


def _password(folder):
    text = (folder / "passwords.csv").read_text(encoding="utf-8")
    return text.splitlines()[1].rpartition(",")[2]


def _log_in(broker, folder, password):
    import ssl

    context = ssl.create_default_context(cafile=folder / "ca.crt")
    address = ("127.0.0.1", broker.password_port)
    with RawClient(address, context, "x", (HONEST, password)) as client:
        assert client.publish(topic_of(HONEST).encode(), b"{}", 1)


def options_of(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.partition(" ")[::2] for line in lines if line and not line.startswith("#"))


def test_nothing_that_is_shipped_acknowledges_a_message_and_drops_it():
    options = options_of(mosquitto.SHIPPED)
    assert (options["max_queued_messages"], options["max_queued_bytes"]) == ("0", "0")
    assert "persistent_client_expiration" not in options
    assert "memory_limit" not in options
    assert int(options["plugin_opt_memory"]) > 0


def test_what_there_is_no_memory_for_is_not_acknowledged_and_is_taken_when_there_is_again(
    tmp_path,
):
    changes = {**FOREVER, "plugin_opt_memory": str(12 * 1024 * 1024)}
    with Mosquitto(tmp_path / "broker", changes=changes) as broker:
        with keeping(broker.address):
            pass
        acknowledged = fill(broker.address, 100_000)
        assert 100 < len(acknowledged) < 126
        assert "memory fills, is ingest away?" in broker.log
        assert "memory is full, messages are refused" in broker.log
        with keeping(broker.address) as payloads:
            until(lambda: len(payloads) == len(acknowledged))
            assert payloads == acknowledged

            def is_taken():
                with Truck(broker.address, "other") as again:
                    return again.is_told(b"next")

            until(is_taken)
            until(lambda: payloads[-1] == b"next")
        assert "messages are taken again" in broker.log


def test_what_is_acknowledged_though_memory_is_full_survives_that_it_is_killed(tmp_path):
    changes = {**FOREVER, "plugin_opt_memory": str(6 * 1024 * 1024)}
    with Mosquitto(tmp_path / "broker", changes=changes) as broker:
        with keeping(broker.address):
            pass
        save(broker)
        acknowledged = fill(broker.address, 100_000)
        broker.kill()
        broker.start()
        with keeping(broker.address) as payloads:
            until(lambda: set(payloads) >= set(acknowledged))


@pytest.mark.parametrize("size", ["1GiB", "", "7", "-1"])
def test_a_size_of_memory_that_cannot_be_read_is_told_at_the_start(tmp_path, size):
    with pytest.raises(RuntimeError, match=r"plugin_opt_memory|[Ee]mpty"):
        Mosquitto(tmp_path / "broker", changes={"plugin_opt_memory": size}).__enter__()
