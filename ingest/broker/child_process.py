"""Child processes that do not outlive their parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from functools import partial

_PR_SET_PDEATHSIG = 1


def ends_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Make what a child does first, as ``preexec_fn``, so that it ends when its parent does.

    On Linux the child is sent the signal `number` when the thread that started it ends in any way,
    `kill -9` included. Elsewhere there is no such thing, and None is returned.
    """
    if sys.platform != "linux":
        return None
    return partial(_ask_for_signal, ctypes.CDLL(None), os.getpid(), number)


def end_with(parent: int, number: int = signal.SIGTERM) -> None:
    """Ask the same as a child itself: a program with threads is better not forked by Python."""
    if sys.platform == "linux":
        _ask_for_signal(ctypes.CDLL(None), parent, number)


def _ask_for_signal(libc: ctypes.CDLL, parent: int, number: int) -> None:
    libc.prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)
