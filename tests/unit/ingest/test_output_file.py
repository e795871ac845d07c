import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from ingest.output_file import put, remove, replacing, write_file


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_with_the_mode_that_others_have(tmp_path):
    path, plain = tmp_path / "list.csv", tmp_path / "plain"
    plain.touch()
    write_file(path, "街道\n")
    assert path.read_bytes() == "街道\n".encode()
    assert path.stat().st_mode == plain.stat().st_mode
    assert names(tmp_path) == ["list.csv", "plain"]


def test_what_was_there_stays_until_the_new_one_is_complete_and_keeps_its_mode(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("before")
    path.chmod(0o600)

    def fail():
        with replacing(path) as out:
            out.write(b"half")
            assert path.read_text() == "before"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (path.read_text(), names(tmp_path)) == ("before", ["list.csv"])
    write_file(path, b"after")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("after", 0o600)


def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path):
    path, got = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    write_file(path, b"through")
    reader.join()
    assert got == [b"through"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_device_is_written_into_by_any_name_and_stays_a_device(tmp_path):
    link = tmp_path / "nothing"
    link.symlink_to("/dev/null")
    for path in (Path("/dev/null"), link):
        write_file(path, b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert (link.is_symlink(), names(tmp_path)) == (True, ["nothing"])


@pytest.mark.parametrize("target", ["there.csv", "absent.csv"])
def test_a_link_to_a_file_is_refused_by_name_and_nothing_changes(tmp_path, target):
    (tmp_path / "there.csv").write_text("before")
    link = tmp_path / "list.csv"
    link.symlink_to(target)
    with pytest.raises(OSError, match=f"it is a link to {target}") as refused:
        write_file(link, b"after")
    assert refused.value.filename == str(link)
    assert refused.value.strerror
    assert link.is_symlink()
    assert (tmp_path / "there.csv").read_text() == "before"
    assert names(tmp_path) == ["list.csv", "there.csv"]


def test_a_link_that_waits_where_the_unfinished_file_used_to_be_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("before")
    (tmp_path / "list.csv.part").symlink_to(secret)
    write_file(tmp_path / "list.csv", b"after")
    assert secret.read_text() == "before"


def test_standard_output_is_written_to_wherever_it_leads(tmp_path):
    script = "from pathlib import Path; from ingest.output_file import write_file as w; "
    script += "w(Path('/dev/stdout'), 'told')"
    arguments = [sys.executable, "-c", script]
    assert subprocess.run(arguments, check=True, capture_output=True).stdout == b"told"
    path = tmp_path / "kept"
    with path.open("wb") as kept:
        subprocess.run(arguments, check=True, stdout=kept)
    assert path.read_bytes() == b"told"


def test_a_complete_file_takes_a_place_but_not_that_of_a_link_or_a_device(tmp_path):
    part, path, link = (tmp_path / name for name in ("part", "report.xlsx", "link"))
    for content in ("one", "two"):
        part.write_text(content)
        put(part, path)
        assert (path.read_text(), part.exists()) == (content, False)
    link.symlink_to(path)
    part.write_text("three")
    with pytest.raises(OSError, match="it is a link"):
        put(part, link)
    assert (path.read_text(), link.is_symlink()) == ("two", True)
    link.unlink()
    link.symlink_to("/dev/null")
    put(part, link)
    assert (link.is_symlink(), part.exists()) == (True, False)


def test_what_is_not_true_any_more_is_removed_but_no_link_pipe_or_device(tmp_path):
    path, link, pipe = (tmp_path / name for name in ("evidence", "link", "pipe"))
    path.touch()
    link.symlink_to(path)
    os.mkfifo(pipe)
    remove(pipe)
    with pytest.raises(OSError, match="it is a link"):
        remove(link)
    assert names(tmp_path) == ["evidence", "link", "pipe"]
    remove(path)
    remove(tmp_path / "absent")
    assert names(tmp_path) == ["link", "pipe"]
