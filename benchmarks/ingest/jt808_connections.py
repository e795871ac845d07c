"""A thousand terminals of JT/T 808 at once, a fix in ten seconds each: how long until it counts.

    python -m benchmarks.ingest.jt808_connections [--connections 1000] [--minutes 3]

Starts the embedded broker, ingest with SQLite and `pingcheng gateway jt808`, registers the
terminals, and has each report. Broker, ingest, gateway, terminals and the look into the log share
the cores (`--cores`, 2). Measured from the moment a report is sent: until the terminal has its
0x8001, which follows the PUBACK, and until a reader of the log sees the row, which follows the
commit; the log is looked into every 50 ms, so the latter is too long rather than too short. Ends
with 1 if a fix that was acknowledged is not in the log.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ingest.broker.broker import Broker
from ingest.gateway.jt808.message import Version
from ingest.log.pinglog import open_log
from simulators.terminals.jt808 import REPORT, Encoder, Position, Terminal
from tests.fixtures.one_grid_plan import write_one_grid_plan

FIRST = 10_000_000_001
PATIENCE_S = 60.0
_LOOK_S = 0.05
_LISTENING, _SUBSCRIBED = "listening for terminals", "event=subscribed"
Key = tuple[str, int]


@dataclass(slots=True)
class Found:
    """Instants of the bench's own clock by vehicle and event time."""

    sent_s: dict[Key, float] = field(default_factory=dict)
    answered_s: dict[Key, float] = field(default_factory=dict)
    seen_s: dict[Key, float] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Fixes that were acknowledged and are not in the log."""
        return len(self.answered_s.keys() - self.seen_s.keys())


def main() -> int:
    """Run it, print the table and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--interval-s", type=float, default=10.0)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    with tempfile.TemporaryDirectory(prefix="pingcheng-jt808-") as name, ExitStack() as stack:
        folder = Path(name)
        _write(folder, options.connections)
        broker = stack.enter_context(Broker(store=folder / "store"))
        common = ["--broker", str(broker.address)]
        stack.enter_context(_running(folder, _SUBSCRIBED, "ingest", "--plan", "plan.toml", *common))
        line = stack.enter_context(
            _running(folder, _LISTENING, "gateway", "jt808", "--open", "--port", "0", *common)
        )
        found = asyncio.run(_measure(folder, int(line.rpartition("port=")[2]), options))
    _print(found, options)
    return 1 if found.lost else 0


def _write(folder: Path, count: int) -> None:
    vehicles = [f"T{number:05d}" for number in range(count)]
    write_one_grid_plan(folder, vehicles)
    devices = [f"{FIRST + number},{vehicle}" for number, vehicle in enumerate(vehicles)]
    (folder / "devices.csv").write_text("\n".join(["device_id,vehicle_id", *devices]))
    (folder / "pingcheng.toml").write_text(
        'database = "sqlite:///pings.db"\ndevices = "devices.csv"\n'
        '[[topics]]\npattern = "gateway/jt808"\ndialect = "jt808"\n'
    )


@contextmanager
def _running(folder: Path, ready: str, *arguments: str) -> Iterator[str]:
    """Run a command until the end; give the line that says that it is ready."""
    log = folder / f"{arguments[0]}.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "pingcheng", *arguments],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, stderr=written,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        until_s = time.monotonic() + PATIENCE_S
        while not (lines := [line for line in log.read_text().splitlines() if ready in line]):
            if process.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError(f"pingcheng {arguments[0]} did not start: {log.read_text()}")
            time.sleep(_LOOK_S)
        yield lines[0]
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


async def _measure(folder: Path, port: int, options: argparse.Namespace) -> Found:
    found, all_sent = Found(), asyncio.Event()
    async with AsyncExitStack() as stack:
        terminals = []
        for number in range(options.connections):
            encoder = Encoder(str(FIRST + number), list(Version)[number % 2])
            terminal = await stack.enter_async_context(
                await Terminal.connect("127.0.0.1", port, encoder)
            )
            if await terminal.introduce("A12345"):
                raise RuntimeError("the gateway did not let a terminal in")
            terminals.append(terminal)
        print(f"{len(terminals)} terminals are connected", file=sys.stderr, flush=True)
        looking = asyncio.create_task(_look(folder, found, all_sent))
        begins_s = time.monotonic() + 1
        async with asyncio.TaskGroup() as group:
            for number, terminal in enumerate(terminals):
                first_s = begins_s + options.interval_s * number / len(terminals)
                group.create_task(_report(terminal, f"T{number:05d}", first_s, found, options))
        all_sent.set()
        await looking
    return found


async def _report(
    terminal: Terminal, vehicle: str, first_s: float, found: Found, options: argparse.Namespace
) -> None:
    """Report once in each interval, at a moment of this terminal's own."""
    for number in range(max(1, round(options.minutes * 60 / options.interval_s))):
        await asyncio.sleep(max(0.0, first_s + number * options.interval_s - time.monotonic()))
        at = datetime.now(UTC).replace(microsecond=0)
        key = vehicle, int(at.timestamp()) * 1000
        body = Position(at, 113.3 + number * 1e-4, 40.08, 18.0, 90, 1040).body()
        found.sent_s[key] = time.monotonic()
        serial = await terminal.send(REPORT, body)
        await asyncio.wait_for(terminal.result_of(serial), PATIENCE_S)
        found.answered_s[key] = time.monotonic()


async def _look(folder: Path, found: Found, all_sent: asyncio.Event) -> None:
    """Look into the log over and over, until all is there that was acknowledged, or long enough."""
    sequence, until_s = 0, float("inf")
    with open_log(f"sqlite:///{folder / 'pings.db'}", create=False) as log:
        while True:
            rows, sequence = await asyncio.to_thread(log.read_pings_since, sequence)
            now_s = time.monotonic()
            times = rows["event_time"].to_numpy("datetime64[ms]").astype(np.int64).tolist()
            for key in zip(rows["vehicle_id"].tolist(), times, strict=True):
                found.seen_s.setdefault(key, now_s)
            if all_sent.is_set():
                until_s = min(until_s, now_s + PATIENCE_S)
                if not found.lost or now_s > until_s:
                    return
            await asyncio.sleep(_LOOK_S)


def _print(found: Found, options: argparse.Namespace) -> None:
    table = Table(
        "from the report until", "p50 ms", "p99 ms", "longest ms",
        title=f"{options.connections:,} connections, a fix in {options.interval_s:g} s each, "
        f"{options.cores} cores",
    )  # fmt: skip
    for what, reached_s in (
        ("0x8001, after the PUBACK", found.answered_s),
        ("the row is read from the log", found.seen_s),
    ):
        taken = [1000 * (reached_s[key] - found.sent_s[key]) for key in reached_s]
        figures = np.percentile(taken, [50, 99, 100]) if taken else [float("nan")] * 3
        table.add_row(what, *(f"{figure:.0f}" for figure in figures))
    Console(width=100).print(table)
    print(
        f"{len(found.sent_s):,} fixes sent, {len(found.answered_s):,} acknowledged, "
        f"{len(found.seen_s):,} in the log, {found.lost:,} acknowledged and lost"
    )


if __name__ == "__main__":
    sys.exit(main())
