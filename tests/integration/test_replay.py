"""Replay over a real broker: everything that is sent arrives."""

import re
import threading

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from typer.testing import CliRunner

from ingest.broker.broker import Broker
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.upkeep.settings import UpkeepSettings
from ingest.decoding.decoder import Decoder
from ingest.decoding.message import Message
from ingest.decoding.wire import TOPIC_FILTER, encode
from ingest.files.ping_file import write_ping_file
from pingcheng import app
from simulators.fleet.fleet import simulate_day
from simulators.receivers.scenario import Scenario
from simulators.replay.replay import messages, publish
from tests.fixtures.mqtt import until
from tests.fixtures.sessions import keeping
from tests.fixtures.small_town import DAY, town

WAIT_S = 60.0
RECEIVED_MS = 4_000_000_000_000
"""An instant after every fix."""


class Listener:
    """Takes what arrives, as (vehicle, event time, longitude, latitude)."""

    def __init__(self, address):
        self.keys = []
        self.bursts = []
        self._changed = threading.Condition()
        self._subscribed = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_subscribe = self._ready
        self._client.on_message = self._take
        self._client.connect(address.host, address.port)
        self._client.subscribe(TOPIC_FILTER, qos=1)
        self._client.loop_start()
        self._wait(lambda: self._subscribed)

    def _ready(self, *_):
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()

    def _take(self, _client, _data, message):
        pings, rejections = Decoder().decode(Message(message.topic, message.payload, RECEIVED_MS))
        with self._changed:
            assert rejections == []
            self.bursts.append(len(pings))
            self.keys += [(p.vehicle_id, p.event_time_ms, p.longitude, p.latitude) for p in pings]
            self._changed.notify_all()

    def _wait(self, condition):
        with self._changed:
            assert self._changed.wait_for(condition, WAIT_S)

    def wait_for(self, count):
        self._wait(lambda: len(self.keys) >= count)

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(scope="module")
def broker():
    with Broker(sync_always=False) as running:
        yield running


@pytest.fixture
def listener(broker):
    listening = Listener(broker.address)
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def pings():
    return simulate_day(town("08:00-09:00"), DAY, Scenario.MIXED, 1).pings


def keys_of(pings):
    instants = pings["event_time"].astype("int64").tolist()
    columns = (pings["vehicle_id"], instants, pings["longitude"], pings["latitude"])
    return sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("burst", [1, 6])
def test_every_ping_is_delivered_and_acknowledged(broker, listener, pings, burst):
    acknowledged = []
    count = publish(messages(pings, burst), broker.address, on_acknowledged=acknowledged.append)
    assert count == sum(acknowledged) == len(pings)
    listener.wait_for(len(pings))
    assert sorted(listener.keys) == keys_of(pings)
    assert max(listener.bursts) == burst


def test_a_recorded_file_is_replayed_in_its_own_order(broker, listener, pings, tmp_path):
    write_ping_file(pings, tmp_path / "pings.csv")
    words = ["replay", tmp_path / "pings.csv", "--broker", broker.address, "--speed", "max"]
    result = CliRunner().invoke(app, list(map(str, words)))
    assert result.exit_code == 0, result.output
    assert result.output == f"published {len(pings)} pings\n"
    listener.wait_for(len(pings))
    for vehicle in pings["vehicle_id"].unique():
        own = pings[pings["vehicle_id"] == vehicle]["event_time"].astype("int64").tolist()
        assert [key[1] for key in listener.keys if key[0] == vehicle] == own


def test_a_paced_replay_delivers_everything_too(broker, listener, pings):
    few = pings.head(30)
    span_s = (few["received_time"].iloc[-1] - few["received_time"].iloc[0]).total_seconds()
    publish(messages(few), broker.address, span_s / 0.5)
    listener.wait_for(len(few))
    assert sorted(listener.keys) == keys_of(few)


def test_a_simulated_day_is_published_as_it_is_driven(broker, listener, tmp_path):
    folder = tmp_path / "town"
    runner = CliRunner()
    runner.invoke(app, ["city", "--grids", "2", "--out", str(folder)])
    words = ["simulate", "--plan", folder / "plan.toml", "--date", "2022-04-01"]
    words += ["--broker", broker.address, "--speed", "max", "--burst", 4, "--interval", 60]
    words += ["--grids", "JY01", "--truth", tmp_path / "truth.csv"]
    result = runner.invoke(app, list(map(str, words)))
    assert result.exit_code == 0, result.output
    count = int(result.output.split("published ")[1].split()[0])
    listener.wait_for(count)
    assert len(set(listener.keys)) == count > 600
    assert (tmp_path / "truth.csv").is_file()


def test_each_run_has_the_client_id_of_the_one_before_so_that_none_leaves_a_session(broker, pings):
    monitor = Monitor(broker.monitor_url)

    def seen_from_within():
        yield from messages(pings.head(1))
        seen.append({one for one in monitor.connected_ids() if "replay" in one})

    seen = []
    for _ in range(2):
        publish(seen_from_within(), broker.address)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_a_full_broker_is_told_of_and_once_it_has_room_all_is_sent(pings, monkeypatch):
    monkeypatch.setattr("simulators.replay.replay.SILENT_S", 0.5)
    told, silent = [], threading.Event()

    def tell(line):
        told.append(line)
        silent.set()

    with Broker(sync_always=False, upkeep=UpkeepSettings(most_bytes=256 * 1024)) as broker:
        with keeping(broker.address):
            pass
        until(lambda: Monitor(broker.monitor_url).store().is_bounded)
        sending = threading.Thread(
            target=publish, args=(messages(pings), broker.address), kwargs={"tell": tell}
        )
        sending.start()
        assert silent.wait(WAIT_S)
        with keeping(broker.address, stubborn=True) as payloads:
            sending.join()
            until(lambda: set(payloads) == {encode(each.pings) for each in messages(pings)})
    assert re.search(r"acknowledged nothing for 0\.5 s, \d+ messages .*: it may be full", told[0])
    assert told[-1].endswith("acknowledges again")
