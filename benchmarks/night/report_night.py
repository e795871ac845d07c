"""One night of the sample plan from the ping log to all formats of the report: where time goes.

    python -m benchmarks.night.report_night [--interval-s 1] [--scenario mixed] [--workers 2]
                                      [--databases sqlite,postgresql] [--out DIR]

Simulates a night of 57 grids, writes its pings straight into a log on SQLite and on PostgreSQL,
then judges, records and reports it twice on each: the second time nothing may change, and the files
are compared byte for byte.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from rich.console import Console
from rich.table import Table

from analytics.coverage.windows import local_instant
from analytics.engine.local import LocalEngine
from analytics.history.history import History
from analytics.reports.formats.formats import Format
from analytics.reports.formats.report_files import write_report
from analytics.reports.steps import Steps
from analytics.reports.tables.night import judge_night, report_on
from analytics.verdicts.evaluation import evaluate
from analytics.wording.words import Language, Words
from benchmarks.networks.networks import plan_of
from geofence.plan.plan import Plan
from ingest.log.batch import batches_of
from ingest.log.pinglog import PingLog, open_log
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario
from tests.servers.postgres import postgres

SERVICE_DATE = date(2022, 3, 28)
VERDICT_STEPS = ("matching and judging",)
FORMAT_STEPS = ("tables", "xlsx", "charts", "maps", "pages", "html", "pdf")


def main() -> None:
    """Print a table of steps and seconds."""
    options = _options()
    console = Console(width=110)
    plan = plan_of("schematic", seed=1)
    settings = SimulationSettings(receiver=ReceiverSettings(interval_s=options.interval_s))
    began = time.perf_counter()
    day = simulate_day(plan, SERVICE_DATE, Scenario(options.scenario), 1, settings=settings)
    console.print(
        f"{len(plan.grids)} grids, {options.scenario}, a fix every {options.interval_s:g} s: "
        f"{len(day.pings):,} pings, simulated in {time.perf_counter() - began:.0f} s; "
        f"{options.workers} workers, {os.cpu_count()} cores"
    )
    few = day.pings[day.pings["vehicle_id"].isin(plan.grids[0].vehicles)].iloc[::60]
    evaluate(few.reset_index(drop=True), plan, [SERVICE_DATE])  # so that no step compiles kernels
    seconds: dict[str, dict[str, float]] = {}
    for kind in options.databases.split(","):
        with _database(kind) as url, tempfile.TemporaryDirectory() as folder:
            out = options.out / kind if options.out else Path(folder)
            with open_log(url) as log:
                took = _fill(log, day.pings)
                console.print(f"{kind}: {log.counters().stored:,} stored, written in {took:.0f} s")
                seconds[kind] = _night(log, plan, out / "1", options.workers)
                seconds[f"{kind}, again"] = _night(log, plan, out / "2", options.workers)
            _compare(out / "1", out / "2", console)
    console.print(_table(seconds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--interval-s", type=float, default=1.0, help="between fixes (default 1)")
    parser.add_argument("--scenario", default="mixed", choices=[each.value for each in Scenario])
    parser.add_argument("--workers", type=int, default=2, help="vehicles at once")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--out", type=Path, help="keep the files here (default: removed)")
    return parser.parse_args()


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/pings.db"
        return
    with postgres(fsync=True) as server:
        yield server.new_database()


def _fill(log: PingLog, pings: pd.DataFrame) -> float:
    began = time.perf_counter()
    for batch in batches_of(pings, ()):
        log.write(batch)
    return time.perf_counter() - began


def _night(log: PingLog, plan: Plan, out: Path, workers: int) -> dict[str, float]:
    """Do what `pingcheng report` does the morning after, and give the seconds of its steps."""
    morning = SERVICE_DATE + timedelta(days=1)
    now_ms = local_instant(morning, 6 * 60, ZoneInfo(plan.timezone))
    steps = Steps(time.perf_counter)
    history = History(log)
    began = time.perf_counter()
    history.store_plan(plan, now_ms)
    night = judge_night(
        log, plan, SERVICE_DATE, now_ms, steps, observing=LocalEngine(workers).observe
    )
    report = report_on(history, [night.day], now_ms, steps)
    out.mkdir(parents=True)
    write_report(report, out, Words(Language.ZH), list(Format), steps)
    return {**steps.seconds, "in all": time.perf_counter() - began}


def _compare(one: Path, other: Path, console: Console) -> None:
    """Say whether the second run gave the same files."""
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    differing = [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]
    megabytes = sum((one / name).stat().st_size for name in names) / 1e6
    told = f"differ: {', '.join(differing)}" if differing else "are the same to the last byte"
    console.print(f"  {len(names)} files, {megabytes:.1f} MB; those of the second run {told}")


def _table(seconds: dict[str, dict[str, float]]) -> Table:
    table = Table("seconds", title="From the log to all formats", title_justify="left")
    for kind in seconds:
        table.add_column(kind, justify="right")
    names = list(dict.fromkeys(step for took in seconds.values() for step in took))
    for name in names:
        table.add_row(name, *(f"{took.get(name, 0.0):.2f}" for took in seconds.values()))
    for title, group in (("verdicts", VERDICT_STEPS), ("XLSX + HTML + PDF", FORMAT_STEPS)):
        totals = (sum(took.get(name, 0.0) for name in group) for took in seconds.values())
        table.add_row(title, *(f"{total:.2f}" for total in totals))
    return table


if __name__ == "__main__":
    main()
