"""Reading one day out of a ping log of one day, of a month and of a year, on both databases.

    python -m benchmarks.ingest.log_year [--vehicles 50] [--interval-s 300] [--runs 5]

Fills a log with the pings of a fleet that reports all day long, day after day as they would come,
and measures `PingLog.read_pings` of one day of all vehicles, and of one vehicle, each time the log
has grown. The middle day of the log is read, after a warm-up, and the least time of all runs is
shown; the ratio is that to a log of one day: 1.00 everywhere would mean that a year costs nothing.
PostgreSQL is left out where it is not installed.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ingest.log.batch import Batch, Row
from ingest.log.pinglog import PingLog, open_log
from ingest.log.rows import DAY_MS
from tests.servers.postgres import binaries, postgres

FIRST_MS = 1_640_995_200_000  # 2022-01-01
DAYS = (1, 30, 365)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--vehicles", type=int, default=50, help="that report (default 50)")
    parser.add_argument("--interval-s", type=int, default=300, help="between fixes (default 300)")
    parser.add_argument("--runs", type=int, default=5, help="after a warm-up (default 5)")
    options = parser.parse_args()
    table = Table(
        "database", "days", "pings", "write µs\na ping", "day ms", "to 1 day", "one vehicle's ms"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite:///{Path(folder) / 'pings.db'}"}
        if binaries() is not None:
            urls["PostgreSQL"] = stack.enter_context(postgres(fsync=True)).new_database()
        for name, url in urls.items():
            with open_log(url) as log:
                for row in _grow(log, options.vehicles, options.interval_s, options.runs):
                    table.add_row(name, *row)
    Console(width=100).print(table)


def _grow(log: PingLog, vehicles: int, interval_s: int, runs: int) -> Iterator[list[str]]:
    filled, first_ms = 0, 0.0
    for days in DAYS:
        begun = time.perf_counter()
        written = 0
        for day in range(filled, days):
            rows = _day(day, vehicles, interval_s)
            log.write(Batch(rows, ()))
            written += len(rows)
        write_us = (time.perf_counter() - begun) / written * 1e6
        filled = days
        start_ms = FIRST_MS + days // 2 * DAY_MS
        interval = {"start_ms": start_ms, "end_ms": start_ms + DAY_MS}
        day_ms = _least_ms(lambda chosen=interval: log.read_pings(**chosen), runs)
        one_ms = _least_ms(
            lambda chosen=interval: log.read_pings(**chosen, vehicles=[_plate(0)]), runs
        )
        first_ms = first_ms or day_ms
        yield [
            f"{days}",
            f"{log.counters().stored:,}",
            f"{write_us:.1f}",
            f"{day_ms:.1f}",
            f"{day_ms / first_ms:.2f}",
            f"{one_ms:.1f}",
        ]


def _day(day: int, vehicles: int, interval_s: int) -> list[Row]:
    start_ms = FIRST_MS + day * DAY_MS
    return [
        (
            _plate(vehicle), start_ms + time_s * 1000, 113.3 + time_s * 1e-6,
            40.08 + vehicle * 1e-4, 3.5, 90.0, None, 1.2, 9, None, None,
            start_ms + time_s * 1000 + 800,
        )
        for time_s in range(0, DAY_MS // 1000, interval_s)
        for vehicle in range(vehicles)
    ]  # fmt: skip


def _plate(vehicle: int) -> str:
    return f"晋BQ{vehicle:04d}"


def _least_ms(read: Callable[[], object], runs: int) -> float:
    taken = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        read()
        taken.append((time.perf_counter() - begun) * 1000)
    return min(taken[1:])


if __name__ == "__main__":
    main()
