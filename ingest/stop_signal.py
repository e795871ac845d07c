"""Ctrl-C, SIGTERM and a closed terminal as an event, for programs that end in their own time."""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType


def stop_signals() -> list[signal.Signals]:
    """Give the signals that end a program; ``nohup`` has SIGHUP ignored, and it stays so."""
    is_ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if is_ignored else [signal.SIGHUP])]


@contextmanager
def signalled() -> Iterator[threading.Event]:
    """Give an event that `stop_signals` set instead of ending the program at once.

    What is said after the terminal was closed goes nowhere, and is no error.
    """
    stop = threading.Event()
    streams = [stream for stream in (sys.__stdout__, sys.__stderr__) if stream is not None]
    shown = [stream.fileno() for stream in streams if stream.isatty()]

    def end(number: int, _: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _lead_nowhere(shown)
        stop.set()

    before = {number: signal.signal(number, end) for number in stop_signals()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _lead_nowhere(descriptors: Sequence[int]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in descriptors:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
