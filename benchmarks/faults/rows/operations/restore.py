"""A server is lost, and put back from a backup that was made while trucks published.

Beside it days are archived all the time, so that the archive is newer than any backup.
"""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.command import run, run_well
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.servers import PostgresqlDatabase, SqliteDatabase
from benchmarks.faults.surroundings.surroundings import Fleet, Surroundings, surroundings
from benchmarks.faults.surroundings.traffic import (
    Key,
    Outcome,
    compare,
    held_by,
    wait_for_stored,
)
from ingest.broker.broker import Broker
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from tests.fixtures.mqtt import until

ARCHIVE_RUNS = 100
_AT_ONCE, _PACE_S = 8, 0.01
_LEAST_RUNS, _LEAST_RUNS_PAUSE_S = 2, 0.3
"""With so few archive runs trucks and readers pause, as no more are to be met."""
_READERS, _WINDOW, _PATIENCE_S = 2, 100, 120.0


def restore(database: str, scale: float) -> Row:
    """Back up while trucks publish and days are archived, lose the server, and put it back."""
    runs = max(round(ARCHIVE_RUNS * scale), _LEAST_RUNS)
    pause_s = _LEAST_RUNS_PAUSE_S if runs == _LEAST_RUNS else 0.0
    with surroundings("nats", database) as place, ExitStack() as stack:
        log, backup = stack.enter_context(open_log(place.database.url)), place.folder / "backup"
        names, url = place.traffic.vehicles, ("--database", place.database.url)
        process = place.subscribed_ingest()
        readers = stack.enter_context(_reading(place.database.url, pause_s))
        with place.trucks(_WINDOW) as trucks, _publishing(place, trucks, max(pause_s, _PACE_S)):
            for number in range(runs):
                wait_for_stored(log, log.counters().stored + 1, _PATIENCE_S)
                _archive(place)
                if number == (runs - 1) // 2:  # some of the runs come after it
                    acknowledged = {name: trucks.of(name).acknowledged.copy() for name in names}
                    folders = ("--store", str(place.folder / "broker"), str(backup))
                    run_well(place.folder, "database", "backup", *url, *folders)
        promised = _keys_of(place, acknowledged)
        wait_for_stored(log, len(place.traffic.sent), _PATIENCE_S)
        _archive(place)
        readers.ended.set()
        process.stop()
        alone = [_restored_alone(place, backup, "in time")]
        _archive(place, {"archive_grace_days": "0"})  # which removes the files that it replaced
        alone.append(_restored_alone(place, backup, "late"))
        whole = _restored_elsewhere(place, backup, promised)
    lost = sum(each.lost for each, _ in alone) + whole.lost
    told = "; ".join(f"{each.lost:,} lost" + ("" if sound else " UNSOUND") for each, sound in alone)
    return Row(
        fault="server: restore",
        done=(
            f"{database}: backup while trucks publish {len(place.traffic.sent):,} pings of a day "
            f"that {runs} archive runs move meanwhile; the database alone restored beside the "
            "newer archive, in the grace time and after it; all restored elsewhere"
        ),
        result=(
            f"database alone and --adopt: {told} of all; elsewhere {whole.lost:,} lost of "
            f"{len(promised):,} acknowledged before, {whole.duplicate_rows:,} duplicate rows; "
            f"{len(readers.faults)} of {readers.count:,} reads failed"
        ),
        wanted="0 lost; check has nothing deleted; no read fails",
        holds=(
            lost == 0
            and all(sound and each.sound for each, sound in alone)
            and whole.conserved
            and whole.duplicate_rows == 0
            and readers.count > 0
            and not readers.faults
        ),
        figures={
            "lost": lost,
            "duplicate_rows": whole.duplicate_rows,
            "reads": readers.count,
            "reads_failed": len(readers.faults),
            "acknowledged_before": len(promised),
        },
    )


