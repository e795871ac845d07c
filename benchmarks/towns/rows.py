"""What is measured: the rows of the table, and the cases behind each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.towns import parked, town
from benchmarks.towns.days import TownDay, town_day
from benchmarks.towns.methods import METHODS, Case
from benchmarks.towns.receivers import Receiver, pings_of, random_silences, street_silences
from benchmarks.towns.reliability import Reliability
from benchmarks.towns.truth import truth_of
from benchmarks.verdicts.figures import Figures
from geofence.network.network import build_network


@dataclass(frozen=True, slots=True)
class Row:
    """One way of reporting in one world."""

    title: str
    receiver: Receiver
    on_street: bool = False
    """Whether every good run falls silent on its longest street, not one in ten anywhere."""
    is_parked: bool = False

    @property
    def world(self) -> str:
        """Where its figures are from."""
        return parked.WORLD if self.is_parked else town.WORLD


ROWS: dict[str, tuple[Row, ...]] = {
    "sigma": tuple(Row(f"σ {sigma:g} m", Receiver(sigma)) for sigma in (5.0, 10.0, 20.0)),
    "period": tuple(
        Row(f"σ 5 m, every {period_s} s", Receiver(5.0, period_s)) for period_s in (1, 30, 60)
    ),
    "noise": (
        Row("σ 10 m, white noise", Receiver(10.0, correlation_s=0.0)),
        Row("σ 10 m, drifts for 300 s", Receiver(10.0, correlation_s=300.0)),
        Row("σ 10 m, bare", Receiver(10.0, bare=True)),
        Row("σ 10 m, reported as 3.3 m", Receiver(10.0, told=1.0 / 3.0)),
        Row("σ 10 m, reported as 20 m", Receiver(10.0, told=2.0)),
    ),
    "silence": (
        Row("σ 5 m, silent 130-180 s on the longest street", Receiver(5.0), on_street=True),
    ),
    "parked": tuple(
        Row(f"parked, σ {sigma:g} m{', bare' * bare}", Receiver(sigma, bare=bare), is_parked=True)
        for bare in (False, True)
        for sigma in (5.0, 10.0, 20.0)
    ),
}
MARGINS: tuple[Row, ...] = (
    *ROWS["sigma"],
    Row("σ 10 m, white noise", Receiver(10.0, correlation_s=0.0)),
    Row("σ 10 m, every 30 s", Receiver(10.0, 30)),
)
"""Those whose margins are held against the motion."""
NAMES = (*ROWS, "margins")


def town_case(day: TownDay, row: Row) -> Case:
    """Let the trucks of a town's day report as a row says."""
    silences = (
        street_silences(day.town, day.shifts, day.motions, day.seed)
        if row.on_street
        else random_silences(day.shifts, day.motions, day.seed)
    )
    return Case(
        day.town.plan,
        day.network,
        pings_of(day.motions, row.receiver, silences, day.seed),
        truth_of(day.town, day.motions, silences),
        row.receiver.sigma_m,
    )


def parked_case(row: Row, seed: int) -> Case:
    """Let trucks report that stand on short streets."""
    plan = parked.parked_plan()
    pings = pings_of(parked.parked_motions(), row.receiver, {}, seed)
    return Case(
        plan, build_network(plan.sections), pings, parked.parked_truth(plan), row.receiver.sigma_m
    )


class Days:
    """The days of the seeds, each made or read once."""

    def __init__(self, seeds: list[int], work: Path, tell: Callable[[str], object]) -> None:
        self.seeds, self.tell = seeds, tell
        self._work = work
        self._known: dict[int, TownDay] = {}

    def day(self, seed: int) -> TownDay:
        """Give the day of a seed."""
        if seed not in self._known:
            self._known[seed] = town_day(seed, self._work, self.tell)
        return self._known[seed]

    def cases(self, row: Row) -> Iterator[tuple[int, Case]]:
        """Make the cases of a row, one a seed."""
        for seed in self.seeds:
            yield seed, parked_case(row, seed) if row.is_parked else town_case(self.day(seed), row)


def measure(row: Row, days: Days, methods: list[str]) -> Mapping[str, dict[int, Figures]]:
    """Judge the cases of a row with every method; figures by method and seed."""
    found: dict[str, dict[int, Figures]] = {method: {} for method in methods}
    for seed, case in days.cases(row):
        for method in methods:
            title, judged = METHODS[method]
            days.tell(f"{row.title}, seed {seed}: {title}")
            figures = found[method][seed] = Figures()
            figures.add(judged(case), case.truth, case.plan)
    return found


def weigh_margins(row: Row, days: Days) -> Reliability:
    """Hold the margins of a row's matches against the motion."""
    found = Reliability()
    for seed, case in days.cases(row):
        days.tell(f"margins, {row.title}, seed {seed}")
        day = days.day(seed)
        found.add(case, day.motions, day.town.roads)
    return found
