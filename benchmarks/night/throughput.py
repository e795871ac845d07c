"""Speed and memory of ``pingcheng evaluate`` as a whole process, on one core.

    python -m benchmarks.night.throughput [--interval-s 1] [--runs 3] [--folder FOLDER]

Simulates a mixed day of the 57 grids of the sample plan (disorder, repetitions and gaps included)
and cuts it by vehicle, in order of their ids, to about 0.3 and 1 million pings: whole days of fewer
trucks, Parquet, in order of arrival. Evaluates each cut and the whole day in child processes after
a warm-up, and prints the least of all runs. *core s* is time on the processor, which other work on
the machine hardly touches; *start-up* is a whole evaluation of 100 pings. The last column is the
time of a ping beyond the start-up, relative to the whole day: 1.00 everywhere is linear.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from importlib.resources import as_file
from importlib.resources import files as resources
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pyarrow.parquet
from rich.console import Console
from rich.table import Table

from benchmarks.networks.networks import plan_of
from benchmarks.night.evaluation_steps import STEPS
from benchmarks.stopwatch import pin_to_one_core
from ingest.files.ping_file import write_ping_file
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
SIZES = {"0.3 M": 300_000, "1 M": 1_000_000, "day": sys.maxsize}
FEW = 100
"""Pings of the run that shows the start-up."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a child process took."""

    wall_s: float
    core_s: float
    peak_mb: float
    output: str


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--interval-s", type=float, default=1.0, help="between fixes (default 1)")
    parser.add_argument("--runs", type=int, default=3, help="after the warm-up (default 3)")
    parser.add_argument("--folder", type=Path, help="keep the simulated files here")
    options = parser.parse_args()
    pin_to_one_core()
    sample = as_file(resources("geofence") / "sample")
    with tempfile.TemporaryDirectory() as name, sample as plan_folder:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        # in a process of its own: Linux counts the memory of a parent as its children's peak
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            files = apart.submit(cut_day, folder, options.interval_s).result()
        console = Console(width=132)
        console.print(
            f"A mixed day of the sample plan, a fix every {options.interval_s:g} s, cut by vehicle;"
            f" one core, best of {options.runs} runs."
        )
        console.print(_table(files, plan_folder / "plan.toml", folder, options.runs))


def cut_day(folder: Path, interval_s: float) -> dict[str, Path]:
    """Simulate the day unless `folder` has it, and give the files by the name of their size."""
    day_file = folder / f"day-{interval_s:g}s.parquet"
    if not day_file.exists():
        settings = SimulationSettings(receiver=ReceiverSettings(interval_s=interval_s))
        plan = plan_of("schematic", 0)
        day = simulate_day(plan, SERVICE_DATE, Scenario.MIXED, 1, settings=settings)
        write_ping_file(day.pings, day_file)
    pings = pd.read_parquet(day_file)
    counts = pings["vehicle_id"].value_counts().sort_index()
    before = counts.cumsum() - counts
    files = {}
    for name, target in {"start-up": FEW, **SIZES}.items():
        chosen = pings[pings["vehicle_id"].isin(before.index[before < target])]
        files[name] = folder / f"{name.replace(' ', '-')}-{interval_s:g}s.parquet"
        write_ping_file(chosen[:FEW] if name == "start-up" else chosen, files[name])
    return files


def _table(files: dict[str, Path], plan_file: Path, folder: Path, runs: int) -> Table:
    start_up = _best(_evaluate(files["start-up"], plan_file, folder), runs)
    table = Table(
        "cut", "pings", "wall s", "core s", "pings a\ncore s", "peak MB", "start-up", *STEPS,
        "a ping\nto day's",
    )  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    costs = {
        name: (
            pyarrow.parquet.read_metadata(files[name]).num_rows,
            _best(_evaluate(files[name], plan_file, folder), runs),
            _best(_steps(files[name], files["start-up"], plan_file), runs).output.split(),
        )
        for name in SIZES
    }
    paces = {
        name: (cost.core_s - start_up.core_s) / pings for name, (pings, cost, _) in costs.items()
    }
    for name, (pings, cost, steps) in costs.items():
        table.add_row(
            name,
            f"{pings:,}",
            f"{cost.wall_s:.2f}",
            f"{cost.core_s:.2f}",
            f"{pings / cost.core_s:,.0f}",
            f"{cost.peak_mb:,.0f}",
            f"{start_up.core_s:.2f}",
            *steps,
            f"{paces[name] / paces['day']:.2f}",
        )
    few = f"{start_up.wall_s:.2f}", f"{start_up.core_s:.2f}", "", f"{start_up.peak_mb:,.0f}"
    table.add_row("start-up", f"{FEW}", *few)
    return table


def _evaluate(pings: Path, plan: Path, folder: Path) -> list[str]:
    out = folder / f"verdicts-{pings.stem}"
    return [
        "pingcheng",
        "evaluate",
        str(pings),
        "--plan",
        str(plan),
        "--out",
        str(out),
        "--no-kept",
    ]


def _steps(pings: Path, few: Path, plan: Path) -> list[str]:
    return ["benchmarks.night.evaluation_steps", str(pings), str(few), str(plan)]


def _best(module: Sequence[str], runs: int) -> Cost:
    """Run once to warm up caches, then take the run that took the core least time."""
    _run(module)
    return min((_run(module) for _ in range(runs)), key=lambda cost: cost.core_s)


def _run(module: Sequence[str]) -> Cost:
    # modules are compiled beforehand wherever pip installs them: let Python keep them here too
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen([sys.executable, "-m", *module], stdout=output, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, list(module))
        output.seek(0)
        told = output.read().decode("utf-8")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, told)


if __name__ == "__main__":
    main()
