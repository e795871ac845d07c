"""The methods compared: each turns the same tracks into observations, and says how long it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from benchmarks.peers.vehicles import Vehicle
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.seen.observation import Observation

PEERS = ("ours", "fastmm", "meili", "buffer")


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


def peer_of(name: str, network: Network, rules: ServiceRules) -> Peer:
    """Make the method called `name` ready on a network.

    Raises
    ------
    PeerError
        If it is not installed and cannot be.
    """
    if name == "fastmm":
        from benchmarks.peers.fmm import FastmmPeer

        return FastmmPeer(network, rules)
    if name == "meili":
        from benchmarks.peers.meili import MeiliPeer

        return MeiliPeer(network, rules)
    if name == "buffer":
        from benchmarks.peers.buffer import BufferPeer

        return BufferPeer(network, rules)
    from benchmarks.peers.ours import OurPeer

    return OurPeer(network, rules)
