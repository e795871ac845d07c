"""A real ``pingcheng up``: told to end, or killed, and started anew where it was."""

import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from benchmarks.faults.surroundings.command import PINGCHENG, environment
from benchmarks.faults.surroundings.ingest_process import PATIENCE_S
from ingest.broker.address import BrokerAddress
from tests.fixtures.mqtt import until
from tests.fixtures.processes import descendants

_HOST = "127.0.0.1"


class UpProcess:
    """Runs in a folder with the defaults of a user who gives a plan and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.passing = folder / "passing"
        """Where it has temporary files."""
        self.passing.mkdir()
        self._folder = folder
        with socket.socket() as probe:
            probe.bind((_HOST, 0))
            self.address = BrokerAddress(_HOST, probe.getsockname()[1])
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until its broker takes connections.

        Raises
        ------
        RuntimeError
            If it ends before that.
        """
        self.begin()
        assert self._process is not None
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError(f"up did not start:\n{self.told()[-2000:]}")

    def begin(self) -> None:
        """Start it, and wait for nothing."""
        arguments = ["up", "--plan", "plan.toml", "--port", "0"]
        with (self._folder / "up.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [*PINGCHENG, *arguments, "--broker-port", str(self.address.port)],
                cwd=self._folder,
                env={**environment(), "TMPDIR": str(self.passing)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def told(self) -> str:
        """Give all that it has said."""
        return (self._folder / "up.log").read_text(encoding="utf-8", errors="replace")

    def end(self) -> int:
        """Tell it to end, as a supervisor does; give its exit code once all of it has ended."""
        return self._leave(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with SIGKILL, and wait until what it had started has ended by itself."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)  # what it starts next would not be seen
            self._leave(signal.SIGKILL)

    def _leave(self, how: signal.Signals) -> int:
        assert self._process is not None
        below = descendants(self._process.pid)
        self._process.send_signal(how)
        self._process.communicate(timeout=2 * PATIENCE_S)
        until(lambda: not any(_is_running(pid) for pid in below))
        code, self._process = self._process.returncode, None
        return code


def _is_running(pid: int) -> bool:
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[0] != "Z"
    return False
