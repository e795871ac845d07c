"""The time machine: a stored date played from an instant on, at a multiple of its pace.

It gives the events of the live feed, made by the same code from the same pings.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import date

from starlette.concurrency import run_in_threadpool

from analytics.dashboard.documents.documents import ClockDoc
from analytics.dashboard.state.event_history import encode_event
from analytics.dashboard.state.feed import events_of
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.shown_date import service_date_at
from analytics.dashboard.state.stored_days import StoredDays

TICK_S = 0.5
_ID = re.compile(r"at\.(\d{4}-\d\d-\d\d)\.(\d{1,14})", re.ASCII)


def resumed_at(event_id: str | None) -> tuple[date, int] | None:
    """Read the date and the instant that a reader had come to; None if it is none of ours."""
    found = _ID.fullmatch(event_id or "")
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1]), int(found[2])
    except ValueError:
        return None


class Playback:
    """One reader's way through a stored date.

    Parameters
    ----------
    service_date
        By default the one that the live view would show at that instant.
    monotonic_s
        A clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        days: StoredDays,
        at_ms: int,
        speed: float,
        monotonic_s: Callable[[], float],
        service_date: date | None = None,
    ) -> None:
        self._days = days
        self._speed = speed
        self._monotonic_s = monotonic_s
        self._service_date = service_date or service_date_at(days.plan, at_ms)
        first_ms, self._end_ms = days.span_ms(self._service_date)
        self._now_ms = min(max(at_ms, first_ms), self._end_ms)

    @property
    def is_over(self) -> bool:
        """Whether the end of the date is reached."""
        return self._now_ms >= self._end_ms

    async def events(self) -> AsyncIterator[bytes]:
        """Give encoded events until the date ends."""
        state = await run_in_threadpool(self._days.begin, self._service_date, self._now_ms)
        yield self._encoded("state", state.document(self._now_ms, 0, live=False))
        played_s = self._monotonic_s()
        while not self.is_over:
            clock = ClockDoc(
                now_ms=self._now_ms,
                log_ms=None,
                log_age_s=None,
                streets_fault=state.streets_fault,
                plan_refused=False,
            )
            yield self._encoded("clock", clock)
            await asyncio.sleep(TICK_S)
            now_s = self._monotonic_s()
            for name, document in await run_in_threadpool(self._step, state, now_s - played_s):
                yield self._encoded(name, document)
            played_s = now_s
        yield self._encoded("end", {"at_ms": self._now_ms})

    def _step(self, state: LiveState, passed_s: float) -> list[tuple[str, object]]:
        until_ms = min(self._now_ms + max(1, round(passed_s * 1000 * self._speed)), self._end_ms)
        moved = state.add(self._days.pings(state, self._now_ms, until_ms))
        self._now_ms = until_ms
        changes = state.catch_up(until_ms)
        names = [name for name in state.positions.ids if name in moved]
        places = state.positions.positions(until_ms, names)
        return [*([("vehicles", places)] if places else []), *events_of(changes)]

    def _encoded(self, name: str, document: object) -> bytes:
        return encode_event(name, document, f"at.{self._service_date}.{self._now_ms}")
