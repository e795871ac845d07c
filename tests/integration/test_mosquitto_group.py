"""Mosquitto's acknowledgements wait for one sync of all that came at once."""

import os
import select
import socket
import ssl
import sys
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from benchmarks.ingest.crowd import Crowd, read_ping
from benchmarks.ingest.raw_client import connect_packet
from ingest.broker.credentials import Request, make_credentials
from ingest.decoding.wire import topic_of
from tests.fixtures.mqtt import until
from tests.fixtures.sessions import keeping
from tests.servers import mosquitto
from tests.servers.mosquitto import SHIPPED, Mosquitto, built

TRUCKS = [f"T{number}" for number in range(5)]
EACH = 20
FOREVER = {"autosave_interval": "100000"}  # never saved by itself: all depends on the journal
TRIED_DISK = SHIPPED.parents[2] / "tests" / "servers" / "tried_disk.c"


@pytest.fixture(autouse=True)
def _installed():
    mosquitto.require()


class Disk:
    """What the broker's syncs meet."""

    def __init__(self, folder):
        self.folder = folder

    @property
    def syncs(self):
        path = self.folder / "syncs"
        return path.stat().st_size if path.exists() else 0

    def become(self, state):
        (self.folder / state).touch()

    def lose_power(self, folder):
        """Take from files what was not synced."""
        for path in folder.iterdir():
            kept = self.folder / str(path.stat().st_ino)
            os.truncate(
                path, int.from_bytes(kept.read_bytes(), sys.byteorder) if kept.exists() else 0
            )

    def be_well(self):
        for state in ("broken", "held"):
            (self.folder / state).unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setenv("TRIED_DISK", str(folder))
    return Disk(folder)


def preloaded(tmp_path, *sources):
    for source in sources:
        (tmp_path / f"{source.stem}.so").write_bytes(built(source))
    return [tmp_path / f"{source.stem}.so" for source in sources]


def grouped(tmp_path):
    return preloaded(tmp_path, TRIED_DISK, SHIPPED.with_name("group.c"))


@pytest.fixture(params=["plain", "tls"])
def connections(request, tmp_path, disk):
    """Five trucks at a broker with a disk that is told what to do."""
    if request.param == "plain":
        with (
            Mosquitto(tmp_path / "broker", changes=FOREVER, preload=grouped(tmp_path)) as broker,
            ExitStack() as stack,
        ):
            stack.callback(disk.be_well)
            yield [stack.enter_context(_connected(broker.address.port, it)) for it in TRUCKS]
        return
    folder = tmp_path / "secrets"
    asked = Request(TRUCKS, "127.0.0.1", ["fleet/{vehicle_id}/ping"])
    make_credentials(folder, asked, datetime.now(UTC))
    passwords = dict(
        line.split(",")[1:3]
        for line in (folder / "passwords.csv").read_text(encoding="utf-8").splitlines()[1:]
    )
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    with (
        Mosquitto(
            tmp_path / "broker", credentials=folder, changes=FOREVER, preload=grouped(tmp_path)
        ) as broker,
        ExitStack() as stack,
    ):
        stack.callback(disk.be_well)
        yield [
            stack.enter_context(_connected(broker.password_port, it, (it, passwords[it]), context))
            for it in TRUCKS
        ]


def _connected(port, name, login=None, context=None):
    connection = socket.create_connection(("127.0.0.1", port), 60)
    if context is not None:
        connection = context.wrap_socket(connection, server_hostname="127.0.0.1")
    connection.sendall(connect_packet(name, login))
    assert received(connection, 4) == b"\x20\x02\x00\x00"
    return connection


def publish(connection, name, numbers):
    topic = topic_of(name).encode()
    rest = len(topic).to_bytes(2) + topic
    packets = (
        b"\x32" + bytes([len(rest) + 6]) + rest + number.to_bytes(2) + b"%04d" % number
        for number in numbers
    )
    connection.sendall(b"".join(packets))


def received(connection, size):
    """Give so many bytes, or fewer if the connection ends before."""
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


def acknowledgements(numbers):
    return b"".join(b"\x40\x02" + number.to_bytes(2) for number in numbers)


