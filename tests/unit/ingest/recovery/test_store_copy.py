import fcntl
import os
from pathlib import Path

import pytest

from ingest.fault import LogError
from ingest.recovery.store_copy import copy_store, files_of, without_newcomer


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "store"
    (folder / "$MQTT_msgs" / "obs").mkdir(parents=True)
    (folder / "lock").touch()
    (folder / "$MQTT_msgs" / "obs" / "o.dat").write_bytes(b"\x00")
    return folder


def test_a_copy_has_every_file_and_is_a_store_itself(tmp_path, store):
    copy_store(store, tmp_path / "copy", lambda _: None)
    assert files_of(tmp_path / "copy") == files_of(store) == [Path("$MQTT_msgs/obs/o.dat")]


def test_what_consumers_have_seen_comes_before_the_blocks_and_the_index_not_at_all(store):
    (store / "$MQTT_msgs" / "msgs").mkdir()
    for name in ("1.blk", "index.db", "2.tmp"):
        (store / "$MQTT_msgs" / "msgs" / name).touch()
    assert [path.name for path in files_of(store)] == ["o.dat", "1.blk"]


def test_what_a_broker_makes_anew_at_each_start_is_not_copied_nor_is_its_password(store):
    for name in ("access.json", "nats.conf", "log"):
        (store / name).write_text("secret")
    assert files_of(store) == [Path("$MQTT_msgs/obs/o.dat")]


def test_a_folder_that_goes_while_its_store_is_listed_is_passed_over(store, monkeypatch):
    gone = store / "$MQTT_msgs" / "zz"
    gone.mkdir()
    scan = os.scandir

    def scandir(path):
        if Path(path) == gone:
            gone.rmdir()
        return scan(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert files_of(store) == [Path("$MQTT_msgs/obs/o.dat")]


def test_blocks_that_come_while_others_are_copied_are_copied_and_those_that_go_are_not(
    tmp_path, store
):
    blocks = store / "$MQTT_msgs" / "msgs"
    blocks.mkdir()
    for name in ("1.blk", "2.blk"):
        (blocks / name).write_bytes(name.encode())

    def meanwhile(_):
        (blocks / "2.blk").unlink(missing_ok=True)
        (blocks / "3.blk").write_bytes(b"3.blk")

    copy_store(store, tmp_path / "copy", meanwhile)
    copied = tmp_path / "copy" / "$MQTT_msgs" / "msgs"
    assert sorted(path.name for path in copied.iterdir()) == ["1.blk", "3.blk"]


def test_no_broker_starts_on_a_store_while_it_is_copied_and_one_that_runs_is_let_be(store):
    with (store / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with without_newcomer(store):
            pass
    with (
        without_newcomer(store),
        (store / "lock").open("r+b") as lock,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (store / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_is_no_store_is_told(tmp_path):
    with pytest.raises(LogError, match="there is no store"):
        files_of(tmp_path / "none")
    with pytest.raises(LogError, match="it has no file 'lock'"):
        files_of(tmp_path)
