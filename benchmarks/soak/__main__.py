"""Live through a week twice, once in calm and once in a storm, and compare what came of it.

    python -m benchmarks.soak [--days 7] [--speed 1440] [--seed 1] [--broker nats]
        [--database sqlite] [--troubles "kill broker,cut"] [--keep FOLDER] [--json]

The fleet of the sample plan is simulated day by day and sent through broker and ingest so many
times faster than it drives, with the page and the alerter running and somebody looking. After each
day its night is judged and reported and the days before are archived. In the storm all that runs is
killed again and again, connections are cut and stall, the disk of the log is filled (as root), and
nightly and archive are killed on their way. In both the plan changes once. Takes three minutes a
day. Exits with 1 if anything acknowledged is lost, stored twice or judged otherwise than in calm.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.faults.row import print_table
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.servers import BROKERS, DATABASES
from benchmarks.soak.outcome import rows_of
from benchmarks.soak.running import Place, Weather, run_week
from benchmarks.soak.week import soak_days


def main() -> None:
    """Run both weeks and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--speed", type=float, default=1440.0, help="times faster than recorded")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", choices=BROKERS, default="nats")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--troubles", type=lambda text: text.split(","), help="these alone")
    parser.add_argument("--keep", type=Path, help="a new folder for all that is made")
    parser.add_argument("--json", action="store_true", help="print a JSON array instead")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.keep
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="pingcheng-soak-")))
        folder.mkdir(exist_ok=options.keep is None)
        folder.chmod(0o711)  # for the server of PostgreSQL
        tell(f"{options.days} days are simulated")
        days = list(
            soak_days(folder / "plans", options.days, options.seed, changes_on=options.days // 2)
        )
        ends = []
        for kind, seed in (("calm", None), ("storm", options.seed)):
            tell(f"the {kind} week")
            place = Place(folder / kind, options.broker, options.database)
            weather = Weather(options.speed, seed, options.troubles)
            ends.append(run_week(days, place, weather, stack))
        rows = [
            replace(row, broker=options.broker, database=options.database)
            for row in rows_of(ends[0], ends[1], days)
        ]
    if options.json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1))
    else:
        print_table(rows, Console(width=160))
    sys.exit(not all(row.holds for row in rows))


if __name__ == "__main__":
    main()
