"""How many messages a second a broker has on disk before it acknowledges them.

    python -m benchmarks.ingest.durable [--brokers nats,mosquitto,ungrouped] [--seconds 3]
        [--connections 1,8,57,500] [--in-flight 1,20]
    python -m benchmarks.ingest.durable --kills 20 [--brokers ...]

Each broker runs with the configuration that is shipped, on this machine's disk, with a session that
nobody reads: all waits in the queue. `ungrouped` is Mosquitto whose journal syncs each message.
Before, and in the same folder, the disk alone is measured. Syncs are counted in a run of their own,
under strace, where it is installed.

With `--kills` the broker is killed (SIGKILL) so often while 57 connections publish. Then the
session is read, and what was acknowledged and is not in it is counted: ends with 1 if that is
anything.
"""

import argparse
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks.ingest.crowd import Crowd, read_ping
from benchmarks.ingest.disk_syncs import records_a_second, syncs_of
from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from tests.fixtures.processes import descendants
from tests.servers.mosquitto import Mosquitto

BROKERS = ("nats", "mosquitto", "ungrouped")
KILLED = 57, 20
"""Connections, and messages in flight of each, while the broker is killed."""
_KILL_AFTER_S = 0.3, 1.5
_SEED = 392
_WARM_UP_S, _COUNTED_S, _PATIENCE_S = 0.5, 1.5, 60.0
_KEEPER = "keeper"
_DISK = {
    "one file, a sync a record": (1, 1),
    "8 files at once, a sync a record": (8, 1),
    "57 files at once, a sync a record": (57, 1),
    "one file, a sync for 57 records": (1, 57),
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--brokers", default="nats,mosquitto", help=f"of {', '.join(BROKERS)}")
    parser.add_argument("--seconds", type=float, default=3.0, help="each (default %(default)s)")
    parser.add_argument("--connections", default="1,8,57,500")
    parser.add_argument("--in-flight", default="1,20", help="messages of each connection")
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    brokers = options.brokers.split(",")
    if unknown := set(brokers) - set(BROKERS):
        parser.error(f"there is no broker {min(unknown)!r}; there are {', '.join(BROKERS)}")
    console = Console(width=120)
    if options.kills:
        lost = [_kill(console, broker, options.kills) for broker in brokers]
        raise SystemExit(1 if any(lost) else 0)
    _show_disk(console, options.seconds)
    table = _table("broker", "connections", "in flight each", "acknowledged/s", "ms to the answer",
                   "broker, µs of a core each", "messages a sync")  # fmt: skip
    for connections in map(int, options.connections.split(",")):
        for window in map(int, options.in_flight.split(",")):
            for broker in brokers:
                figures = _measure(broker, connections, window, options.seconds)
                table.add_row(broker, f"{connections}", f"{window}", *figures)
    console.print(table)


def _show_disk(console: Console, seconds: float) -> None:
    table = _table("disk alone, records of 200 bytes", "records/s")
    with tempfile.TemporaryDirectory(prefix="pingcheng-durable-") as folder:
        for name, (files, records) in _DISK.items():
            rate = records_a_second(Path(folder), files=files, records=records, seconds=seconds)
            table.add_row(name, f"{rate:,.0f}")
    console.print(table)


def _measure(name: str, connections: int, window: int, seconds: float) -> list[str]:
    """Give the figures of a broker, or that it ended connections."""
    with (
        _running(name) as (broker, process_id),
        Crowd(broker.address, connections, window) as crowd,
    ):
        try:
            crowd.publish(_WARM_UP_S)
            before_s, began_s = _cores_s(process_id), time.monotonic()
            count = crowd.publish(seconds)
            took_s, cores_s = time.monotonic() - began_s, _cores_s(process_id) - before_s
            crowd.settle()
            before = crowd.acknowledged
            syncs = syncs_of(process_id, lambda: _publish_and_settle(crowd))
            counted = crowd.acknowledged - before
        except OSError as error:
            return [f"({error})", "", "", ""]
    rate = count / took_s
    return [
        f"{rate:,.0f}",
        f"{connections * window / rate * 1000:,.1f}",
        f"{cores_s / count * 1e6:,.0f}",
        f"{counted / syncs:,.1f}" if syncs else "?",
    ]


def _publish_and_settle(crowd: Crowd) -> None:
    crowd.publish(_COUNTED_S)
    crowd.settle()


def _kill(console: Console, name: str, kills: int) -> int:
    """Kill a broker again and again; give how many messages it lost."""
    dice = random.Random(_SEED)
    connections, window = KILLED
    with _running(name) as (broker, _), Crowd(broker.address, connections, window) as crowd:
        for number in range(kills):
            if number:
                crowd.reconnect()
            killing = threading.Timer(dice.uniform(*_KILL_AFTER_S), broker.kill)
            killing.start()
            try:
                crowd.publish(_PATIENCE_S)
            except OSError:
                crowd.read_rest()
            killing.join()
            broker.start()
        promised = crowd.promised()
        lost = promised - _delivered(broker.address, promised)
    console.print(
        f"{name}: {kills} kills, {len(promised):,} acknowledged, {len(lost):,} of them lost"
    )
    return len(lost)


@contextmanager
def _running(name: str) -> Iterator[tuple[Broker | Mosquitto, int]]:
    """Start a broker, and a session in it; give it and the number of its process."""
    with tempfile.TemporaryDirectory(prefix="pingcheng-durable-") as folder, ExitStack() as stack:
        store = Path(folder) / "broker"
        if name == "nats":
            broker: Broker | Mosquitto = stack.enter_context(Broker(store=store))
            process = "nats-server"
        else:
            preload = [] if name == "ungrouped" else None
            changes = {"max_connections": "5000"}  # as for trucks; 100 is for this machine only
            broker = stack.enter_context(Mosquitto(store, changes=changes, preload=preload))
            process = "mosquitto"
        _delivered(broker.address, set())
        if isinstance(broker, Mosquitto):
            broker.save()  # it knows a new session after a kill only once it has saved
        yield broker, max(pid for pid, it in descendants(os.getpid()).items() if process in it)


def _delivered(address: BrokerAddress, wanted: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Read the session until all that is wanted has come, or nothing comes any more."""
    came: set[tuple[int, int]] = set()
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, _KEEPER, clean_session=False)
    client.on_connect = lambda *_: client.subscribe("fleet/+/ping", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _, __, message: came.add(read_ping(message.payload))
    client.connect(address.host, address.port)
    client.loop_start()
    subscribed.wait(_PATIENCE_S)
    count, since_s = -1, time.monotonic()
    while not came >= wanted and time.monotonic() - since_s < _PATIENCE_S / 2:
        if len(came) != count:
            count, since_s = len(came), time.monotonic()
        time.sleep(0.2)
    client.disconnect()
    client.loop_stop()
    return came


def _cores_s(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _table(*columns: str) -> Table:
    table = Table(*columns, box=MARKDOWN)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


if __name__ == "__main__":
    main()
