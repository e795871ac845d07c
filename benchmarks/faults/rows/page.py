"""The live page under one viewer without patience, a crowd, and a database that hangs or is locked.

A second viewer asks all the while; what counts is how long it waits, and for what.
"""

import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from analytics.dashboard.access.users import Role, Users
from benchmarks.faults.row import Row
from ingest.log.pinglog import open_log
from tests.fixtures.web_clients import ask, drop, held, log_in
from tests.servers.postgres import PostgresServer, postgres

NAME = "page"
WANTED = "others are answered, each within 3 s"
EVERY_BROKER, EVERY_DATABASE = False, False

DATE = "2022-03-28"
FIRST_MS = 1_648_418_400_000
"""06:00 of that date in Shanghai."""
DROPPED, CROWD, HANG_S = 1_500, 1_100, 60.0
MOST_S = 3.0
_EVERY_S = 0.2
_PASSWORD = "a password of the bench"  # noqa: S105
_PINGCHENG = (sys.executable, "-m", "pingcheng")
_FILES = ("sh", "-c", 'ulimit -n 1024; exec "$@"', "sh")
"""Open files as Linux allows them by default."""


@dataclass
class _Waits:
    """How long the second viewer waited for each path, and what else than 200 it got."""

    longest_s: dict[str, float] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)

    def told(self) -> str:
        waits = ", ".join(f"{path} {wait_s:.2f} s" for path, wait_s in self.longest_s.items())
        others = ", ".join(f"{path}: {count}" for path, count in self.other.items())
        return f"at most {waits}" + (f"; not 200: {others}" if others else "")

    def holds(self, *, may_be_unwell: bool) -> bool:
        expected = {"/healthz"} if may_be_unwell else set()
        return set(self.other) <= expected and max(self.longest_s.values()) <= MOST_S


def run_alone(_: str, scale: float) -> tuple[Row, ...]:
    """Have all that may befall the page, on a simulated day of the sample plan."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit[0], 2 * CROWD), limit[1]))
    seconds = max(HANG_S * scale, 12.0)
    try:
        with tempfile.TemporaryDirectory() as folder, postgres() as server:
            day = _Day(Path(folder))
            return (*_on_sqlite(day, scale, seconds), *_on_postgresql(day, server, seconds))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def _on_sqlite(day: "_Day", scale: float, seconds: float) -> Iterator[Row]:
    path = day.folder / "pings.db"
    dropped = max(round(DROPPED * scale), 150)
    with day.served(f"sqlite:///{path}") as url:
        greedy = log_in(url, "greedy", _PASSWORD)

        def leave() -> None:
            for number in range(dropped):
                drop(url, f"/api/v1/state?at={FIRST_MS + 20_000 * number}", **greedy)

        yield _suffer(url, "a viewer who leaves", f"{dropped:,} past states asked for", leave)

        def crowd() -> None:
            for raw in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"):
                with held(url, CROWD, raw):
                    time.sleep(seconds / 4)

        yield _suffer(url, "a crowd", f"2 × {CROWD:,} idle and half-sent connections", crowd)

        def lock() -> None:
            with closing(sqlite3.connect(path, isolation_level=None)) as writer:
                writer.execute("BEGIN IMMEDIATE")
                log_in(url, "greedy", _PASSWORD)
                time.sleep(seconds)

        yield _suffer(url, "SQLite locked", f"{seconds:g} s, and a login", lock)


def _on_postgresql(day: "_Day", server: PostgresServer, seconds: float) -> Iterator[Row]:
    with day.served(server.new_database()) as url:
        greedy = log_in(url, "greedy", _PASSWORD)

        def hang() -> None:
            server.pause()
            try:
                for number in range(60):
                    drop(url, f"/api/v1/state?at={FIRST_MS + 1000 * number}", **greedy)
                time.sleep(seconds)
            finally:
                server.resume()

        done = f"all its processes halted for {seconds:g} s"
        yield _suffer(url, "PostgreSQL hangs", done, hang, may_be_unwell=True)


def _suffer(
    url: str, what: str, done: str, fault: Callable[[], None], *, may_be_unwell: bool = False
) -> Row:
    waits, ended = _Waits(), threading.Event()
    viewer = log_in(url, "viewer", _PASSWORD)
    asking = threading.Thread(target=_keep_asking, args=(url, viewer, waits, ended))
    asking.start()
    try:
        fault()
        time.sleep(2 * MOST_S)
    finally:
        ended.set()
        asking.join()
    figures = {f"longest_s {path}": wait_s for path, wait_s in waits.longest_s.items()}
    holds = waits.holds(may_be_unwell=may_be_unwell)
    return Row(f"{NAME}: {what}", done, waits.told(), WANTED, holds, {**figures})


def _keep_asking(url: str, viewer: dict[str, str], waits: _Waits, ended: threading.Event) -> None:
    while not ended.wait(_EVERY_S):
        for path in ("/healthz", "/", "/api/v1/board/about", "/api/v1/state"):
            began_s, status = time.monotonic(), 0
            with suppress(OSError, HTTPException):
                status, _ = ask(url, path, **(viewer if path == "/api/v1/state" else {}))
            wait_s = time.monotonic() - began_s
            waits.longest_s[path] = max(wait_s, waits.longest_s.get(path, 0.0))
            if status not in {200, 429 if "board" in path else 200}:
                waits.other[path] = waits.other.get(path, 0) + 1


class _Day:
    """A simulated day in a file, and pages on logs of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._plan, self._pings = folder / "sample" / "plan.toml", folder / "pings.parquet"
        _run("plan", "sample", str(folder / "sample"))
        _run(
            "simulate", "--plan", str(self._plan), "--date", DATE, "--seed", "1",
            "--scenario", "mixed", "--out", str(self._pings), "--truth", str(folder / "truth.csv"),
        )  # fmt: skip

    @contextmanager
    def served(self, database: str) -> Iterator[str]:
        """Serve the day from a log in a database; gives the URL."""
        options = ["--plan", str(self._plan), "--database", database]
        _run("ingest", "--file", str(self._pings), *options)
        with open_log(database) as log:
            users = Users(log, lambda: 0)
            for name in ("greedy", "viewer"):
                users.add(name, _PASSWORD, Role.VIEWER)
        command = [*_FILES, *_PINGCHENG, "serve", *options, "--date", DATE, "--port", "0"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().strip()
            finally:
                process.terminate()


def _run(*arguments: str) -> None:
    subprocess.run([*_PINGCHENG, *arguments], check=True, stdout=subprocess.DEVNULL)
