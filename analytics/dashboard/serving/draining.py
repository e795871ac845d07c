"""The end of ``up``: what trucks were told is safe is stored, as far as there is time."""

from collections.abc import Callable
from pathlib import Path

from ingest.broker.upkeep.backlog import Backlog
from ingest.fault import BrokerError

POLL_S = 0.2
TOLD_EVERY_S = 2.0
STILL_S = 15.0
"""So long nothing is stored before that counts as a database that is away."""
MANY = 1000
"""Messages that wait while all is well: some seconds of a large fleet."""


def drain(
    look: Callable[[], Backlog],
    is_over: Callable[[float], bool],
    tell: Callable[[str], None],
    limit_s: float,
) -> None:
    """Wait until all is stored that the broker had taken when this began.

    What comes meanwhile is not waited for. Ends before that if told to, if nothing is stored for
    `STILL_S`, or after `limit_s`; what is left stays in the broker's store.

    Parameters
    ----------
    look
        Tells what waits.
    is_over
        Waits for so many seconds, and tells whether there is a reason to end now.
    """
    try:
        found = look()
        if found.count == 0:
            return None
        newest, before, still_s, passed_s, told_s = found.newest, found, 0.0, 0.0, 0.0
        tell(
            f"{_wait(_left(found, newest))} to be stored before the end; Ctrl-C again ends at once "
            "and loses nothing"
        )
        while not found.is_done_to(newest):
            if passed_s >= limit_s:
                return tell(f"not all could be stored within {limit_s:g} s")
            if is_over(POLL_S):
                return None
            passed_s += POLL_S
            found = look()
            still_s = still_s + POLL_S if found.parts == before.parts else 0.0
            before = found
            if still_s >= STILL_S:
                return tell(f"nothing was stored for {STILL_S:g} s: is the database away?")
            told_s += POLL_S
            if told_s >= TOLD_EVERY_S:
                told_s = 0.0
                tell(f"{_left(found, newest):,} left")
        return tell("all that waited is stored")
    except BrokerError as error:
        return tell(str(error))


class BacklogWatch:
    """Tells of a backlog that grows, and once it is gone."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell, self._told = tell, 0

    def see(self, backlog: Backlog) -> None:
        """Take note of what waits."""
        count = backlog.count
        if count >= MANY and count > self._told:
            self._tell(f"{_wait(count)} at the broker: they come faster than they are stored")
            self._told = count
        elif count < MANY and self._told:
            self._tell(f"{_wait(count)} at the broker: ingest has caught up")
            self._told = 0


def left_behind(backlog: Backlog, store: Path) -> str:
    """Say what waits for the next start; empty if nothing does."""
    if backlog.count == 0:
        return ""
    return f"{_wait(backlog.count)} in {store}; the next pingcheng up stores what waits"


def _left(backlog: Backlog, newest: int) -> int:
    return sum(min(part.count, max(0, newest - part.floor)) for part in backlog.parts)


def _wait(count: int) -> str:
    return f"{count:,} message waits" if count == 1 else f"{count:,} messages wait"
