"""`pingcheng up` as a user runs it: one command, and a ping comes out on the page."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest
from msgspec.structs import replace

from ingest.broker.address import BrokerAddress
from ingest.log.pinglog import open_log
from ingest.ping import Ping
from tests.fixtures.mqtt import publishing, until
from tests.fixtures.operations import TRUCK, sample_plan, write_plan
from tests.fixtures.processes import descendants
from tests.servers.postgres import need_postgres, postgres

MESSAGES = 100
SECRET = "geheim4711"


def begun(folder, *arguments, **environment):
    """Start it in a folder; give the process."""
    write_plan(folder)
    with (folder / "up.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "pingcheng", "up", "--plan", "plan.toml", "--port", "0",
             "--broker-port", "0", *arguments],
            cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True,
            env={**os.environ, **environment},
        )  # fmt: skip


@contextmanager
def up(folder, *arguments, **environment):
    """Run it in a folder; give the process, the broker's address and the page's URL."""
    process = begun(folder, *arguments, **environment)
    try:
        told = [process.stdout.readline().split()[-1] for _ in range(2)]
        urls = {url.partition("://")[0]: url for url in told}
        yield process, BrokerAddress.parse(urls["mqtt"]), urls["http"].rstrip("/")
    finally:
        process.terminate()
        process.communicate(timeout=60)


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


@contextmanager
def nothing_can_be_stored(folder):
    """Keep all others from writing into the log."""
    writer = sqlite3.connect(folder / "pings.db", isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        yield
    finally:
        writer.close()


def publish_all(address):
    """Publish some pings; all are acknowledged when this returns."""
    last_ms = now_ms() - 60_000
    with publishing(address) as publisher:
        for number in range(MESSAGES):
            publisher.ping(replace(fix(), event_time_ms=last_ms - 1000 * number))
        publisher.settle()
    return MESSAGES


def stored(folder):
    with open_log(f"sqlite:///{folder / 'pings.db'}", create=False) as log:
        counters = log.counters()
        assert counters.balanced
        return counters.stored


def told(folder):
    return (folder / "up.log").read_text()


def test_a_message_of_the_first_second_is_kept_though_ingest_has_not_subscribed_yet(tmp_path):
    process = begun(tmp_path)
    try:
        address = BrokerAddress.parse(process.stdout.readline().split()[-1])
        sent = publish_all(address)
        until(lambda: stored(tmp_path) == sent)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_what_trucks_were_told_is_safe_is_stored_before_it_ends(tmp_path):
    with up(tmp_path) as (process, address, _):
        with nothing_can_be_stored(tmp_path):
            sent = publish_all(address)
            process.send_signal(signal.SIGTERM)
            until(lambda: f"{sent} messages wait to be stored before the end" in told(tmp_path))
            assert stored(tmp_path) == 0
        assert process.wait(60) == 0
    assert stored(tmp_path) == sent
    assert "all that waited is stored" in told(tmp_path)


def test_what_cannot_be_stored_in_time_waits_on_disk_for_the_next_start(tmp_path):
    with up(tmp_path) as (process, address, _), nothing_can_be_stored(tmp_path):
        sent = publish_all(address)
        process.send_signal(signal.SIGTERM)
        until(lambda: "before the end" in told(tmp_path))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert f"{sent} messages wait in pings.db-broker" in told(tmp_path)
    assert stored(tmp_path) == 0
    with up(tmp_path):
        until(lambda: stored(tmp_path) == sent)


def test_killed_it_loses_nothing_and_leaves_nothing_outside_its_store(tmp_path):
    passing = tmp_path / "passing"
    passing.mkdir()
    with (
        up(tmp_path, TMPDIR=str(passing)) as (process, address, _),
        nothing_can_be_stored(tmp_path),
    ):
        sent = publish_all(address)
        below = descendants(process.pid)
        process.kill()
        process.wait(60)
        until(lambda: not any(is_running(pid) for pid in below))
    assert list(passing.iterdir()) == []
    with up(tmp_path, TMPDIR=str(passing)):
        until(lambda: stored(tmp_path) == sent)


def is_running(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_what_waits_at_the_broker_is_a_metric_of_ingest(tmp_path):
    def waiting():
        port = re.search(r"healthz and /metrics\" port=(\d+)", told(tmp_path))
        if port is None:
            return None
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics") as answer:
            found = re.search(
                r"^pingcheng_broker_store_messages (\S+)$", answer.read().decode(), re.MULTILINE
            )
        return float(found[1])

    with up(tmp_path, PINGCHENG_HEALTH="127.0.0.1:0") as (_, address, _url):
        with nothing_can_be_stored(tmp_path):
            sent = publish_all(address)
            assert until(waiting) == sent
        until(lambda: waiting() == 0)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("place", ["userinfo", "option"])
def test_a_password_of_the_database_is_in_no_command_line_no_log_and_not_with_the_broker(
    tmp_path, place
):
    need_postgres()
    channels = json.dumps({"channels": [f"json://127.0.0.1:1/{SECRET}"]})
    with postgres() as server:
        url = server.new_database()
        if place == "userinfo":
            url = url.replace("postgres@", f"postgres:{SECRET}@")
        else:
            url += f"?password={SECRET}"
        environment = {"PINGCHENG_DATABASE": url, "PINGCHENG_ALERTS": channels}
        with up(tmp_path, "--drain", "0", **environment) as (process, address, _):
            until(lambda: "event=watching" in told(tmp_path))
            below = descendants(process.pid)
            programs = {
                "nats-server",
                "pingcheng ingest",
                "pingcheng serve",
                "pingcheng alerts run",
            }
            for pid, command in below.items():
                (program,) = [each for each in programs if each in command]
                programs.remove(program)
                assert SECRET not in command
                if program == "nats-server":
                    assert SECRET not in environment_of(pid)
                elif program != "pingcheng alerts run":
                    assert "PINGCHENG_ALERTS" not in environment_of(pid)
            assert not programs
            server.stop()  # errors of a database that is away are the ones that show where it is
            with publishing(address) as publisher:
                publisher.ping(fix())
            until(lambda: "commit failed" in told(tmp_path))
    assert "***" in told(tmp_path)
    assert SECRET not in told(tmp_path)


def environment_of(pid):
    return Path(f"/proc/{pid}/environ").read_bytes().decode()
