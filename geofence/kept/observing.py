"""Observes a fleet, but looks only at what is not kept."""

from collections.abc import Iterator
from threading import Lock

from geofence.kept.keys import circumstances, key_of
from geofence.kept.store import ObservationStore
from geofence.matching.matcher import Matcher
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.plan.work import NO_WORK, Work
from geofence.seen.observation import Observation
from geofence.seen.observe import Pings, VehicleFixes, fixes_in_turn, in_turn, look


class Kept:
    """What a store has of the vehicles of one plan."""

    def __init__(
        self, store: ObservationStore, network: Network, rules: ServiceRules, work: Work
    ) -> None:
        self._store, self._shared = store, circumstances(network, rules, work)

    def recall(self, one: VehicleFixes) -> tuple[str, Observation | None]:
        """Give the name under which a vehicle is kept, and what is kept."""
        key = key_of(self._shared, one)
        return key, self._store.get(key, one.vehicle_id)

    def keep(self, key: str, seen: Observation) -> None:
        """Keep what was seen of a vehicle under its name."""
        self._store.put(key, seen)

    def end(self) -> None:
        """Bring the store within its bound."""
        self._store.sweep()


def observe_kept(
    pings: Pings,
    network: Network,
    rules: ServiceRules,
    *,
    store: ObservationStore,
    workers: int = 1,
    work: Work = NO_WORK,
) -> Iterator[Observation]:
    """Observe as `geofence.seen.observe.observe` does; what is kept already is not matched again.

    What is new is kept, and then the store is brought within its bound.
    """
    kept, lock = Kept(store, network, rules, work), Lock()
    matchers: list[Matcher] = []

    def matcher() -> Matcher:
        with lock:  # made once, and not at all if all is kept
            if not matchers:
                matchers.append(Matcher(network))
            return matchers[0]

    def looking(one: VehicleFixes) -> Observation:
        key, seen = kept.recall(one)
        if seen is None:
            seen = look(one, matcher(), rules, work)
            kept.keep(key, seen)
        return seen

    yield from in_turn(looking, fixes_in_turn(pings, network, work), workers)
    kept.end()
