import pytest

from ingest.recovery.manifest import (
    Entry,
    Manifest,
    copy,
    entry_of,
    read_manifest,
    verify,
    write_manifest,
)


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "库.db").write_bytes(b"rows" * 100)
    entry = entry_of(tmp_path, "database/库.db", lambda _: None)
    return Manifest(
        format=1, made="2026-11-29T00:00:00+00:00", log="a", database="sqlite", schema="0008",
        archive=("/存档",), counters={"stored": 4}, columns={"pings": ("vehicle_id",)},
        sequences={}, has_store=False, files=(entry,),
    )  # fmt: skip


def test_what_was_written_is_read_as_the_same(tmp_path, manifest):
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest
    assert (manifest.size, len(manifest.files_in("database"))) == (400, 1)
    assert manifest.files_in("data") == []


def test_a_sound_backup_is_read_to_the_last_byte(tmp_path, manifest):
    seen = []

    class Bar:
        def __enter__(self):
            return seen.append

        def __exit__(self, *_):
            return None

    verify(tmp_path, manifest, lambda _what, total: seen.append(-total) or Bar())
    assert sum(seen) == 0


def test_a_copy_takes_no_name_that_is_taken_and_tells_bytes_and_hash(tmp_path, manifest):
    source = tmp_path / "database" / "库.db"
    done = []
    size, sha256 = copy(source, tmp_path / "copy", done.append)
    assert Entry("database/库.db", size, sha256) == manifest.files[0]
    assert sum(done) == size
    with pytest.raises(FileExistsError):
        copy(source, tmp_path / "copy", done.append)
