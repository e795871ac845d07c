"""Verdicts against the truth of simulated days, for every scenario.

    python -m benchmarks.verdicts.accuracy [--days 3] [--sigma-m 4] [--interval-s 10] [--plan FILE]

Prints how many street verdicts were right, wrong or unknown. A street whose true ratio lies within
0.03 of a threshold is left out; unknown is right where the tracker was silent.
"""

import argparse
from collections import Counter
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from analytics.verdicts.evaluation import evaluate
from benchmarks.networks.networks import plan_of
from benchmarks.verdicts.scoring import score_judgement
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
COLUMNS = ("right", "wrong", "unknown", "unknown_without_gap", "borderline", "false_skip",
           "false_served")  # fmt: skip


def score_days(
    plan: Plan, scenario: Scenario, seeds: range, settings: SimulationSettings
) -> Counter[str]:
    """Simulate, judge and score one day a seed."""
    total: Counter[str] = Counter()
    for seed in seeds:
        day = simulate_day(plan, SERVICE_DATE, scenario, seed, settings=settings)
        judgement = evaluate(day.pings, plan, [SERVICE_DATE])
        result = score_judgement(judgement, day.truth, plan)
        total.update({**result.counts(), "streets": len(day.truth), "pings": len(day.pings)})
    return total


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=3, help="days a scenario (default 3)")
    parser.add_argument("--sigma-m", type=float, default=4.0, help="GPS error (default 4)")
    parser.add_argument("--interval-s", type=float, default=10.0, help="between fixes (default 10)")
    parser.add_argument("--plan", type=Path, help="default: the sample plan")
    options = parser.parse_args()
    settings = SimulationSettings(
        receiver=ReceiverSettings(interval_s=options.interval_s, sigma_m=options.sigma_m)
    )
    plan = read_plan(options.plan) if options.plan else plan_of("schematic", seed=1)
    table = Table("scenario", "pings", "verdicts", *(name.replace("_", "\n") for name in COLUMNS))
    for scenario in Scenario:
        total = score_days(plan, scenario, range(1, options.days + 1), settings)
        numbers = (total[name] for name in ("pings", "streets", *COLUMNS))
        table.add_row(scenario.value, *(f"{number:,}" for number in numbers))
    console = Console(width=110)
    console.print(
        f"{options.days} days a scenario, a fix every {options.interval_s:g} s, "
        f"AR(1) errors of sigma {options.sigma_m:g} m"
    )
    console.print(table)


if __name__ == "__main__":
    main()
