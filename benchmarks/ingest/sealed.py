"""Reading a closed day of a ping log from its rows and from its segment, on both databases.

    python -m benchmarks.ingest.sealed [--grids 57] [--interval-s 1] [--runs 3] [--places rounded]
    python -m benchmarks.ingest.sealed --pings FILE

Simulates a day of the sample plan, as its trackers send it, writes it into a log and reads it: all
of it, and an hour of one vehicle; then seals it and reads the same again. Core seconds of this
program are shown, and of PostgreSQL's processes for it, the least of all runs after a warm-up; the
frames are compared to the last bit. `--places exact` has places with all 17 digits, as those that
were converted from another datum have, in the place of the six decimals of a tracker. `--pings`
takes a recorded file instead, as `pingcheng ingest --file` does. PostgreSQL is left out where it is
not installed.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.networks.networks import plan_of
from ingest.files.ping_file import read_ping_file
from ingest.log.batch import batches_of
from ingest.log.pinglog import PingLog, open_log
from ingest.log.rows import DAY_MS
from ingest.log.segments.encoding import same_bits
from ingest.log.segments.sealing import seal_days
from ingest.ping import RECEIVED_COLUMN, conform
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario
from tests.servers.postgres import PostgresServer, binaries, postgres

DATE = date(2022, 3, 28)
HOUR_MS = 3_600_000
Result = TypeVar("Result")
_HALF_OF_SIXTH_DECIMAL = 5e-7


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--grids", type=int, default=57, help="whose trucks drive (default 57)")
    parser.add_argument("--interval-s", type=float, default=1, help="between fixes (default 1)")
    parser.add_argument("--runs", type=int, default=3, help="after a warm-up (default 3)")
    parser.add_argument("--places", choices=["rounded", "exact"], default="rounded")
    parser.add_argument("--pings", type=Path, help="a recorded file in the place of a simulation")
    options = parser.parse_args()
    if options.pings is None:
        pings = _day(options.grids, options.interval_s, exact=options.places == "exact")
    else:
        pings = read_ping_file(options.pings).pings
        if RECEIVED_COLUMN not in pings.columns:  # as over a network, a second later
            received = pings["event_time"] + pd.Timedelta(seconds=1)
            pings = conform(pings.assign(**{RECEIVED_COLUMN: received}))
    table = Table("database", "what", "pings", "rows, s", "sealed, s", "times less", title="cores")
    for column in table.columns[2:]:
        column.justify = "right"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls: dict[str, tuple[str, PostgresServer | None]] = {
            "SQLite": (f"sqlite:///{folder / 'pings.db'}", None)
        }
        if binaries() is not None:
            server = stack.enter_context(postgres(fsync=True))
            urls["PostgreSQL"] = server.new_database(), server
        for name, (url, of) in urls.items():
            with open_log(url) as log:
                for row in _compared(log, pings, folder / name, of, options.runs):
                    table.add_row(name, *row)
    Console(width=110).print(table)


def _day(grids: int, interval_s: float, *, exact: bool) -> pd.DataFrame:
    plan = plan_of("schematic", 1)
    receiver = ReceiverSettings(interval_s=interval_s)
    day = simulate_day(
        plan,
        DATE,
        Scenario.MIXED,
        1,
        settings=SimulationSettings(receiver=receiver),
        only_grids=[grid.id for grid in plan.grids[:grids]],
    )
    if not exact:
        return day.pings
    dice = np.random.default_rng(1)
    lost = {
        name: day.pings[name]
        + dice.uniform(-_HALF_OF_SIXTH_DECIMAL, _HALF_OF_SIXTH_DECIMAL, len(day.pings))
        for name in ("longitude", "latitude")
    }
    return conform(day.pings.assign(**lost))


def _compared(
    log: PingLog, pings: pd.DataFrame, folder: Path, server: PostgresServer | None, runs: int
) -> Iterator[list[str]]:
    for batch in batches_of(pings, ()):
        log.write(batch)
    first = log.read_pings()
    vehicle = first["vehicle_id"].iloc[len(first) // 2]
    middle_ms = int(first["event_time"].iloc[len(first) // 2].timestamp() * 1000)
    del first
    start_ms = middle_ms - middle_ms % DAY_MS
    hour_ms = middle_ms - middle_ms % HOUR_MS
    asked = {
        "a day": {"start_ms": start_ms, "end_ms": start_ms + DAY_MS},
        "an hour of a vehicle": {
            "start_ms": hour_ms,
            "end_ms": hour_ms + HOUR_MS,
            "vehicles": [vehicle],
        },
    }
    before = {
        what: _least_s(lambda ask=ask: log.read_pings(**ask), server, runs)
        for what, ask in asked.items()
    }
    sealed, seal_s = _least_s(
        lambda: list(seal_days(log, folder, now_ms=2**62, quiet_ms=0)), server, 0
    )
    for what, ask in asked.items():
        rows, rows_s = before[what]
        read, read_s = _least_s(lambda ask=ask: log.read_pings(**ask), server, runs)
        if not same_bits(rows, read):
            raise AssertionError(f"{what}: the segment says something else than the rows")
        ratio = f"{rows_s / read_s:.1f}"
        yield [what, f"{len(rows):,}", f"{rows_s:.3f}", f"{read_s:.3f}", ratio]
    size = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    yield [
        "sealing",
        f"{sum(one.pings for one in sealed):,}",
        "",
        f"{seal_s:.3f}",
        f"{size / len(pings):.2f} B a ping",
    ]


def _least_s(
    do: Callable[[], Result], server: PostgresServer | None, runs: int
) -> tuple[Result, float]:
    """Do it and tell the core seconds that it took, the least of all runs but the first."""
    taken = []
    for _ in range(runs + 1):
        begun = _cores_s(server)
        result = do()
        taken.append(_cores_s(server) - begun)
    return result, min(taken[1:] or taken)


def _cores_s(server: PostgresServer | None) -> float:
    """Tell the core seconds that this program has taken, and the processes of a server."""
    own = time.process_time()
    if server is None:
        return own
    parent = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ticks = 0
    for process_id in (parent, *map(int, children)):
        told = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        # of the first also what those took that have ended
        ticks += sum(map(int, told[11:15] if process_id == parent else told[11:13]))
    return own + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
