"""The whole way of a fix from a terminal's TCP connection into the log, with all parts real."""

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from ingest.broker.broker import Broker
from ingest.gateway.jt808.admission import OpenGate
from ingest.gateway.jt808.message import Version
from ingest.gateway.jt808.server import Limits, Server
from ingest.log.pinglog import open_log
from simulators.terminals import jt808 as terminal
from simulators.terminals.jt808 import Encoder, Position, Terminal
from tests.fixtures.gateways import gateway_process, introduced, number_of
from tests.fixtures.mqtt import PATIENCE_S, VEHICLES, until
from tests.fixtures.one_grid_plan import write_one_grid_plan

SETTINGS = """
devices = "devices.csv"
[[topics]]
pattern = "gateway/jt808"
dialect = "jt808"
"""
CODE = "5f1c2d3e4a5b6c7d"


@pytest.fixture
def folder(tmp_path):
    """Make a plan, its devices, their terminals and the settings."""
    write_one_grid_plan(tmp_path, VEHICLES)
    devices = [f"{number_of(index)},{vehicle}" for index, vehicle in enumerate(VEHICLES)]
    (tmp_path / "devices.csv").write_text("\n".join(["device_id,vehicle_id", *devices]))
    (tmp_path / "pingcheng.toml").write_text(SETTINGS)
    listed = [f"{number_of(index)},{CODE}{index}" for index in range(len(VEHICLES))]
    (tmp_path / "terminals.csv").write_text("\n".join(["terminal,code", *listed]))
    return tmp_path


@pytest.fixture
def broker(tmp_path):
    with Broker(store=tmp_path / "store", ack_wait_s=1) as running:
        yield running


