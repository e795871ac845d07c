"""A store that is full heals, and sessions of an earlier run hold nothing back."""

import asyncio
import os
import subprocess
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

import pytest

from benchmarks.faults.surroundings.disk import filled, small_disk
from ingest.broker.broker import Broker
from ingest.broker.credentials import Request, make_credentials
from ingest.broker.upkeep.access import Access
from ingest.broker.upkeep.admin import NatsAdmin
from ingest.broker.upkeep.limits import MIB
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.upkeep.settings import UpkeepSettings
from ingest.fault import BrokerError
from tests.fixtures.mqtt import until
from tests.fixtures.sessions import Truck, fill, keeping

BIG = 300_000


def limit_of(broker):
    state = Monitor(broker.monitor_url).store()
    return state.limit_bytes if state.is_bounded else None


def test_a_full_store_acknowledges_nothing_more_and_still_lets_ingest_in_to_empty_it():
    with Broker(upkeep=UpkeepSettings(most_bytes=2 * MIB)) as broker:
        with keeping(broker.address):
            pass
        until(lambda: limit_of(broker) == 2 * MIB)
        acknowledged = fill(broker.address, BIG)
        assert 4 <= len(acknowledged) <= 6
        assert Monitor(broker.monitor_url).store().share > 0.7
        with keeping(broker.address) as payloads, Truck(broker.address, "other") as truck:
            until(lambda: len(payloads) >= len(acknowledged))
            assert sorted(payloads) == sorted(acknowledged)
            until(lambda: Monitor(broker.monitor_url).store().waiting == 0)
            assert truck.is_told(bytes(BIG))
            until(lambda: len(payloads) == len(acknowledged) + 1)


def test_a_store_that_is_fuller_than_its_limit_at_the_start_lets_ingest_in(tmp_path):
    with Broker(store=tmp_path, upkeep=UpkeepSettings(most_bytes=600 * MIB)) as broker:
        with keeping(broker.address):
            pass
        until(lambda: limit_of(broker) == 600 * MIB)
        until(lambda: Monitor(broker.monitor_url).store().streams["$MQTT_rmsgs"])
        with Truck(broker.address) as truck:
            for number in range(12):
                assert truck.is_told(b"%d" % number + bytes(BIG))
    with Broker(store=tmp_path, upkeep=UpkeepSettings(most_bytes=2 * MIB)) as broker:
        until(lambda: limit_of(broker) == 2 * MIB)
        with Truck(broker.address) as truck:
            assert not truck.is_told(bytes(BIG))
        with keeping(broker.address) as payloads:
            until(lambda: len(payloads) == 12)


def test_the_limit_follows_what_the_disk_has_left():
    free = [100 * MIB]
    settings = UpkeepSettings(
        most_bytes=50 * MIB, reserve_bytes=10 * MIB, free_bytes=lambda _: free[0]
    )
    with Broker(upkeep=settings) as broker:
        with keeping(broker.address):
            pass
        until(lambda: limit_of(broker) == 50 * MIB)
        with Truck(broker.address) as truck:
            assert truck.is_told(bytes(BIG))
            free[0] = 5 * MIB
            until(lambda: limit_of(broker) < MIB)
            assert not truck.is_told(bytes(BIG))
        assert Monitor(broker.monitor_url).store().share == 1.0
        with keeping(broker.address) as payloads:
            until(lambda: len(payloads) == 1)
        free[0] = 30 * MIB
        until(lambda: limit_of(broker) >= 20 * MIB)
        with Truck(broker.address) as truck:
            assert truck.is_told(bytes(BIG))


@pytest.fixture
def disk(tmp_path):
    """A disk of 32 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("a small disk of its own takes root")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(small_disk(tmp_path / "disk", 32))
        except subprocess.CalledProcessError:
            pytest.skip("this root may not mount")
        yield found


def test_a_disk_that_others_filled_up_heals_when_there_is_room_again(disk):
    settings = UpkeepSettings(most_bytes=500 * MIB, reserve_bytes=MIB)
    with Broker(store=disk / "store", upkeep=settings) as broker:
        with keeping(broker.address):
            pass
        with Truck(broker.address) as truck:
            assert truck.is_told(b"before" + bytes(BIG))
            with filled(disk):
                while truck.is_told(bytes(1000)):
                    pass

        def is_taken():
            with suppress(OSError), Truck(broker.address) as again:
                return again.is_told(b"after" + bytes(BIG))

        until(is_taken)
        assert broker.running
        with keeping(broker.address) as payloads:
            until(lambda: {one.rstrip(b"\0") for one in payloads} >= {b"before", b"after"})


def settings_of(broker):
    consumers = NatsAdmin(broker._access).consumers()
    return [(one.ack_wait_s, one.max_ack_pending, one.waiting) for one in consumers]


def test_sessions_that_exist_get_new_settings_and_keep_what_waits(tmp_path):
    with Broker(store=tmp_path, ack_wait_s=1, upkeep=UpkeepSettings(max_ack_pending=100)) as broker:
        with keeping(broker.address):
            pass
        with Truck(broker.address) as truck:
            assert all(truck.is_told(b"%d" % number) for number in range(300))
        assert settings_of(broker) == [(1.0, 100, 300)]
    with Broker(store=tmp_path, ack_wait_s=3, upkeep=UpkeepSettings(max_ack_pending=50)) as broker:
        assert settings_of(broker) == [(3.0, 50, 300)]
        with keeping(broker.address) as payloads:
            until(lambda: len(payloads) == 300)
            assert sorted(payloads) == sorted(truck.acknowledged)


def test_clients_that_were_connected_when_it_was_killed_leave_nothing_behind(tmp_path):
    with Broker(store=tmp_path) as broker:
        with keeping(broker.address):
            pass
        with keeping(broker.address, "passer-by", clean=True), Truck(broker.address) as truck:
            assert truck.is_told(b"one")
            broker.kill()
        broker.start()
        admin = NatsAdmin(broker._access)
        until(lambda: [one.record.id for one in admin.stored_sessions()] == ["keeper"])
        until(lambda: len(admin.consumers()) == 1)
        with keeping(broker.address) as payloads:
            until(lambda: payloads == [b"one"])


def test_it_is_looked_after_with_credentials_too_and_by_nobody_else(tmp_path):
    secrets, store = tmp_path / "secrets", tmp_path / "store"
    make_credentials(
        secrets, Request(["晋BQ0384"], "127.0.0.1", ["fleet/{vehicle_id}/ping"]), datetime.now(UTC)
    )
    with Broker(credentials=secrets, store=store) as broker:
        access = Access.load(store)
        assert (store / "access.json").stat().st_mode & 0o777 == 0o600
        assert NatsAdmin(access).stored_sessions() == []
        stranger = Access(access.port, access.monitor_port)
        with pytest.raises(BrokerError, match="Authorization"):
            NatsAdmin(stranger).stored_sessions()
        assert Monitor(broker.monitor_url).store().most_bytes > 0
    assert not (store / "access.json").exists()


def test_it_starts_within_a_loop_that_runs():
    async def start():
        with Broker() as broker:
            return broker.running

    assert asyncio.run(start())
