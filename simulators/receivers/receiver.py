"""What the tracker on a truck reports: fixes with the faults of a satellite receiver."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from geofence.network.network import Network
from ingest.ping import conform
from ingest.tasks import Task
from simulators.trucks.motion import Motion, positions

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """How trackers report."""

    interval_s: float = 10.0
    """Seconds between two fixes; each truck has its own phase."""
    sigma_m: float = 4.0
    """Standard deviation of the error east and north, in metres."""
    correlation_s: float = 60.0
    """Seconds after which an error has decayed to 1/e: it drifts rather than jumps."""
    speed_sigma_mps: float = 0.2
    """Standard deviation of the error of speed, in metres per second."""
    heading_sigma_deg: float = 4.0
    """Standard deviation of the error of heading, in degrees; standing there is no heading."""
    reports_working: bool = False
    """Whether the device reports that the truck collects."""
    reports_tasks: bool = False
    """Whether it reports the tasks that the truck does, and that it does none."""

    def __post_init__(self) -> None:
        """Refuse numbers that no receiver has.

        Raises
        ------
        ValueError
            Naming the setting and its value.
        """
        for name in ("interval_s", "correlation_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("sigma_m", "speed_sigma_mps", "heading_sigma_deg"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


def fixes(
    vehicle_id: str,
    motion: Motion,
    network: Network,
    settings: ReceiverSettings,
    rng: np.random.Generator,
    tasks: int = int(Task.GARBAGE_COLLECTION),
) -> pd.DataFrame:
    """Report a motion as pings, in order of time; `tasks` are what it does while it collects."""
    begin_s, end_s = float(motion.started_s[0]), float(motion.finished_s[-1])
    phase_s = rng.uniform(0.0, settings.interval_s)
    at_ms = np.round(1000 * np.arange(begin_s + phase_s, end_s, settings.interval_s))
    truth = positions(motion, network, at_ms / 1000)
    count = len(at_ms)
    longitude, latitude = network.projection.to_degrees(
        truth.x + _drift(count, settings, rng), truth.y + _drift(count, settings, rng)
    )
    speed = truth.speed_mps + rng.normal(0.0, settings.speed_sigma_mps, count)
    heading = truth.heading_deg + rng.normal(0.0, settings.heading_sigma_deg, count)
    hdop = rng.uniform(0.7, 1.6, count)
    columns = {
        "vehicle_id": np.repeat(np.array([vehicle_id], dtype=object), count),
        "event_time": pd.to_datetime(at_ms.astype(np.int64), unit="ms", utc=True),
        "longitude": longitude.round(6),
        "latitude": latitude.round(6),
        "speed_mps": np.maximum(speed, 0.0).round(2),
        "heading_deg": (heading % 360.0).round(1) % 360.0,
        "accuracy_m": (settings.sigma_m * hdop * rng.uniform(1.0, 1.4, count)).round(1),
        "hdop": hdop.round(1),
        "satellites": rng.integers(8, 19, count),
    }
    if settings.reports_working or settings.reports_tasks:
        columns["working"] = truth.collecting
    if settings.reports_tasks:
        columns["tasks"] = np.where(truth.collecting, tasks, 0)
    return conform(pd.DataFrame(columns))


def _drift(count: int, settings: ReceiverSettings, rng: np.random.Generator) -> Floats:
    """Give a first-order autoregressive error, stationary from the first fix."""
    keep = float(np.exp(-settings.interval_s / settings.correlation_s))
    noise = rng.normal(0.0, settings.sigma_m, count)
    noise[1:] *= np.sqrt(1 - keep**2)
    return np.asarray(lfilter([1.0], [1.0, -keep], noise), dtype=np.float64)
