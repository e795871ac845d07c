"""What trucks send, noted ping by ping, so that what the log holds can be compared with it."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.decoding.wire import encode
from ingest.fault import LogError
from ingest.log.pinglog import PingLog
from ingest.ping import Ping

VEHICLES = tuple(f"晋BQ{number:04d}" for number in range(384, 392))
STEP_MS = 100
"""Between two fixes of a vehicle."""
_LEFT_DEG, _BOTTOM_DEG = 113.2, 40.05
_POLL_S = 0.05

Payloads = dict[str, list[bytes]]
"""Messages by vehicle."""
Key = tuple[str, int, float]
"""Vehicle, event time and longitude, which is different for every ping of a run."""


class Traffic:
    """Makes pings, no two alike, and remembers each."""

    def __init__(self, vehicles: Sequence[str] = VEHICLES, span_s: float = 48 * 3600) -> None:
        self.vehicles = tuple(vehicles)
        self._first_ms = time.time_ns() // 1_000_000 - int(span_s * 1000)
        self._made = Counter[str]()
        self._messages = 0
        self.sent: set[Key] = set()

    def ping(self, vehicle: str, event_time_ms: int | None = None) -> Ping:
        """Make the next ping of a vehicle."""
        turn, number = self._made[vehicle], len(self.sent)
        self._made[vehicle] += 1
        made = Ping(
            vehicle_id=vehicle,
            event_time_ms=event_time_ms or self._first_ms + turn * STEP_MS,
            longitude=round(_LEFT_DEG + number * 1e-7, 7),
            latitude=round(_BOTTOM_DEG + (number % 997) * 1e-5, 5),
            speed_mps=3.5,
            heading_deg=float(number % 360),
            accuracy_m=4.0,
        )
        self.sent.add((made.vehicle_id, made.event_time_ms, made.longitude))
        return made

    def messages(self, count: int, burst: int = 1) -> Payloads:
        """Make `count` messages of `burst` pings each; the vehicles take turns."""
        made: Payloads = {vehicle: [] for vehicle in self.vehicles}
        for _ in range(count):
            vehicle = self.vehicles[self._messages % len(self.vehicles)]
            self._messages += 1
            made[vehicle].append(encode([self.ping(vehicle) for _ in range(burst)]))
        return made


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a log differs from what was sent."""

    lost: int
    extra: int
    duplicate_rows: int
    repeated: int
    """Pings that came again because they had not been acknowledged: counted, not stored twice."""
    conserved: bool

    @property
    def sound(self) -> bool:
        """True if the log holds exactly what was sent."""
        return self.conserved and not (self.lost or self.extra or self.duplicate_rows)

    def figures(self) -> dict[str, int | float | str]:
        """Give the numbers by name."""
        return {
            "lost": self.lost,
            "extra": self.extra,
            "duplicate_rows": self.duplicate_rows,
            "repeated": self.repeated,
        }

    def __str__(self) -> str:
        law = "holds" if self.conserved else "BROKEN"
        extra = f", {self.extra:,} extra" if self.extra else ""
        return (
            f"{self.lost:,} lost, {self.duplicate_rows:,} duplicate rows{extra}; "
            f"conservation {law} ({self.repeated:,} sent again)"
        )


def compare(log: PingLog, sent: set[Key]) -> Outcome:
    """Compare a log at rest with the set of pings that it should hold."""
    rows, counters = _rows_of(log), log.counters()
    held = set(rows)
    return Outcome(
        lost=len(sent - held),
        extra=len(held - sent),
        duplicate_rows=len(rows) - len({row[:2] for row in rows}),
        repeated=counters.duplicate,
        conserved=counters.balanced and counters.stored == len(rows),
    )


def held_by(log: PingLog) -> set[Key]:
    """Give what a log holds."""
    return set(_rows_of(log))


def _rows_of(log: PingLog) -> list[Key]:
    frame = log.read_pings()
    times = frame["event_time"].to_numpy(dtype="datetime64[ms]").astype("int64").tolist()
    return list(zip(frame["vehicle_id"].tolist(), times, frame["longitude"].tolist(), strict=True))


def wait_for_stored(log: PingLog, count: int, patience_s: float = 60.0) -> bool:
    """Wait until the log holds `count` pings; False once nothing comes for `patience_s`."""
    last, since_s = -1, time.monotonic()
    while True:
        try:
            stored = log.counters().stored
        except LogError:  # locked or away: part of the exercise
            stored = last
        if stored >= count:
            return True
        if stored != last:
            last, since_s = stored, time.monotonic()
        elif time.monotonic() - since_s > patience_s:
            return False
        time.sleep(_POLL_S)
