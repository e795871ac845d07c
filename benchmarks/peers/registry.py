"""The methods that can be compared, by name; each is loaded only when it is asked for."""

from benchmarks.peers.peer import Peer
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules

PEERS = ("ours", "fastmm", "meili", "buffer")


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
