"""What the margins of the matcher cost and buy: wrong against unknown verdicts.

    python -m benchmarks.matching.margins [--credit 0.01,0.5,1] [--denial 0.01,3,4] [--sigmas 5,20]

Judges simulated days of the sample plan, clean, late, skip and mixed, with each pair of margins.
"""

import argparse
from collections import Counter
from datetime import date

from rich.console import Console

from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.judge import judge
from benchmarks.networks.networks import plan_of
from benchmarks.verdicts.scoring import score_judgement
from geofence.matching.settings import MatchSettings
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from geofence.seen.observe import observe
from ingest.ping import resolve
from simulators.fleet.fleet import SimulatedDay, SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
SCENARIOS = (Scenario.CLEAN, Scenario.LATE, Scenario.SKIP, Scenario.MIXED)


def score_day(
    day: SimulatedDay, plan: Plan, network: Network, settings: MatchSettings
) -> Counter[str]:
    """Judge and score one day with some settings."""
    pings = bearing_on(resolve(day.pings).pings, plan, SERVICE_DATE)
    seen = tuple(observe(pings, network, plan.rules, settings))
    result = score_judgement(judge(seen, plan, network, SERVICE_DATE), day.truth, plan)
    return Counter({**result.counts(), "verdicts": len(day.truth)})


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--credit", default="0.01,0.5,1,2", help="margins (default %(default)s)")
    parser.add_argument("--denial", default="0.01,3,4", help="those of denial (%(default)s)")
    parser.add_argument("--sigmas", default="5,10,20", help="metres (default %(default)s)")
    parser.add_argument("--days", type=int, default=2, help="a scenario (default %(default)s)")
    options = parser.parse_args()
    plan = plan_of("schematic", 1)
    network = build_network(plan.sections)
    console = Console(width=110)
    console.print("| sigma | credit | denial | verdicts | wrong % | false served % | unknown % |")
    console.print("|---|---|---|---|---|---|---|")
    for sigma in map(float, options.sigmas.split(",")):
        receiver = ReceiverSettings(sigma_m=sigma)
        days = [
            simulate_day(
                plan, SERVICE_DATE, scenario, seed, settings=SimulationSettings(receiver=receiver)
            )
            for scenario in SCENARIOS
            for seed in range(1, options.days + 1)
        ]
        for denial in map(float, options.denial.split(",")):
            for credit in map(float, options.credit.split(",")):
                if credit > denial:
                    continue
                settings = MatchSettings(credit_margin=credit, denial_margin=denial)
                total: Counter[str] = Counter()
                for day in days:
                    total.update(score_day(day, plan, network, settings))
                judged = total["verdicts"] - total["borderline"]
                decided = judged - total["unknown"] - total["unknown_without_gap"]
                console.print(
                    f"| {sigma:g} m | {credit:g} | {denial:g} | {judged:,} "
                    f"| {100 * total['wrong'] / decided:.2f} "
                    f"| {100 * total['false_served'] / judged:.2f} "
                    f"| {100 * total['unknown_without_gap'] / judged:.2f} |"
                )


if __name__ == "__main__":
    main()
