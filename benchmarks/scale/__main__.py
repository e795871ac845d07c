"""Nights of small and large cities from the sealed log to verdicts, and what larger ones need.

    python -m benchmarks.scale [--grids 57,1000,10000] [--workers 0,2] [--folder FOLDER]

Draws a city of each size, drives its trucks through a mixed day and seals what they report: of
more than `--driven` grids as copies of a city that has so many, side by side. Then one night after
the other is judged by ``pingcheng evaluate`` as a whole process, without observations kept: alone,
and with so many workers of Dask. *peak MB* is the most that any one process held: that which asks,
or a worker. What two workers can gain on a machine is what two processes that share nothing gain:
the night of `--pairs` grids is judged twice at once as well. At the end stands, by arithmetic, what
three machines hold and what a city and a country need, with each assumption. With `--folder` cities
and pings are kept for another run, which then measures alone.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.scale.driving import SERVICE_DATE
from benchmarks.scale.needs import FLEETS, Measured, assumptions, need_of, vehicles_of
from benchmarks.scale.night import Night, night_of
from benchmarks.whole_process import cost_of

FILES = ("streets.csv", "grids.csv", "evidence.ndjson")
MOST_RATIO = 1.1
"""What a night may cost beyond as many times more as there are grids."""


@dataclass(frozen=True, slots=True)
class Run:
    """An evaluation."""

    workers: int
    wall_s: float
    core_s: float
    peak_mb: float
    is_same: bool
    """Whether its files are those of the first run of the night."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--grids", default="57,1000,10000", help="sizes (default %(default)s)")
    parser.add_argument("--workers", default="0,1,2",
                        help="of Dask; 0 for none (default %(default)s)")  # fmt: skip
    parser.add_argument("--interval-s", type=float, default=10.0, help="between fixes (10)")
    parser.add_argument("--driven", type=int, default=1000,
                        help="larger cities are copies of one of so many grids (1000)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=1000,
                        help="grids of the night that is judged twice at once (1000)")  # fmt: skip
    parser.add_argument("--folder", type=Path, help="keep cities and pings here")
    options = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as name:
        folder = (options.folder or Path(name)).resolve()
        nights: list[tuple[Night, list[Run]]] = []
        pair_s: float | None = None
        for grids in map(int, options.grids.split(",")):
            night = night_of(grids, folder, options.interval_s, options.seed, options.driven, _tell)
            if not nights:
                _tell("warming up: kernels may have to be compiled")
                _evaluate(night, 0, folder)
            runs: list[Run] = []
            for workers in map(int, options.workers.split(",")):
                _tell(f"{grids:,} grids: judging with {workers or 'no'} workers")
                runs.append(_evaluate(night, workers, folder))
            nights.append((night, runs))
            console.print(_nights(nights[-1:]))
            if grids == options.pairs:
                pair_s = _pair_s(night, folder)
        console.print(_nights(nights), _ratios(nights), _gains(nights))
        if pair_s is not None:
            alone_s = next(runs[0].wall_s for night, runs in nights if night.grids == options.pairs)
            console.print(
                f"two nights of {options.pairs:,} grids at once, by two processes: {pair_s:.1f} s, "
                f"{2 * alone_s / pair_s:.2f} times as much in a second as one"
            )
    _print_needs(console, nights, options.interval_s)


def _tell(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stderr.flush()


def _pair_s(night: Night, folder: Path) -> float:
    """Judge a night twice at once, by processes that share nothing but the machine."""
    _tell(f"{night.grids:,} grids: judging twice at once")
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: cost_of(*_command(night, 0, folder / f"pair-{n}")), range(2)))
    return time.perf_counter() - begun


