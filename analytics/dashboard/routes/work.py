"""Work of requests on threads of its own: bounded, in turns, and dropped with who asked for it.

The loop that answers does none of it. A key, which stands for a session or an address, has only a
few pieces under way and a few more in line; keys take turns, so that who asks much waits for
himself. Nobody who has left is worked for.
"""

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import HTTPException, Request

Given = TypeVar("Given")
RETRY_S = 2


class Wanted:
    """Whether somebody still waits for a piece of work. For several threads."""

    def __init__(self) -> None:
        self._dropped = threading.Event()

    def __call__(self) -> bool:
        """Tell it."""
        return not self._dropped.is_set()

    def drop(self) -> None:
        """Nobody does any more."""
        self._dropped.set()


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be under way and in line."""

    threads: int
    """Under way altogether."""
    line: int
    """In line altogether."""
    threads_each: int
    """Under way for one key."""
    line_each: int
    """In line for one key."""
    line_s: float = 10.0
    """How long anybody stays in line."""


class Work:
    """Threads with a budget. To be used from one event loop at a time.

    Parameters
    ----------
    name
        Of the threads.
    """

    def __init__(self, name: str, budget: Budget) -> None:
        self._budget = budget
        self._threads = ThreadPoolExecutor(budget.threads, thread_name_prefix=name)
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._running: Counter[str] = Counter()

    @property
    def in_line(self) -> int:
        """How many pieces wait for their turn."""
        return sum(map(len, self._lines.values()))

    @property
    def under_way(self) -> int:
        """How many pieces have a thread."""
        return self._running.total()

    async def do(self, key: str, work: Callable[[Wanted], Given]) -> Given:
        """Do a piece of work once it is its turn; if the caller is cancelled, nobody wants it.

        Raises
        ------
        HTTPException
            429 if the key has too much in line, 503 if all together have, or it takes too long.
        """
        await self._turn(key)
        wanted = Wanted()
        loop = asyncio.get_running_loop()
        doing = self._threads.submit(work, wanted)
        # the place is free when the thread is, which may be long after the caller has left
        doing.add_done_callback(lambda _: _soon(loop, self._free, key))
        try:
            return await asyncio.wrap_future(doing)
        except asyncio.CancelledError:
            wanted.drop()
            raise

    def close(self) -> None:
        """Let the threads end; what is under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, key: str) -> None:
        budget = self._budget
        if self._may_run(key) and not self._lines.get(key):
            self._running[key] += 1
            return
        line = self._lines.get(key, ())
        if len(line) >= budget.line_each:
            raise _refusal(429, "you have asked for too much at once")
        if self.in_line >= budget.line:
            raise _refusal(503, "too much is asked for at once")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(key, deque()).append(turn)
        try:
            async with asyncio.timeout(budget.line_s):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():
                self._free(key)  # it was just given
            else:
                self._leave(key, turn)
            if isinstance(error, TimeoutError):
                raise _refusal(503, "too much is asked for at once") from None
            raise

    def _may_run(self, key: str) -> bool:
        budget = self._budget
        return self.under_way < budget.threads and self._running[key] < budget.threads_each

    def _free(self, key: str) -> None:
        """Give a place back, and to the next whose turn it is."""
        self._running[key] -= 1
        if self._running[key] <= 0:
            del self._running[key]  # or every session there ever was would be kept
        while (chosen := next(filter(self._may_run, self._lines), None)) is not None:
            turn = self._lines[chosen].popleft()
            if self._lines[chosen]:
                self._lines.move_to_end(chosen)
            else:
                del self._lines[chosen]
            if not turn.done():
                self._running[chosen] += 1
                turn.set_result(None)

    def _leave(self, key: str, turn: "asyncio.Future[None]") -> None:
        line = self._lines.get(key)
        if line is not None and turn in line:
            line.remove(turn)
            if not line:
                del self._lines[key]


async def while_connected(request: Request, work: "asyncio.Future[Given]") -> Given:
    """Wait for an answer as long as its reader does.

    Raises
    ------
    HTTPException
        If the reader has left, who will not see it.
    """
    leaving = asyncio.ensure_future(_until_left(request))
    try:
        both: set[asyncio.Future[Any]] = {work, leaving}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise HTTPException(499, "the reader has left")
        return work.result()
    finally:
        leaving.cancel()
        work.cancel()


async def _until_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[str], None], key: str) -> None:
    try:
        loop.call_soon_threadsafe(call, key)
    except RuntimeError:  # the loop has ended meanwhile
        call(key)


def _refusal(code: int, told: str) -> HTTPException:
    return HTTPException(code, told, headers={"Retry-After": str(RETRY_S)})
