"""The doctor at a real broker: what nobody uses is listed, and can be removed."""

import json
import signal

import pytest
from typer.testing import CliRunner

from ingest.broker.broker import Broker
from ingest.broker.upkeep.admin import NatsAdmin
from ingest.broker.upkeep.limits import MIB
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.upkeep.settings import UpkeepSettings
from pingcheng import app
from tests.fixtures.mqtt import until
from tests.fixtures.sessions import Truck, fill, keeping

SECRET = "pingcheng-0123456789abcdef"


def doctor(store, *options):
    return CliRunner().invoke(app, ["broker", "doctor", "--store", str(store), *options])


def key_of(broker, client_id):
    stored = NatsAdmin(broker._access).stored_sessions()
    return next(one.key for one in stored if one.record.id == client_id)


def test_where_all_is_in_use_there_is_nothing_to_look_after(tmp_path):
    with Broker(store=tmp_path) as broker, keeping(broker.address, SECRET), Truck(broker.address):
        told = doctor(tmp_path)
    assert told.exit_code == 0, told.output
    assert "pingcheng-012345…" in told.stdout
    assert "fleet/+/ping" in told.stdout
    assert "1 sessions keep no messages, 1 of them are connected" in told.stdout
    assert SECRET not in told.stdout


def test_a_session_that_nobody_uses_is_listed_with_what_waits_and_removed_when_told(tmp_path):
    with Broker(store=tmp_path) as broker, keeping(broker.address, "ingest") as payloads:
        with keeping(broker.address, "forgotten"):
            pass
        with Truck(broker.address) as truck:
            assert all(truck.is_told(b"%d" % number) for number in range(20))
        until(lambda: len(payloads) == 20)
        told, key = doctor(tmp_path), key_of(broker, "forgotten")
        assert told.exit_code == 1
        assert f"session {key} (forgotten) is not connected since" in told.stdout
        assert "20 wait." in told.stdout
        held = Monitor(broker.monitor_url).store().waiting
        assert held == 20
        assert doctor(tmp_path, "--forget", key).exit_code == 0
        until(lambda: Monitor(broker.monitor_url).store().waiting == 0)
        # nats-server remembers it, refuses it once for that, and has then forgotten it too
        with keeping(broker.address, "forgotten", stubborn=True) as again:
            with Truck(broker.address) as truck:
                assert truck.is_told(b"new")
            until(lambda: again == [b"new"])


def test_a_session_that_is_in_use_is_not_removed(tmp_path):
    with Broker(store=tmp_path) as broker, keeping(broker.address, "ingest"):
        told = doctor(tmp_path, "--forget", key_of(broker, "ingest"))
        assert told.exit_code == 1
        assert "its client is connected" in told.stderr
        assert doctor(tmp_path, "--forget", "nobody").stderr == (
            "error: there is no session or consumer nobody\n"
        )


def test_a_consumer_of_no_session_is_listed_and_removed(tmp_path):
    with Broker(store=tmp_path) as broker:
        with keeping(broker.address, "gone"):
            pass
        admin = NatsAdmin(broker._access)
        (stored,) = admin.stored_sessions()
        (consumer,) = admin.consumers()
        stored.record.cons.clear()  # its record goes, and what held its messages is forgotten
        admin.forget([stored])
        told = json.loads(doctor(tmp_path, "--json").stdout)
        assert [one["name"] for one in told["strays"]] == [consumer.name]
        assert doctor(tmp_path, "--forget", consumer.name).exit_code == 0
        assert admin.consumers() == []


def test_a_store_that_fills_is_told_with_its_limit(tmp_path):
    with Broker(store=tmp_path, upkeep=UpkeepSettings(most_bytes=2 * MIB)) as broker:
        with keeping(broker.address):
            pass
        until(lambda: Monitor(broker.monitor_url).store().is_bounded)
        fill(broker.address, 300_000)
        told = doctor(tmp_path)
    assert told.exit_code == 1
    assert "of 2 MiB" in told.stdout
    assert "the store fills: start ingest if it is away" in told.stdout


def test_of_a_broker_that_was_ended_or_killed_it_is_said_that_none_runs(tmp_path):
    store = tmp_path / "store"
    with Broker(store=store) as broker:
        broker.kill()  # which leaves its way in behind
        killed = doctor(store)
    for told in (killed, doctor(store)):
        assert told.exit_code == 1
        assert f"error: no broker runs on the store {store}; start it" in told.stderr
    told = doctor(tmp_path / "nowhere")
    assert (told.exit_code, "there is no store" in told.stderr) == (1, True)


def test_of_a_broker_that_is_halted_it_is_said_that_it_does_not_answer(tmp_path):
    with Broker(store=tmp_path) as broker:
        broker._process.send_signal(signal.SIGSTOP)
        try:
            told = doctor(tmp_path)
        finally:
            broker._process.send_signal(signal.SIGCONT)
    assert told.exit_code == 1
    assert "the broker's pages do not answer" in told.stderr
    assert f"A broker has the store {tmp_path}, but it is halted" in told.stderr


@pytest.mark.parametrize("option", ["--limit", "--reserve"])
def test_what_is_no_size_is_wrong_use(option):
    told = CliRunner().invoke(app, ["broker", option, "lots"])
    assert told.exit_code == 2
    assert "is no size; write 500MiB or 16GiB" in told.output.replace("\n", " ")


@pytest.mark.parametrize("option", ["--limit", "--reserve"])
def test_a_size_beyond_what_the_broker_can_count_is_wrong_use(option):
    told = CliRunner().invoke(app, ["broker", option, "99999PiB"])
    assert told.exit_code == 2
    assert "write 4EiB or less" in " ".join(told.output.replace("│", " ").split())
