"""Places for streams of events: so many in all, and so many for one viewer."""

from collections import Counter
from collections.abc import AsyncIterator, Callable

from fastapi import HTTPException
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Places:
    """Counts the streams of one kind that are open."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, who: str, *, most: int, most_each: int, told: str, told_each: str) -> "Place":
        """Take a place, or refuse with 429."""
        if self._taken.total() >= most:
            raise HTTPException(429, told)
        if self._taken[who] >= most_each:
            raise HTTPException(429, told_each)
        self._taken[who] += 1
        return Place(lambda: self._give_back(who))

    def _give_back(self, who: str) -> None:
        self._taken[who] -= 1
        if self._taken[who] <= 0:
            del self._taken[who]


class Place:
    """A place that is given back once."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def give_back(self) -> None:
        """Give it back."""
        if self._give_back is not None:
            self._give_back()
            self._give_back = None


class EventStream(StreamingResponse):
    """A stream of events, which gives its place back however it ends."""

    def __init__(self, events: AsyncIterator[bytes], place: Place) -> None:
        super().__init__(events, media_type="text/event-stream", headers=dict(_HEADERS))
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._place.give_back()
