"""The database stops, is killed, is locked, or its disk is full, while messages keep coming."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.disk import filled, small_disk
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.servers import PostgresqlDatabase, SqliteDatabase
from benchmarks.faults.surroundings.surroundings import Fleet, Surroundings
from benchmarks.faults.surroundings.tap import Tap
from benchmarks.faults.surroundings.traffic import Payloads, compare, wait_for_stored
from ingest.fault import LogError
from ingest.log.pinglog import PingLog

NAME = "database"
WANTED = "nothing acknowledged meanwhile, no restart, all stored after"
EVERY_BROKER, EVERY_DATABASE = True, True

OUTAGE_S, MESSAGES = 60.0, 20_000
_SETTLED_S = 0.5
"""What was committed before the fault is acknowledged by then."""
_FAILED = re.compile(r"commit failed")
_NOTICED_S = 90.0
_PATIENCE_S = 120.0
_DISK_MB = 64
_LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""

Outage = Callable[[], AbstractContextManager[None]]


def run(place: Surroundings, scale: float) -> tuple[Row, ...]:
    """Have every outage that this kind of database can suffer."""
    seconds, messages = max(OUTAGE_S * scale, 1.0), max(round(MESSAGES * scale), 900)
    database = place.database
    if isinstance(database, SqliteDatabase):
        rows = [_suffer(place, "locked", lambda: _locked(database.path), seconds, messages)]
    else:
        rows = [
            _suffer(place, "stopped", lambda: _stopped(database), seconds, messages),
            _suffer(place, "killed", lambda: _killed(database), seconds, messages),
        ]
    if os.geteuid() != 0:
        told = "not shown: only root can mount a small disk"
        return (*rows, Row(f"{NAME}: disk full", "", told, WANTED, holds=False))
    with small_disk(place.folder / "disk", _DISK_MB) as disk, _moved_to(place, disk):
        rows.append(
            _suffer(place, "disk full", lambda: filled(disk), seconds, messages, waits=True)
        )
    return tuple(rows)


def _suffer(
    place: Surroundings,
    what: str,
    outage: Outage,
    seconds: float,
    messages: int,
    *,
    waits: bool = False,
) -> Row:
    """Send before, during and after an outage, and count what ingest acknowledges during it.

    With `waits` it has begun only when ingest has failed to commit: on a full disk there may be
    room in files for some more.
    """
    with Tap(place.broker.address) as tap, place.trucks() as trucks:
        # a session of its own, or what the broker still sends again would come into another log
        name = re.sub(r"\W", "-", f"ingest-{what}")
        process = place.subscribed_ingest(address=tap.address, settings={"client_id": name})
        with place.log() as log:
            trucks.send(place.traffic.messages(messages // 3))
            wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
            during = place.traffic.messages(messages // 3)
            with outage():
                if waits:
                    noticed = _send_until_failed(trucks, place, process.lines)
                else:
                    noticed = True
                    time.sleep(_SETTLED_S)
                acknowledged, received = tap.acknowledged, _received(log)
                _send_over(trucks, during, seconds)
                acknowledged = tap.acknowledged - acknowledged
                after = _received(log)
                # a database that cannot be read has taken nothing
                committed = 0 if after is None or received is None else after - received
                tell(f"{what}: {acknowledged:,} acknowledged in {seconds:g} s")
            began_s = time.monotonic()
            trucks.send(place.traffic.messages(messages // 3))
            trucks.settle()
            stored = wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
            took_s = time.monotonic() - began_s
            survived = process.running
            process.stop()
            outcome = compare(log, place.traffic.sent)
    return Row(
        fault=f"{NAME}: {what}",
        done=f"{seconds:g} s, {len(place.traffic.sent):,} messages before, during and after",
        result=(
            f"{acknowledged:,} acknowledged meanwhile; {outcome}; all stored "
            f"{took_s:.1f} s after" + ("" if survived else "; ingest ended")
        ),
        wanted=WANTED,
        holds=noticed and acknowledged <= committed and stored and survived and outcome.sound,
        figures={
            "outage_s": seconds,
            "acknowledged": acknowledged,
            "committed": committed,
            "recovered_s": took_s,
            **outcome.figures(),
        },
    )


def _send_over(trucks: Fleet, payloads: Payloads, seconds: float) -> None:
    steps = max(round(seconds / 0.1), 1)
    for step in range(steps):
        trucks.send(
            {
                vehicle: own[len(own) * step // steps : len(own) * (step + 1) // steps]
                for vehicle, own in payloads.items()
            }
        )
        time.sleep(seconds / steps)


def _send_until_failed(trucks: Fleet, place: Surroundings, lines: Iterable[str]) -> bool:
    until_s = time.monotonic() + _NOTICED_S
    while time.monotonic() < until_s:
        trucks.send(place.traffic.messages(200))
        time.sleep(0.1)
        if any(_FAILED.search(line) for line in list(lines)):
            return True
    return False


def _received(log: PingLog) -> int | None:
    try:
        return log.counters().received
    except LogError:
        return None


# --- outages


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", _LOCKER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as locker:
        assert locker.stdin is not None
        assert locker.stdout is not None
        locker.stdout.readline()
        try:
            yield
        finally:
            locker.stdin.close()
            locker.wait()


@contextmanager
def _stopped(database: PostgresqlDatabase) -> Iterator[None]:
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextmanager
def _killed(database: PostgresqlDatabase) -> Iterator[None]:
    database.kill()
    try:
        yield
    finally:
        database.start()


@contextmanager
def _moved_to(place: Surroundings, disk: Path) -> Iterator[None]:
    """Have a new log on another disk; on PostgreSQL its tables, and not the server's own log."""
    before = place.database
    place.traffic.sent.clear()
    if isinstance(before, SqliteDatabase):
        place.database = SqliteDatabase(disk)
        yield
    else:
        # the path of a tablespace must be open to the server's user all the way
        place.folder.chmod(0o711)
        tables = disk / "tables"
        tables.mkdir()
        shutil.chown(tables, "postgres", "postgres")
        before.server.execute(f"CREATE TABLESPACE small LOCATION '{tables}'")
        before.server.execute("CREATE DATABASE pings_small TABLESPACE small")
        place.database = PostgresqlDatabase(before.server, "pings_small")
        try:
            yield
        finally:
            before.server.execute("DROP DATABASE pings_small WITH (FORCE)")
            before.server.execute("DROP TABLESPACE small")
    place.database = before
