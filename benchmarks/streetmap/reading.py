"""What reading an OpenStreetMap extract costs, beside `osmium export` on the same file.

    python -m benchmarks.streetmap.reading [--ways 250000,500000,1000000] [--streets 0.5] [--runs 3]

Makes up an extract (PBF) of each size, a share of its ways streets and the others buildings, and
has whole processes read it in turn: `osmium export` of osmium-tool, which draws every way as
GeoJSON and cuts nothing, and `read_osm`, which cuts streets at their junctions. Of several runs the
least seconds count. The last columns are the ratio of each size to the one before: near that of
the ways it is linear.
"""

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.streetmap.made_extract import make_extract
from benchmarks.whole_process import Cost, cost_of

OURS = "from pathlib import Path; from geofence.streetmap.osm import read_osm; read_osm(Path({!r}))"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ways", default="250000,500000,1000000", help="sizes (%(default)s)")
    share = "streets among the ways, as in a country's extract (default %(default)s)"
    parser.add_argument("--streets", type=float, default=0.5, help=share)
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default %(default)s)")
    parser.add_argument("--extract", type=Path, help="read this extract instead")
    options = parser.parse_args()
    if shutil.which("osmium") is None:
        sys.exit("osmium is not on PATH; install osmium-tool (apt install osmium-tool)")
    progress = Console(stderr=True)
    costs: dict[str, tuple[Cost, Cost]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.extract:
            costs[options.extract.name] = _both(options.extract, folder, options.runs)
        for size in () if options.extract else options.ways.split(","):
            extract = folder / "made.osm.pbf"
            progress.print(f"making an extract of {int(size):,} ways")
            ways = _made(extract, int(size), options.streets)
            progress.print(f"reading it, {extract.stat().st_size / 1e6:.0f} MB")
            costs[f"{ways:,}"] = _both(extract, folder, options.runs)
    Console(width=110).print(_table(costs))


def _made(extract: Path, ways: int, streets: float) -> int:
    """Make an extract in a process of its own: what this one holds would count as its child's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(make_extract, extract, ways, streets).result()


def _both(extract: Path, folder: Path, runs: int) -> tuple[Cost, Cost]:
    drawn = str(folder / "drawn.geojsonseq")
    export = ["osmium", "export", "--overwrite", "--output", drawn, str(extract)]
    ours = [sys.executable, "-c", OURS.format(str(extract))]
    # in turn, so that a busy minute of the machine befalls both
    rounds = [(cost_of(export), cost_of(ours)) for _ in range(runs)]
    return _least([each[0] for each in rounds]), _least([each[1] for each in rounds])


def _least(costs: list[Cost]) -> Cost:
    return Cost(
        min(cost.wall_s for cost in costs),
        min(cost.core_s for cost in costs),
        max(cost.peak_mb for cost in costs),
    )


def _table(costs: dict[str, tuple[Cost, Cost]]) -> Table:
    table = Table("ways", title="Reading beside osmium export, whole processes")
    for size in costs:
        table.add_column(size, justify="right")
    for one, other in pairwise(costs):
        table.add_column(f"{other} to\n{one}", justify="right")
    rows: dict[str, list[float]] = {}
    for who, name in enumerate(("osmium export", "read_osm")):
        for what in ("wall_s", "core_s", "peak_mb"):
            unit = what.replace("wall_s", "s").replace("core_s", "s on cores").replace("_", " ")
            rows[f"{name}, {unit}"] = [getattr(pair[who], what) for pair in costs.values()]
    rows["times the seconds of osmium"] = [ours.wall_s / its.wall_s for its, ours in costs.values()]
    rows["times its seconds on cores"] = [ours.core_s / its.core_s for its, ours in costs.values()]
    for name, values in rows.items():
        growth = [f"{other / one:.2f}" for one, other in pairwise(values)]
        table.add_row(name, *(f"{value:,.2f}" for value in values), *growth)
    return table


if __name__ == "__main__":
    main()
