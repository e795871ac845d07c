"""What fleets need, by arithmetic from what a night took: every figure with what it assumes."""

from dataclasses import dataclass
from math import ceil

CORES = 8
"""Of a machine."""
WINDOW_H = 3.0
"""A night is to be judged within so many hours."""
USED = 0.7
"""Share of the cores that work while it is."""
INGEST_A_PROCESS = 5_000
"""Messages a second that nats-server hands to one session out of a long queue, as measured by
``benchmarks.faults``."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a night took."""

    vehicles: int
    pings: int
    interval_s: float
    core_s: float
    peak_mb: float
    base_mb: float | None
    """What a night of a few grids took, of which nothing grows; None if none was measured."""
    sealed_bytes: int

    @property
    def pings_of_vehicle(self) -> float:
        """Pings a vehicle and night."""
        return self.pings / self.vehicles


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vehicles that report at one pace."""

    name: str
    vehicles: int
    interval_s: float


@dataclass(frozen=True, slots=True)
class Need:
    """What a fleet needs."""

    fleet: Fleet
    pings: float
    core_h: float
    """To judge a night."""
    machines: int
    """That judge it in `WINDOW_H`."""
    memory_gib: float | None
    """Of all observations of a night together; None if that is not known."""
    disk_gb: float
    """Sealed, a night."""
    messages_s: float
    """While all are on duty, a ping each."""
    ingest_processes: int


FLEETS = (
    Fleet("57 grids, the sample", 57, 1.0),
    Fleet("a city: 5,950 vehicles", 5_950, 1.0),
    Fleet("a country: 6 million", 6_000_000, 10.0),
)


def need_of(fleet: Fleet, night: Measured) -> Need:
    """Reckon what a fleet needs, each ping as dear as those of a night that was measured."""
    pings = fleet.vehicles * night.pings_of_vehicle * night.interval_s / fleet.interval_s
    core_h = pings * night.core_s / night.pings / 3600
    grown_mb = None if night.base_mb is None else night.peak_mb - night.base_mb
    messages_s = fleet.vehicles / fleet.interval_s
    return Need(
        fleet,
        pings,
        core_h,
        ceil(core_h / (CORES * USED * WINDOW_H)),
        None if grown_mb is None else grown_mb / night.pings * pings / 1024,
        pings * night.sealed_bytes / night.pings / 1e9,
        messages_s,
        ceil(messages_s / INGEST_A_PROCESS),
    )


def vehicles_of(machines: int, interval_s: float, night: Measured) -> int:
    """Reckon how many vehicles some machines judge within `WINDOW_H`."""
    pings = machines * CORES * USED * WINDOW_H * 3600 / (night.core_s / night.pings)
    return int(pings / (night.pings_of_vehicle * night.interval_s / interval_s))


def assumptions(night: Measured) -> list[str]:
    """Say what all of it rests on."""
    cost_us, size = 1e6 * night.core_s / night.pings, night.sealed_bytes / night.pings
    duty_h = night.pings_of_vehicle * night.interval_s / 3600
    return [
        f"a ping costs {cost_us:.1f} core microseconds from the log to verdicts and evidence, and",
        f"  {size:.2f} bytes on disk, as in the night of {night.vehicles:,} vehicles",
        f"a vehicle is on duty for {duty_h:.1f} hours; pings at 1 Hz cost as much each as at 10 s",
        f"a machine has {CORES} cores, {USED:.0%} of which work while a night is judged, which may",
        f"  take {WINDOW_H:g} hours",
        "observations are all in the process that asks; by districts, each with a plan of its own,",
        "  memory and judging divide among machines",
        f"an ingest process takes {INGEST_A_PROCESS:,} messages of one ping a second, what",
        "  nats-server hands to one session (docs/benchmarks.md); all vehicles report at once",
    ]
