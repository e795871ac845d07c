"""The set law on a whole day: shuffled and repeated pings give the same bytes.

    python -m benchmarks.verdicts.set_law [PINGS --plan plan.toml] [--seed 0]

Evaluates a file of pings (by default a simulated mixed day of the sample plan), then the same file
shuffled with a fifth of its rows repeated, and compares the tables and the evidence byte by byte.
Exits with 1 if any byte differs.
"""

import argparse
import filecmp
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from ingest.files.ping_file import read_ping_file, write_ping_file

PINGCHENG = (sys.executable, "-m", "pingcheng")
TABLES = ("streets.csv", "grids.csv", "evidence.ndjson")


def main() -> None:
    """Compare and print the outcome."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pings", type=Path, nargs="?")
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if (options.pings is None) != (options.plan is None):
        parser.error("give both a file of pings and --plan, or neither")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pings, plan = options.pings, options.plan
        if pings is None:
            pings, plan = _simulated(folder)
        shuffled = folder / "shuffled.parquet"
        rows = read_ping_file(pings).pings
        repeated = pd.concat([rows, rows.sample(frac=0.2, random_state=options.seed)])
        write_ping_file(repeated.sample(frac=1.0, random_state=options.seed), shuffled)
        for source, out in ((pings, "one"), (shuffled, "two")):
            arguments = [str(source), "--plan", str(plan), "--out", str(folder / out), "--evidence"]
            _pingcheng("evaluate", *arguments)
        different = [
            table
            for table in TABLES
            if not filecmp.cmp(folder / "one" / table, folder / "two" / table, shallow=False)
        ]
        sizes = ", ".join(f"{t} {(folder / 'one' / t).stat().st_size:,} bytes" for t in TABLES)
        print(f"{len(rows):,} pings as they are, and {len(repeated):,} shuffled")
        print(f"different: {', '.join(different)}" if different else f"byte-identical: {sizes}")
    sys.exit(1 if different else 0)


def _simulated(folder: Path) -> tuple[Path, Path]:
    _pingcheng("plan", "sample", str(folder))
    plan, pings = folder / "plan.toml", folder / "pings.parquet"
    options = ["--date", "2022-03-28", "--scenario", "mixed", "--out", str(pings)]
    _pingcheng("simulate", "--plan", str(plan), *options)
    return pings, plan


def _pingcheng(*arguments: str) -> None:
    subprocess.run([*PINGCHENG, *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
