import os
from pathlib import Path

import pytest

from ingest.log.segments.encoding import encode
from ingest.log.segments.files import SegmentFiles
from ingest.log.segments.records import Segment
from ingest.log.segments.stamps import TRUSTED_MS, Stamps
from ingest.log.segments.writing import write_segment
from tests.fixtures.fixes import MORNING_MS, frame, ping

NOW_MS = MORNING_MS + 10**9


class Hashed(SegmentFiles):
    """Remembers which files were hashed."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def fault(self, segment):
        self.asked.append(segment.path)
        return super().fault(segment)


@pytest.fixture
def segment(tmp_path):
    path, sha256 = write_segment(tmp_path, MORNING_MS, "log-1", encode(frame([ping()])))
    return Segment(MORNING_MS, str(path), sha256, 1, 7)


@pytest.fixture
def noted(segment, tmp_path):
    """A segment that was hashed in a run before this one."""
    stamps = Stamps(tmp_path, NOW_MS)
    assert stamps.fault(segment, SegmentFiles()) is None
    stamps.save({segment.path})
    return segment


def test_a_file_that_was_hashed_by_the_last_run_is_not_hashed_again(noted, tmp_path):
    files = Hashed()
    assert Stamps(tmp_path, NOW_MS + 1).fault(noted, files) is None
    assert files.asked == []


@pytest.mark.parametrize(("later_ms", "is_known"), [(0, True), (TRUSTED_MS - 1, True),
                                                    (TRUSTED_MS, False), (-1, False)])  # fmt: skip
def test_a_file_that_was_hashed_long_ago_or_in_the_future_is_hashed_again(
    noted, tmp_path, later_ms, is_known
):
    stamps, files = Stamps(tmp_path, NOW_MS + later_ms), Hashed()
    assert stamps.knows(noted) == is_known
    assert stamps.fault(noted, files) is None
    assert files.asked == [noted.path] * (not is_known)
    assert stamps.knows(noted)


def test_a_file_that_was_altered_is_hashed_and_found_out(noted, tmp_path):
    data = bytearray(Path(noted.path).read_bytes())
    data[len(data) // 2] ^= 1
    Path(noted.path).write_bytes(data)
    os.utime(noted.path, ns=(1, 1))
    stamps = Stamps(tmp_path, NOW_MS)
    assert not stamps.is_unchanged(noted)
    assert stamps.fault(noted, SegmentFiles()) == "it was altered since it was written"
    stamps.save({noted.path})
    assert not Stamps(tmp_path, NOW_MS).knows(noted)


def test_a_file_that_is_gone_or_has_another_hash_by_now_is_not_known(noted, tmp_path):
    other = Segment(noted.day_ms, noted.path, "0" * 64, 1, 7)
    assert not Stamps(tmp_path, NOW_MS).knows(other)
    Path(noted.path).unlink()
    assert Stamps(tmp_path, NOW_MS).fault(noted, SegmentFiles()) == "it is gone"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"a": [["x", 1, 2], 3]}', b"[]"])
def test_notes_that_cannot_be_read_tell_nothing(noted, tmp_path, content):
    (tmp_path / ".stamps.json").write_bytes(content)
    assert not Stamps(tmp_path, NOW_MS).knows(noted)


def test_only_files_that_are_recorded_are_remembered(noted, tmp_path):
    Stamps(tmp_path, NOW_MS).save(set())
    assert not Stamps(tmp_path, NOW_MS).knows(noted)