def _command(night: Night, workers: int, out: Path) -> tuple[list[str], dict[str, str]]:
    command = [
        sys.executable, "-m", "pingcheng", "evaluate", night.url, "--evidence", "--no-kept",
        "--plan", str(night.plan_file), "--out", str(out), "--date", SERVICE_DATE.isoformat(),
        *(("--engine", "dask", "--workers", str(workers)) if workers else ("--workers", "1")),
    ]  # fmt: skip
    return command, {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _evaluate(night: Night, workers: int, folder: Path) -> Run:
    out, first = (folder / f"verdicts-{night.grids}-{n}" for n in (workers, "first"))
    cost = cost_of(*_command(night, workers, out))
    if not first.exists():
        out.rename(first)
        out = first
    same = all(_same(out / name, first / name) for name in FILES)
    return Run(workers, cost.wall_s, cost.core_s, cost.peak_mb, is_same=same)


def _same(one: Path, other: Path) -> bool:
    return one.samefile(other) or one.read_bytes() == other.read_bytes()


def _nights(nights: list[tuple[Night, list[Run]]]) -> Table:
    table = Table(
        "grids", "pings", "bytes\na ping", "made,\ncore s", "workers", "wall s", "core s",
        "peak MB", "pings a\ncore s", "bytes", title="nights", title_justify="left",
    )  # fmt: skip
    for column in table.columns:
        column.justify = "right"
    for night, runs in nights:
        told = [f"{night.grids:,}", f"{night.pings:,}", f"{night.sealed_bytes / night.pings:.2f}",
                f"{night.made_core_s:,.0f}" if night.made_core_s else "kept"]  # fmt: skip
        for run in runs:
            table.add_row(
                *told, str(run.workers or "-"), f"{run.wall_s:,.1f}", f"{run.core_s:,.1f}",
                f"{run.peak_mb:,.0f}", f"{night.pings / run.core_s:,.0f}",
                "the same" if run.is_same else "DIFFER",
            )  # fmt: skip
            told = [""] * len(told)
    return table


def _ratios(nights: list[tuple[Night, list[Run]]]) -> str:
    lines = []
    for (small, few), (large, many) in pairwise(nights):
        ratio, most = many[0].core_s / few[0].core_s, MOST_RATIO * large.grids / small.grids
        lines.append(
            f"cost({large.grids:,}) / cost({small.grids:,}): {ratio:.1f} for "
            f"{large.grids / small.grids:.1f} times the grids and "
            f"{large.pings / small.pings:.1f} times the pings; at most {most:.1f} is wanted"
        )
    return "\n".join(lines)


def _gains(nights: list[tuple[Night, list[Run]]]) -> str:
    """Tell how much faster more workers of Dask were than fewer."""
    lines = []
    for night, runs in nights:
        dask = [run for run in runs if run.workers]
        lines += [
            f"{night.grids:,} grids: {more.workers} workers {few.wall_s / more.wall_s:.2f} times "
            f"as fast as {few.workers}, {runs[0].wall_s / more.wall_s:.2f} as the first row"
            for few, more in pairwise(dask)
        ]
    return "\n".join(lines)


def _print_needs(
    console: Console, nights: list[tuple[Night, list[Run]]], interval_s: float
) -> None:
    night, runs = nights[-1]
    base_mb = nights[0][1][0].peak_mb if len(nights) > 1 else None
    measured = Measured(
        night.grids, night.pings, interval_s, runs[0].core_s, runs[0].peak_mb, base_mb,
        night.sealed_bytes,
    )  # fmt: skip
    table = Table(
        "fleet", "every", "pings\na night", "core h\nto judge", "machines", "seen,\nGiB",
        "sealed,\nGB a night", "messages\na second", "ingest\nprocesses",
        title="by arithmetic", title_justify="left",
    )  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    for need in (need_of(fleet, measured) for fleet in FLEETS):
        table.add_row(
            need.fleet.name, f"{need.fleet.interval_s:g} s", f"{need.pings:,.0f}",
            f"{need.core_h:,.2f}", f"{need.machines:,}",
            "-" if need.memory_gib is None else f"{need.memory_gib:,.1f}",
            f"{need.disk_gb:,.2f}", f"{need.messages_s:,.0f}", f"{need.ingest_processes:,}",
        )  # fmt: skip
    console.print(table)
    for every_s in (10.0, 1.0):
        console.print(
            f"Three machines judge {vehicles_of(3, every_s, measured):,} vehicles that report "
            f"every {every_s:g} s."
        )
    console.print(
        "Assumed:",
        *(line if line[0] == " " else f"- {line}" for line in assumptions(measured)),
        sep="\n",
    )


if __name__ == "__main__":
    main()
