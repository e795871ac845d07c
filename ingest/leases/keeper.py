"""The thread that keeps the leases of a process, and tells it what it may hold.

Who cannot renew lets go of everything before others may take it: it could commit nothing anyway.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol, Self

import structlog

from ingest.fault import LogError
from ingest.leases.leases import LEASE_S, Held

BEAT_S = 2.0
_STOP_S = 15.0

log = structlog.get_logger(__name__)


class Renewing(Protocol):
    """What is asked of `ingest.leases.leases.Leases`."""

    def renew(self, given_back: frozenset[int] = ...) -> Held:
        """Renew, give back, and take what is free."""

    def leave(self) -> None:
        """Give everything back."""


class Keeper:
    """A context in which leases are kept.

    Parameters
    ----------
    hold
        Is told all that may be held from now on, and returns when the rest is let go. It is called
        on one thread only.
    clock_s
        Gives the monotonic time in seconds.
    """

    def __init__(
        self,
        leases: Renewing,
        hold: Callable[[frozenset[int]], None],
        shares: int,
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._leases, self._hold, self._all, self._clock_s = leases, hold, shares, clock_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="ingest-leases", daemon=True)
        self._given_back: frozenset[int] = frozenset()
        self._renewed_s = clock_s()
        self._failing = False
        self._failure: BaseException | None = None
        self.held: frozenset[int] = frozenset()
        """What is held now."""
        self.members = 0
        """How many processes share, as it was seen last; 0 before that."""

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let everything go, and give it back."""
        self._stopping.set()
        self._thread.join(_STOP_S)

    def check(self) -> None:
        """Raise what ended the thread, if that was not foreseen."""
        if self._failure is not None:
            raise self._failure

    def warnings(self) -> list[str]:
        """Say what is amiss, for the health page."""
        if self._failing:
            return ["the leases of shares cannot be renewed; others take them meanwhile"]
        return []

    def beat(self) -> None:
        """Renew once, and hold what came of it."""
        began_s = self._clock_s()
        try:
            found = self._leases.renew(self._given_back)
        except LogError as error:
            if not self._failing:
                log.error("leases cannot be renewed, will try again", reason=str(error))
            self._failing = True
            if self._clock_s() - self._renewed_s > LEASE_S - BEAT_S:
                self._let(frozenset())
            return
        self._failing, self._renewed_s, self.members = False, began_s, found.members
        self._let(found.shares - found.surplus)
        self._given_back = found.surplus
        if found.surplus and not self._stopping.is_set():
            self.beat()  # nothing is done with them any more: others need not wait

    def _let(self, shares: frozenset[int]) -> None:
        before, self.held = self.held, shares
        self._hold(shares)
        if shares != before:
            log.info(
                "shares are held",
                held=len(shares),
                of=self._all,
                new=len(shares - before),
                gone=len(before - shares),
                members=self.members,
            )

    def _keep(self) -> None:
        try:
            self.beat()
            while not self._stopping.wait(BEAT_S):
                self.beat()
        except Exception as error:  # noqa: BLE001 - told by the caller
            self._failure = error
        self._let(frozenset())
        try:
            self._leases.leave()
        except LogError as error:
            log.warning("leases end by themselves", reason=str(error))
