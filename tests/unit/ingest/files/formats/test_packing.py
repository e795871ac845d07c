import gzip
import zipfile

import pytest

from ingest.fault import PingFileError
from ingest.files.formats import packing
from ingest.files.formats.packing import check_archive, unpack


def test_a_file_comes_out_as_it_went_in(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"plain")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"packed"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("轨迹/二.csv", b"two")
        archive.writestr("one.csv", b"one")
        archive.writestr("__MACOSX/._one.csv", b"x")
        archive.writestr(".hidden", b"x")
    assert [*unpack(tmp_path / "a.csv")] == [("a.csv", b"plain")]
    assert [*unpack(tmp_path / "a.csv.gz")] == [("a.csv.gz", b"packed")]
    assert [*unpack(tmp_path / "a.zip")] == [("one.csv", b"one"), ("轨迹/二.csv", b"two")]


@pytest.mark.parametrize("suffix", ["gz", "zip"])
def test_what_grows_beyond_any_recording_is_refused_before_it_fills_the_memory(
    tmp_path, monkeypatch, suffix
):
    monkeypatch.setattr(packing, "FREE_BYTES", 1 << 20)
    content = b"0" * (4 << 20)
    path = tmp_path / f"bomb.csv.{suffix}"
    if suffix == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.csv", content)
        with pytest.raises(PingFileError, match="no recording does that"):
            check_archive(path.read_bytes(), path.name)
    with pytest.raises(PingFileError, match="no recording does that"):
        [*unpack(path)]
    path.unlink()


def test_more_than_the_most_is_refused_however_it_is_packed(tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "MOST_BYTES", 1000)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(bytes(range(256)) * 8))
    with pytest.raises(PingFileError, match="grows to"):
        [*unpack(tmp_path / "a.csv.gz")]


def test_an_empty_archive_says_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w"):
        pass
    with pytest.raises(PingFileError, match="there is no file in it"):
        [*unpack(tmp_path / "a.zip")]
