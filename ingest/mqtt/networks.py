"""Several sessions at a broker as if they were one: those of the shares that a process holds."""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby

from ingest.mqtt.connection import Connection
from ingest.mqtt.network_thread import Acknowledgement, Network

Make = Callable[[int], Network]
"""Makes the network of a share."""
_LOOK_S = 0.02


class Networks:
    """What `Network` is to one session, to a changing set of them."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._held: dict[int, Network] = {}
        self._closed = False
        self._changing = threading.Lock()
        self._gone_connections = 0
        self._ever_subscribed = False

    def start(self) -> None:
        """Begin with none: see `hold`."""

    def hold(self, shares: frozenset[int]) -> None:
        """Connect the sessions of these shares; end the connections of all others, then return.

        What a session was not acknowledged stays in it, for whoever holds it next.
        """
        with self._changing:
            if self._closed:
                return
            gone = [self._held[share] for share in sorted(self._held.keys() - shares)]
            self._held = {share: one for share, one in self._held.items() if share in shares}
            self._end(gone)
            for share in sorted(shares - self._held.keys()):
                network = self._make(share)
                network.start()
                self._held = {**self._held, share: network}

    def _end(self, networks: Sequence[Network]) -> None:
        closing = [threading.Thread(target=one.stop, daemon=True) for one in networks]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()
        self._gone_connections += sum(one.connections for one in networks)
        self._ever_subscribed |= any(one.ever_subscribed for one in networks)

    def stop(self) -> None:
        """Send what is to be acknowledged, and end all connections."""
        with self._changing:
            self._closed = True
            held, self._held = list(self._held.values()), {}
            self._end(held)

    def acknowledge(self, acknowledgements: Sequence[Acknowledgement]) -> None:
        """Have messages acknowledged, each on the connection it came on, if that is still there."""
        by_connection: dict[Connection, list[Acknowledgement]] = {}
        for connection, some in groupby(acknowledgements, lambda one: one.connection):
            by_connection.setdefault(connection, []).extend(some)
        for network in self._networks:
            if (mine := by_connection.get(network.connection)) is not None:  # type: ignore[arg-type]
                network.acknowledge(mine)

    def ask_again(self) -> bool:
        """Connect those anew that turned messages away."""
        return sum(network.ask_again() for network in self._networks) > 0

    def revive(self) -> None:
        """Give up threads that do not move any more, and start others."""
        for network in self._networks:
            network.revive()

    @property
    def _networks(self) -> list[Network]:
        return list(self._held.values())

    @property
    def failure(self) -> BaseException | None:
        """What ended one of the threads for good."""
        return next((one.failure for one in self._networks if one.failure is not None), None)

    @property
    def reason(self) -> str:
        """Why the last attempt of one failed."""
        return next((one.reason for one in self._networks if one.reason), "")

    @property
    def ever_subscribed(self) -> bool:
        """Whether any was subscribed once; who holds nothing has nothing to subscribe to."""
        held = self._networks
        return self._ever_subscribed or not held or any(one.ever_subscribed for one in held)

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        return self._gone_connections + sum(one.connections for one in self._networks)

    @property
    def connected_since_s(self) -> float | None:
        """Since when all are subscribed, on the monotonic clock; None while one is not."""
        found = [one.connected_since_s for one in self._networks]
        known = [since_s for since_s in found if since_s is not None]
        return max(known, default=0.0) if len(known) == len(found) else None

    @property
    def lost_since_s(self) -> float | None:
        """Since when the one is not that is so for longest; None while all are."""
        found = [one.lost_since_s for one in self._networks]
        return min((since_s for since_s in found if since_s is not None), default=None)

    def wait_subscribed(self, timeout_s: float) -> bool:
        """Wait until some are held and all are subscribed, or one cannot; False if too long."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            held = self._networks
            if self.failure or (held and all(one.subscribed.is_set() for one in held)):
                return True
            time.sleep(_LOOK_S)
        return False