def _archive(place: Surroundings, settings: dict[str, str] | None = None) -> None:
    options = ["--before", datetime.now(UTC).date().isoformat(), "--out", "archive"]
    url = place.database.url
    run_well(place.folder, "archive", *options, "--database", url, settings=settings)


def _keys_of(place: Surroundings, acknowledged: dict[str, set[int]]) -> set[Key]:
    """Give the pings of messages, each of which carried one, by vehicle and number."""
    made: dict[str, list[Key]] = {name: [] for name in acknowledged}
    for key in sorted(place.traffic.sent):
        made[key[0]].append(key)
    return {made[name][number] for name in made for number in acknowledged[name]}


def _restored_alone(place: Surroundings, backup: Path, when: str) -> tuple[Outcome, bool]:
    """Restore the database beside an archive that is newer; tell whether that was sound."""
    archive = place.folder / "archive"
    if isinstance(place.database, PostgresqlDatabase):
        url = place.database.server.new_database()
        run_well(place.folder, "database", "restore", str(backup), "--database", url)
    else:
        path = place.folder / f"alone, {when}.db"
        shutil.copy(backup / "database" / "pings.db", path)
        url = f"sqlite:///{path}"
    check = ("database", "check", "--database", url, "--archive", str(archive))
    files = set(archive.iterdir())
    advice = run(place.folder, *check)
    told = advice.stdout + advice.stderr
    adopted = run(place.folder, *check, "--adopt")
    tell(f"restored {when}: {told.strip()}; {adopted.stdout.strip()} {adopted.stderr.strip()}")
    is_sound = advice.returncode == 1 and "--adopt" in told and not re.search("delete", told)
    with open_log(url, create=False) as log:
        outcome = compare(log, place.traffic.sent)
    return outcome, is_sound and adopted.returncode == 0 and files <= set(archive.iterdir())


def _restored_elsewhere(place: Surroundings, backup: Path, promised: set[Key]) -> Outcome:
    """Restore all of it as on another machine, and let ingest take what waited at the broker."""
    folder = place.folder / "elsewhere"
    folder.mkdir()
    before = place.database, place.broker
    if isinstance(place.database, PostgresqlDatabase):
        place.database = PostgresqlDatabase(place.database.server)
    else:
        place.database = SqliteDatabase(folder)
    url, store = place.database.url, folder / "store"
    places = ("--database", url, "--archive", str(folder / "archive"), "--store", str(store))
    run_well(place.folder, "database", "restore", str(backup), *places)
    with Broker(store=store) as place.broker, open_log(url, create=False) as log:
        process = place.subscribed_ingest()
        with suppress(AssertionError):  # what does not come is counted below
            until(lambda: promised <= held_by(log))
        process.stop()
        outcome = compare(log, promised)
    place.database, place.broker = before
    return outcome


@contextmanager
def _publishing(place: Surroundings, trucks: Fleet, pace_s: float) -> Iterator[None]:
    """Have trucks publish all the while; at the end all of it is acknowledged."""
    ended = threading.Event()

    def publish() -> None:
        while not ended.wait(pace_s):
            trucks.send(place.traffic.messages(_AT_ONCE))

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    trucks.settle()


class _Readers:
    """Read a whole log over and over."""

    def __init__(self) -> None:
        self.ended, self.count, self.faults = threading.Event(), 0, list[str]()

    def read(self, url: str, pause_s: float) -> None:
        with open_log(url, create=False) as log:
            most = 0
            while not self.ended.is_set():
                try:
                    found = len(log.read_pings())
                except LogError as error:
                    self.faults.append(str(error))
                else:
                    if found < most:
                        self.faults.append(f"{found} pings after {most}")
                    most = found
                self.count += 1
                self.ended.wait(pause_s)


@contextmanager
def _reading(url: str, pause_s: float) -> Iterator[_Readers]:
    readers = _Readers()
    threads = [threading.Thread(target=readers.read, args=(url, pause_s)) for _ in range(_READERS)]
    for thread in threads:
        thread.start()
    try:
        yield readers
    finally:
        readers.ended.set()
        for thread in threads:
            thread.join()
