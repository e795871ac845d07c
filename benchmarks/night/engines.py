"""A night from the log to verdicts and evidence, by each way to work it out.

    python -m benchmarks.night.engines [--grids 57] [--interval-s 1] [--workers 1,2] [--kills 0]

Simulates a mixed day, writes it into a log on SQLite and has ``pingcheng evaluate`` judge it as a
whole process: from the rows; from the day's segment; from that with observations kept, the first
time and again; and with Dask, by each number of workers. *core s* is what the process and its
workers took, *peak MB* the most that the process itself held. The files of each are compared with
those of the first, byte for byte. With `--kills` the night is then worked out so often by two
workers in this process, each time with one of them killed at a random instant.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from analytics.engine.cluster import ClusterEngine
from analytics.engine.clusters import started
from analytics.engine.dates import judged_dates
from analytics.engine.local import LocalEngine
from analytics.verdicts.evaluation import HeldPings
from benchmarks.whole_process import Cost, cost_of
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from ingest.log.batch import batches_of
from ingest.log.pinglog import open_log
from ingest.log.segments.sealing import seal_days
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
FAR_MS = 4_000_000_000_000


def main() -> None:
    """Print the table, and how the night with kills ended."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--grids", type=int, default=57, help="whose trucks drive (default 57)")
    parser.add_argument("--interval-s", type=float, default=1.0, help="between fixes (default 1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", default="1,2", help="of Dask (default 1,2)")
    parser.add_argument("--kills", type=int, default=0, help="nights with a kill (default 0)")
    options = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _pingcheng("city", "--grids", str(options.grids), "--out", str(folder / "plan"))
        plan = read_plan(folder / "plan" / "plan.toml")
        count = _fill(plan, folder, options.interval_s, options.seed)
        console.print(f"{len(plan.grids)} grids, {count:,} pings, a fix every "
                      f"{options.interval_s:g} s, seed {options.seed}")  # fmt: skip
        console.print(_table(folder, [int(each) for each in options.workers.split(",")]))
        if options.kills:
            console.print(_with_kills(plan, folder, options.kills, options.seed))


def _pingcheng(*options: str) -> None:
    command = [sys.executable, "-m", "pingcheng", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _fill(plan: Plan, folder: Path, interval_s: float, seed: int) -> int:
    settings = SimulationSettings(receiver=ReceiverSettings(interval_s=interval_s))
    pings = simulate_day(plan, SERVICE_DATE, Scenario.MIXED, seed, settings=settings).pings
    with open_log(_url(folder)) as log:
        for batch in batches_of(pings, ()):
            log.write(batch)
    return len(pings)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'pings.db'}"


def _table(folder: Path, workers: Sequence[int]) -> Table:
    table = Table("what", "wall s", "core s", "times less", "peak MB", "bytes", title="night")
    for column in table.columns[1:]:
        column.justify = "right"
    first: tuple[float, Path] | None = None

    def row(what: str, *options: str) -> None:
        nonlocal first
        out = folder / what.replace(" ", "-").replace(",", "")
        cost = _evaluate(folder, out, options)
        first = first or (cost.core_s, out)
        same = all(
            (out / name).read_bytes() == (first[1] / name).read_bytes()
            for name in ("streets.csv", "grids.csv", "evidence.ndjson")
        )
        table.add_row(
            what, f"{cost.wall_s:.1f}", f"{cost.core_s:.1f}", f"{first[0] / cost.core_s:.1f}",
            f"{cost.peak_mb:,.0f}",
            "the same" if same else "DIFFER",
        )  # fmt: skip

    row("rows", "--no-kept")
    with open_log(_url(folder)) as log:
        list(seal_days(log, folder / "sealed", now_ms=FAR_MS, quiet_ms=0))
    row("sealed", "--no-kept")
    row("sealed, kept")
    row("sealed, kept, again")
    for count in workers:
        row(f"sealed, dask {count}", "--no-kept", "--engine", "dask", "--workers", str(count))
    return table


def _evaluate(folder: Path, out: Path, options: Sequence[str]) -> Cost:
    command = [
        sys.executable, "-m", "pingcheng", "evaluate", _url(folder), "--evidence",
        "--plan", str(folder / "plan" / "plan.toml"), "--out", str(out), *options,
        "--date", SERVICE_DATE.isoformat(),
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PINGCHENG_OBSERVATIONS"] = str(folder / "observations")
    return cost_of(command, environment)


def _with_kills(plan: Plan, folder: Path, kills: int, seed: int) -> str:
    """Work the night out again and again, with a worker killed at a random instant of each."""
    with open_log(_url(folder), create=False) as log:
        pings = HeldPings(log.read_pings(vehicles=plan.vehicles))

    def judged(engine: ClusterEngine | LocalEngine) -> tuple[bytes, bytes]:
        lines: list[bytes] = []
        dates = [SERVICE_DATE]
        ((_, found),) = judged_dates(pings, plan, dates, engine, evidence=lines.extend)
        return found.streets.to_csv().encode(), b"".join(lines)

    expected, same = judged(LocalEngine()), 0
    chance = random.Random(seed)
    with started(2, None) as client:
        begun = time.perf_counter()
        judged(ClusterEngine(client))
        took_s = time.perf_counter() - begun
        for _ in range(kills):
            client.wait_for_workers(2)
            victim = chance.choice(list(client.run(os.getpid, on_error="ignore").values()))
            killer = threading.Timer(chance.uniform(0, took_s), os.kill, (victim, signal.SIGKILL))
            killer.start()
            same += judged(ClusterEngine(client)) == expected
            killer.join()
    return f"of {kills} nights with a worker killed {same} have the same bytes"


if __name__ == "__main__":
    main()
