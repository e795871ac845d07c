"""`pingcheng up` as a user runs it: one command, and a ping comes out on the page."""

import fcntl
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import termios
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest
from msgspec.structs import replace

from ingest.broker.address import BrokerAddress
from tests.fixtures.hangups import hangups_heeded  # noqa: F401
from tests.fixtures.mqtt import publishing, until
from tests.fixtures.operations import TRUCK, write_plan
from tests.fixtures.processes import descendants
from tests.fixtures.started_up import begun, fix, now_ms, state, stored, told, up
from tests.servers.postgres import need_postgres, postgres

MESSAGES = 100
SECRET = "geheim4711"


def position(url):
    (vehicle,) = (each for each in state(url)["vehicles"] if each["id"] == TRUCK)
    return vehicle["event_ms"]


@contextmanager
def nothing_can_be_stored(folder):
    """Keep all others from writing into the log."""
    writer = sqlite3.connect(folder / "pings.db", isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        yield
    finally:
        writer.close()


def publish_all(address, minutes_ago=1):
    """Publish some pings; all are acknowledged when this returns."""
    last_ms = now_ms() - 60_000 * minutes_ago
    with publishing(address) as publisher:
        for number in range(MESSAGES):
            publisher.ping(replace(fix(), event_time_ms=last_ms - 1000 * number))
        publisher.settle()
    return MESSAGES


def test_a_ping_comes_out_on_the_page_also_one_of_the_first_second_and_all_end_together(tmp_path):
    process = begun(tmp_path)
    try:
        address = BrokerAddress.parse(process.stdout.readline().split()[-1])
        sent = publish_all(address)  # ingest has not subscribed yet
        url = process.stdout.readline().strip().rstrip("/")
        until(lambda: stored(tmp_path) == sent)
        latest = fix()
        with publishing(address) as publisher:
            publisher.ping(latest)
            publisher.settle()
        until(lambda: position(url) == latest.event_time_ms)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        with pytest.raises(URLError):
            state(url)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_the_alerter_runs_along_if_somebody_is_to_be_told_and_if_one_ends_by_itself_all_do(
    tmp_path,
):
    (tmp_path / "pingcheng.toml").write_text("[alerts]\nmqtt = true\n")
    with up(tmp_path) as (process, _, url):
        until(lambda: "event=watching" in told(tmp_path) and "subscribed" in told(tmp_path))
        below = descendants(process.pid)
        (child,) = [pid for pid, command in below.items() if "pingcheng ingest" in command]
        os.kill(child, signal.SIGKILL)
        assert process.wait(60) == 1
        with pytest.raises(URLError):
            state(url)
    assert "ingest ended by itself" in told(tmp_path)


def test_killed_it_loses_nothing_and_leaves_nothing_outside_its_store_and_told_to_end_it_stores_all(
    tmp_path,
):
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
    with up(tmp_path, TMPDIR=str(passing)) as (process, address, _):
        until(lambda: stored(tmp_path) == sent)
        with nothing_can_be_stored(tmp_path):
            more = publish_all(address, minutes_ago=10)
            process.send_signal(signal.SIGTERM)
            until(lambda: f"{more} messages wait to be stored before the end" in told(tmp_path))
            assert stored(tmp_path) == sent
        assert process.wait(60) == 0
    assert stored(tmp_path) == sent + more
    assert "all that waited is stored" in told(tmp_path)


def is_running(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_what_waits_is_a_metric_of_ingest_and_if_time_is_short_stays_on_disk_for_the_next_start(
    tmp_path,
):
    def waiting():
        port = re.search(r"healthz and /metrics\" port=(\d+)", told(tmp_path))
        if port is None:
            return None
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics") as answer:
            found = re.search(
                r"^pingcheng_broker_store_messages (\S+)$", answer.read().decode(), re.MULTILINE
            )
        return float(found[1])

    with up(tmp_path, PINGCHENG_HEALTH="127.0.0.1:0") as (process, address, _):
        with nothing_can_be_stored(tmp_path):
            sent = publish_all(address)
            assert until(waiting) == sent
        until(lambda: waiting() == 0)
        with nothing_can_be_stored(tmp_path):
            more = publish_all(address, minutes_ago=10)
            process.send_signal(signal.SIGTERM)
            until(lambda: "before the end" in told(tmp_path))
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
    assert f"{more} messages wait in pings.db-broker" in told(tmp_path)
    assert stored(tmp_path) == sent
    with up(tmp_path):
        until(lambda: stored(tmp_path) == sent + more)


@pytest.mark.usefixtures("hangups_heeded")
def test_when_its_terminal_is_closed_what_waits_is_stored_before_it_ends(tmp_path):
    write_plan(tmp_path)
    terminal, its_end = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "pingcheng", "up", "--plan", "plan.toml", "--port", "0",
         "--broker-port", "0"],
        cwd=tmp_path, stdin=its_end, stdout=subprocess.PIPE, stderr=its_end, text=True,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one system call
    ) as process:  # fmt: skip
        os.close(its_end)
        address = BrokerAddress.parse(process.stdout.readline().split()[-1])
        with nothing_can_be_stored(tmp_path):
            sent = publish_all(address)
            os.close(terminal)
            assert stored(tmp_path) == 0
        try:
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert stored(tmp_path) == sent


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_password_of_the_database_is_in_no_command_line_no_log_and_not_with_the_broker(
    tmp_path,
):
    need_postgres()
    channels = json.dumps({"channels": [f"json://127.0.0.1:1/{SECRET}"]})
    with postgres() as server:
        url = server.new_database().replace("postgres@", f"postgres:{SECRET}@")
        url += f"?password={SECRET}"  # in both places where a URL may have one
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
