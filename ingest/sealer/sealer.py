"""Has days that rest sealed, one at a time, by a process of its own beside a running ingest.

In a thread of ingest the same work would hold the interpreter's lock whenever a batch is to be
committed, and keep its memory.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import structlog

from ingest.fault import LogError
from ingest.log.database import beside, is_file
from ingest.log.pinglog import PingLog
from ingest.log.segments.files import SEGMENTS_SUFFIX
from ingest.log.segments.sealing import waiting_days
from ingest.sealer.process import Order, Outcome
from ingest.settings.settings import Settings

FIRST_S = 60.0
"""A program that was just started has others to begin with."""
LOOK_S = 600.0
BUSY_S = 10.0
"""Until the next look while messages wait to be committed."""
VAIN_S = 3600.0
"""After a day that could not be sealed, or had no pings after all."""
_END_S = 5.0
_PROCESS = (sys.executable, "-m", "ingest.sealer.process")

log = structlog.get_logger(__name__)


class Sealer:
    """A thread that has days sealed, while its context lasts.

    Parameters
    ----------
    pings
        Is asked which days are due.
    url
        Where it is, with its password.
    clock_ms
        Gives the time as epoch milliseconds.
    is_calm
        Tells whether there is time for it just now.
    """

    def __init__(
        self,
        pings: PingLog,
        url: str,
        folder: Path,
        *,
        quiet_ms: int,
        clock_ms: Callable[[], int],
        is_calm: Callable[[], bool] = lambda: True,
    ) -> None:
        self._pings, self._url, self._folder = pings, url, folder.absolute()
        self._quiet_ms, self._clock_ms, self._is_calm = quiet_ms, clock_ms, is_calm
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, name="ingest-seal", daemon=True)
        self.fault: str | None = None
        """Why the last day was not sealed; None if nothing is amiss."""
        self.waiting = 0
        """Days that are due."""
        self.sealed = 0
        """Days that were sealed since the start."""

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End at once: what is cut short is begun anew by the next start."""
        self._stopping.set()
        with self._lock:
            if self._process is not None:
                self._process.kill()
        self._thread.join(_END_S)  # it may be asking a database that is halted

    def warnings(self) -> list[str]:
        """Say what is amiss, for the health page; its log says why."""
        told = "days that rest are not sealed; they are read from their rows, which takes longer"
        return [] if self.fault is None else [told]

    def look(self) -> float:
        """Have a day sealed if one is due; tell after how many seconds to look again."""
        now_ms = self._clock_ms()
        try:
            self.waiting = len(waiting_days(self._pings, self._folder, now_ms, self._quiet_ms))
        except LogError as error:
            self._tell(str(error))
            return LOOK_S
        if not self.waiting:
            self._tell(None)
            return LOOK_S
        if not self._is_calm():
            return BUSY_S
        began_s = time.monotonic()
        outcome = self._run(now_ms)
        if outcome is None:
            return LOOK_S
        self._tell(outcome.fault)
        if outcome.date is None:
            return VAIN_S
        self.sealed += 1
        self.waiting -= 1
        log.info("day sealed", date=outcome.date, pings=outcome.pings, bytes=outcome.size)
        # many may be due at first: half of the time is for all else
        return max(time.monotonic() - began_s, 1.0) if self.waiting else LOOK_S

    def _watch(self) -> None:
        wait_s = FIRST_S
        while not self._stopping.wait(wait_s):
            try:
                wait_s = self.look()
            except Exception:  # a thread must not end unseen, and ingest not because of it
                log.exception("no day could be sealed")
                wait_s = VAIN_S

    def _run(self, now_ms: int) -> Outcome | None:
        """Have a process seal a day; None if it was ended because we are to stop."""
        order = Order(
            url=self._url,
            folder=str(self._folder),
            now_ms=now_ms,
            quiet_ms=self._quiet_ms,
            parent=os.getpid(),
        )
        with self._lock:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                _PROCESS,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us
            )
        told, _ = self._process.communicate(msgspec.json.encode(order))
        with self._lock:
            code, self._process = self._process.returncode, None
        if self._stopping.is_set():
            return None
        if code != 0:
            return Outcome(fault=f"the process that seals ended with {code}")
        return msgspec.json.decode(told, type=Outcome)

    def _tell(self, fault: str | None) -> None:
        """Say once what keeps days from being sealed, and when it does so no more."""
        if fault is not None and fault != self.fault:
            log.error("days that rest are not sealed", reason=fault)
        elif fault is None and self.fault is not None:
            log.info("days that rest are sealed again")
        self.fault = fault


def sealer_of(
    settings: Settings, pings: PingLog, clock_ms: Callable[[], int], is_calm: Callable[[], bool]
) -> Sealer | None:
    """Make what seals the days of a log; None if the settings say that nothing does.

    Raises
    ------
    LogError
        If the URL of the database is broken.
    """
    folder = folder_of(settings)
    if folder is None:
        return None
    return Sealer(
        pings,
        settings.database,
        folder,
        quiet_ms=settings.seal_quiet_ms,
        clock_ms=clock_ms,
        is_calm=is_calm,
    )


def folder_of(settings: Settings) -> Path | None:
    """Give the folder into which ingest seals days; None if it does not.

    Beside SQLite's file, unless the settings name one. A server may have ingests and readers on
    several machines: which folder is theirs has to be said.

    Raises
    ------
    LogError
        If the URL of the database is broken.
    """
    if not settings.seal:
        return None
    if settings.seal_folder is None and is_file(settings.database):
        return beside(settings.database, SEGMENTS_SUFFIX)
    return settings.seal_folder
