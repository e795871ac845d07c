"""Child processes that do not outlive their parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def ends_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Make what a child does first, as ``preexec_fn``, so that it ends when its parent does.

    On Linux the child is sent the signal `number` when the thread that started it ends in any way,
    `kill -9` included. Elsewhere there is no such thing, and None is returned.
    """
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask_for_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)

    return ask_for_signal
