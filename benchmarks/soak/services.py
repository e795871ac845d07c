"""The processes of a soak: what runs on and is started again, and what is run to its end."""

import random
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Self

from benchmarks.faults.surroundings.command import PINGCHENG, environment
from benchmarks.faults.surroundings.ingest_process import memory_of

AGAIN_S = 0.5
"""As systemd does it, but sooner."""
_PATIENCE_S = 300.0


class Service:
    """A command that is started again whenever it ends; a context."""

    def __init__(self, folder: Path, name: str, *arguments: str, **settings: str) -> None:
        self.name = name
        self.kills = self.ends = 0
        """How often it was killed here, and how often it ended besides."""
        self._command = [*PINGCHENG, *arguments]
        self._environment = environment(settings)
        self._folder, self._log = folder, folder / f"{name}.log"
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ask it to end."""
        self._stopping.set()
        with self._guard:
            if self._process is not None:
                self._process.terminate()
        self._thread.join(_PATIENCE_S)

    def kill(self) -> None:
        """Kill it with SIGKILL, wherever it is."""
        with self._guard:
            if self._process is not None and self._process.poll() is None:
                self.kills += 1
                self._process.kill()

    def memory_mb(self) -> float:
        """Resident memory now, 0 where it does not run."""
        with self._guard:
            process = self._process
        if process is None or process.poll() is not None:
            return 0.0
        return memory_of(process.pid)

    def _run(self) -> None:
        while not self._stopping.is_set():
            kills = self.kills
            with self._guard, self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=self._folder, env=self._environment,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
            self._process.wait()
            if not self._stopping.wait(AGAIN_S) and self.kills == kills:
                self.ends += 1


def run_until_done(
    folder: Path, name: str, *arguments: str, kills: int, chance: random.Random, **settings: str
) -> tuple[int, int]:
    """Run a command to its end, killing it so many times on its way before.

    Returns its exit code and how often it was killed.
    """
    done = 0
    while True:
        with (folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*PINGCHENG, *arguments], cwd=folder, env=environment(settings),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if done < kills:
            try:
                process.wait(chance.uniform(1.0, 8.0))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                done += 1
                time.sleep(AGAIN_S)
                continue
        return process.wait(_PATIENCE_S), done
