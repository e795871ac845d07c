"""Eclipse Mosquitto as a child process with the configuration that is shipped.

It takes `deploy/mosquitto/pingcheng.conf` and changes only where it listens, where it keeps its
file and where its credentials are. `ingest.broker.broker.Broker` has the same `address`, `kill` and
`start`.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from ingest.broker.address import BrokerAddress
from ingest.broker.child_process import ends_with_parent

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "mosquitto" / "pingcheng.conf"
HOST = "127.0.0.1"
_LISTENERS = ("1883", "8883", "8884")
_CREDENTIALS = {"password_file", "acl_file", "cafile", "crlfile", "certfile", "keyfile"}
_PATIENCE_S = 30.0


class Mosquitto:
    """A context in which Mosquitto runs with the shipped configuration.

    Parameters
    ----------
    folder
        Where its file and log are; None makes one that is removed at the end.
    credentials
        Folder that `pingcheng broker credentials` made; None lets anyone do anything on the plain
        listener, the only one there is then, with every other setting as it is shipped.
    changes
        Options to replace, such as ``{"autosave_interval": "1000"}``, for measurements.
    preload
        Libraries that it loads before all others; None has that which is shipped.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        credentials: Path | None = None,
        changes: dict[str, str] | None = None,
        preload: Sequence[Path] | None = None,
    ) -> None:
        self._given, self._credentials, self._changes = folder, credentials, changes or {}
        self._preload = preload
        self._made: tempfile.TemporaryDirectory[str] | None = None
        self._ports = dict.fromkeys(_LISTENERS, 0)
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = Path()

    @property
    def address(self) -> BrokerAddress:
        """Its listener without TLS."""
        return BrokerAddress(HOST, self._ports["1883"])

    @property
    def password_port(self) -> int:
        """The port of the listener with TLS and passwords."""
        return self._ports["8883"]

    @property
    def certificate_port(self) -> int:
        """The port of the listener that asks for client certificates."""
        return self._ports["8884"]

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        """Start it and wait until it takes connections."""
        if self._given is None:
            self._made = tempfile.TemporaryDirectory(prefix="pingcheng-mosquitto-")
        self.folder = self._given or Path(self._made.name if self._made else "")
        self.folder.mkdir(parents=True, exist_ok=True)
        if not any(self._ports.values()):
            self._ports = _free_ports()
        for name in ("journal", "group"):
            (self.folder / f"{name}.so").write_bytes(built(SHIPPED.with_name(f"{name}.c")))
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; a folder that was given stays."""
        self.stop()
        if self._made is not None:
            self._made.cleanup()

    def start(self) -> None:
        """Start it on the same ports as before."""
        path = self.folder / "mosquitto.conf"
        path.write_text(self._configuration(), encoding="utf-8")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [server_path() or "mosquitto", "-c", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "LD_PRELOAD": " ".join(map(str, self._preloaded))},
                start_new_session=True,
                preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call, no lock
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order; it saves its file."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Stop and start it."""
        self.stop()
        self.start()

    def save(self) -> None:
        """Have it save its file now, as it does every some seconds: new sessions are in it then."""
        database, before_s = self.folder / "mosquitto.db", time.time()
        os.kill(self.pid, signal.SIGUSR1)
        deadline = time.monotonic() + _PATIENCE_S
        while not database.is_file() or database.stat().st_mtime < before_s - 0.01:
            if time.monotonic() > deadline:
                raise RuntimeError(f"Mosquitto did not save within {_PATIENCE_S:g} s")
            time.sleep(0.01)

    @property
    def _preloaded(self) -> Sequence[Path]:
        return [self.folder / "group.so"] if self._preload is None else self._preload

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(number)
            self._process.wait(_PATIENCE_S)
            self._process = None

    def _configuration(self) -> str:
        places = {
            "plugin": str(self.folder / "journal.so"),
            "plugin_opt_folder": str(self.folder / "journal"),
            "plugin_opt_database": str(self.folder / "mosquitto.db"),
        }
        # what Debian's mosquitto.conf has before it includes ours
        lines = ["persistence true", f"persistence_location {self.folder}/"]
        if os.geteuid() == 0:
            lines.append("user root")  # else it would change to a user that may not write here
        if self._credentials is None:
            lines.append("allow_anonymous true")
        dropped = False
        for line in SHIPPED.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(" ")
            if key == "listener":
                number = value.split()[0]
                dropped = self._credentials is None and number != "1883"
                if not dropped:
                    lines.append(f"listener {self._ports[number]} {HOST}")
                continue
            if dropped or not key or key == "#":
                continue
            if self._credentials is None:
                if key in {*_CREDENTIALS, "allow_anonymous", "use_username_as_clientid"}:
                    continue
            elif key in _CREDENTIALS:
                value = str(self._credentials / "mosquitto" / Path(value).name)
            lines.append(f"{key} {self._changes.get(key, places.get(key, value))}")
        return "\n".join([*lines, ""])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"Mosquitto ended at once: {self.log[-2000:]}")
            try:
                socket.create_connection((HOST, self.address.port), 1).close()
            except ConnectionRefusedError:
                time.sleep(0.01)
            else:
                return
        raise RuntimeError(f"Mosquitto was not ready within {_PATIENCE_S:g} s: {self.log[-2000:]}")


def server_path() -> str | None:
    """Find the program; None if it is not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def missing() -> str | None:
    """Say what must be installed before it can run; None if nothing."""
    if server_path() is None:
        return "the package mosquitto is not installed"
    if shutil.which("gcc") is None:
        return "the package gcc is not installed"
    headers = ("mosquitto.h", "mosquitto_broker.h")
    if not all((Path("/usr/include") / header).exists() for header in headers):
        return "the packages libmosquitto-dev and mosquitto-dev are not installed"
    return None


def require() -> None:
    """Skip the test that asks if it cannot run here; fail it where CI is set."""
    if absent := missing():
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)


@cache
def built(source: Path) -> bytes:
    """Give a library that was built from a file in C, once in a process."""
    if absent := missing():
        raise RuntimeError(absent)
    options = ["-std=gnu11", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"]
    with tempfile.TemporaryDirectory(prefix="pingcheng-built-") as folder:
        path = Path(folder) / "library.so"
        subprocess.run(["gcc", *options, "-o", str(path), str(source)], check=True)
        return path.read_bytes()


def _free_ports() -> dict[str, int]:
    held = [socket.create_server((HOST, 0)) for _ in _LISTENERS]
    ports = {name: each.getsockname()[1] for name, each in zip(_LISTENERS, held, strict=True)}
    for each in held:
        each.close()
    return ports
