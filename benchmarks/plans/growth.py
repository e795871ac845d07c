"""What commands and documents cost on large plans, and how that grows with the number of grids.

    python -m benchmarks.plans.growth [--grids 1000,2000,4000] [--folder FOLDER]

Makes up a plan of each size, which is the first row, and measures the seconds on the core of what
stands in the rows. The last columns are the ratio of each to the one before, beside that of the
grids: a ratio near that of the grids is linear, one near its square is not. Commands are whole
processes, so that their start-up makes small plans look dearer; the other rows are steps of one
process that has read the plan.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from analytics.coverage.case import cases_of
from analytics.dashboard.board.street_search import SearchIndex
from analytics.dashboard.documents.plan_documents import plan_document, streets_geojson
from benchmarks.whole_process import cost_of
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from geofence.review.review import warnings_of

SERVICE_DATE = date(2022, 3, 28)
STEPS_OF = "--steps-of"
Made = TypeVar("Made")


def main() -> None:
    """Print the table; or, asked by it, the seconds of the steps on one plan."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--grids", default="1000,2000,4000", help="sizes (default %(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the plans here (default: removed)")
    parser.add_argument(STEPS_OF, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.steps_of is not None:
        for name, seconds in _steps(options.steps_of):
            sys.stdout.write(f"{name}\t{seconds}\n")
        return
    sizes = [int(size) for size in options.grids.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        costs = {size: dict(_costs(size, folder / str(size))) for size in sizes}
    Console(width=110).print(_table(costs))


def _costs(grids: int, folder: Path) -> Iterator[tuple[str, float]]:
    plan = folder / "plan.toml"
    command = [str(Path(sys.executable).with_name("pingcheng"))]
    city = [*command, "city", "--grids", str(grids), "--out", str(folder)]
    yield "city --grids", cost_of(city).core_s
    yield "plan check", cost_of([*command, "plan", "check", str(plan)]).core_s
    steps = [sys.executable, "-m", "benchmarks.plans.growth", STEPS_OF, str(plan)]
    told = subprocess.run(steps, check=True, capture_output=True, text=True)
    for line in told.stdout.splitlines():
        name, seconds = line.split("\t")
        yield name, float(seconds)


def _steps(plan_file: Path) -> Iterator[tuple[str, float]]:
    plan, read_s = _timed(lambda: read_plan(plan_file))
    yield "reading the plan", read_s
    network, built_s = _timed(lambda: build_network(plan.sections))
    yield "building the network", built_s
    asked: dict[str, Callable[[Plan], object]] = {
        "warnings of the check": lambda plan: warnings_of(plan, network),
        "document of /plan": lambda plan: plan_document(plan, network, SERVICE_DATE),
        "document of /streets.geojson": lambda plan: streets_geojson(plan, network),
        "index of the search": SearchIndex,
        "cases of a date": lambda plan: sum(1 for _ in cases_of((), plan, network, SERVICE_DATE)),
    }
    for name, ask in asked.items():
        yield name, _timed(partial(ask, plan))[1]


def _timed(run: Callable[[], Made]) -> tuple[Made, float]:
    began = time.process_time()
    made = run()
    return made, time.process_time() - began


def _table(costs: dict[int, dict[str, float]]) -> Table:
    sizes = list(costs)
    table = Table(
        "seconds on the core", title="Growth with the number of grids", title_justify="left"
    )
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    for one, other in pairwise(sizes):
        table.add_column(f"{other:,} to\n{one:,}", justify="right")
    rows = {"grids": {size: float(size) for size in sizes}}
    rows |= {name: {size: costs[size][name] for size in sizes} for name in costs[sizes[0]]}
    for name, seconds in rows.items():
        shown = [f"{seconds[size]:,.2f}" if name != "grids" else f"{size:,}" for size in sizes]
        ratios = [f"{seconds[other] / seconds[one]:.2f}" for one, other in pairwise(sizes)]
        table.add_row(name, *shown, *ratios)
    return table


if __name__ == "__main__":
    main()
