"""Faults of trackers that are found, missed, or seen where there is none.

    python -m benchmarks.verdicts.tracking_faults [--days 1] [--network schematic]

Simulates days of a whole fleet over the rough wire, gives every sixth vehicle one fault at one
strength, and tells of how many vehicle-days it was found, called something else or missed, and
how many vehicle-days without a fault were accused. A ping that ingest would refuse for its time is
handed over as a refusal.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from analytics.tracking.faults import TrackingCode
from analytics.tracking.fleet import read_misfits
from analytics.tracking.reports import refused_frame
from analytics.tracking.trackers import find_tracking_faults
from benchmarks.networks.networks import NETWORKS, plan_of
from ingest.clock.fault import WEEK_ROLLOVER_S
from ingest.datum import gcj02_to_bd09, wgs84_to_gcj02
from ingest.decoding.instant import time_fault
from ingest.log.rows import epoch_ms
from ingest.ping import RECEIVED_COLUMN, resolve
from simulators.fleet.fleet import SimulatedDay, SimulationSettings, simulate_day
from simulators.receivers.faults import ROUGH_WIRE, frozen, misplaced, mistimed
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

SERVICE_DATE = date(2022, 3, 28)
EVERY = 6
Spoil = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Trial:
    """A fault at one strength."""

    name: str
    code: TrackingCode | None
    """What ought to be found; None where nothing ought to be."""
    spoil: Spoil
    sigma_m: float = 4.0


def through_the_gate(pings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part pings into those that ingest stores and the refusals of the rest."""
    event_ms, received_ms = epoch_ms(pings["event_time"]), epoch_ms(pings[RECEIVED_COLUMN])
    faults = [
        time_fault(event, received)
        for event, received in zip(event_ms.tolist(), received_ms.tolist(), strict=True)
    ]
    rows = [
        {"vehicle_id": vehicle, "code": fault, "value": str(event), "received_time_ms": received}
        for vehicle, fault, event, received in zip(
            pings["vehicle_id"], faults, event_ms.tolist(), received_ms.tolist(), strict=True
        )
        if fault is not None
    ]
    stored = np.array([fault is None for fault in faults])
    return pings[stored].reset_index(drop=True), refused_frame(rows)


def trials() -> Iterator[Trial]:
    """Give the faults in the order of the table."""
    yield Trial("none", None, lambda pings: pings)
    yield Trial("none, sigma 20 m", None, lambda pings: pings, 20.0)
    yield Trial("none, sent 5 h late in one go", None, _sent_late)
    for ahead_s in (45, 75, 120, 600):
        yield Trial(f"{ahead_s} s ahead", TrackingCode.CLOCK_AHEAD, _clock(ahead_s))
    for behind_s in (90, 150, 600, 7200):
        yield Trial(f"{behind_s} s behind", TrackingCode.CLOCK_BEHIND, _clock(-behind_s))
    yield Trial("local time as UTC", TrackingCode.LOCAL_AS_UTC, _clock(28_800))
    yield Trial("UTC as local time", TrackingCode.UTC_AS_LOCAL, _clock(-28_800))
    yield Trial("1,024 weeks back", TrackingCode.WEEK_ROLLOVER, _clock(-WEEK_ROLLOVER_S))
    yield Trial("2,048 weeks back", TrackingCode.WEEK_ROLLOVER, _clock(-2 * WEEK_ROLLOVER_S))
    yield Trial("seconds for ms", TrackingCode.SECONDS_AS_MILLISECONDS, _scaled(0.001))
    yield Trial("ms for seconds", TrackingCode.MILLISECONDS_AS_SECONDS, _scaled(1000.0))
    for sigma_m in (4.0, 20.0):
        of = f", sigma {sigma_m:g} m"
        yield Trial(f"GCJ-02{of}", TrackingCode.GCJ02_POSITIONS, _to_gcj02, sigma_m)
        yield Trial(f"BD-09{of}", TrackingCode.BD09_POSITIONS, _to_bd09, sigma_m)
        yield Trial(f"moved 420 m{of}", TrackingCode.POSITIONS_MOVED, _moved, sigma_m)
    for frozen_min in (5, 30):
        yield Trial(f"frozen {frozen_min} min", TrackingCode.FROZEN_GPS, _frozen(frozen_min))


def _clock(ahead_s: float) -> Spoil:
    return lambda pings: mistimed(pings, ahead_s=ahead_s)


