"""What every method compared is: it turns tracks into observations, and says how long it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from benchmarks.peers.vehicles import Vehicle
from geofence.seen.observation import Observation


class PeerError(RuntimeError):
    """A peer that cannot take part; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a peer made of the tracks."""

    observations: list[Observation]
    """One a vehicle, in the order given."""
    seconds: float
    """Matching alone, on one core, warm, the best of several runs; infinite without any."""


class Peer(Protocol):
    """A method of map matching on one network."""

    title: ClassVar[str]

    def observe(self, vehicles: Sequence[Vehicle], sigma_m: float, runs: int) -> Outcome:
        """Match every track and time it `runs` times.

        `sigma_m` is the true standard deviation of the fixes' errors.
        """
