"""What is refused, from a real broker into a real database: floods, and a server's wrong clock."""

import re
import time
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from ingest.broker.broker import Broker
from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.log.check import faults_of
from ingest.log.pinglog import open_log
from ingest.mqtt.subscriber import Subscriber
from pingcheng import app
from tests.fixtures.mqtt import VEHICLES, a_minute_ago, publishing, until
from tests.fixtures.one_grid_plan import write_one_grid_plan

BEHIND_MS = 20 * 60_000
FLOOD = 400


def now_ms():
    return time.time_ns() // 1_000_000


@pytest.fixture
def plan(tmp_path):
    return write_one_grid_plan(tmp_path, VEHICLES)


@contextmanager
def ingesting(log, address, clock_ms=now_ms):
    decoder = Decoder(acceptance=Acceptance(set(VEHICLES)))
    with Subscriber(address, log.write, decoder=decoder, clock_ms=clock_ms) as subscriber:
        subscriber.wait_until_subscribed(60)
        yield
        subscriber.check()


def sound(log):
    # the server of the tests runs with fsync off, to be fast
    return [fault for fault in faults_of(log) if "fsync" not in fault] == []


def test_a_truck_that_floods_is_counted_to_the_last_and_stops_nobody(database_url):
    with open_log(database_url, most_quarantine_mib=64) as log, Broker() as broker:
        with ingesting(log, broker.address), publishing(broker.address) as publisher:
            fixes = a_minute_ago(FLOOD)
            for fix in fixes:
                publisher.publish(f"fleet/{VEHICLES[0]}/ping", b'"' + b"x" * 16_000)
                publisher.ping(fix)
            publisher.settle()
            until(lambda: log.counters().received >= 2 * FLOOD)
        counters, kept = log.counters(), log.quarantine.rejected()
        assert (counters.stored, counters.balanced) == (FLOOD, True)
        # what the broker sent again, because its acknowledgement was late, is counted again
        assert counters.rejected == len(kept) + sum(counters.counted_by_code.values()) >= FLOOD
        assert 0 < len(kept) < 20
        assert counters.quarantine_bytes < 2 * 64 * 1024
        assert {row["vehicle_id"] for row in log.quarantine.counted_hours(limit=9)} == {VEHICLES[0]}
        assert sound(log)


def test_what_a_server_refused_whose_clock_was_behind_is_given_back_once_it_is_right(
    database_url, plan
):
    fixes = a_minute_ago(60)
    with open_log(database_url) as log, Broker() as broker:
        slow = ingesting(log, broker.address, lambda: now_ms() - BEHIND_MS)
        with slow, publishing(broker.address) as publisher:
            for fix in fixes:
                publisher.ping(fix)
            publisher.settle()
            until(lambda: log.counters().rejected >= len(fixes))
        assert log.counters().stored == 0
    run = ["quarantine", "release", "--code", "time_in_future", "--plan", str(plan)]
    done = CliRunner().invoke(app, [*run, "--database", database_url])
    assert done.exit_code == 0, done.output
    released = re.search(r"(\d+) of \1 released", done.stdout)
    assert released, done.stdout
    assert int(released[1]) >= len(fixes)
    with open_log(database_url) as log:
        counters, stored = log.counters(), log.read_pings()
        assert (counters.stored, counters.rejected, counters.balanced) == (len(fixes), 0, True)
        assert (stored["received_time"] >= stored["event_time"]).all()
        assert sound(log)
