import fcntl
from pathlib import Path

import pytest

from ingest.fault import LogError
from ingest.recovery.store_copy import at_rest, copy_store, files_of


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


def test_a_store_on_which_a_broker_runs_is_refused_and_let_go_of_afterwards(store):
    with (store / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LogError, match="a broker runs on the store"), at_rest(store):
            pass
    with at_rest(store), (store / "lock").open("r+b") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (store / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_is_no_store_is_told(tmp_path):
    with pytest.raises(LogError, match="there is no store"):
        files_of(tmp_path / "none")
    with pytest.raises(LogError, match="it has no file 'lock'"):
        files_of(tmp_path)
