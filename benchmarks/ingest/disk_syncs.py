"""How often a disk can be synced, and who syncs how often."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

_RECORD = b"x" * 200
_COUNTED = "fsync,fdatasync,sync_file_range,syncfs,sync"


def records_a_second(folder: Path, *, files: int, records: int, seconds: float) -> float:
    """Append records of 200 bytes to files at once, some for each sync; give how many a second.

    Parameters
    ----------
    files
        How many are written and synced at the same time, each by a thread.
    records
        How many are written before each sync.
    """
    counts, end_s = [0] * files, time.monotonic() + seconds

    def write(number: int) -> None:
        file = os.open(folder / f"disk-{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        while time.monotonic() < end_s:
            os.write(file, _RECORD * records)
            os.fdatasync(file)
            counts[number] += records
        os.close(file)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(files)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(counts) / seconds


def syncs_of(process_id: int, do: Callable[[], object]) -> int | None:
    """Count how often a process syncs while something is done; None without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    tracing = subprocess.Popen(
        [strace, "-f", "-c", "-e", f"trace={_COUNTED}", "-p", str(process_id)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracing.stderr is not None
    if "attached" not in tracing.stderr.readline():
        tracing.wait()
        return None
    do()
    tracing.send_signal(signal.SIGINT)
    told = tracing.communicate()[0:2][1]
    total = re.search(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s.*total$", told, re.MULTILINE)
    return int(total.group(1)) if total else 0
