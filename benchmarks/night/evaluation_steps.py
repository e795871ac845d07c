"""Where the time of an evaluation goes: seconds on the core of each step, in one process.

    python -m benchmarks.night.evaluation_steps PINGS FEW_PINGS PLAN

Evaluates the few pings first, so that no step pays for loading compiled kernels.
"""

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from analytics.coverage.windows import service_dates
from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.judge import Judgement, join, judge
from analytics.verdicts.tables import write_tables
from geofence.network.network import build_network
from geofence.plan.reader import read_plan
from geofence.seen.observe import observe
from ingest.files.ping_file import read_ping_file
from ingest.ping import resolve

STEPS = ("read", "sort", "match", "judge", "write")


def main() -> None:
    """Print the seconds of each step on one line."""
    pings, few, plan_file = map(Path, sys.argv[1:])
    step_seconds(few, plan_file)
    print(*(f"{seconds:.2f}" for seconds in step_seconds(pings, plan_file)))


def step_seconds(pings_file: Path, plan_file: Path) -> list[float]:
    """Evaluate a file and give the seconds of `STEPS`."""
    plan = read_plan(plan_file)
    network = build_network(plan.sections)
    instants = [time.process_time()]
    read = read_ping_file(pings_file, known_vehicles={v for g in plan.grids for v in g.vehicles})
    instants.append(time.process_time())
    pings = resolve(read.pings).pings
    dates = service_dates(pings, plan)
    instants.append(time.process_time())
    seen = [tuple(observe(bearing_on(pings, plan, day), network, plan.rules)) for day in dates]
    instants.append(time.process_time())
    judgements: list[Judgement] = [
        judge(observations, plan, network, day)
        for observations, day in zip(seen, dates, strict=True)
    ]
    instants.append(time.process_time())
    with tempfile.TemporaryDirectory() as folder:
        write_tables(join(judgements), Path(folder), plan.timezone)
    instants.append(time.process_time())
    return [after - before for before, after in pairwise(instants)]


if __name__ == "__main__":
    main()
