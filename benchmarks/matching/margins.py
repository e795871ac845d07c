"""What the margins of the matcher cost and buy: wrong against unknown verdicts.

    python -m benchmarks.matching.margins [--credit 0.01,0.5,1] [--denial 0.01,3,4] [--sigmas 5,20]
        [--towns 1-3] [--work DIR]

Judges simulated days of the sample plan, clean, late, skip and mixed, with each pair of margins;
or, with --towns, days in towns that SUMO drew and drove, where the margins are chosen: what is
best on our own trucks alone is not.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rich.console import Console

from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.judge import judge
from benchmarks.networks.networks import plan_of
from benchmarks.towns import town
from benchmarks.towns.__main__ import seeds_of
from benchmarks.towns.methods import Case
from benchmarks.towns.receivers import Receiver
from benchmarks.towns.rows import Days, Row
from benchmarks.verdicts.scoring import score_judgement
from geofence.matching.settings import MatchSettings
from geofence.network.network import build_network
from geofence.seen.observe import observe
from ingest.ping import resolve
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
SCENARIOS = (Scenario.CLEAN, Scenario.LATE, Scenario.SKIP, Scenario.MIXED)
TOWN_ROWS = (
    *(Row(f"σ {sigma:g} m", Receiver(sigma)) for sigma in (10.0, 20.0)),
    Row("σ 10 m, bare", Receiver(10.0, bare=True)),
    Row("σ 10 m, every 30 s", Receiver(10.0, 30)),
    Row("σ 5 m, every 60 s", Receiver(5.0, 60)),
)


def score_case(case: Case, day: date, settings: MatchSettings) -> Counter[str]:
    """Judge and score one day with some settings."""
    pings = bearing_on(resolve(case.pings).pings, case.plan, day)
    seen = tuple(observe(pings, case.network, case.plan.rules, settings))
    result = score_judgement(judge(seen, case.plan, case.network, day), case.truth, case.plan)
    return Counter({**result.counts(), "verdicts": len(case.truth)})


def our_cases(sigma_m: float, days: int) -> list[Case]:
    """Simulate days of the sample plan."""
    plan = plan_of("schematic", 1)
    network = build_network(plan.sections)
    settings = SimulationSettings(receiver=ReceiverSettings(sigma_m=sigma_m))
    simulated = [
        simulate_day(plan, SERVICE_DATE, scenario, seed, settings=settings)
        for scenario in SCENARIOS
        for seed in range(1, days + 1)
    ]
    return [Case(plan, network, day.pings, day.truth, sigma_m) for day in simulated]


def lines(
    title: str, cases: list[Case], day: date, margins: tuple[list[float], list[float]]
) -> Iterator[str]:
    """Give a line of the table for each pair of margins."""
    for denial in margins[1]:
        for credit in margins[0]:
            if credit > denial:
                continue
            settings = MatchSettings(credit_margin=credit, denial_margin=denial)
            total: Counter[str] = Counter()
            for case in cases:
                total.update(score_case(case, day, settings))
            judged = total["verdicts"] - total["borderline"]
            decided = judged - total["unknown"] - total["unknown_without_gap"]
            yield (
                f"| {title} | {credit:g} | {denial:g} | {judged:,} "
                f"| {100 * total['wrong'] / decided:.2f} "
                f"| {100 * total['false_served'] / judged:.2f} "
                f"| {100 * total['unknown_without_gap'] / judged:.2f} |"
            )


def _numbers(text: str) -> list[float]:
    return [float(word) for word in text.split(",")]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--credit", type=_numbers, default=[0.01, 0.5, 1.0, 2.0], help="margins")
    parser.add_argument("--denial", type=_numbers, default=[0.01, 3.0, 4.0], help="those of denial")
    parser.add_argument("--sigmas", type=_numbers, default=[5.0, 10.0, 20.0], help="metres")
    parser.add_argument("--days", type=int, default=2, help="a scenario (default %(default)s)")
    parser.add_argument("--towns", type=seeds_of, metavar="1-3",
                        help="judge SUMO's towns of these seeds instead")  # fmt: skip
    parser.add_argument("--work", type=Path, help="keeps the towns between runs")
    options = parser.parse_args()
    progress, console = Console(stderr=True, width=100), Console(width=110)
    console.print("| world | credit | denial | verdicts | wrong % | false served % | unknown % |")
    console.print("|---|---|---|---|---|---|---|")
    pairs = options.credit, options.denial
    if not options.towns:
        for sigma_m in options.sigmas:
            cases = our_cases(sigma_m, options.days)
            for line in lines(f"ours, σ {sigma_m:g} m", cases, SERVICE_DATE, pairs):
                console.print(line)
        return
    with tempfile.TemporaryDirectory() as folder:
        days = Days(options.towns, options.work or Path(folder), progress.print)
        for row in TOWN_ROWS:
            cases = [case for _, case in days.cases(row)]
            for line in lines(f"SUMO, {row.title}", cases, town.SERVICE_DATE, pairs):
                console.print(line)


if __name__ == "__main__":
    main()
