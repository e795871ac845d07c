"""A real ``pingcheng ingest`` process: started, watched, killed. The only place that starts one."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from benchmarks.faults.surroundings.command import PINGCHENG, environment
from ingest.broker.address import BrokerAddress

PATIENCE_S = 60.0
_SUBSCRIBED = re.compile(r"\bevent=subscribed\b")
_LOST = re.compile(r'\bevent="connection lost"')
_PAGES = re.compile(r"/healthz and /metrics\" port=(\d+)")
_WRONG_CLOCK = """
import ingest.commands.ingest as command
from pingcheng import main

right_ms = command._now_ms
command._now_ms = lambda: right_ms() + {ahead_ms}
main()
"""


class IngestProcess:
    """One run of ingest, from its start to its end.

    Parameters
    ----------
    settings
        Settings by name, handed over in the environment.
    clock_ahead_ms
        How much the clock of its machine is ahead of ours.
    """

    def __init__(
        self,
        folder: Path,
        plan: Path,
        database_url: str,
        broker: BrokerAddress,
        settings: dict[str, str],
        clock_ahead_ms: int = 0,
    ) -> None:
        self.lines: deque[str] = deque(maxlen=400)
        """The last lines of its log."""
        self.subscriptions = self.losses = 0
        """How often it got its subscription, and lost a connection."""
        self.is_connected = False
        """Whether it has its subscription, by the last of its lines that tells."""
        self._subscribed = threading.Event()
        wrong_clock = ("-c", _WRONG_CLOCK.format(ahead_ms=clock_ahead_ms))
        program = (sys.executable, *wrong_clock) if clock_ahead_ms else PINGCHENG
        self._process = subprocess.Popen(
            [
                *(*program, "ingest", "--plan", str(plan)),
                *("--database", database_url, "--broker", str(broker)),
            ],
            cwd=folder,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C ends the bench, and the bench ends it
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    @property
    def health_url(self) -> str:
        """Where its pages are, if the setting ``health`` says so and it has its subscription."""
        told = (_PAGES.search(line) for line in list(self.lines))
        return next(f"http://127.0.0.1:{found[1]}" for found in told if found)

    def wait_until_subscribed(self, timeout_s: float = PATIENCE_S) -> bool:
        """Wait until it has its subscription; False if it ended or took too long."""
        until_s = time.monotonic() + timeout_s
        while not self._subscribed.wait(0.01):
            if not self.running or time.monotonic() > until_s:
                return self._subscribed.is_set()
        return True

    def kill(self) -> None:
        """Kill it with SIGKILL, wherever it is."""
        self._process.kill()
        self._join()

    def pause(self) -> None:
        """Halt it where it is."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self._join()

    def memory_mb(self, *, peak: bool = False) -> float:
        """Resident memory now, or the most since `forget_peak`."""
        return memory_of(self.pid, peak=peak)

    def forget_peak(self) -> None:
        """Begin to measure the most memory anew."""
        (Path("/proc") / str(self.pid) / "clear_refs").write_text("5", encoding="ascii")

    def _join(self) -> int:
        code = self._process.wait()
        self._reader.join()
        return code

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stderr:
            for line in stderr:
                self.lines.append(line.rstrip("\n"))
                if _LOST.search(line):
                    self.losses += 1
                    self.is_connected = False
                if _SUBSCRIBED.search(line):
                    self.subscriptions += 1
                    self.is_connected = True
                    self._subscribed.set()


def memory_of(pid: int, *, peak: bool = False) -> float:
    """Resident memory of a process in MB now, or the most so far."""
    status = (Path("/proc") / str(pid) / "status").read_text(encoding="ascii")
    found = re.search(rf"^{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status, re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0
