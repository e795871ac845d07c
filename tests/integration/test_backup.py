"""A backup of a running system: trucks, the embedded broker and ingest go on meanwhile."""

import threading
import time
from contextlib import contextmanager, nullcontext

import pytest

from ingest.broker.broker import Broker
from ingest.decoding.decoder import Decoder
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.mqtt.subscriber import Subscriber
from ingest.recovery.backup import back_up
from ingest.recovery.restore import plan_restore, restore
from tests.fixtures.mqtt import a_minute_ago, publishing, until

COUNT = 3000


def no_progress(_what, _total):
    return nullcontext(lambda _: None)


def now_ms():
    return time.time_ns() // 1_000_000


@contextmanager
def ingesting(broker, write):
    with Subscriber(broker.address, write, decoder=Decoder(), clock_ms=now_ms) as subscriber:
        subscriber.wait_until_subscribed(60)
        yield


def keys_of(fixes):
    return {(fix.vehicle_id, fix.event_time_ms) for fix in fixes}


def keys_in(log):
    rows = log.read_pings()
    times = rows["event_time"].to_numpy("datetime64[ms]").view("int64").tolist()
    return set(zip(rows["vehicle_id"], times, strict=True))


@pytest.mark.parametrize("is_running", [True, False])
def test_what_the_broker_took_before_a_backup_is_in_its_database_or_comes_of_its_store(
    tmp_path, database_url, request, is_running
):
    fixes, taken = a_minute_ago(COUNT), []
    enough, stop = threading.Event(), threading.Event()

    def drive(address):
        with publishing(address) as truck:
            for number, fix in enumerate(fixes):
                if stop.is_set():
                    return
                truck.ping(fix)
                if number % 20 == 19:
                    truck.settle()
                    taken.extend(fixes[number - 19 : number + 1])
                if len(taken) > COUNT // 4:
                    enough.set()

    with open_log(database_url) as log:
        with Broker(store=tmp_path / "store", ack_wait_s=1, sync_always=False) as broker:
            with ingesting(broker, log.write):
                truck = threading.Thread(target=drive, args=(broker.address,))
                truck.start()
                until(enough.is_set)
                if is_running:
                    promised = list(taken)
                    made = backup(database_url, tmp_path)
            # ingest is away now, and what comes waits
            before = len(taken)
            until(lambda: len(taken) > before + 200 or not truck.is_alive())
            stop.set()
            truck.join()
        if not is_running:
            promised = list(taken)
            assert not keys_of(promised) <= keys_in(log)
            made = backup(database_url, tmp_path)
    assert made.has_store
    new_url = (
        f"sqlite:///{tmp_path / 'new.db'}"
        if database_url.startswith("sqlite")
        else request.getfixturevalue("postgres_server").new_database()
    )
    store = tmp_path / "new-store"
    plan = plan_restore(
        tmp_path / "backup", new_url, archive=None, store=store, progress=no_progress
    )
    restore(tmp_path / "backup", plan, no_progress)
    later = a_minute_ago(50)
    with (
        open_log(new_url, create=False) as log,
        Broker(store=store, ack_wait_s=1) as broker,
        ingesting(broker, log.write),
    ):
        until(lambda: keys_of(promised) <= keys_in(log))
        with publishing(broker.address) as truck:
            for fix in later:
                truck.ping(fix)
            truck.settle()
        until(lambda: keys_of(later) <= keys_in(log))
        assert [fault for fault in faults_of(log) if "fsync" not in fault] == []


def backup(url, folder):
    return back_up(
        url, folder / "backup", store=folder / "store", now_ms=now_ms(), progress=no_progress
    )
