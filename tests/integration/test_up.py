"""`pingcheng up` as a user runs it: one command, and a ping comes out on the page."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from urllib.error import URLError

import pytest

from ingest.broker.address import BrokerAddress
from ingest.ping import Ping
from tests.fixtures.mqtt import publishing, until
from tests.fixtures.operations import TRUCK, sample_plan, write_plan
from tests.fixtures.processes import descendants


@contextmanager
def up(folder):
    """Run it in a folder; give the process, the broker's address and the page's URL."""
    write_plan(folder)
    log = (folder / "up.log").open("a")
    process = subprocess.Popen(
        [sys.executable, "-m", "pingcheng", "up", "--plan", "plan.toml", "--port", "0",
         "--broker-port", "0"],
        cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    try:
        told = [process.stdout.readline().split()[-1] for _ in range(2)]
        urls = {url.partition("://")[0]: url for url in told}
        yield process, BrokerAddress.parse(urls["mqtt"]), urls["http"].rstrip("/")
    finally:
        process.terminate()
        process.communicate(timeout=60)
        log.close()


def state(url):
    with urllib.request.urlopen(f"{url}/api/v1/state") as answer:
        return json.load(answer)


def now_ms():
    return time.time_ns() // 1_000_000


def fix():
    longitude, latitude = sample_plan().sections[0].coordinates[0].tolist()
    return Ping(vehicle_id=TRUCK, event_time_ms=now_ms(), longitude=longitude, latitude=latitude)


def position(url):
    (vehicle,) = (each for each in state(url)["vehicles"] if each["id"] == TRUCK)
    return vehicle["event_ms"]


def test_a_ping_comes_out_on_the_page_and_all_end_together(tmp_path):
    with up(tmp_path) as (process, address, url):
        sent = fix()
        with publishing(address) as publisher:
            # the embedded broker keeps messages once ingest has subscribed
            until(lambda: "subscribed" in (tmp_path / "up.log").read_text())
            publisher.ping(sent)
            publisher.settle()
        until(lambda: position(url) == sent.event_time_ms)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        with pytest.raises(URLError):
            state(url)
    assert (tmp_path / "pings.db").exists()


def test_the_alerter_runs_along_if_somebody_is_to_be_told(tmp_path):
    (tmp_path / "pingcheng.toml").write_text("[alerts]\nmqtt = true\n")
    with up(tmp_path):
        until(lambda: "event=watching" in (tmp_path / "up.log").read_text())


def test_if_one_ends_by_itself_all_do(tmp_path):
    with up(tmp_path) as (process, _, url):
        until(lambda: "subscribed" in (tmp_path / "up.log").read_text())
        below = descendants(process.pid)
        (child,) = [pid for pid, command in below.items() if "pingcheng ingest" in command]
        os.kill(child, signal.SIGKILL)
        assert process.wait(60) == 1
        with pytest.raises(URLError):
            state(url)
    assert "ingest ended by itself" in (tmp_path / "up.log").read_text()
