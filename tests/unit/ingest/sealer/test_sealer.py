import os
import sys
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from ingest.fault import LogError
from ingest.log.batch import Batch
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.segments.records import segments_between
from ingest.sealer import sealer as sealing
from ingest.sealer.process import Outcome
from ingest.sealer.sealer import BUSY_S, LOOK_S, VAIN_S, Sealer, folder_of
from ingest.settings.settings import Settings
from tests.fixtures import quick_log
from tests.fixtures.fixes import MORNING_MS, frame, ping
from tests.fixtures.mqtt import until

log = quick_log.log
no_syncing = quick_log.no_syncing
NOW_MS = MORNING_MS + 9 * DAY_MS
REAL = """
import os, sys
from ingest.sealer.process import main
main()
print(os.nice(0), file=sys.stderr)
"""
DEAF = "import time; time.sleep(600)"


@pytest.fixture
def make(log, tmp_path, monkeypatch):
    """Make what seals two days of a log, by a process that runs a program."""
    days = [ping(event_time_ms=MORNING_MS + day * DAY_MS) for day in (0, 1)]
    log.write(Batch(tuples_of(frame(days)), ()))

    def make(program, **more):
        monkeypatch.setattr(sealing, "_PROCESS", (sys.executable, "-c", program))
        return Sealer(
            log,
            f"sqlite:///{tmp_path / 'pings.db'}",
            tmp_path / "segments",
            quiet_ms=0,
            clock_ms=lambda: NOW_MS,
            **more,
        )

    return make


def saying(**outcome):
    """Write a program that only tells this outcome, quicker than one that seals."""
    told = msgspec.json.encode(Outcome(**outcome)).decode()
    return f"import sys; sys.stdin.read(); print({told!r}, end='')"


def recorded(log):
    with log.transaction(write=False) as connection:
        return segments_between(connection, None, None)


def test_a_day_that_rests_is_sealed_by_a_process_that_gives_way_and_the_log_says_so(
    make, log, capfd
):
    sealer = make(REAL)
    with capture_logs() as lines:
        assert sealer.look() < LOOK_S  # another is due
    (segment,) = recorded(log)
    assert (segment.date, segment.pings) == ("2022-03-25", 1)
    size = Path(segment.path).stat().st_size
    assert lines == [
        {
            "event": "day sealed",
            "log_level": "info",
            "date": "2022-03-25",
            "pings": 1,
            "bytes": size,
        }
    ]
    assert (sealer.sealed, sealer.waiting, sealer.warnings()) == (1, 1, [])
    assert int(capfd.readouterr().err) == min(os.nice(0) + 10, 19)


def test_nothing_is_begun_while_messages_wait_or_where_no_day_is_due(make, log):
    busy = make(saying(fault="begun"), is_calm=lambda: False)
    assert (busy.look(), busy.waiting, busy.fault) == (BUSY_S, 2, None)
    idle = make(saying(fault="begun"))
    with log.transaction(write=True) as connection:
        connection.exec_driver_sql("DELETE FROM pings")
        connection.exec_driver_sql("DELETE FROM changed_days")
    assert (idle.look(), idle.waiting, idle.fault) == (LOOK_S, 0, None)


def test_what_keeps_days_from_being_sealed_is_told_once_until_it_does_so_no_more(make, monkeypatch):
    sealer = make(saying(fault="no room"))
    with capture_logs() as lines:
        assert sealer.look() == sealer.look() == VAIN_S
        (warning,) = sealer.warnings()
        assert warning.startswith("days that rest are not sealed")
        program = saying(date="2022-03-25")
        monkeypatch.setattr(sealing, "_PROCESS", (sys.executable, "-c", program))
        sealer.look()
    assert [(line["event"], line.get("reason")) for line in lines] == [
        ("days that rest are not sealed", "no room"),
        ("days that rest are sealed again", None),
        ("day sealed", None),
    ]
    assert sealer.warnings() == []


def test_a_process_that_breaks_down_and_a_log_that_cannot_be_read_are_told(make, monkeypatch):
    sealer = make("raise SystemExit(3)")
    assert sealer.look() == VAIN_S
    assert sealer.fault == "the process that seals ended with 3"

    def fail(*_):
        raise LogError("the server is away")

    monkeypatch.setattr(sealing, "waiting_days", fail)
    assert (sealer.look(), sealer.fault) == (LOOK_S, "the server is away")


def test_who_ends_waits_for_no_day_and_tells_no_fault(make, log, monkeypatch):
    monkeypatch.setattr(sealing, "FIRST_S", 0)
    with capture_logs() as lines, make(DEAF) as sealer:
        until(lambda: sealer._process is not None)
        process = sealer._process
    assert process.returncode == -9
    assert not sealer._thread.is_alive()
    assert (lines, sealer.fault, recorded(log)) == ([], None, [])


def test_a_mistake_ends_neither_the_thread_nor_ingest(make, monkeypatch):
    monkeypatch.setattr(sealing, "FIRST_S", 0)
    monkeypatch.setattr(sealing, "VAIN_S", 0)
    looks = []

    def fail(*_):
        looks.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(sealing, "waiting_days", fail)
    with capture_logs() as lines, make(DEAF):
        until(lambda: len(looks) > 1)
    assert {line["event"] for line in lines} == {"no day could be sealed"}


SERVER = "postgresql+psycopg://127.0.0.1/pings"


@pytest.mark.parametrize(
    ("told", "folder"),
    [
        ({"database": "sqlite:////var/pings.db"}, "/var/pings.db-segments"),
        ({"database": "sqlite:////var/pings.db", "seal_folder": "/s"}, "/s"),
        ({"database": "sqlite:////var/pings.db", "seal_folder": "/s", "seal": False}, None),
        ({"database": SERVER}, None),
        ({"database": SERVER, "seal_folder": "/s"}, "/s"),
    ],
)
def test_days_are_sealed_beside_a_file_and_with_a_server_only_where_a_folder_is_named(told, folder):
    assert folder_of(Settings(**told)) == (None if folder is None else Path(folder))
