"""What is written whether or not the database takes it now: in order, and again until it does.

A login must not fail because somebody else holds the only lock of a SQLite file. So what notes it
is handed over, waited for a moment, and written later if need be.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from ingest.fault import LogError, UnstorableError

AGAIN_S = 0.5
"""Between two tries."""
WAIT_S = 1.0
"""How long who hands something over waits for it, if nothing else is waited for already."""
MOST = 10_000
"""What may wait; beyond that, the oldest is said in the program's log instead."""

program_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Entry:
    write: Callable[[], None]
    told: str
    done: "Future[None]" = field(default_factory=Future)


class WriteBehind:
    """A line of what is to be written, and a thread while there is any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: deque[_Entry] = deque()
        self._thread: threading.Thread | None = None
        self._is_away = False
        self._stop = threading.Event()

    @property
    def waiting(self) -> int:
        """How many are not written yet."""
        return len(self._line)

    def hand_over(self, write: Callable[[], None], told: str, wait_s: float = WAIT_S) -> bool:
        """Have something written; give whether it is by now.

        Parameters
        ----------
        write
            Writes it, or raises `LogError`; then it is tried again, unless the data is the fault.
        told
            What it is, for the program's log if it comes to nothing.
        """
        entry = _Entry(write, told)
        with self._lock:
            if len(self._line) >= MOST:
                _lose(self._line.popleft(), "too much waits for the database")
            self._line.append(entry)
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)
                self._thread.start()
            is_away = self._is_away
        try:
            entry.done.result(0.0 if is_away else wait_s)
        except StillWaiting:
            return False
        return True

    def close(self, wait_s: float = 5.0) -> None:
        """Write what is left, for some time; what cannot be is said in the program's log."""
        thread = self._thread
        if thread is not None:
            thread.join(wait_s)
        self._stop.set()
        with self._lock:
            while self._line:
                _lose(self._line.popleft(), "the server ends")

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._line:
                    self._thread = None
                    return
                entry = self._line[0]
            if self._try(entry):
                with self._lock:
                    if self._line and self._line[0] is entry:
                        self._line.popleft()
            elif self._stop.wait(AGAIN_S):
                return

    def _try(self, entry: _Entry) -> bool:
        try:
            entry.write()
        except UnstorableError as error:
            _lose(entry, str(error))
        except LogError as error:
            if not self._is_away:
                program_log.warning(
                    "the database takes nothing now; tried again", reason=str(error)
                )
            self._is_away = True
            return False
        else:
            _settle(entry)
        self._is_away = False
        return True


def _lose(entry: _Entry, reason: str) -> None:
    program_log.error("this was not written", entry=entry.told, reason=reason)
    _settle(entry)


def _settle(entry: _Entry) -> None:
    with suppress(InvalidStateError):  # written just when it was given up
        entry.done.set_result(None)
