"""Map matching against its peers: the same networks, noise and machine, in one run.

    python -m benchmarks.matching [--networks schematic,random,osm] [--sigmas 5,10,20]
        [--peers ours,fastmm,meili,buffer] [--interval-s 10] [--intervals 30,60,120] [--days 1]
        [--scenario mixed] [--seed 1] [--runs 3] [--osm EXTRACT] [--towns 1-3]

Every method is given the same tracks, cut at the same gaps, and the same rules judge its path.
Prints for each network and noise how many street verdicts are wrong or unknown, and how many
points a second it matches on one core; then, for this project's matcher alone, sparser fixes
(--intervals). A peer that is not installed is left out and named. In these worlds our own simulator
drives the trucks, as each title says; with --towns the verdicts in towns that SUMO drew and drove
follow, as benchmarks.towns prints them. docs/benchmarks.md tells what is measured.
"""

import argparse
import math
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from analytics.verdicts.evaluation import bearing_on
from analytics.verdicts.judge import judge
from benchmarks.matching.tally import Tally
from benchmarks.networks.networks import NETWORKS, OSM_EXTRACT, plan_of
from benchmarks.peers.peer import Peer, PeerError
from benchmarks.peers.registry import PEERS, peer_of
from benchmarks.peers.vehicles import Vehicle, fix_count, vehicles_of
from benchmarks.stopwatch import pin_to_one_core
from benchmarks.towns.__main__ import print_towns, seeds_of
from benchmarks.verdicts.figures import percent
from benchmarks.verdicts.scoring import score_judgement
from geofence.network.network import Network, build_network
from geofence.plan.plan import Plan
from ingest.ping import resolve
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
COLUMNS = (
    "method", "verdicts", "wrong %", "false served %", "false skipped", "unknown %", "points/s",
    "/ fastmm",
)  # fmt: skip
SPARSE_COLUMNS = (
    "every", "sigma", "verdicts", "wrong %", "right or unknown %", "false served %",
    "false skipped", "unknown %",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """A network with its plan, and how to drive on it."""

    plan: Plan
    network: Network
    scenario: Scenario
    seeds: range
    runs: int
    tell: Callable[[str], object]
    """Told what is being done."""


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A simulated day, ready to be matched."""

    vehicles: list[Vehicle]
    truth: pd.DataFrame


def simulate(town: Town, receiver: ReceiverSettings) -> Iterator[Day]:
    """Simulate a day a seed and make its tracks."""
    plan = town.plan
    settings = SimulationSettings(receiver=receiver)
    for seed in town.seeds:
        town.tell(f"simulating day {seed} with a fix every {receiver.interval_s:g} s, "
                  f"sigma {receiver.sigma_m:g} m")  # fmt: skip
        day = simulate_day(plan, SERVICE_DATE, town.scenario, seed, settings=settings)
        chosen = bearing_on(resolve(day.pings).pings, plan, SERVICE_DATE)
        yield Day(vehicles_of(chosen, town.network, plan.rules), day.truth)


def compare(town: Town, names: Sequence[str], receiver: ReceiverSettings) -> dict[str, Tally]:
    """Let every method match the same days."""
    tallies = {name: Tally() for name in names}
    days = list(simulate(town, receiver))
    for name, tally in tallies.items():
        town.tell(f"matching with {name}")
        try:
            peer = peer_of(name, town.network, town.plan.rules)
            for day in days:
                add_day(tally, peer, day, town, receiver.sigma_m)
        except PeerError as error:
            tally.missing = str(error)
            town.tell(f"{name} is left out: {error}")
    return tallies


def add_day(tally: Tally, peer: Peer, day: Day, town: Town, sigma_m: float) -> None:
    """Match one day with one method, judge it and count."""
    outcome = peer.observe(day.vehicles, sigma_m, town.runs)
    judgement = judge(outcome.observations, town.plan, town.network, SERVICE_DATE)
    tally.counts.update(score_judgement(judgement, day.truth, town.plan).counts())
    tally.points += fix_count(day.vehicles)
    tally.seconds += outcome.seconds


def compared(title: str, tallies: dict[str, Tally]) -> Table:
    """Lay out what the methods came to on one network with one noise."""
    table = Table(*COLUMNS, title=title, title_justify="left", box=MARKDOWN)
    reference = tallies.get("fastmm", Tally()).points_per_s
    for name, tally in tallies.items():
        if tally.missing:
            table.add_row(name, "left out")
            continue
        pace = tally.points_per_s
        table.add_row(
            name,
            f"{tally.scored:,}",
            percent(tally.counts["wrong"], tally.decided),
            percent(tally.counts["false_served"], tally.decided),
            str(tally.counts["false_skip"]),
            percent(tally.counts["unknown_without_gap"], tally.scored),
            f"{pace:,.0f}" if pace else "-",
            f"{pace / reference:.2f}" if pace and reference else "-",
        )
    return table


def thinned(title: str, town: Town, intervals: Sequence[float], sigmas: Sequence[float]) -> Table:
    """Match fixes farther apart with this project's matcher alone."""
    table = Table(*SPARSE_COLUMNS, title=title, title_justify="left", box=MARKDOWN)
    for interval_s in intervals:
        for sigma_m in sigmas:
            receiver = ReceiverSettings(interval_s=interval_s, sigma_m=sigma_m)
            tally = compare(town, ["ours"], receiver)["ours"]
            counts = tally.counts
            table.add_row(
                f"{interval_s:g} s",
                f"{sigma_m:g} m",
                f"{tally.scored:,}",
                percent(counts["wrong"], tally.decided),
                percent(tally.scored - counts["wrong"] - counts["missing"], tally.scored),
                percent(counts["false_served"], tally.decided),
                str(counts["false_skip"]),
                percent(counts["unknown_without_gap"], tally.scored),
            )
    return table


def machine() -> str:
    """Say in words what this runs on."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        name = f"{len(models)} cores of {models[0]}" if models else name
    return f"{name}, {platform.system()}, Python {platform.python_version()}, one core used"


def _words(*known: str) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        words = text.split(",")
        if unknown := [word for word in words if word not in known]:
            raise argparse.ArgumentTypeError(
                f"no {', '.join(unknown)}; there are {', '.join(known)}"
            )
        return words

    return read


def numbers_of(text: str) -> list[float]:
    """Read numbers above 0 with commas between."""
    try:
        numbers = [float(word) for word in text.split(",") if word]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} are not numbers with commas between") from error
    if not all(0 < number < math.inf for number in numbers):
        raise argparse.ArgumentTypeError(f"{text} are not all above 0")
    return numbers


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--networks", type=_words(*NETWORKS), default=list(NETWORKS))
    parser.add_argument("--sigmas", type=numbers_of, default=[5.0, 10.0, 20.0], help="metres")
    parser.add_argument("--peers", type=_words(*PEERS), default=list(PEERS))
    parser.add_argument("--interval-s", type=float, default=10.0, help="between fixes")
    parser.add_argument("--intervals", type=numbers_of, default=[30.0, 60.0, 120.0],
                        help="for our matcher alone; '' for none")  # fmt: skip
    parser.add_argument("--days", type=int, default=1, help="for each network and noise")
    parser.add_argument("--scenario", choices=[each.value for each in Scenario], default="mixed")
    parser.add_argument("--seed", type=int, default=1, help="of the first day and the random city")
    parser.add_argument("--runs", type=int, default=3, help="timed ones; 0 for accuracy alone")
    parser.add_argument("--towns", type=seeds_of, metavar="1-3",
                        help="seeds of SUMO's towns, with make .venv/.installed-towns")  # fmt: skip
    parser.add_argument("--osm", type=Path, default=OSM_EXTRACT, help="extract of the real town")
    return parser.parse_args()


def main() -> None:
    """Print the tables."""
    options = _options()
    progress, output = Console(stderr=True, width=100), Console(width=110)
    begun = time.perf_counter()
    pin_to_one_core()
    output.print(f"{machine()}; seed {options.seed}, {options.scenario} days, {options.days} for "
                 "each network and noise")  # fmt: skip
    left_out: dict[str, str] = {}
    try:
        plans = {name: plan_of(name, options.seed, options.osm) for name in options.networks}
    except (FileNotFoundError, ModuleNotFoundError) as error:
        sys.exit(str(error))
    for name, plan in plans.items():
        network = build_network(plan.sections)
        seeds = range(options.seed, options.seed + options.days)
        scenario = Scenario(options.scenario)
        town = Town(plan, network, scenario, seeds, options.runs, progress.print)
        title = f"our simulator on {name}, {network.section_count:,} sections"
        for sigma_m in options.sigmas:
            receiver = ReceiverSettings(interval_s=options.interval_s, sigma_m=sigma_m)
            tallies = compare(town, options.peers, receiver)
            heading = f"{title}, a fix every {options.interval_s:g} s, sigma {sigma_m:g} m"
            output.print(compared(heading, tallies))
            left_out |= {peer: tally.missing for peer, tally in tallies.items() if tally.missing}
        if options.intervals:
            heading = f"{title}, sparser fixes, our matcher"
            output.print(thinned(heading, town, options.intervals, options.sigmas))
    for peer, why in left_out.items():
        output.print(f"{peer} is left out: {why}")
    if options.towns:
        print_towns(options.towns, progress.print)
    output.print(f"took {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
