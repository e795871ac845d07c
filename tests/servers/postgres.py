"""A private PostgreSQL: a cluster of its own in a temporary folder, started, stopped and killed.

::

    with postgres() as server:
        url = server.new_database()  # postgresql+psycopg://…, empty
        server.kill()  # all its processes at once, as if the machine lost power
        server.start()  # same port, same data

Tests ask for the fixture ``postgres_server``, one for all of them, or for ``database_url``, an
empty database of either kind. Who stops or kills a server starts one of his own.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest

from ingest.broker.child_process import ends_with_parent

HOST = "127.0.0.1"
USER = "postgres"
PATIENCE_S = 60
_POLL_S = 0.02


def binaries() -> Path | None:
    """Find the folder with the newest ``initdb`` and ``postgres``; None if there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    return max(found, key=lambda folder: (folder.parent.name.zfill(4), folder), default=None)


class PostgresServer:
    """A running or stopped cluster; its data outlives a stop and a kill, not the context."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder, self.log_path = folder, folder / "log"
        self._settings = dict(settings)
        self._process: subprocess.Popen | None = None
        self._numbers = count(1)
        self.port = _free_port()

    def url_of(self, database: str) -> str:
        """SQLAlchemy URL of a database of this server."""
        return f"postgresql+psycopg://{USER}@{HOST}:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"pings_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url_of(name)

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, as administrator."""
        with psycopg.connect(host=HOST, port=self.port, user=USER, autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start it on its port and wait until it takes connections."""
        assert not self.running, "it runs already"
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self._settings,
        }
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(binaries() / "postgres"),
                    *("-D", str(self.folder / "data")),
                    *(f"--{name}={value}" for name, value in options.items()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the tests, and these end it
                # SIGINT is the shutdown that does not wait for clients to leave
                preexec_fn=ends_with_parent(signal.SIGINT),  # noqa: PLW1509 - one system call
                **_identity(),
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Shut it down, throwing off its clients, and wait until it has ended."""
        if self.running:
            self.resume()
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE_S)
        self._process = None

    def kill(self) -> None:
        """Kill all its processes with SIGKILL and wait until they are gone."""
        self.pause()
        family = self._family()
        for process_id in family:
            _send(process_id, signal.SIGKILL)
        self._process.wait(PATIENCE_S)
        self._process = None
        _wait_for(lambda: not any(_lives(process_id) for process_id in family))

    def pause(self) -> None:
        """Halt all its processes: connections stay open and nobody answers."""
        halted: set[int] = set()
        # the first is the one that starts the others: no more can come once it is halted
        while new := [process_id for process_id in self._family() if process_id not in halted]:
            for process_id in new:
                _send(process_id, signal.SIGSTOP)
            halted.update(new)

    def resume(self) -> None:
        """Let a halted server go on."""
        for process_id in self._family():
            _send(process_id, signal.SIGCONT)

    @property
    def running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    def _family(self) -> list[int]:
        assert self.running, "it does not run"
        parent = self._process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    def _wait_until_ready(self) -> None:
        def ready() -> bool:
            if not self.running:
                self._process = None
                raise OSError(f"PostgreSQL ended at once: {self.log_path.read_text()[-2000:]}")
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                return False
            return True

        _wait_for(ready)


@contextmanager
def postgres(*, fsync: bool = False, settings: Mapping[str, str] | None = None):
    """Run a new cluster; without `fsync` it is faster, and survives a kill but no power cut."""
    folder = Path(tempfile.mkdtemp(prefix="pingcheng-pg-", dir="/tmp"))
    options = {
        "fsync": "on" if fsync else "off",
        "shared_buffers": "64MB",
        "max_wal_size": "4GB",
        **(settings or {}),
    }
    try:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, USER, USER)
        subprocess.run(
            [
                *(str(binaries() / "initdb"), "-D", str(folder / "data"), "-U", USER),
                *("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"),
                # a language whose order is not that of code points, which ours must not follow
                *("--locale-provider=icu", "--icu-locale=zh-CN"),
            ],
            check=True,
            capture_output=True,
            **_identity(),
        )
        server = PostgresServer(folder, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def need_postgres() -> None:
    """Skip the test where PostgreSQL is absent; fail it where CI is set."""
    if binaries() is None:
        told = "PostgreSQL is absent; install the package postgresql"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)


@pytest.fixture(scope="session")
def postgres_server():
    """One server for all tests, which make databases of their own and leave it running."""
    need_postgres()
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """Give the URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'pings.db'}"
    return request.getfixturevalue("postgres_server").new_database()


def _identity() -> dict[str, object]:
    """Whom it runs as: itself, or for root the user that the package made."""
    if os.geteuid() != 0:
        return {}
    return {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": [], "cwd": "/tmp"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _send(process_id: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it ended by itself
        os.kill(process_id, number)


def _lives(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _wait_for(condition) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "PostgreSQL took too long"
        time.sleep(_POLL_S)
