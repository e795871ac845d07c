from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ingest.log.archive import hash_of
from ingest.log.segments.encoding import encode, same_bits
from ingest.log.segments.files import SegmentFiles, gives_back, writer_of
from ingest.log.segments.records import Segment
from ingest.log.segments.writing import write_segment
from tests.fixtures.fixes import MORNING_MS, VEHICLES, frame, ping, same

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TODAY_MS = MORNING_MS - MORNING_MS % DAY_MS
NAMES = sorted([*VEHICLES, "Z", "a"])
PINGS = frame(
    [
        ping(vehicle_id=name, event_time_ms=TODAY_MS + hour * HOUR_MS, speed_mps=hour / 3)
        for name in NAMES
        for hour in range(0, 24, 3)
    ]
)


@pytest.fixture(scope="module", params=[1000, 3])
def segment(request, tmp_path_factory):
    """A segment in one row group, and one in many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.log.segments.encoding.ROWS_OF_A_GROUP", request.param)
        yield written(tmp_path_factory.mktemp("segments"))


def written(folder):
    path, sha256 = write_segment(folder, TODAY_MS, "log-1", encode(PINGS))
    return Segment(TODAY_MS, str(path), sha256, len(PINGS), 7)


instants = st.none() | st.builds(
    lambda hour, step: TODAY_MS + hour * HOUR_MS + step,
    st.integers(-3, 27),
    st.sampled_from([-1, 0, 1]),
)


@given(instants, instants, st.none() | st.sets(st.sampled_from([*NAMES, "A", "nobody"])))
def test_what_is_read_are_the_pings_of_an_interval_and_of_vehicles(
    segment, start_ms, end_ms, vehicles
):
    time_ms = PINGS["event_time"].astype("int64")
    wanted = (time_ms >= (start_ms or 0)) & (time_ms < (2**60 if end_ms is None else end_ms))
    if vehicles is not None:
        wanted &= PINGS["vehicle_id"].isin(list(vehicles))
    found = SegmentFiles().read(segment, start_ms=start_ms, end_ms=end_ms, vehicles=vehicles)
    assert same(found, PINGS[wanted].reset_index(drop=True))


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


def altered(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def foreign(path):
    path.write_bytes(b"PAR1 of something else")


def gone(path):
    path.unlink()


HARMS = [cut, altered, foreign, gone]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("is_known", [False, True])
def test_a_file_that_is_not_what_was_written_is_not_read_and_told_once(tmp_path, harm, is_known):
    segment, files = written(tmp_path), SegmentFiles()
    if is_known:
        assert same_bits(files.read(segment), PINGS)
    (path,) = tmp_path.iterdir()
    harm(path)
    with structlog.testing.capture_logs() as lines:
        assert files.read(segment) is None
        assert files.read(segment, vehicles=NAMES[:1]) is None
    reason = "it is gone" if harm is gone else "it was altered since it was written"
    (line,) = lines
    assert (line["event"], line["path"], line["reason"]) == (
        "segment not used",
        segment.path,
        reason,
    )
    assert files.fault(segment) == reason


def test_a_file_that_came_back_is_read_again(tmp_path):
    segment, files = written(tmp_path), SegmentFiles()
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    cut(path)
    assert files.read(segment) is None
    path.write_bytes(data)
    assert files.fault(segment) is None
    assert same_bits(files.read(segment), PINGS)


def test_a_file_with_the_hash_that_is_no_segment_is_not_read(tmp_path):
    path = tmp_path / "segment-x.parquet"
    foreign(path)
    segment, files = Segment(TODAY_MS, str(path), hash_of(path), 1, 1), SegmentFiles()
    assert files.fault(segment) is None
    with structlog.testing.capture_logs() as lines:
        assert files.read(segment) is None
    assert [line["reason"].split(":")[0] for line in lines] == ["it cannot be read"]


def test_of_what_is_no_segment_no_log_is_known_to_have_written_it(tmp_path):
    path = tmp_path / "x"
    assert writer_of(path) is None
    foreign(path)
    assert writer_of(path) is None


@pytest.mark.parametrize("harm", [cut, foreign, gone])
def test_a_file_gives_back_what_was_written_to_it_and_nothing_else(tmp_path, harm):
    path, encoded = Path(written(tmp_path).path), encode(PINGS)
    assert gives_back(path, encoded)
    for other in (PINGS[1:], PINGS[:0], PINGS.assign(speed_mps=-0.0)):
        assert not gives_back(path, encode(other.reset_index(drop=True)))
    harm(path)
    assert not gives_back(path, encoded)


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path):
    segment = written(tmp_path)
    Path(segment.path).unlink()
    Path(segment.path).mkdir()
    assert SegmentFiles().fault(segment) == "a folder is in its place"
