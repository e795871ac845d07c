"""A day in a town: SUMO runs once a seed, and its motion serves every size of error and period."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.towns.motion import Motion, load, motions_of, save
from benchmarks.towns.roads import read_roads
from benchmarks.towns.shifts import END_S, Shift, plan_shifts, window_s
from benchmarks.towns.sumo import drive, generate_network
from benchmarks.towns.town import WINDOWS, Town, make_town, write_and_read
from geofence.network.network import Network, build_network

RECIPE = 1
"""Raised when towns or motion come out otherwise, so that no kept one is used again."""


@dataclass(frozen=True, slots=True, eq=False)
class TownDay:
    """A town and how its trucks moved for a day."""

    seed: int
    town: Town
    network: Network
    shifts: tuple[Shift, ...]
    motions: Mapping[str, Motion]


def town_day(seed: int, work: Path, tell: Callable[[str], object]) -> TownDay:
    """Read the day of a seed from the folder `work`, or make it there.

    Raises
    ------
    SumoError
        If it must be made and SUMO is not installed.
    """
    folder = work / f"town-{RECIPE}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    net, moved = folder / "town.net.xml", folder / "motion.npz"
    is_made = moved.exists()
    if not is_made:
        tell(f"seed {seed}: SUMO draws a town")
        generate_network(net, seed)
    roads = read_roads(net)
    made = make_town(roads, seed)
    town = Town(roads, write_and_read(made.plan, folder), made.streets)
    shifts = plan_shifts(town, seed)
    if not is_made:
        tell(f"seed {seed}: SUMO drives {len(shifts)} trucks for a day")
        hours_s = window_s(WINDOWS[0])[0], window_s(WINDOWS[-1])[1] + END_S
        save(motions_of(drive(net, roads, shifts, folder, hours_s, seed), roads), moved)
    return TownDay(seed, town, build_network(town.plan.sections), tuple(shifts), load(moved))
