"""From PUBLISH to the moved truck, through a real broker, ingest and server."""

import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest

from ingest.broker.broker import Broker
from ingest.log.pinglog import open_log
from ingest.ping import Ping
from tests.fixtures.mqtt import publishing, until
from tests.fixtures.operations import TRUCK, Operations, sample_plan, write_plan
from tests.fixtures.page_facts import place_of, wait_for_map, wait_for_move


@contextmanager
def ingest(folder, database, address):
    log = (folder / "ingest.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "pingcheng", "ingest", "--plan", str(folder / "plan.toml"),
         "--database", database, "--broker", str(address)],
        stdout=log, stderr=log,
    )  # fmt: skip
    try:
        until(lambda: "event=subscribed" in (folder / "ingest.log").read_text())
        yield
    finally:
        process.terminate()
        process.wait(30)
        log.close()


@pytest.fixture
def running(tmp_path):
    """The page of today, and what stands before it."""
    write_plan(tmp_path)
    running = Operations(tmp_path, is_today=True)
    open_log(running.database).close()
    with ExitStack() as stack:
        running.broker = stack.enter_context(Broker(store=tmp_path / "store"))
        stack.enter_context(ingest(tmp_path, running.database, running.broker.address))
        running.start()
        stack.callback(running.stop)
        yield running


def fix(section, place):
    longitude, latitude = section.coordinates[place].tolist()
    return Ping(
        vehicle_id=TRUCK,
        event_time_ms=time.time_ns() // 1_000_000,
        longitude=longitude,
        latitude=latitude,
    )


def test_a_published_fix_moves_the_truck_also_after_the_broker_was_killed(page, running):
    longest = max(
        sample_plan().sections, key=lambda each: np.ptp(each.coordinates[[0, -1]], axis=0).sum()
    )
    page.goto(running.url)
    wait_for_map(page)
    with publishing(running.broker.address) as publisher:
        publisher.ping(fix(longest, 0))
        publisher.settle()
    before = place_of(page, TRUCK)
    running.broker.kill()
    running.broker.start()
    with publishing(running.broker.address) as publisher:
        publisher.ping(fix(longest, -1))
        publisher.settle()
    wait_for_move(page, TRUCK, before)
