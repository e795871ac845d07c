import hashlib
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ingest.fault import LogError
from ingest.log.archive import hash_of
from ingest.log.segments import files, writing
from ingest.log.segments.encoding import encode, same_bits
from ingest.log.segments.files import SegmentFiles, writer_of
from ingest.log.segments.records import Segment
from ingest.log.segments.writing import encoded_of, write_segment
from ingest.ping_frame import as_instants
from tests.fixtures.fixes import MORNING_MS, frame, ping

DAY_MS = 86_400_000
TODAY_MS = MORNING_MS - MORNING_MS % DAY_MS
FIXES = frame([ping(), ping(event_time_ms=MORNING_MS + 1, speed_mps=1.5)])


def read_whole(path):
    return SegmentFiles().read(Segment(TODAY_MS, str(path), hash_of(path), 1, 1))


def drive(count, seed=1):
    """A truck that reports every second, as trackers round it."""
    dice = np.random.default_rng(seed)
    pings = frame([ping()]).loc[[0] * count].reset_index(drop=True)
    event_ms = MORNING_MS + 1000 * np.arange(count)
    return pings.assign(
        event_time=as_instants(event_ms),
        longitude=(113.3 + np.cumsum(dice.normal(2e-5, 1e-5, count))).round(6),
        latitude=(40.08 + np.cumsum(dice.normal(2e-5, 1e-5, count))).round(6),
        speed_mps=dice.uniform(0, 9, count).round(2),
        heading_deg=dice.uniform(0, 360, count).round(1),
        received_time=as_instants(event_ms + dice.integers(200, 3000, count)),
    )


def test_a_file_is_named_by_its_day_and_content_and_gives_back_what_was_written(tmp_path):
    path, sha256 = write_segment(tmp_path, TODAY_MS, "log-1", encode(FIXES))
    assert path.name == f"segment-2022-03-25-{sha256[:12]}.parquet"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert same_bits(read_whole(path), FIXES)
    assert writer_of(path) == "log-1"
    assert write_segment(tmp_path, TODAY_MS, "log-1", encode(FIXES)) == (path, sha256)


def test_a_ping_a_second_takes_less_than_ten_bytes(tmp_path):
    pings = drive(50_000)
    path, _ = write_segment(tmp_path, TODAY_MS, "log-1", encode(pings))
    assert path.stat().st_size < 10 * len(pings)
    assert same_bits(read_whole(path), pings)


def test_numbers_of_few_values_take_little_though_they_are_no_short_decimals(tmp_path):
    pings = drive(20_000)
    many = np.random.default_rng(2).uniform(0, 9, len(pings))
    few = (many * 3.6).round() / 3.6  # of trackers that tell km/h
    sizes = []
    for each in (many, few):
        path, _ = write_segment(tmp_path, TODAY_MS, "log-1", encode(pings.assign(speed_mps=each)))
        sizes.append(path.stat().st_size)
    assert sizes[1] < sizes[0] - 4 * len(pings)


def _torn(*_):
    raise pa.ArrowInvalid("not a Parquet file")


@pytest.mark.parametrize("read", [lambda *_: FIXES[:1], _torn])
def test_what_does_not_give_back_what_was_written_is_no_segment(tmp_path, monkeypatch, read):
    monkeypatch.setattr(files, "_pings_of", read)
    with pytest.raises(LogError, match="does not give back what was written"):
        write_segment(tmp_path, TODAY_MS, "log-1", encode(FIXES))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(LogError, match=f"the segments {tmp_path} cannot be .*: No space left"):
        write_segment(tmp_path, TODAY_MS, "log-1", encode(FIXES))
    assert list(tmp_path.iterdir()) == []


def test_pings_are_encoded_as_they_come_and_are_the_same_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "ROWS_AT_ONCE", 5)
    exact = drive(7).assign(vehicle_id="b", longitude=np.pi)
    parts = [drive(3, 1).assign(vehicle_id="a"), exact, drive(1, 2).assign(vehicle_id="c")]
    encoded = encoded_of(TODAY_MS, iter(parts))
    assert len(encoded.group_rows) == 2
    path, _ = write_segment(tmp_path, TODAY_MS, "log-1", encoded)
    assert same_bits(read_whole(path), pd.concat(parts, ignore_index=True))
    assert same_bits(encoded.pings_of(slice(1, 2)), parts[2])
    assert len(encoded_of(TODAY_MS, []).table) == 0


def test_pings_that_would_not_come_back_are_not_sealed(monkeypatch):
    monkeypatch.setattr(writing, "encode", lambda _: encode(drive(2)))
    with pytest.raises(LogError, match="2022-03-25 is not sealed"):
        encoded_of(TODAY_MS, [FIXES])


@pytest.mark.parametrize("name", ["path", "unfinished"])
def test_a_folder_where_a_segment_belongs_is_named(tmp_path, name):
    path, _ = write_segment(tmp_path, TODAY_MS, "log-1", encode(FIXES))
    path.unlink()
    if name == "unfinished":
        path = tmp_path / f".segment-2022-03-25.{os.getpid()}.unfinished"
    path.mkdir()
    with pytest.raises(LogError, match=f"{path} is a folder, .* remove it"):
        write_segment(tmp_path, TODAY_MS, "log-1", encode(FIXES))
