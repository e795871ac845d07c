"""What the margins of the matcher cost and buy: wrong against unknown verdicts.

    python -m benchmarks.matching.margins [--credit 0.01,0.5,1] [--denial 0.01,3,4] [--sigmas 5,20]
        [--towns 1-3] [--work DIR]

Judges simulated days of the sample plan, clean, late, skip and mixed, with each pair of margins;
or, with --towns, days in towns that SUMO drew and drove, where the margins are chosen: what is
best on our own trucks alone is not.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rich.console import Console

from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.judge import judge
from benchmarks.matching.__main__ import numbers_of
from benchmarks.networks.networks import plan_of
from benchmarks.towns import town
from benchmarks.towns.__main__ import folder_of, seeds_of
from benchmarks.towns.methods import Case
from benchmarks.towns.receivers import Receiver
from benchmarks.towns.rows import Days, Row
from benchmarks.towns.sumo import SumoError
from benchmarks.verdicts.figures import Figures, percent
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
            found = Figures()
            for case in cases:
                chosen = bearing_on(resolve(case.pings).pings, case.plan, day)
                seen = tuple(observe(chosen, case.network, case.plan.rules, settings))
                judged = judge(seen, case.plan, case.network, day)
                found.add(judged, case.truth, case.plan)
            counts = found.counts
            yield (
                f"| {title} | {credit:g} | {denial:g} | {found.scored:,} "
                f"| {percent(counts['wrong'], found.decided)} "
                f"| {percent(counts['false_served'], found.scored)} "
                f"| {percent(counts['unknown_without_gap'], found.scored)} |"
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--credit", type=numbers_of, default=[0.01, 0.25, 0.5, 1.0], help="margins")
    parser.add_argument(
        "--denial", type=numbers_of, default=[0.01, 3.0, 4.0, 5.0], help="those of denial"
    )
    parser.add_argument("--sigmas", type=numbers_of, default=[5.0, 10.0, 20.0], help="metres")
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
    try:
        with folder_of(options.work) as work:
            days = Days(options.towns, work, progress.print)
            for row in TOWN_ROWS:
                cases = [case for _, case in days.cases(row)]
                for line in lines(f"SUMO, {row.title}", cases, town.SERVICE_DATE, pairs):
                    console.print(line)
    except SumoError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
