"""What a process takes from its start to its end, with all that it starts and waits for."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    wall_s: float
    core_s: float
    peak_mb: float
    """The most that any one of them held."""


def cost_of(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Cost:
    """Run a command in a folder, the current one unless told; its output is of no interest.

    Raises
    ------
    CalledProcessError
        If it fails.
    """
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment, cwd=folder)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    core_s = usage.ru_utime + usage.ru_stime
    return Cost(time.perf_counter() - begun, core_s, usage.ru_maxrss / 1024)