def _scaled(factor: float) -> Spoil:
    return lambda pings: mistimed(pings, factor=factor)


def _to_gcj02(pings: pd.DataFrame) -> pd.DataFrame:
    return misplaced(pings, wgs84_to_gcj02)


def _to_bd09(pings: pd.DataFrame) -> pd.DataFrame:
    return misplaced(pings, lambda lon, lat: gcj02_to_bd09(*wgs84_to_gcj02(lon, lat)))


def _moved(pings: pd.DataFrame) -> pd.DataFrame:
    return misplaced(pings, lambda lon, lat: (lon + 0.0035, lat - 0.0027))


def _sent_late(pings: pd.DataFrame) -> pd.DataFrame:
    last = pings["event_time"].max() + pd.Timedelta(hours=5)
    steps = pd.to_timedelta(np.arange(len(pings)) * 5, unit="ms")
    return pings.sort_values("event_time").assign(**{RECEIVED_COLUMN: (last + steps).as_unit("ms")})


def _frozen(minutes: float) -> Spoil:
    def spoil(pings: pd.DataFrame) -> pd.DataFrame:
        at_s = epoch_ms(pings["event_time"]) / 1000
        moving_s = np.sort(at_s[pings["speed_mps"].to_numpy() > 1])
        begin_s = float(moving_s[len(moving_s) // 5])
        return frozen(pings, begin_s, begin_s + 60 * minutes)

    return spoil


def _told_by(code: TrackingCode | None) -> set[TrackingCode | None]:
    """Give the codes that tell a fault: fixes show that they are moved, but not always by what."""
    datums = {TrackingCode.GCJ02_POSITIONS, TrackingCode.BD09_POSITIONS}
    if code is TrackingCode.POSITIONS_MOVED:
        return {code, *datums}
    return {code, TrackingCode.POSITIONS_MOVED} if code in datums else {code}


def run(trial: Trial, day: SimulatedDay, timezone: str) -> tuple[int, int, int, int, int]:
    """Count vehicle-days: faulty, found, found and called something else too, accused, sound."""
    vehicles = sorted(set(day.pings["vehicle_id"]))
    chosen = set(vehicles[::EVERY])
    is_chosen = day.pings["vehicle_id"].isin(chosen)
    spoilt = [trial.spoil(part) for _, part in day.pings[is_chosen].groupby("vehicle_id")]
    pings = pd.concat([day.pings[~is_chosen], *spoilt], ignore_index=True)
    stored, refused = through_the_gate(pings)
    misfits = read_misfits(resolve(stored).pings, day.network)
    report = find_tracking_faults(stored, refused, day.network, timezone, misfits)
    told: dict[str, set[TrackingCode]] = {}
    for fault in report.faults:
        told.setdefault(fault.vehicle_id, set()).add(fault.code)
    faulty = chosen if trial.code else set()
    right = _told_by(trial.code)
    found = {vehicle for vehicle in faulty if right & told.get(vehicle, set())}
    other = {vehicle for vehicle in faulty if told.get(vehicle, set()) - right}
    return len(faulty), len(found), len(other), len(set(told) - faulty), len(vehicles) - len(faulty)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=1, help="simulated days a fault (default 1)")
    parser.add_argument("--network", choices=NETWORKS, default="schematic")
    options = parser.parse_args()
    plan = plan_of(options.network, seed=1)
    days = {
        sigma_m: [
            simulate_day(
                plan, SERVICE_DATE, Scenario.MIXED, seed,
                settings=SimulationSettings(
                    receiver=ReceiverSettings(sigma_m=sigma_m), wire=ROUGH_WIRE
                ),
            )
            for seed in range(1, options.days + 1)
        ]
        for sigma_m in (4.0, 20.0)
    }  # fmt: skip
    table = Table("fault", "faulty", "found", "missed", "called otherwise", "sound", "accused")
    for trial in trials():
        counts = np.sum([run(trial, day, plan.timezone) for day in days[trial.sigma_m]], axis=0)
        faulty, found, other, accused, sound = counts.tolist()
        numbers = (faulty, found, faulty - found, other, sound, accused)
        table.add_row(trial.name, *(f"{number:,}" for number in numbers))
    console = Console(width=110)
    console.print(f"{options.days} days of the {options.network} plan; counts are vehicle-days")
    console.print(table)


if __name__ == "__main__":
    main()
