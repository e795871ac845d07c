"""How full the broker's store is, for the health page and the metrics."""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from ingest.broker.upkeep.limits import is_alarming
from ingest.broker.upkeep.monitor import StoreState
from ingest.fault import BrokerError

PATIENCE_S = 10.0
"""The broker's pages may be silent for so long, as while it starts."""
_KEPT_S = 2.0
"""What was told so recently is not asked again: pages are scraped by several."""


class Asked(Protocol):
    """What is asked: `ingest.broker.upkeep.monitor.Monitor`."""

    url: str

    def store(self) -> StoreState:
        """Tell how full the store is."""


class BrokerStore:
    """The store as it was seen a moment ago; safe to ask from several threads.

    Parameters
    ----------
    clock_s
        Gives the monotonic time in seconds.
    """

    def __init__(self, monitor: Asked, clock_s: Callable[[], float]) -> None:
        self._monitor, self._clock_s = monitor, clock_s
        self._lock = threading.Lock()
        self._state: StoreState | None = None
        self._asked_s: float | None = None
        self._silent_since_s: float | None = None
        self._alarmed = False

    def look(self) -> StoreState | None:
        """Tell how full it is; None if it does not say."""
        with self._lock:
            now_s = self._clock_s()
            if self._asked_s is None or now_s - self._asked_s >= _KEPT_S:
                self._ask(now_s)
            return self._state

    def reasons(self) -> list[str]:
        """Tell what is alarming."""
        state, now_s = self.look(), self._clock_s()
        if state is None:
            silent_s = 0.0 if self._silent_since_s is None else now_s - self._silent_since_s
            if silent_s <= PATIENCE_S:
                return []
            return [f"the broker's pages at {self._monitor.url} are silent for {silent_s:.0f} s"]
        return [*state.node_faults, *self._store_reasons(state)]

    def _store_reasons(self, state: StoreState) -> list[str]:
        if not self._alarmed:
            return []
        if state.share >= 1:
            return ["the broker's store is full: it acknowledges no ping until there is room"]
        waiting_mib, limit_mib = state.waiting_bytes / 2**20, state.limit_bytes / 2**20
        sizes = f"{waiting_mib:,.0f} of {limit_mib:,.0f} MiB wait"
        return [f"the broker's store is {state.share:.0%} full: {sizes}"]

    def told(self) -> dict[str, Any]:
        """Give it as the health page shows it; figures are None if it does not say."""
        state = self.look()
        return {
            "share": None if state is None else round(state.share, 3),
            "waiting": None if state is None else state.waiting,
            "waiting_bytes": None if state is None else state.waiting_bytes,
            "limit_bytes": None if state is None else state.limit_bytes,
            **({} if state is None or state.nodes == 1 else {"replicas": state.replicas}),
        }

    def _ask(self, now_s: float) -> None:
        self._asked_s = now_s
        try:
            self._state = self._monitor.store()
        except BrokerError:
            self._state = None
            if self._silent_since_s is None:
                self._silent_since_s = now_s
        else:
            self._silent_since_s = None
            self._alarmed = is_alarming(self._state.share, alarmed=self._alarmed)
