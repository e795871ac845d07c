import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.broker.broker import Broker
from ingest.broker.credentials import Request, make_credentials
from ingest.broker.upkeep.backlog import Backlog, Waiting
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.upkeep.settings import UpkeepSettings
from ingest.fault import BrokerError
from tests.fixtures.mqtt import publishing, until


def takes_connections(address):
    try:
        socket.create_connection((address.host, address.port), 1).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_it_takes_connections_on_a_free_port_of_this_machine_only():
    with Broker() as one, Broker() as other:
        assert one.address.host == "127.0.0.1"
        assert one.address.port != other.address.port
        assert takes_connections(one.address)
        listening = _listening_hosts(one._process.pid)
        assert listening == {"127.0.0.1"}


def _listening_hosts(pid):
    """Read off /proc which addresses a process listens on."""
    process = Path("/proc") / str(pid)
    sockets = {_target(opened) for opened in (process / "fd").iterdir()}
    hosts = set()
    for table in ("tcp", "tcp6"):
        for row in (process / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                raw = bytes.fromhex(fields[1].split(":")[0])
                hosts.add(socket.inet_ntoa(raw[::-1]) if table == "tcp" else "IPv6")
    return hosts


def _target(link):
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""  # closed meanwhile


def test_nothing_is_left_when_it_ends():
    with Broker() as broker:
        address, folder = broker.address, Path(broker._folder.name)
        assert folder.is_dir()
    assert not broker.running
    assert not folder.exists()
    assert not takes_connections(address)
    with pytest.raises(BrokerError, match="does not run"):
        _ = broker.address


def test_a_given_store_stays_and_nothing_is_made_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "passing"))
    (tmp_path / "passing").mkdir()
    with Broker(store=tmp_path / '店 "1"'):
        assert list((tmp_path / "passing").iterdir()) == []
    assert (tmp_path / '店 "1"' / "jetstream").is_dir()


def test_it_is_told_nothing_of_our_environment_that_it_has_no_use_for(monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "geheim")
    with Broker() as broker:
        environment = (Path("/proc") / str(broker._process.pid) / "environ").read_bytes()
    assert b"geheim" not in environment


def test_how_much_waits_for_a_session_is_told_of_it_alone():
    with Broker() as broker:
        with listening(broker.address):
            pass
        assert Monitor(broker.monitor_url).backlog("keeper") == Backlog(
            (Waiting("fleet.*.ping", 0, 0),), 0
        )
        with publishing(broker.address) as publisher:
            for number in range(20):
                publisher.publish("fleet/晋BQ0384/ping", b"%d" % number)
            publisher.settle()
        found = Monitor(broker.monitor_url).backlog("keeper")
        assert (found.count, found.newest) == (20, 20)
        assert Monitor(broker.monitor_url).backlog("somebody").count == 0
        with listening(broker.address) as payloads:
            until(lambda: len(payloads) == 20)
            until(lambda: Monitor(broker.monitor_url).backlog("keeper").is_done_to(20))


def test_a_port_that_is_taken_is_an_error_that_names_it():
    with Broker() as broker:
        port = broker.address.port
        with pytest.raises(BrokerError, match=f"port {port} is taken"):
            Broker(port=port).__enter__()


def test_a_store_that_cannot_be_used_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BrokerError, match="file"):
        Broker(store=tmp_path / "file" / "store").__enter__()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_what_it_says_of_its_configuration_before_it_has_a_log_is_told(tmp_path):
    beyond_count = UpkeepSettings(most_bytes=2**64)
    with (
        pytest.raises(BrokerError, match=r"ended at once: nats-server: .*out of the range"),
        Broker(store=tmp_path / "store", upkeep=beyond_count),
    ):
        pass


def test_it_ends_with_its_parent_even_when_that_is_killed():
    program = (
        "from ingest.broker.broker import Broker\n"
        "with Broker() as broker:\n"
        "    print(broker._process.pid, broker.address.port, broker._folder.name, flush=True)\n"
        "    input()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pid, _, folder = parent.stdout.readline().split()
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    until(lambda: _has_ended(pid))
    shutil.rmtree(folder)


def _has_ended(pid):
    try:
        stat = (Path("/proc") / pid / "stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"  # ended, and nobody has asked how


def test_what_it_acknowledged_survives_that_it_is_killed():
    with Broker() as broker:
        address = broker.address
        with listening(address):
            pass
        with publishing(address) as publisher:
            for number in range(200):
                publisher.publish("fleet/晋BQ0384/ping", b"%d" % number)
            publisher.settle()
        broker.kill()
        assert not broker.running
        broker.start()
        assert broker.address == address
        with listening(address) as payloads:
            until(lambda: len(payloads) == 200)


@contextmanager
def listening(address):
    payloads, subscribed = [], threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, "keeper", clean_session=False)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _, __, message: payloads.append(message.payload)
    client.connect(address.host, address.port)
    client.subscribe("fleet/+/ping", 1)
    client.loop_start()
    try:
        assert subscribed.wait(60)
        yield payloads
    finally:
        client.disconnect()
        client.loop_stop()


def test_its_own_protocol_is_no_side_door(tmp_path):
    request = Request(["晋BQ0384"], "127.0.0.1", ["fleet/{vehicle_id}/ping"])
    make_credentials(tmp_path, request, datetime.now(UTC))
    password = (tmp_path / "ingest.password").read_text(encoding="utf-8").strip()
    with Broker(credentials=tmp_path) as broker:
        assert str(broker.address).startswith("mqtts://")
        log = (Path(broker._folder.name) / "log").read_text(encoding="utf-8")
        port = int(re.search(r"Listening for client connections on 127.0.0.1:(\d+)", log)[1])
        for login in ({}, {"user": "ingest", "pass": password}):
            with socket.create_connection(("127.0.0.1", port), 60) as native:
                native.sendall(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
                answer = b"".join(iter(lambda: native.recv(4096), b""))
            assert b"Authorization Violation" in answer


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"host": "0.0.0.0"}, "anyone could publish"),
        ({"client_certificates": True}, "need credentials"),
        ({"credentials": Path("absent")}, r"users\.conf is absent"),
        ({"credentials": Path("absent"), "tls": False, "host": "0.0.0.0"}, "read the passwords"),
    ],
)
def test_a_door_that_would_stand_open_is_an_error(options, reason):
    with pytest.raises(BrokerError, match=reason):
        Broker(**options).__enter__()


def test_a_payload_beyond_all_measure_is_cut_off():
    with Broker() as broker, publishing(broker.address) as publisher:
        ended = threading.Event()
        publisher.client.on_disconnect = lambda *_: ended.set()
        publisher.client.publish("fleet/晋BQ0384/ping", bytes(2 * 1024 * 1024), qos=1)
        assert ended.wait(60)


def test_a_store_is_one_brokers_at_a_time_even_after_its_parent_is_gone(tmp_path):
    with Broker(store=tmp_path) as first:
        with (
            pytest.raises(BrokerError, match="another broker uses the store"),
            Broker(store=tmp_path),
        ):
            pass
        first.kill()
        first.start()
    with Broker(store=tmp_path):
        pass
