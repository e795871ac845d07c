"""What `pingcheng report` costs by format, as whole processes, for the first time and again.

    python -m benchmarks.night.reports [--interval-s 10] [--scenario mixed] [--grids 57] [--runs 3]
                               [--formats csv,xlsx,html,pdf,all] [--beside FOLDER] [--out FOLDER]

Simulates a night, takes it into a log on SQLite, and has `pingcheng report` make its report from a
copy of that log into an empty folder, then again into the same one, when nothing has changed. Core
seconds are time on the processors, of all processes of a command; the least of the runs stands in
the table, then the most memory that a process held, and how large the files are. With another
build, a folder that holds its packages, both run in turn. `verdicts alone` writes CSV, which costs
next to nothing.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.whole_process import Cost, cost_of

DATE = "2022-03-28"
OWN = Path(__file__).resolve().parents[2]
EVERY = "csv,parquet,xlsx,html,pdf"
SHOWN = {"csv": "verdicts alone (CSV)", "all": "all formats"}


@dataclass(frozen=True, slots=True)
class Night:
    """What reports are made of."""

    plan: Path
    log: Path


def main() -> None:
    """Print the tables."""
    options = _options()
    console = Console(width=100)
    builds = {"this build": OWN}
    if options.beside:
        builds["other build"] = options.beside.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        night = _simulate(folder, options)
        formats = [each.strip() for each in options.formats.split(",")]
        for build in builds.values():  # so that no run compiles kernels
            _report(build, night, "csv", folder / "warm")
            shutil.rmtree(folder / "warm")
        least: dict[tuple[str, str, str], float] = {}
        peaks_mb: dict[tuple[str, str], float] = {}
        for _ in range(options.runs):
            for wanted in formats:
                for title, build in builds.items():
                    for when, cost in _twice(build, night, wanted, folder):
                        key = title, wanted, when
                        least[key] = min(least.get(key, cost.core_s), cost.core_s)
                        peak_mb = peaks_mb.get((title, when), 0.0)
                        peaks_mb[title, when] = max(peak_mb, cost.peak_mb)
        console.print(_table(least, list(builds), formats, options))
        for (title, when), peak_mb in peaks_mb.items():
            console.print(f"{title}, {when}: at most {peak_mb:,.0f} MB in memory")
        for title, build in builds.items():
            out = options.out / title if options.out else folder / title
            _report(build, night, EVERY, out)
            console.print(f"{title}: {_sizes(out / DATE)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--interval-s", type=float, default=10.0, help="between fixes")
    parser.add_argument("--scenario", default="mixed", help="as of pingcheng simulate")
    parser.add_argument("--grids", type=int, default=57, help="57 for the sample, else made up")
    parser.add_argument("--runs", type=int, default=3, help="of which the least is shown")
    parser.add_argument("--formats", default="csv,xlsx,html,pdf,all")
    parser.add_argument("--beside", type=Path, help="another build to run in turn")
    parser.add_argument("--out", type=Path, help="keep a report of each build here")
    return parser.parse_args()


def _simulate(folder: Path, options: argparse.Namespace) -> Night:
    night = Night(folder / "plan/plan.toml", folder / "pings.db")
    made = ["plan", "sample", str(night.plan.parent)]
    if options.grids != 57:
        made = ["city", "--grids", str(options.grids), "--out", str(night.plan.parent)]
    pings = folder / "pings.parquet"
    for command in (
        made,
        ["simulate", "--plan", str(night.plan), "--date", DATE, "--seed", "1", "--out", str(pings),
         "--scenario", options.scenario, "--interval", str(options.interval_s)],
        ["ingest", "--file", str(pings), "--plan", str(night.plan),
         "--database", f"sqlite:///{night.log}"],
    ):  # fmt: skip
        _run(OWN, command)
    return night


def _twice(build: Path, night: Night, wanted: str, folder: Path) -> Iterator[tuple[str, Cost]]:
    """Report into an empty folder, and again; give what each took."""
    log, out = folder / "copy.db", folder / "reports"
    shutil.copy(night.log, log)
    copy = Night(night.plan, log)
    for when in ("first", "again"):
        yield when, _report(build, copy, EVERY if wanted == "all" else wanted, out)
    shutil.rmtree(out)


def _report(build: Path, night: Night, formats: str, out: Path) -> Cost:
    return _run(
        build,
        ["report", "--date", DATE, "--plan", str(night.plan), "--out", str(out),
         "--database", f"sqlite:///{night.log}", "--formats", formats],
    )  # fmt: skip


def _run(build: Path, arguments: Sequence[str]) -> Cost:
    """Run a command of a build to its end; give what it took."""
    command = [sys.executable, "-m", "pingcheng", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(build)}
    return cost_of(command, environment, build)


def _table(
    least: dict[tuple[str, str, str], float],
    builds: Sequence[str],
    formats: Sequence[str],
    options: argparse.Namespace,
) -> Table:
    title = (
        f"core seconds of a report: {options.grids} grids, {options.scenario}, a fix every "
        f"{options.interval_s:g} s"
    )
    table = Table("formats", title=title, title_justify="left")
    whens = ("first", "again")
    for build in builds:
        for when in whens:
            table.add_column(f"{build}, {when}", justify="right")
    if len(builds) == 2:
        for when in whens:
            table.add_column(f"other / this, {when}", justify="right")
    for wanted in formats:
        row = [f"{least[build, wanted, when]:.2f}" for build in builds for when in whens]
        if len(builds) == 2:
            row += [
                f"{least[builds[1], wanted, when] / least[builds[0], wanted, when]:.1f}"
                for when in whens
            ]
        table.add_row(SHOWN.get(wanted, wanted.upper()), *row)
    return table


def _sizes(folder: Path) -> str:
    """Say how large the files of each format are."""
    found = {
        kind: sum(path.stat().st_size for path in folder.rglob(f"*.{kind}"))
        for kind in EVERY.split(",")
    }
    return ", ".join(f"{kind.upper()} {size / 1e6:.2f} MB" for kind, size in found.items())


if __name__ == "__main__":
    main()
