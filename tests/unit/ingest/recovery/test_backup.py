import json
import os
import sqlite3
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from ingest.fault import LogError
from ingest.log.archive_moving import move_days
from ingest.log.batch import Batch
from ingest.log.database import connect, writing
from ingest.log.pinglog import open_log
from ingest.log.rows import DAY_MS, tuples_of
from ingest.log.schema import make_schema
from ingest.log.tables import REVISIONS
from ingest.recovery.backup import back_up
from tests.fixtures.fixes import MORNING_MS, frame, ping

TOMORROW_MS = MORNING_MS - MORNING_MS % DAY_MS + DAY_MS
NOW_MS = TOMORROW_MS + 9 * DAY_MS


def no_progress(_what, _total):
    return nullcontext(lambda _: None)


def batch(*fixes):
    return Batch(tuples_of(frame(fixes, [MORNING_MS + 5000] * len(fixes))), ())


def backup(url, out, store=None):
    return back_up(url, out, store=store, now_ms=NOW_MS, progress=no_progress)


@pytest.fixture
def url(tmp_path, database_url):
    """A log with an archived day, a ping that came late for it, and one of another day."""
    with open_log(database_url) as log:
        log.write(batch(ping(), ping(event_time_ms=MORNING_MS + 3 * DAY_MS)))
        list(move_days(log, TOMORROW_MS, tmp_path / "存档", now_ms=NOW_MS))
        log.write(batch(ping(event_time_ms=MORNING_MS + 1)))
    return database_url


def test_a_backup_names_every_file_with_its_checksum_and_is_private(url, tmp_path):
    out = tmp_path / "备份"
    made = backup(url, out)
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    every = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {entry["path"] for entry in told["files"]} == every - {"manifest.json"}
    assert (told["schema"], told["made"]) == (REVISIONS[-1], "2022-04-04T00:00:00+00:00")
    assert told["archive"] == [str(tmp_path / "存档")]
    assert (made.counters["stored"], len(made.files_in("archive"))) == (3, 1)
    assert out.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob(".*unfinished"))


def test_nothing_is_overwritten(url, tmp_path):
    out = tmp_path / "backup"
    out.mkdir()
    with pytest.raises(LogError, match="is there already, and nothing is overwritten"):
        backup(url, out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("harm", ["gone", "altered"])
def test_a_backup_that_would_not_be_whole_is_not_made_and_the_error_names_the_file(
    url, tmp_path, harm
):
    (day,) = (tmp_path / "存档").iterdir()
    if harm == "gone":
        day.unlink()
    else:
        day.write_bytes(day.read_bytes() + b"?")
    with pytest.raises(LogError, match=f"the archived day {day} .* see pingcheng database check"):
        backup(url, tmp_path / "backup")
    assert [path for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_what_is_no_log_or_has_no_folder_is_an_error(tmp_path):
    sqlite3.connect(tmp_path / "empty.db").close()
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    with pytest.raises(LogError, match="holds no ping log, so there is nothing to back up"):
        backup(empty, tmp_path / "backup")
    with pytest.raises(LogError, match="there is no ping log"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "backup")
    with pytest.raises(LogError, match=r"nowhere is no folder"):
        backup(empty, tmp_path / "nowhere" / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["empty.db"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_log_of_any_schema_there_has_been_is_backed_up_before_it_is_migrated(tmp_path, revision):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = connect(url, create=True)
    with writing(engine) as connection:
        make_schema(connection, revision)
    engine.dispose()
    assert backup(url, tmp_path / "backup").schema == revision


def test_writers_go_on_while_a_backup_is_made_and_it_is_of_one_instant(url, tmp_path):
    stop, faults = threading.Event(), []

    def write():
        try:
            with open_log(url) as log:
                number = 0
                while not stop.is_set():
                    number += 1
                    fixes = [
                        ping(event_time_ms=MORNING_MS + 4 * DAY_MS + 2 * number + step)
                        for step in (0, 1)
                    ]
                    log.write(batch(*fixes))
        except LogError as error:
            faults.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup(url, tmp_path / f"backup-{number}") for number in range(4)]
    finally:
        stop.set()
        writer.join()
    assert faults == []
    for each in made:
        counters = each.counters
        assert counters["received"] == counters["stored"] + counters["duplicate"]
        assert counters["stored"] % 2 == 1
    assert made[0].counters["stored"] <= made[-1].counters["stored"]


def test_a_disk_that_is_full_leaves_nothing_and_is_told(url, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("ingest.recovery.backup.copy", full)
    with pytest.raises(LogError, match="backup cannot be made: No space left on device"):
        backup(url, tmp_path / "backup")
    assert [path for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_a_store_is_copied_and_what_is_none_is_told(url, tmp_path):
    with pytest.raises(LogError, match="there is no store"):
        backup(url, tmp_path / "backup", tmp_path / "store")
    store = tmp_path / "store"
    (store / "jetstream").mkdir(parents=True)
    (store / "jetstream" / "1.blk").write_bytes(b"messages")
    with pytest.raises(LogError, match="is no store of a broker"):
        backup(url, tmp_path / "backup", store)
    (store / "lock").touch()
    made = backup(url, tmp_path / "backup", store)
    assert made.has_store
    assert (tmp_path / "backup" / "store" / "jetstream" / "1.blk").read_bytes() == b"messages"
    assert Path(tmp_path / "backup" / "store" / "lock").is_file()
