import os
import stat

import pytest

from ingest.broker.private_file import write_private, write_public

SECRET = "密码\n".encode()


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(("write", "mode"), [(write_private, 0o600), (write_public, 0o644)])
def test_who_may_read_a_file_does_not_hang_on_the_umask(tmp_path, write, mode):
    path = tmp_path / "ingest.password"
    write(path, SECRET)
    assert mode_of(path) == mode
    assert path.read_bytes() == SECRET


def test_a_file_that_everyone_could_read_is_its_owner_s_from_the_next_writing_on(tmp_path):
    path = tmp_path / "passwd"
    write_public(path, b"old")
    write_private(path, SECRET)
    assert (mode_of(path), path.read_bytes()) == (0o600, SECRET)


def test_the_folders_of_a_file_are_made(tmp_path):
    write_private(tmp_path / "凭证" / "trucks" / "晋BQ0384.key", SECRET)
    assert (tmp_path / "凭证" / "trucks" / "晋BQ0384.key").read_bytes() == SECRET


def test_nobody_else_may_read_a_private_file_while_it_is_written(tmp_path, monkeypatch):
    modes = []
    monkeypatch.setattr(os, "fsync", lambda _: modes.extend(map(mode_of, tmp_path.iterdir())))
    write_private(tmp_path / "ca.key", SECRET)
    assert modes == [0o600]


@pytest.mark.parametrize("interruption", [OSError("disk full"), KeyboardInterrupt()])
def test_a_writing_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path, monkeypatch, interruption
):
    path = tmp_path / "ca.crl"
    write_public(path, b"old")

    def fail(_):
        raise interruption

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(interruption)):
        write_public(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("ca.crl", b"old")]


def test_whoever_has_the_old_file_open_reads_it_to_the_end(tmp_path):
    path = tmp_path / "acl"
    write_private(path, b"old rules")
    with path.open("rb") as reader:
        assert reader.read(4) == b"old "
        write_private(path, b"new")
        assert reader.read() == b"rules"
    assert path.read_bytes() == b"new"