@pytest.fixture
def ingest(folder, broker):
    process = subprocess.Popen(
        [sys.executable, "-m", "pingcheng", "ingest", "--plan", "plan.toml", "--database",
         "sqlite:///pings.db", "--broker", str(broker.address)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    heard = []
    while "event=subscribed" not in (line := process.stderr.readline()):
        heard.append(line)
        assert line, heard
    yield process
    process.kill()
    process.communicate()


def fix(index, age_s, **more):
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=age_s)
    return Position(at, 113.3 + index * 1e-4, 40.08, 18.0, 90, 1040, **more)


def counted(folder, reports):
    """Wait until the log has stored or refused so many; give its counters and its rows."""
    with open_log(f"sqlite:///{folder / 'pings.db'}", create=False) as log:
        # what was sent again is received again, so that this counts what came of them
        until(lambda: log.counters().stored + log.counters().rejected >= reports)
        return log.counters(), len(log.read_pings())


async def answered(coming):
    return await asyncio.wait_for(coming, PATIENCE_S)


@pytest.mark.usefixtures("ingest")
def test_terminals_of_both_versions_register_report_and_send_what_they_stored(folder, broker):
    async def speak(port):
        for index, version in enumerate(Version):
            async with introduced(port, index, version) as its:
                first = await its.send(terminal.REPORT, fix(index, 5).body())
                assert await answered(its.insist(first)) == 0
                stored = [fix(index, age) for age in range(600, 300, -1)]
                batch = await its.send(terminal.BATCH, terminal.batch(stored, blind=True))
                assert await answered(its.result_of(batch)) == 0
                beat = await its.send(terminal.HEARTBEAT)
                assert await answered(its.result_of(beat)) == 0
                lost = await its.send(terminal.REPORT, fix(index, 4, positioned=False).body())
                assert await answered(its.result_of(lost)) == 0
                torn = await its.send(terminal.REPORT, b"torn")
                assert await answered(its.result_of(torn)) == 2

    with gateway_process(folder, broker.address, "--terminals", "terminals.csv") as (_, port):
        asyncio.run(speak(port))
        counters, rows = counted(folder, 2 * 303)
    assert rows == counters.stored == 2 * 301
    assert counters.rejected_by_code == {"no_fix": 2, "not_an_object": 2}


def test_who_does_not_know_its_code_is_not_listened_to(folder, broker):
    async def speak(port):
        async with await Terminal.connect("127.0.0.1", port, Encoder("999")) as its:
            assert await answered(its.introduce("晋BQ0384")) == 4
        async with await Terminal.connect("127.0.0.1", port, Encoder(number_of(0))) as its:
            assert await answered(its.introduce("晋BQ0384", "guess")) == 1
            await its.send(terminal.REPORT, fix(0, 5).body())
            said = await its.send(terminal.AUTHENTICATE, f"{CODE}0".encode())
            assert await answered(its.result_of(said)) == 0

    with gateway_process(folder, broker.address, "--terminals", "terminals.csv") as (process, port):
        asyncio.run(speak(port))
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "before_authentication=1" in told
    assert number_of(0) not in told


@pytest.mark.usefixtures("ingest")
def test_nothing_acknowledged_is_lost_when_the_gateway_is_killed_and_repetitions_count_once(
    folder, broker
):
    fixes = [fix(0, age) for age in range(900, 600, -1)]
    acknowledged = set()

    async def speak(port, kill_at, process):
        async with introduced(port) as its:
            for number, each in enumerate(fixes):
                if number in acknowledged:
                    continue
                serial = await its.send(terminal.REPORT, each.body())
                if number == kill_at:
                    process.kill()
                assert await answered(its.insist(serial)) == 0
                acknowledged.add(number)

    port = 0
    for kill_at in (70, 150, 151, None):
        running = gateway_process(folder, broker.address, "--terminals", "terminals.csv", port=port)
        with running as (process, port):
            if kill_at is None:
                asyncio.run(speak(port, None, process))
            else:
                with pytest.raises((ConnectionError, TimeoutError)):
                    asyncio.run(speak(port, kill_at, process))
                assert len(acknowledged) >= kill_at
    counters, rows = counted(folder, len(fixes))
    assert rows == counters.stored == len(fixes)
    assert counters.rejected == 0


def test_while_the_broker_is_away_nothing_is_answered_and_the_repetition_is(folder, tmp_path):
    async def speak(port):
        async with introduced(port) as its:
            [frame] = its.encoder.message(terminal.REPORT, fix(0, 5).body())
            serial = its.encoder.serial - 1
            await its.send_raw(frame)
            beat = await its.send(terminal.HEARTBEAT)
            # no word of the report, which came before
            heard = await answered(its.hear(0x8001))
            assert int.from_bytes(heard.body[:2]) == beat
            with Broker(store=tmp_path / "store", port=mqtt_port):
                answers = asyncio.create_task(its.result_of(serial))
                while not answers.done():
                    await its.send_raw(frame)
                    await asyncio.wait({answers}, timeout=0.5)
                assert answers.result() == 0

    with Broker(store=tmp_path / "store") as running:
        address, mqtt_port = running.address, running.address.port
    with gateway_process(folder, address, "--terminals", "terminals.csv") as (_, port):
        asyncio.run(speak(port))


class Silent:
    """A broker that acknowledges when it is told to."""

    def __init__(self):
        self.taken, self.acknowledged = [], asyncio.Event()

    async def publish(self, topic, payload):
        self.taken.append((topic, payload))
        await self.acknowledged.wait()


async def no_more(its):
    """Tell whether the gateway has ended the connection."""
    with pytest.raises(ConnectionError):
        await answered(its.hear(0x8001))


def served(speak, **limits):
    """Run a server within this process, with a broker that waits for a word."""

    async def both():
        broker = Silent()
        async with Server(
            ("127.0.0.1", 0), "gateway/jt808", OpenGate, broker, Limits(**limits)
        ) as server:
            await speak(server, broker)
        return server

    return asyncio.run(both())


def connect(server, index=0):
    return Terminal.connect("127.0.0.1", server.port, Encoder(number_of(index)))


def test_at_the_end_what_the_broker_still_acknowledges_is_answered():
    async def both():
        broker = Silent()
        server = Server(("127.0.0.1", 0), "gateway/jt808", OpenGate, broker)
        async with server:
            its = await connect(server)
            await its.send(terminal.REPORT, fix(0, 5).body())
            while not broker.taken:
                await asyncio.sleep(0)
            asyncio.get_running_loop().call_later(0.2, broker.acknowledged.set)
        async with its:
            assert await answered(its.result_of(0)) == 0

    asyncio.run(both())


def test_a_repetition_while_the_first_is_open_is_published_once():
    async def speak(server, broker):
        async with await connect(server) as its:
            [frame] = its.encoder.message(terminal.REPORT, fix(0, 5).body())
            await its.send_raw(frame * 3)
            while server.counts["repeated while open"] < 2:
                await asyncio.sleep(0)
            broker.acknowledged.set()
            assert await answered(its.result_of(0)) == 0
            assert len(broker.taken) == 1

    served(speak)


async def beat(its):
    """Have a heartbeat answered."""
    serial = await its.send(terminal.HEARTBEAT)
    assert await answered(its.result_of(serial)) == 0


def test_who_begins_a_frame_and_does_not_end_it_is_ended():
    async def speak(server, _broker):
        async with await connect(server) as its:
            await beat(its)
            await its.send_raw(b"\x7e\x02\x00")
            await no_more(its)

    server = served(speak, frame_s=0.05)
    assert server.counts["ended: a frame did not end in time"] == 1


def test_who_says_nothing_is_ended():
    async def speak(server, _broker):
        async with await connect(server) as its:
            await no_more(its)

    def counts(**limits):
        return served(speak, **limits).counts

    assert counts(introduction_s=0.05)["ended: it did not say its code in time"] == 1
    assert counts(silence_s=0.05)["ended: silent"] == 1


def test_beyond_the_limit_connections_are_turned_away():
    async def speak(server, _broker):
        async with await connect(server) as first:
            await beat(first)
            async with await connect(server) as second:
                await no_more(second)
            await beat(first)

    assert served(speak, connections=1).counts["turned away"] == 1


def test_who_sends_too_much_is_slowed_down_and_loses_nothing():
    async def speak(server, broker):
        broker.acknowledged.set()
        async with await connect(server) as its:
            for _ in range(200):
                last = await its.send(terminal.REPORT, fix(0, 5).body())
            assert await answered(its.result_of(last)) == 0
        assert server.counts["reports"] == 200

    assert served(speak, bytes_per_s=800.0).counts["pauses in reading"] > 0


def test_a_terminal_is_added_by_the_command_and_let_in(folder, broker):
    async def speak(port):
        async with introduced(port) as its:
            await beat(its)

    added = subprocess.run(
        [sys.executable, "-m", "pingcheng", "gateway", "jt808", "--terminals", "new.csv",
         "--add-terminal", number_of(0)],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "added" in added.stdout
    assert (folder / "new.csv").stat().st_mode & 0o777 == 0o600
    with gateway_process(folder, broker.address, "--terminals", "new.csv") as (_, port):
        asyncio.run(speak(port))
