import os

from ingest.file_stamp import stamp_of


def test_a_file_that_is_changed_or_replaced_or_gone_has_another_stamp(tmp_path):
    path, other = tmp_path / "a", tmp_path / "b"
    assert stamp_of(path) is None
    path.write_text("one")
    first = stamp_of(path)
    assert first == stamp_of(path)
    path.write_text("three")
    longer = stamp_of(path)
    other.write_text("three")
    os.utime(other, ns=(0, longer[2]))  # the same size and time
    other.replace(path)
    assert len({first, longer, stamp_of(path), None}) == 4