def each_publishes(connections, numbers):
    for name, connection in zip(TRUCKS, connections, strict=True):
        publish(connection, name, numbers)


def prove(connections):
    """Have each share syncs from now on: its first message has one of its own."""
    each_publishes(connections, [1])
    for connection in connections:
        assert received(connection, 4) == acknowledgements([1])


def test_nothing_is_acknowledged_before_the_sync_and_all_that_waits_after_it(connections, disk):
    prove(connections)
    before, numbers = disk.syncs, range(2, EACH + 2)
    disk.become("held")
    each_publishes(connections, numbers)
    until(lambda: disk.syncs > before)
    assert select.select(connections, [], [], 0)[0] == []
    disk.be_well()
    for connection in connections:
        assert received(connection, 4 * EACH) == acknowledgements(numbers)
    # a turn of Mosquitto's loop reads a packet of each, and a sync is for one turn at least
    assert disk.syncs - before <= 1 + EACH


def test_the_first_message_of_a_connection_has_a_sync_of_its_own(connections, disk):
    before = disk.syncs
    prove(connections)
    assert disk.syncs - before >= len(TRUCKS)


def test_who_shared_a_sync_that_failed_is_cut_off_and_sends_again(tmp_path, disk):
    with (
        Mosquitto(tmp_path / "broker", changes=FOREVER, preload=grouped(tmp_path)) as broker,
        ExitStack() as stack,
    ):
        with keeping(broker.address):
            pass
        broker.save()
        connections = [stack.enter_context(_connected(broker.address.port, it)) for it in TRUCKS]
        prove(connections)
        before = disk.syncs
        disk.become("broken")
        disk.become("held")
        each_publishes(connections, [2])
        until(lambda: disk.syncs > before)
        (disk.folder / "held").unlink()
        assert [ended(each) for each in connections] == [True] * len(TRUCKS)
        disk.be_well()
        with _connected(broker.address.port, TRUCKS[0]) as again:
            publish(again, TRUCKS[0], [3])
            assert received(again, 4) == acknowledgements([3])
        broker.kill()
        broker.start()
        with keeping(broker.address) as payloads:
            until(lambda: set(payloads) >= {b"0001", b"0003"})


def ended(connection):
    """Tell whether a connection ends before anything comes."""
    try:
        return received(connection, 1) == b""
    except ConnectionResetError:
        return True


def test_what_is_acknowledged_survives_a_power_cut(tmp_path, disk):
    with Mosquitto(tmp_path / "broker", changes=FOREVER, preload=grouped(tmp_path)) as broker:
        with keeping(broker.address):
            pass
        broker.save()
        with Crowd(broker.address, connections=10, window=20) as crowd:
            for _ in range(3):
                crowd.reconnect()
                crowd.publish(60, most=400)
                broker.kill()
                crowd.read_rest()
                disk.lose_power(broker.folder / "journal")
                broker.start()
            assert disk.syncs < crowd.acknowledged
            with keeping(broker.address) as payloads:
                until(lambda: {read_ping(it) for it in payloads} >= crowd.promised())


def test_without_its_library_each_message_has_a_sync(tmp_path, disk):
    preload = preloaded(tmp_path, TRIED_DISK)
    with Mosquitto(tmp_path / "broker", changes=FOREVER, preload=preload) as broker:
        assert "a sync a message, as group.so is not loaded" in broker.log
        before, numbers = disk.syncs, range(1, EACH + 1)
        with _connected(broker.address.port, TRUCKS[0]) as truck:
            publish(truck, TRUCKS[0], numbers)
            assert received(truck, 4 * EACH) == acknowledgements(numbers)
        assert disk.syncs - before == EACH


def test_what_systemd_preloads_is_where_the_journal_is():
    conf, service = (
        SHIPPED.with_name(name).read_text(encoding="utf-8")
        for name in ("pingcheng.conf", "mosquitto.service.conf")
    )
    folder = "/usr/local/lib/pingcheng/"
    assert f"plugin {folder}journal.so\n" in conf
    assert f"LD_PRELOAD={folder}group.so\n" in service
